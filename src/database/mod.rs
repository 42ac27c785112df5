//! The database that targets work on: a server, a seeded template, and a fresh copy for every trial.
//!
//! The server is a private PostgreSQL 15 that is started for the run, or the user's own (`[database] url`), on which only
//! databases named `pianoprof_…` are made and dropped: this run's, and those that a killed one surely left. What it does
//! not do: start targets, read the config, or judge fingerprints.
//!
//! The private server lives in a folder of mode 0700 under `TMPDIR` or `/tmp`, not in the run's folder: as root it runs
//! under an unprivileged account, which may not be able to traverse that one.

mod account;
mod cluster;
mod connection;
mod error;
mod fingerprint;
mod mark;
mod package;
mod presence;
pub mod programs;
mod server;
mod settings;
mod stale;
mod statements;
mod tables;
mod template;
mod work;

use std::collections::BTreeMap;
use std::path::Path;

use postgres::error::SqlState;
use rand::RngExt;

pub use self::error::Error;
pub use self::work::Counters;

use self::cluster::Cluster;
use self::connection::{Connection, literal, quoted};
use self::programs::Search;
use self::server::Server;
use crate::interrupt::Interrupt;
use crate::model::facts::{DatabaseFacts, OWN_SERVER};
use crate::model::plan::DatabasePlan;
use crate::model::secret::Secret;

/// A server with the databases of this run on it. Dropping it ends everything it made.
pub struct Database {
    /// `None` once stopped.
    server: Option<Server>,
    plan: DatabasePlan,
    interrupt: Interrupt,
    /// What the names of all our databases begin with; nothing on a private server.
    prefix: String,
    /// Our databases on a server of the user's own, to be dropped at the end.
    made: Vec<String>,
    facts: DatabaseFacts,
    /// Databases that killed runs had left on a server of the user's own, dropped when this one began.
    cleared: Vec<String>,
    /// How statements are counted; `None` where they are not.
    counting: Option<work::Counting>,
}

/// A fresh copy of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The database's name on the server.
    pub name: String,
    /// Its URL, password included, for `{database_url}`.
    pub url: Secret,
}

/// Starts the private server, or connects to the user's own. The server's output goes to `logs/postgres.log`;
/// `program` is our own executable, which runs the guardian.
///
/// # Errors
/// No PostgreSQL 15, a server that does not start, a URL that cannot be used, missing CREATEDB, an interrupt.
pub fn start(program: &Path, plan: &DatabasePlan, logs: &Path, interrupt: &Interrupt) -> Result<Database, Error> {
    let number = rand::rng().random::<u32>();
    let (server, source, prefix) = if let Some(url) = &plan.url {
        (Server::own(url)?, OWN_SERVER.to_owned(), format!("pianoprof_{number:08x}_"))
    } else {
        let programs = Search::of_plan(plan).find()?;
        let cluster = Cluster::start(program, &programs, plan.statements, logs, interrupt)?;
        (Server::Private(cluster), format!("private: {}", programs.folder.display()), String::new())
    };
    let facts = DatabaseFacts {
        version: String::new(),
        source,
        fingerprint: String::new(),
        settings: BTreeMap::new(),
        statements_unknown: None,
    };
    let (plan, interrupt) = (plan.clone(), interrupt.clone());
    let (server, made, cleared) = (Some(server), Vec::new(), Vec::new());
    let mut database = Database { server, plan, interrupt, prefix, made, facts, cleared, counting: None };
    database.look()?;
    database.settle(number)?;
    database.count()?;
    Ok(database)
}

impl Database {
    /// Makes the template database: schema files, then seed files. Returns its fingerprint.
    ///
    /// # Errors
    /// A file that cannot be read, an SQL error with file and line, a server that fails, an interrupt.
    pub fn prepare(&mut self, interrupt: &Interrupt) -> Result<String, Error> {
        self.interrupt = interrupt.clone();
        let name = self.template();
        self.create(&name, "template0")?;
        self.mark(&name)?;
        let mut connection = self.connect(&name)?;
        let filled = template::fill(&mut connection, &self.plan);
        connection.close();
        filled.map_err(|error| self.explained(error))?;
        self.facts.fingerprint = self.fingerprint(&name)?;
        self.checkpoint()?;
        Ok(self.facts.fingerprint.clone())
    }

    /// Makes a fresh copy of the template. The other functions take `name` or the copy's own name.
    ///
    /// # Errors
    /// A name that is taken or not possible, a full disk, a server that fails, an interrupt.
    pub fn copy(&mut self, name: &str) -> Result<Copy, Error> {
        let name = self.full(name)?;
        let template = self.template();
        self.create(&name, &template)?;
        let url = self.server().url(&name);
        Ok(Copy { name, url })
    }

    /// The fingerprint of that copy: `sha256:` and 64 hexadecimal digits over schema, rows and sequences.
    ///
    /// # Errors
    /// No such copy, a server that fails, an interrupt.
    pub fn fingerprint(&mut self, name: &str) -> Result<String, Error> {
        self.reading(name, fingerprint::of)
    }

