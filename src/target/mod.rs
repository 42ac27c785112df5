//! Targets: start one, and know when it executes, listens, answers its first byte and gives its first good answer.
//!
//! Nothing is attached to the target and no shim slows it: listening is read from the kernel (`sock_diag`), readiness by one
//! GET at a time or, for a server without a page to ask, from its log or from its port. It decides neither how often a target
//! is launched nor what is measured while it lives.

mod arrival;
mod aside;
mod cadence;
mod cold;
pub mod environment;
mod error;
mod held;
mod http;
mod life;
mod listening;
mod log;
mod netlink;
mod page;
pub mod port;
mod printed;
mod settled;
mod sockets;
mod substitute;
pub mod trace;
pub mod workers;

use std::io::{Read as _, Seek as _, SeekFrom};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::interrupt::Interrupt;
use crate::model::plan::{ReadyBy, TargetPlan};
use crate::model::record::Launch;
use crate::process::cpu::TreeCpu;
use crate::process::tree::Anchor;
use crate::process::{Command, Exit, Supervised, launch};

pub use error::Error;
use life::Life;
use listening::Listening;
pub use netlink::why_no_sock_diag;
pub use page::Answered;
use printed::Printed;
pub use settled::wait_until_settled;
pub use substitute::{Values, own_cpus, substitute};

/// What a start needs beside the target's own plan.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What `{host}` becomes, for instance `127.0.0.1`.
    pub host: String,
    /// What `{port}` becomes; `None` picks a free one.
    pub port: Option<u16>,
    /// What `{database_url}` becomes.
    pub database_url: Option<String>,
    /// Its output is appended to this path with `.stdout` and `.stderr` added.
    pub output: PathBuf,
    /// Whether the page cache is dropped before (root only).
    pub cold: bool,
    /// The CPUs it is confined to when its own plan names none.
    pub cpus: Option<Vec<usize>>,
}

/// A target that is ready. Dropping it kills its tree.
#[derive(Debug)]
pub struct Launched {
    /// The tree.
    pub server: Supervised,
    /// The port it was given.
    pub port: u16,
    /// `http://HOST:PORT`, without a slash at the end.
    pub url: String,
    /// What was seen until it was ready.
    pub launch: Launch,
    /// The files that it prints to.
    printed: Printed,
    /// Listening sockets that were found to be the tree's.
    own_sockets: Vec<u64>,
}

/// As much of what a target says is looked at, bytes.
const MOST_SAID: u64 = 16 << 20;

impl Launched {
    /// How it ended, if it has. A root process that ended well and left others behind has become a daemon and lives on.
    pub fn ended(&mut self) -> Option<Exit> {
        self.server.exited().filter(|exit| !exit.is_success() || self.server.is_over())
    }

    /// Who else listens on its port and may answer in its place: somebody that the launch did not start.
    pub fn intruder(&mut self) -> Option<port::Owner> {
        sockets::stranger(self.port, &self.server, &mut self.own_sockets)
    }

    /// Where its standard error ends now.
    #[must_use]
    pub fn stderr_length(&self) -> u64 {
        self.printed.stderr_length()
    }

