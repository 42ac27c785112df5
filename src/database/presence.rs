//! That this run lives, as other runs on the same server of the user's own see it: a connection that is held as long as
//! its databases are, with an advisory lock that bears their number. The server lets go of it when the run is killed.
//!
//! The same connection tells when the server began anew: it takes every connection with it.

use postgres::{Client, Config};

use super::Error;
use super::connection::Connection;

/// The first number of our advisory locks, `pian` in ASCII; the second is the run's.
pub const LOCKS: i32 = 0x7069_616e;

/// When the server began, and since when it counts. A server that has lost a process keeps its first process, which
/// begins all others anew and, because they may have written nonsense, its counters too.
const EPOCH: &str =
    "SELECT pg_postmaster_start_time()::text || ' ' || coalesce(stats_reset::text, '') FROM pg_stat_bgwriter";

/// A held connection. Dropping it lets the lock go.
pub struct Presence {
    client: Client,
    number: i32,
    epoch: String,
    restarts: u64,
}

impl Presence {
    /// Takes the lock of that number.
    pub fn take(config: &Config, home: &str, number: u32) -> Result<Self, Error> {
        let number = number.cast_signed();
        let (client, epoch) = held(config, home, number)?;
        Ok(Self { client, number, epoch, restarts: 0 })
    }

    /// How often the server was found to have begun anew. A lost connection is made again, with its lock.
    pub fn restarts(&mut self, config: &Config, home: &str) -> Result<u64, Error> {
        if self.client.simple_query("SELECT 1").is_err() {
            let (client, epoch) = held(config, home, self.number)?;
            // A network or an administrator may take a connection from a server that goes on.
            self.restarts += u64::from(epoch != self.epoch);
            (self.client, self.epoch) = (client, epoch);
        }
        Ok(self.restarts)
    }
}

fn held(config: &Config, home: &str, number: i32) -> Result<(Client, String), Error> {
    let mut connection = Connection::open_again(config, home, None)?;
    let attempted = "taking this run's lock";
    let lock = format!("SELECT pg_advisory_lock_shared({LOCKS}, '{number}'::int4)");
    connection.value(&lock, attempted)?;
    // The connection has nothing to do for as long as a trial takes. Servers before 14 have no such limit.
    let version = connection.value("SHOW server_version_num", attempted)?;
    if version.and_then(|version| version.parse::<u32>().ok()).is_some_and(|version| version >= 140_000) {
        connection.run("SET idle_session_timeout = 0", attempted)?;
    }
    let epoch = connection.value(EPOCH, attempted)?.unwrap_or_default();
    Ok((connection.keep(), epoch))
}