    /// Drops that copy, whoever is connected to it.
    ///
    /// # Errors
    /// A server that fails. A copy that does not exist is no error.
    pub fn drop_copy(&mut self, name: &str) -> Result<(), Error> {
        let name = self.full(name)?;
        self.drop_database(&name)?;
        self.made.retain(|made| *made != name);
        Ok(())
    }

    /// Rows of a table of that copy.
    ///
    /// # Errors
    /// No such copy or table, a server that fails, an interrupt.
    pub fn rows(&mut self, name: &str, table: &str) -> Result<u64, Error> {
        self.reading(name, |connection| tables::rows(connection, table))
    }

    /// `SCHEMA.TABLE` to `ROWS MD5` of that copy, without the named columns: equal where the tables hold the same.
    ///
    /// # Errors
    /// No such copy, a server that fails, an interrupt.
    pub fn tables_digest(&mut self, name: &str, ignoring: &[&str]) -> Result<BTreeMap<String, String>, Error> {
        self.reading(name, |connection| {
            tables::fix(connection)?;
            tables::digests(connection, ignoring)
        })
    }

    /// What the server did in that copy so far; `None` where statements are not counted.
    ///
    /// # Errors
    /// A server that fails, an interrupt.
    pub fn work(&mut self, name: &str) -> Result<Option<Counters>, Error> {
        let Some(counting) = self.counting.clone() else { return Ok(None) };
        let (name, home) = (self.full(name)?, self.server().home().to_owned());
        self.on(&home, |connection| counting.read(connection, &name)).map(Some)
    }

    /// Version, source, settings, and the fingerprint once [`Database::prepare`] made it (empty before).
    #[must_use]
    pub fn facts(&self) -> DatabaseFacts {
        self.facts.clone()
    }