    /// What it said on standard error from there on, of a talkative one only the beginning; nothing when that cannot be read.
    #[must_use]
    pub fn said_since(&self, from: u64) -> String {
        let mut bytes = Vec::new();
        let read = std::fs::File::open(self.printed.stderr()).and_then(|mut file| {
            file.seek(SeekFrom::Start(from))?;
            file.take(MOST_SAID).read_to_end(&mut bytes)
        });
        read.map_or_else(|_| String::new(), |_| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The first and last lines of its standard error or, where that is empty, of its standard output, for telling why it died.
    #[must_use]
    pub fn printed(&self) -> String {
        self.printed.excerpt()
    }
}

/// Starts a target and waits until it is ready. `program` is our own executable, which becomes its guardian; `tell` is given a
/// sentence when the wait looks as if it were for nothing.
///
/// # Errors
/// When the port is taken, the program cannot be started, or it does not become ready: then nothing of it is left.
pub fn start(
    program: &Path,
    plan: &TargetPlan,
    settings: &Settings,
    interrupt: &Interrupt,
    tell: &(dyn Fn(&str) + Sync),
) -> Result<Launched, Error> {
    let mut begun = begin(program, plan, settings)?;
    let address = begun.address;
    let mut launch = begun.wait(interrupt, plan.ready.timeout, tell, |life| wait(life, address, plan))?;
    let Begun { server, printed, .. } = begun;
    let port = address.port();
    let mut cpu = TreeCpu::new(Anchor::Guardian(server.guardian()));
    launch.cpu_ns = cpu.read();
    launch.cpu_in_ticks = !cpu.is_exact();
    launch.cold = settings.cold;
    let mut own_sockets = Vec::new();
    if let Some(owner) = sockets::stranger(port, &server, &mut own_sockets) {
        return Err(Error::Foreign { port, owner });
    }
    let url = format!("http://{address}");
    Ok(Launched { server, port, url, launch, printed, own_sockets })
}

/// Starts a target, asks it for each of the paths once it listens, and stops it: what it answers, for whoever looks for the path
/// that says it is ready. It is asked for `patience` at most, or until one path is answered with 200.
///
/// # Errors
/// When the port is taken, the program cannot be started, or it does not listen within the plan's timeout.
pub fn ask_paths(
    program: &Path,
    plan: &TargetPlan,
    settings: &Settings,
    interrupt: &Interrupt,
    paths: &[String],
    patience: Duration,
) -> Result<Vec<Answered>, Error> {
    let mut begun = begin(program, plan, settings)?;
    let address = begun.address;
    let answered = begun.wait(interrupt, plan.ready.timeout, &|_| (), |mut life| {
        listening::wait(&mut life, address)?;
        page::ask(&mut life, address, paths, patience)
    });
    begun.server.stop_or_hurry(&plan.stop.signal, plan.stop.grace, interrupt);
    answered
}

/// A target that was started and is waited for.
struct Begun {
    server: Supervised,
    address: SocketAddr,
    printed: Printed,
    /// Its argv and the values of its environment, among which a fixed port may be.
    words: Vec<String>,
}

fn begin(program: &Path, plan: &TargetPlan, settings: &Settings) -> Result<Begun, Error> {
    let port = match settings.port {
        Some(port) => port,
        None => port::free()?,
    };
    port::refuse_if_taken(port)?;
    let command = command(plan, settings, port)?;
    let printed = Printed::before(&command);
    if settings.cold {
        cold::drop_page_cache()?;
    }
    let server = launch(program, &command)?;
    let words = command.argv.into_iter().chain(command.env.into_iter().map(|(_, value)| value)).collect();
    Ok(Begun { server, address: SocketAddr::new(reachable(&settings.host), port), printed, words })
}

impl Begun {
    /// Waits on a thread of its own, since it asks for a scheduling of its own.
    fn wait<T: Send>(
        &mut self,
        interrupt: &Interrupt,
        timeout: Duration,
        tell: &(dyn Fn(&str) + Sync),
        wait: impl FnOnce(Life<'_>) -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        let Self { server, printed, words, .. } = self;
        let life = Life::new(server, interrupt, timeout, printed, words, tell);
        let outcome = thread::scope(|scope| {
            let waiter = thread::Builder::new().name("ready".to_owned()).spawn_scoped(scope, || wait(life));
            waiter.map_err(Error::Thread)?.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        outcome.map_err(|reason| reason.with_printed(printed))
    }
}

/// Waits until the target is ready, on a thread of its own. Where nothing is asked there is no first byte of an answer.
fn wait(mut life: Life<'_>, address: SocketAddr, plan: &TargetPlan) -> Result<Launch, Error> {
    cadence::look_on_time();
    let (listen, first_byte, first_ok, listen_seen_by) = match &plan.ready.by {
        ReadyBy::Page { path, status } => {
            let (listen, by) = listening::wait(&mut life, address)?;
            let answers = page::wait(&mut life, address, path, *status, listen)?;
            (Some(listen), Some(answers.first_byte), answers.first_ok, by)
        }
        ReadyBy::Tcp => {
            let (listen, by) = listening::wait(&mut life, address)?;
            (Some(listen), None, listen, by)
        }
        ReadyBy::Log(pattern) => {
            let mut listening = Listening::at(address);
            let port = plan.takes_port().then_some(&mut listening);
            let marks = log::wait(&mut life, port, pattern)?;
            (marks.listen, None, marks.line, listening.seen_by())
        }
    };
    Ok(Launch {
        t0_ns: life.t0_ns(),
        exec_ns: life.exec_ns(),
        listen,
        first_byte,
        first_ok: Some(first_ok),
        settled: None,
        cpu_ns: 0,
        cpu_in_ticks: false,
        listen_seen_by,
        cold: false,
    })
}

fn command(plan: &TargetPlan, settings: &Settings, port: u16) -> Result<Command, Error> {
    let with = |end: &str| {
        let mut path = settings.output.clone().into_os_string();
        path.push(end);
        PathBuf::from(path)
    };
    let cpus = match &plan.cpus {
        Some(list) => Some(cpu_list(list).ok_or_else(|| Error::Cpus(list.clone()))?),
        None => settings.cpus.clone(),
    };
    let values = &Values {
        host: &settings.host,
        port,
        database_url: settings.database_url.as_deref(),
        dir: &plan.dir,
        cpus: cpus.as_ref().map_or_else(own_cpus, Vec::len),
    };
    let argv = plan.command.iter().map(|word| substitute(word, values)).collect::<Result<_, _>>()?;
    let env = plan.env.iter().map(|(key, value)| Ok((key.clone(), substitute(value.reveal(), values)?)));
    Ok(Command {
        argv,
        dir: plan.dir.clone(),
        inherit: Some(environment::inherited(plan)),
        env: env.collect::<Result<_, Error>>()?,
        stdout: with(".stdout"),
        stderr: with(".stderr"),
        cpus,
        user: None,
    })
}

/// The address that reaches a server which was told to listen on `host`.
fn reachable(host: &str) -> IpAddr {
    let address: IpAddr = host.trim_matches(['[', ']']).parse().unwrap_or(Ipv4Addr::LOCALHOST.into());
    if address.is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { address }
}

/// CPU numbers of a list as in `taskset -c`: `0-3,5`.
fn cpu_list(text: &str) -> Option<Vec<usize>> {
    let mut cpus = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        // 1024 is what the kernel's default CPU set can hold.
        if first > last || last >= 1024 {
            return None;
        }
        cpus.extend(first..=last);
    }
    Some(cpus)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_lists_as_taskset_reads_them() {
        assert_eq!(cpu_list("0-2,5"), Some(vec![0, 1, 2, 5]));
        for wrong in ["", "a", "3-1", "0-", "99999"] {
            assert_eq!(cpu_list(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn wildcards_are_reached_over_loopback() {
        assert_eq!(reachable("0.0.0.0").to_string(), "127.0.0.1");
        assert_eq!(reachable("localhost").to_string(), "127.0.0.1");
        assert_eq!(reachable("[::1]").to_string(), "::1");
    }
}
