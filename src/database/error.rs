//! What can go wrong with a database, named after what was attempted. No text here ever holds a password.

use std::path::PathBuf;

/// Why the database could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No PostgreSQL 15 programs anywhere.
    #[error("no PostgreSQL 15 on this machine; looked at {looked}")]
    NoPrograms {
        /// Every place with what was found there.
        looked: String,
    },
    /// The private folder could not be made or filled.
    #[error("could not make the private server's folder {}", folder.display())]
    Folder {
        /// Where.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The server could not be launched at all.
    #[error("could not launch the private PostgreSQL server")]
    Launch(#[source] crate::process::Error),
    /// The server ended before it answered, or did not answer in time.
    #[error("the private PostgreSQL server {how}; its last words:\n{log}")]
    NotReady {
        /// `ended with …` or `did not answer within …`.
        how: String,
        /// The end of its log.
        log: String,
    },
    /// The server ended while it was in use.
    #[error("the PostgreSQL server ended while {attempted}; its last words:\n{log}")]
    ServerDied {
        /// What we were doing.
        attempted: String,
        /// The end of its log; empty for a server of the user's own.
        log: String,
    },
    /// The server could not be ended.
    #[error("{left} processes of the private PostgreSQL server withstood SIGKILL")]
    Stop {
        /// How many.
        left: u32,
    },
    /// `[database] url` is no URL of a PostgreSQL server.
    #[error("[database] url is no postgresql:// URL: {why}")]
    Url {
        /// What is wrong with it.
        why: String,
    },
    /// No connection.
    #[error("could not connect to database {database}")]
    Connect {
        /// The database's name.
        database: String,
        /// Why.
        source: postgres::Error,
    },
    /// The user of `[database] url` may not create databases.
    #[error("the user of [database] url may not create databases (it needs the CREATEDB attribute)")]
    Privilege(#[source] postgres::Error),
    /// The server of `[database] url` is too old to drop a database that is in use.
    #[error("the server of [database] url is PostgreSQL {version}; 13 is the oldest that can be used")]
    TooOld {
        /// The server's version as it says it itself, for instance `12.4`.
        version: String,
    },
    /// The server has no more room.
    #[error("the database server's disk is full while {attempted}")]
    DiskFull {
        /// What we were doing.
        attempted: String,
        /// The server's own words.
        source: postgres::Error,
    },
    /// The server takes no more connections.
    #[error("the database server has no free connection while {attempted}")]
    TooManyConnections {
        /// What we were doing.
        attempted: String,
        /// The server's own words.
        source: postgres::Error,
    },
    /// A statement failed.
    #[error("the database failed while {attempted}: {}", words(source))]
    Query {
        /// What we were doing.
        attempted: String,
        /// The server's own words.
        source: postgres::Error,
    },
    /// A schema or seed file could not be read.
    #[error("could not read {}", file.display())]
    ReadFile {
        /// Where the configuration says that it lies, made absolute.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A schema or seed file has an error.
    #[error("{}{}: {message}", file.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
    Sql {
        /// The schema or seed file that was executed.
        file: PathBuf,
        /// The line, from 1, where the server tells a position (errors of data have none).
        line: Option<usize>,
        /// The server's message with its detail and hint.
        message: String,
    },
    /// No table of that name.
    #[error("the database has no table {table}")]
    NoTable {
        /// The table's name as the configuration writes it, perhaps behind its schema's.
        table: String,
    },
    /// A copy's name is empty, too long or taken.
    #[error("'{name}' cannot be the name of a database copy: {why}")]
    Name {
        /// The name that was asked for, without the prefix of the run.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Somebody asked to stop.
    #[error("interrupted while {attempted}")]
    Interrupted {
        /// What we were doing.
        attempted: String,
    },
}

/// The server's message with detail and hint; for other errors the error's own words.
pub(super) fn words(error: &postgres::Error) -> String {
    let Some(said) = error.as_db_error() else {
        return error.to_string();
    };
    let mut words = said.message().to_owned();
    for (label, more) in [("detail", said.detail()), ("hint", said.hint()), ("where", said.where_())] {
        if let Some(more) = more {
            words = format!("{words} ({label}: {more})");
        }
    }
    words
}
