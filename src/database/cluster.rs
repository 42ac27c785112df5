//! A private PostgreSQL 15 server: a folder, a port and a process of its own, gone when the run is.
//!
//! One guardian is the parent of everything from the first moment, `initdb` included, and removes the folder whoever
//! ends the tree. The server is launched under an unprivileged account when we are root.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use postgres::Config;
use postgres::error::SqlState;
use rand::distr::{Alphanumeric, SampleString};

use super::account::{self, Account};
use super::connection::Connection;
use super::programs::Programs;
use super::{Error, package, settings};
use crate::interrupt::Interrupt;
use crate::model::secret::Secret;
use crate::process::{self, Keeper, Supervised};

/// The server's own superuser.
pub const USER: &str = "pianoprof";

/// How long initdb and the first start may take on a slow disk.
const READY_WITHIN: Duration = Duration::from_mins(2);

/// How long the server may take to end its children.
const GRACE: Duration = Duration::from_secs(10);

/// Another program may take the free port before the server does; that many ports are tried.
const PORTS: u32 = 3;

/// Makes the cluster in the folder given first and becomes the server: the process keeps its id.
const MAKE_THEN_SERVE: &str = r#"
"$2/initdb" -D "$1/data" -U "$3" --pwfile "$1/password" -A scram-sha-256 -E UTF8 --locale C --no-sync --no-instructions >"$1/initdb" 2>&1 || {
    cat "$1/initdb" >&2
    exit 1
}
rm "$1/password" "$1/initdb"
exec "$2/postgres" -D "$1/data" -c config_file="$1/postgresql.conf"
"#;

/// A running private server.
pub struct Cluster {
    process: Supervised,
    port: u16,
    password: Secret,
    log: PathBuf,
    /// Where in the log was looked for crashes, and how many were found.
    crashes: (u64, u64),
}

impl Cluster {
    /// Makes the cluster and waits until the server answers. Its output goes to `logs/postgres.log`. With `counted` it
    /// counts statements, if its programs can.
    pub fn start(
        program: &Path,
        programs: &Programs,
        counted: bool,
        logs: &Path,
        interrupt: &Interrupt,
    ) -> Result<Self, Error> {
        let mut port = 1;
        loop {
            match Self::launch(program, programs, counted, logs, interrupt)?.ready(interrupt) {
                Err(Error::NotReady { log, .. }) if port < PORTS && log.contains("could not bind") => port += 1,
                outcome => return outcome,
            }
        }
    }

    fn launch(
        program: &Path,
        programs: &Programs,
        counted: bool,
        logs: &Path,
        interrupt: &Interrupt,
    ) -> Result<Self, Error> {
        if interrupt.is_set() {
            return Err(Error::Interrupted { attempted: "starting the private PostgreSQL server".to_owned() });
        }
        let account = account::unprivileged();
        // From here on a guardian removes the folder, whatever happens to us.
        let mut keeper = Keeper::new(program).map_err(Error::Launch)?;
        let folder = account::private_folder(account, &mut keeper)?;
        let path = folder.as_path();
        let memory = fs::read_to_string("/proc/meminfo").ok().and_then(|text| settings::memory(&text));
        let fixed = settings::fixed(memory.unwrap_or(0), counted && programs.count_statements());
        let password = Secret::new(Alphanumeric.sample_string(&mut rand::rng(), 32));
        let refused = |source| Error::Folder { folder: path.to_path_buf(), source };
        let port = free_port().map_err(refused)?;
        private_file(account, &path.join("password"), password.reveal()).map_err(refused)?;
        private_file(account, &path.join("postgresql.conf"), &settings::file(&fixed, port)).map_err(refused)?;
        let bin = if programs.packaged {
            package::copy(&programs.folder, &path.join("native")).map_err(refused)?
        } else {
            programs.folder.clone()
        };
        let log = logs.join("postgres.log");
        let command = command(path, &bin, &log, account).map_err(refused)?;
        let process = keeper.launch(&command).map_err(Error::Launch)?;
        Ok(Self { process, port, password, log, crashes: (0, 0) })
    }

