//! One line that says what a database holds: the same schema and rows give the same fingerprint on every machine.
//!
//! Schema, rows and the state of sequences count; oids, owners, locale, the database's name, the physical order of rows
//! and statistics do not.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::Error;
use super::connection::Connection;
use super::tables;

const CATALOGUE: &str = include_str!("catalogue.sql");

const SEQUENCES: &str = "
    SELECT format('%I.%I', nspname, relname)
    FROM pg_class JOIN pg_namespace AS n ON n.oid = relnamespace
    WHERE relkind = 'S' AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    ORDER BY nspname COLLATE \"C\", relname COLLATE \"C\"";

/// `sha256:` and 64 hexadecimal digits.
pub fn of(connection: &mut Connection) -> Result<String, Error> {
    Ok(hash(&content(connection)?))
}

/// What is hashed: a line per thing of the schema, per table and per sequence.
fn content(connection: &mut Connection) -> Result<String, Error> {
    let attempted = "taking the fingerprint";
    tables::fix(connection)?;
    let mut content = String::new();
    for row in connection.rows(CATALOGUE, attempted)? {
        content.push_str(&row.get::<_, String>(0));
        content.push('\n');
    }
    for (table, digest) in tables::digests(connection, &[])? {
        let _ = writeln!(content, "rows\t{table}\t{digest}");
    }
    for row in connection.rows(SEQUENCES, attempted)? {
        let name: String = row.get(0);
        let state = connection.value(&format!("SELECT last_value || ' ' || is_called FROM {name}"), attempted)?;
        let _ = writeln!(content, "state\t{name}\t{}", state.unwrap_or_default());
    }
    Ok(content)
}

fn hash(content: &str) -> String {
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(content) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_plain_sha256() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(hash("abc"), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
