//! What the server did in one database: statements, rows and buffers, from its own count (`pg_stat_statements`).
//!
//! The counters are read, never reset: on a server of the user's own they are his. A server that does not count says
//! why, and everything goes on without.

use super::Error;
use super::connection::{Connection, literal};
use crate::model::record::DatabaseWork;

/// The counters of one database at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counters {
    work: DatabaseWork,
    /// Times that the server forgot statements to make room for others.
    forgotten: u64,
}

impl Counters {
    /// What was done since `before`; `None` when statements were forgotten meanwhile, so that the sum is no count.
    #[must_use]
    pub fn since(self, before: Self) -> Option<DatabaseWork> {
        let (new, old) = (self.work, before.work);
        (self.forgotten == before.forgotten).then(|| DatabaseWork {
            statements: new.statements.saturating_sub(old.statements),
            rows: new.rows.saturating_sub(old.rows),
            buffers_hit: new.buffers_hit.saturating_sub(old.buffers_hit),
            buffers_read: new.buffers_read.saturating_sub(old.buffers_read),
        })
    }
}

/// A server that counts, and in which schema its counters are.
#[derive(Clone, Debug)]
pub struct Counting {
    schema: String,
    /// PostgreSQL 13 does not tell how often it forgot.
    tells_forgotten: bool,
}

impl Counting {
    /// Looks for the counters in the database that the connection is to; on a server of `ours` they are made. The inner
    /// error says why there are none: they are not for everybody, and nothing else needs them.
    pub fn find(connection: &mut Connection, home: &str, ours: bool) -> Result<Result<Self, String>, Error> {
        match Self::look(connection, home, ours) {
            Err(Error::Query { source, .. }) => Ok(Err(super::error::words(&source))),
            found => found,
        }
    }

    fn look(connection: &mut Connection, home: &str, ours: bool) -> Result<Result<Self, String>, Error> {
        const AVAILABLE: &str = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_stat_statements' \
            AND current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%'";
        const SCHEMA: &str = "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace \
            WHERE extname = 'pg_stat_statements'";
        const TRACK: &str = "SELECT current_setting('pg_stat_statements.track', true)";
        let looking = "looking for pg_stat_statements";
        if ours {
            if connection.value(AVAILABLE, looking)?.is_none() {
                return Ok(Err("this PostgreSQL comes without the extension pg_stat_statements".to_owned()));
            }
            connection.run("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", "creating pg_stat_statements")?;
        }
        let Some(schema) = connection.value(SCHEMA, looking)? else {
            return Ok(Err(format!(
                "the extension pg_stat_statements was not created in database {home} of the server"
            )));
        };
        if connection.value(TRACK, looking)?.is_none_or(|track| track.is_empty() || track == "none") {
            return Ok(Err(
                "the server does not load pg_stat_statements, or `pg_stat_statements.track` is none".to_owned()
            ));
        }
        let forgotten = format!("SELECT to_regclass({})::text", literal(&format!("{schema}.pg_stat_statements_info")));
        let counting = Self { tells_forgotten: connection.value(&forgotten, looking)?.is_some(), schema };
        counting.read(connection, home)?;
        Ok(Ok(counting))
    }

    /// The counters of that database.
    pub fn read(&self, connection: &mut Connection, database: &str) -> Result<Counters, Error> {
        let Self { schema, .. } = self;
        let forgotten = if self.tells_forgotten {
            format!("(SELECT dealloc FROM {schema}.pg_stat_statements_info)")
        } else {
            "0::bigint".to_owned()
        };
        let query = format!(
            "SELECT coalesce(sum(calls), 0)::bigint, coalesce(sum(rows), 0)::bigint, coalesce(sum(shared_blks_hit), 0)::bigint, \
             coalesce(sum(shared_blks_read), 0)::bigint, {forgotten} FROM {schema}.pg_stat_statements(false) \
             WHERE dbid = (SELECT oid FROM pg_database WHERE datname = {})",
            literal(database)
        );
        let rows = connection.rows(&query, "reading pg_stat_statements")?;
        let row = rows.first().expect("an aggregate gives one row");
        let [statements, rows, buffers_hit, buffers_read, forgotten] =
            [0, 1, 2, 3, 4].map(|column| u64::try_from(row.get::<_, i64>(column)).unwrap_or(0));
        Ok(Counters { work: DatabaseWork { statements, rows, buffers_hit, buffers_read }, forgotten })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_with_gaps_is_none() {
        let at = |statements, forgotten| Counters {
            work: DatabaseWork { statements, ..DatabaseWork::default() },
            forgotten,
        };
        assert_eq!(at(12, 1).since(at(2, 1)).map(|work| work.statements), Some(10));
        assert_eq!(at(12, 2).since(at(2, 1)), None);
    }
}