    /// Waits until the server takes connections; ends at once when it ended or somebody asked to stop.
    fn ready(mut self, interrupt: &Interrupt) -> Result<Self, Error> {
        let began = Instant::now();
        loop {
            match Connection::open(&self.config(), "postgres", None) {
                Ok(connection) => {
                    connection.close();
                    return Ok(self);
                }
                // Refused until it listens, 57P03 while it starts; anything else will not go away by waiting.
                Err(Error::Connect { source, .. })
                    if source.code().is_none_or(|code| *code == SqlState::CANNOT_CONNECT_NOW) => {}
                Err(error) => return Err(error),
            }
            let how = if let Some(status) = self.process.exited() {
                format!("ended ({status}) before it answered")
            } else if began.elapsed() > READY_WITHIN {
                format!("did not answer within {} s", READY_WITHIN.as_secs())
            } else if interrupt.sleep(Duration::from_millis(20)) {
                continue;
            } else {
                return Err(Error::Interrupted { attempted: "starting the private PostgreSQL server".to_owned() });
            };
            return Err(Error::NotReady { how, log: self.last_words() });
        }
    }

    /// How to connect to it, without a database.
    pub fn config(&self) -> Config {
        let mut config = Config::new();
        config.host("127.0.0.1").port(self.port).user(USER).password(self.password.reveal());
        config.connect_timeout(Duration::from_secs(10));
        config
    }

    /// Its URL, password included, without a database.
    pub fn url(&self) -> Secret {
        Secret::new(format!("postgresql://{USER}:{}@127.0.0.1:{}/", self.password.reveal(), self.port))
    }

    /// The number of the server's root process (`postgres`), which started all its others.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// The guardian above it.
    pub fn guardian(&self) -> u32 {
        self.process.guardian()
    }

    /// Whether the server ended by itself.
    pub fn ended(&mut self) -> bool {
        self.process.exited().is_some()
    }

    /// How often it has ended all its processes and begun anew because one was killed.
    pub fn crashes(&mut self) -> u64 {
        let read = || -> std::io::Result<String> {
            let mut file = File::open(&self.log)?;
            file.seek(SeekFrom::Start(self.crashes.0))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        // The server's messages are in the language of the locale that it was given, C.
        let found = read().map_or(0, |text| text.matches("all server processes terminated; reinitializing").count());
        self.crashes.0 = fs::metadata(&self.log).map_or(self.crashes.0, |log| log.len());
        self.crashes.1 += found as u64;
        self.crashes.1
    }

    /// The end of its log.
    pub fn last_words(&self) -> String {
        tail(&self.log).unwrap_or_default()
    }

    /// Ends the server and removes its folder.
    pub fn stop(mut self) -> Result<(), Error> {
        // SIGQUIT is PostgreSQL's immediate shutdown: every child ends and nothing is written. The data is thrown away, so
        // the checkpoint of a fast shutdown (SIGINT) would only keep the disk busy, seconds of it after a load.
        match self.process.stop("QUIT", GRACE).survivors {
            0 => Ok(()),
            left => Err(Error::Stop { left }),
        }
    }
}

fn command(folder: &Path, bin: &Path, log: &Path, account: Option<Account>) -> std::io::Result<process::Command> {
    if let Some(logs) = log.parent() {
        fs::create_dir_all(logs)?;
    }
    let text =
        |path: &Path| path.to_str().map(str::to_owned).ok_or_else(|| std::io::Error::other("the path is no UTF-8"));
    // Nothing of the caller's PG* variables or locale may reach the server.
    let program = ["/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", "/bin/sh", "-c", MAKE_THEN_SERVE];
    let mut argv: Vec<String> = program.map(str::to_owned).to_vec();
    argv.extend(["postgres".to_owned(), text(folder)?, text(bin)?, USER.to_owned()]);
    Ok(process::Command {
        argv,
        dir: folder.to_path_buf(),
        inherit: None,
        env: Vec::new(),
        stdout: log.to_path_buf(),
        stderr: log.to_path_buf(),
        cpus: None,
        user: account.map(|account| (account.uid, account.gid)),
    })
}

/// A port of loopback that nothing uses at this moment.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Writes a file that only the account can read.
fn private_file(account: Option<Account>, path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    account::give(account, path)
}

/// The last lines of a file, at most 2 KiB.
fn tail(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let from = file.metadata()?.len().saturating_sub(2048);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let whole = if from == 0 { &text } else { text.split_once('\n').map_or("", |(_, rest)| rest) };
    Ok(whole.trim_end().to_owned())
}
