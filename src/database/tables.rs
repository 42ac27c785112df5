//! Reading tables: how many rows, and a digest of them that is the same on every machine.

use std::collections::BTreeMap;

use postgres::Row;

use super::Error;
use super::connection::{Connection, literal, quoted};

/// Session settings on which the text of a value depends, and a snapshot in which nothing changes while it is read.
const FIXED: &str = "
    SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1;
    SET bytea_output = 'hex'; SET lc_monetary = 'C'; SET search_path = pg_catalog; SET work_mem = '64MB'; SET jit = off;
    BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;";

/// Every table that holds rows of its own, with its columns and its primary key in order.
const TABLES: &str = "
    SELECT nspname::text, relname::text,
           ARRAY(SELECT attname::text FROM pg_attribute
                 WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum),
           ARRAY(SELECT attname::text FROM pg_index, unnest(indkey) WITH ORDINALITY AS part (number, place), pg_attribute
                 WHERE indrelid = c.oid AND indisprimary AND attrelid = c.oid AND attnum = number ORDER BY place),
           ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attcollation <> 0)
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'm') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
    ORDER BY nspname COLLATE \"C\", relname COLLATE \"C\"";

/// Fixes everything that the text of a value depends on, and the snapshot.
pub fn fix(connection: &mut Connection) -> Result<(), Error> {
    connection.run(FIXED, "preparing to read tables")
}

/// Rows of one table, named as SQL names it.
pub fn rows(connection: &mut Connection, table: &str) -> Result<u64, Error> {
    let attempted = format!("counting the rows of {table}");
    let named = connection.value(&format!("SELECT to_regclass({})::text", literal(table)), &attempted)?;
    let named = named.ok_or_else(|| Error::NoTable { table: table.to_owned() })?;
    let count = connection.value(&format!("SELECT count(*) FROM {named}"), &attempted)?;
    Ok(count.and_then(|count| count.parse().ok()).expect("count(*) is one number"))
}

/// `SCHEMA.TABLE` to `ROWS MD5` over every row without the ignored columns, on a connection that is [`fix`]ed.
pub fn digests(connection: &mut Connection, ignoring: &[&str]) -> Result<BTreeMap<String, String>, Error> {
    let tables = connection.rows(TABLES, "listing the tables")?;
    let mut digests = BTreeMap::new();
    for table in tables.iter().map(Table::of) {
        let name = format!("{}.{}", table.schema, table.name);
        let found = connection.rows(&table.query(ignoring), &format!("reading {name}"))?;
        let (count, digest): (i64, String) = found.first().map(|row| (row.get(0), row.get(1))).expect("one group");
        digests.insert(name, format!("{count} {digest}"));
    }
    Ok(digests)
}

/// One table's names.
struct Table {
    schema: String,
    name: String,
    columns: Vec<String>,
    key: Vec<String>,
    /// Columns whose order depends on a collation.
    collated: Vec<String>,
}

impl Table {
    fn of(row: &Row) -> Self {
        Self { schema: row.get(0), name: row.get(1), columns: row.get(2), key: row.get(3), collated: row.get(4) }
    }

    /// Rows and the md5 over the md5 of each row's text, by primary key, or by text where there is none (or it is ignored).
    fn query(&self, ignoring: &[&str]) -> String {
        let ignored = |column: &String| ignoring.contains(&column.as_str());
        let columns: Vec<String> = self
            .columns
            .iter()
            .filter(|column| !ignored(column))
            .map(|column| format!("t.{}", quoted(column)))
            .collect();
        let text = format!("ROW({})::text", columns.join(", "));
        let order = if self.key.is_empty() || self.key.iter().any(ignored) {
            format!("{text} COLLATE \"C\"")
        } else {
            let part = |column: &String| {
                let collation = if self.collated.contains(column) { " COLLATE \"C\"" } else { "" };
                format!("t.{}{collation}", quoted(column))
            };
            self.key.iter().map(part).collect::<Vec<_>>().join(", ")
        };
        format!(
            "SELECT count(*), md5(coalesce(string_agg(md5({text}), '' ORDER BY {order}), '')) FROM {}.{} AS t",
            quoted(&self.schema),
            quoted(&self.name)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(key: &[&str]) -> Table {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Table {
            schema: "public".to_owned(),
            name: "Odd\"name".to_owned(),
            columns: owned(&["id", "code", "at"]),
            key: owned(key),
            collated: owned(&["code"]),
        }
    }

    #[test]
    fn a_key_orders_the_rows_under_no_locale() {
        assert_eq!(
            table(&["code", "id"]).query(&["at"]),
            "SELECT count(*), md5(coalesce(string_agg(md5(ROW(t.\"id\", t.\"code\")::text), '' \
             ORDER BY t.\"code\" COLLATE \"C\", t.\"id\"), '')) FROM \"public\".\"Odd\"\"name\" AS t"
        );
    }

    #[test]
    fn without_a_usable_key_the_text_orders_them() {
        for (key, ignoring) in [(&[][..], &[][..]), (&["id"][..], &["id"][..])] {
            let query = table(key).query(ignoring);
            assert!(query.contains(")::text COLLATE \"C\""), "{query}");
        }
    }
}
