//! One connection to one database, whose statements an interrupt cancels and whose failures are named.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use postgres::error::SqlState;
use postgres::{CancelToken, Client, Config, NoTls, Row, SimpleQueryMessage};

use super::Error;
use crate::interrupt::Interrupt;

/// How soon an interrupt reaches a running statement.
const LOOK: Duration = Duration::from_millis(50);

/// How long a server may take to read its log after it has lost a process.
const BACK_WITHIN: Duration = Duration::from_secs(30);

/// A connection with fixed session settings.
pub struct Connection {
    client: Client,
    interrupt: Option<Interrupt>,
    watch: Option<Watch>,
}

impl Connection {
    /// Connects to `database`. With an interrupt, a running statement is cancelled when it is set; cleaning up uses none.
    pub fn open(config: &Config, database: &str, interrupt: Option<&Interrupt>) -> Result<Self, Error> {
        let attempted = || format!("connecting to database {database}");
        let client = config.clone().dbname(database).application_name("pianoprof").connect(NoTls).map_err(
            |source| match named(source, attempted(), false) {
                Error::Query { source, .. } => Error::Connect { database: database.to_owned(), source },
                other => other,
            },
        )?;
        let watch = interrupt.map(|interrupt| Watch::start(client.cancel_token(), interrupt.clone()));
        Ok(Self { client, interrupt: interrupt.cloned(), watch })
    }

    /// The same on a server that was there before, and may be about to come back after it has lost a process.
    pub fn open_again(config: &Config, database: &str, interrupt: Option<&Interrupt>) -> Result<Self, Error> {
        let began = Instant::now();
        loop {
            match Self::open(config, database, interrupt) {
                Err(Error::Connect { source, .. })
                    if source.code() == Some(&SqlState::CANNOT_CONNECT_NOW)
                        && began.elapsed() < BACK_WITHIN
                        && !interrupt.is_some_and(Interrupt::is_set) =>
                {
                    std::thread::sleep(LOOK);
                }
                opened => return opened,
            }
        }
    }

    /// Runs statements that give no rows, in one round trip and, unless they say otherwise, one transaction.
    pub fn run(&mut self, sql: &str, attempted: &str) -> Result<(), Error> {
        self.client.batch_execute(sql).map_err(|error| self.named(error, attempted))
    }

    /// The same with the server's own error, for whoever can say more than which statement failed.
    pub fn run_raw(&mut self, sql: &str) -> Result<(), postgres::Error> {
        self.client.batch_execute(sql)
    }

    /// The rows of a query without parameters.
    pub fn rows(&mut self, sql: &str, attempted: &str) -> Result<Vec<Row>, Error> {
        self.client.query(sql, &[]).map_err(|error| self.named(error, attempted))
    }

    /// The first column of the first row, as text; `None` without a row or for NULL.
    pub fn value(&mut self, sql: &str, attempted: &str) -> Result<Option<String>, Error> {
        let messages = self.client.simple_query(sql).map_err(|error| self.named(error, attempted))?;
        Ok(messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }

    /// Says what failed; a cancelled statement after an interrupt is the interrupt.
    pub fn named(&self, error: postgres::Error, attempted: &str) -> Error {
        let stopping = self.interrupt.as_ref().is_some_and(Interrupt::is_set);
        named(error, attempted.to_owned(), stopping)
    }

    /// Hands the connection over to whoever keeps it open.
    pub fn keep(mut self) -> Client {
        drop(self.watch.take());
        self.client
    }

    /// Ends the connection; the server may still take a moment to notice.
    pub fn close(mut self) {
        drop(self.watch.take());
        // A connection that cannot be closed is closed already.
        let _ = self.client.close();
    }
}

fn named(source: postgres::Error, attempted: String, stopping: bool) -> Error {
    let code = source.code().cloned();
    if stopping && code.as_ref() == Some(&SqlState::QUERY_CANCELED) {
        return Error::Interrupted { attempted };
    }
    match code {
        Some(code) if code == SqlState::DISK_FULL => Error::DiskFull { attempted, source },
        Some(code) if code == SqlState::TOO_MANY_CONNECTIONS => Error::TooManyConnections { attempted, source },
        // 57P01 and 57P02 are the farewell of a server that is stopped or that crashed.
        Some(code) if code == SqlState::ADMIN_SHUTDOWN || code == SqlState::CRASH_SHUTDOWN => {
            Error::ServerDied { attempted, log: String::new() }
        }
        None if source.is_closed() => Error::ServerDied { attempted, log: String::new() },
        _ => Error::Query { attempted, source },
    }
}

/// A thread that cancels the connection's statement when the interrupt is set; it ends with this value.
struct Watch {
    ended: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    fn start(token: CancelToken, interrupt: Interrupt) -> Self {
        let (ended, end) = channel::<()>();
        let thread = std::thread::spawn(move || {
            while end.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                if interrupt.is_set() {
                    // Repeated until the connection is closed: a cancel between two statements hits neither.
                    let _ = token.cancel_query(NoTls);
                }
            }
        });
        Self { ended: Some(ended), thread: Some(thread) }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.ended.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// An identifier in double quotes.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in single quotes.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_cannot_break_out() {
        assert_eq!(quoted(r#"a"b"#), r#""a""b""#);
        assert_eq!(literal("it's"), "'it''s'");
    }
}