    /// The postmaster of a private server.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.server().private().map(Cluster::pid)
    }

    /// The guardian above the postmaster of a private server: whose tree a sampler follows.
    #[must_use]
    pub fn guardian(&self) -> Option<u32> {
        self.server().private().map(Cluster::guardian)
    }

    /// How often the server has so far lost a process, ended all others and begun anew, or was started anew.
    ///
    /// # Errors
    /// A server of the user's own that cannot be reached any more.
    pub fn restarts(&mut self) -> Result<u64, Error> {
        self.server.as_mut().map_or(Ok(0), Server::restarts).map_err(|error| self.explained(error))
    }

    /// A sentence about the databases that killed runs had left on a server of the user's own and that were dropped at the
    /// start; `None` when there were none.
    #[must_use]
    pub fn cleared(&self) -> Option<String> {
        stale::told(&self.cleared)
    }

    /// Connections that clients can still open.
    ///
    /// # Errors
    /// A server that fails, an interrupt.
    pub fn connections_free(&mut self) -> Result<u64, Error> {
        const FREE: &str = "SELECT greatest(0, current_setting('max_connections')::int \
            - current_setting('superuser_reserved_connections')::int \
            - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()))";
        let home = self.server().home().to_owned();
        let free = self.on(&home, |connection| connection.value(FREE, "counting the free connections"))?;
        Ok(free.and_then(|free| free.parse().ok()).unwrap_or(0))
    }

    /// Writes everything to disk now, so that no checkpoint falls into a trial. On a server of the user's own this does
    /// nothing where he may not.
    ///
    /// # Errors
    /// A server that fails, an interrupt.
    pub fn checkpoint(&mut self) -> Result<(), Error> {
        let home = self.server().home().to_owned();
        match self.on(&home, |connection| connection.run("CHECKPOINT", "making a checkpoint")) {
            Err(Error::Query { source, .. }) if source.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Ok(()),
            outcome => outcome,
        }
    }

    /// Ends everything: a private server with its folder, or our databases on the user's own.
    ///
    /// # Errors
    /// A server that cannot be stopped, a database that cannot be dropped.
    pub fn stop(mut self) -> Result<(), Error> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Error> {
        let mut outcome = Ok(());
        while let Some(name) = self.made.pop() {
            outcome = outcome.and(self.drop_database(&name));
        }
        match self.server.take() {
            Some(Server::Private(cluster)) => outcome.and(cluster.stop()),
            _ => outcome,
        }
    }

    fn server(&self) -> &Server {
        self.server.as_ref().expect("only stop takes the server, and it takes the database with it")
    }

    fn template(&self) -> String {
        if self.prefix.is_empty() { "pianoprof_template".to_owned() } else { format!("{}template", self.prefix) }
    }

    /// The name on the server of a copy's short or full name.
    fn full(&self, name: &str) -> Result<String, Error> {
        let refused = |why| Error::Name { name: name.to_owned(), why };
        if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter)) {
            return Err(refused("letters, digits, _ and - are possible"));
        }
        let full = if name.starts_with(&self.prefix) { name.to_owned() } else { format!("{}{name}", self.prefix) };
        // PostgreSQL cuts longer names off, so that two of them could be one.
        if full.len() > 63 { Err(refused("it is too long")) } else { Ok(full) }
    }

    /// What the server says of itself.
    fn look(&mut self) -> Result<(), Error> {
        let home = self.server().home().to_owned();
        let shown = self.on(&home, |connection| connection.value("SHOW server_version", "asking for the version"))?;
        let version = shown.unwrap_or_default().split_whitespace().next().unwrap_or_default().to_owned();
        let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok()).unwrap_or(0);
        if major < 13 {
            return Err(Error::TooOld { version });
        }
        self.facts.version = version;
        let names: Vec<String> = settings::fixed(0, true).into_keys().map(|name| literal(&name)).collect();
        let query = format!(
            "SELECT lower(name), current_setting(name) FROM pg_settings WHERE lower(name) IN ({})",
            names.join(", ")
        );
        let rows = self.on(&home, |connection| connection.rows(&query, "asking for the settings"))?;
        self.facts.settings = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        Ok(())
    }

    /// Makes room on a server of the user's own, and shows other runs which databases are ours.
    fn settle(&mut self, number: u32) -> Result<(), Error> {
        if let Some(server @ Server::Own { .. }) = &mut self.server {
            server.claim(number)?;
            let home = self.server().home().to_owned();
            self.cleared = self.on(&home, stale::drop_all)?;
        }
        Ok(())
    }

    /// Says on a server of the user's own whose databases the template and its copies are.
    fn mark(&mut self, template: &str) -> Result<(), Error> {
        let home = self.server().home().to_owned();
        if self.prefix.is_empty() { Ok(()) } else { self.on(&home, |connection| mark::leave(connection, template)) }
    }

    /// Finds out whether and how statements are counted.
    fn count(&mut self) -> Result<(), Error> {
        if !self.plan.statements {
            self.facts.statements_unknown = Some("`statements = false` under [database]".to_owned());
            return Ok(());
        }
        let (home, ours) = (self.server().home().to_owned(), self.server().private().is_some());
        match self.on(&home, |connection| work::Counting::find(connection, &home, ours))? {
            Ok(counting) => self.counting = Some(counting),
            Err(why) => self.facts.statements_unknown = Some(why),
        }
        Ok(())
    }

    fn create(&mut self, name: &str, template: &str) -> Result<(), Error> {
        // Encoding and locale of template0 are the server's; UTF8 under "C" is the same everywhere.
        let locale = if template == "template0" { " ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'" } else { "" };
        let sql = format!("CREATE DATABASE {} TEMPLATE {}{locale}", quoted(name), quoted(template));
        let home = self.server().home().to_owned();
        if !self.prefix.is_empty() {
            // Before the attempt: an interrupt may come after the server is done and before it says so.
            self.made.push(name.to_owned());
        }
        match self.on(&home, |connection| connection.run(&sql, &format!("creating database {name}"))) {
            Err(Error::Query { source, .. }) if source.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                Err(Error::Privilege(source))
            }
            Err(Error::Query { source, .. }) if source.code() == Some(&SqlState::DUPLICATE_DATABASE) => {
                Err(Error::Name { name: name.to_owned(), why: "there is one of that name" })
            }
            outcome => outcome,
        }
    }

    /// Cleaning up goes on after an interrupt.
    fn drop_database(&mut self, name: &str) -> Result<(), Error> {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name));
        let (config, home) = (self.server().config(), self.server().home());
        let outcome = Connection::open_again(&config, home, None).and_then(|mut connection| {
            let outcome = connection.run(&sql, &format!("dropping database {name}"));
            connection.close();
            outcome
        });
        outcome.map_err(|error| self.explained(error))
    }

    fn connect(&mut self, database: &str) -> Result<Connection, Error> {
        if self.interrupt.is_set() {
            return Err(Error::Interrupted { attempted: format!("connecting to database {database}") });
        }
        Connection::open_again(&self.server().config(), database, Some(&self.interrupt))
            .map_err(|error| self.explained(error))
    }

    /// Does something with one database of the server.
    fn on<T>(&mut self, database: &str, what: impl FnOnce(&mut Connection) -> Result<T, Error>) -> Result<T, Error> {
        let mut connection = self.connect(database)?;
        let outcome = what(&mut connection);
        connection.close();
        outcome.map_err(|error| self.explained(error))
    }

    fn reading<T>(&mut self, name: &str, what: impl FnOnce(&mut Connection) -> Result<T, Error>) -> Result<T, Error> {
        let name = self.full(name)?;
        self.on(&name, what)
    }

    /// A failure of a private server that is gone is its end, with its last words.
    fn explained(&mut self, error: Error) -> Error {
        let Some(Server::Private(cluster)) = &mut self.server else { return error };
        match error {
            Error::ServerDied { attempted, .. } => Error::ServerDied { attempted, log: cluster.last_words() },
            Error::Connect { database, .. } if cluster.ended() => {
                Error::ServerDied { attempted: format!("connecting to database {database}"), log: cluster.last_words() }
            }
            other => other,
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Nobody is left to tell: an ordinary end goes through `stop`.
        let _ = self.end();
    }
}
