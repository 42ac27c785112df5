//! Databases that a killed run has left on a server of the user's own. SIGKILL takes the run before it can drop them and
//! its guardian has no password, so that the next run does it.
//!
//! Dropped is only what is surely left over: all databases of one run, when its template bears a [`Mark`] whose process is
//! over, nobody holds the run's lock, and nobody is connected to any of them.

use std::collections::{BTreeMap, BTreeSet};

use postgres::Row;

use super::Error;
use super::connection::{Connection, quoted};
use super::mark::{self, Mark};
use super::presence::LOCKS;

/// Every database named as ours are, its comment, whether somebody is connected to it, and whether we may drop it.
const NAMED: &str = "
    SELECT datname::text, coalesce(shobj_description(d.oid, 'pg_database'), ''),
           EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.datid = d.oid),
           pg_has_role(datdba, 'USAGE')
    FROM pg_database AS d WHERE datname ~ '^pianoprof_[0-9a-f]{8}_.'";

/// A database named as ours are.
struct Named {
    name: String,
    comment: String,
    used: bool,
    ours: bool,
}

impl Named {
    fn of(row: &Row) -> Self {
        Self { name: row.get(0), comment: row.get(1), used: row.get(2), ours: row.get(3) }
    }

    /// The number of its run, as it stands in the name.
    fn run(&self) -> &str {
        self.name.split('_').nth(1).expect("the query gives no other names")
    }
}

/// Drops what is surely left over and says what it was.
pub fn drop_all(connection: &mut Connection) -> Result<Vec<String>, Error> {
    let looking = "looking for databases that a killed run left";
    let named: Vec<Named> = connection.rows(NAMED, looking)?.iter().map(Named::of).collect();
    if named.is_empty() {
        return Ok(vec![]);
    }
    let now = mark::now(connection)?;
    // Locks are read last: a run takes its lock before it makes its first database, so that none is missed.
    let locks = format!(
        "SELECT lpad(to_hex(objid::bigint), 8, '0') FROM pg_locks WHERE locktype = 'advisory' AND classid = {LOCKS} AND objsubid = 2"
    );
    let held: BTreeSet<String> = connection.rows(&locks, looking)?.iter().map(|row| row.get(0)).collect();
    let mut dropped = Vec::new();
    for name in left(&named, &held, now) {
        // Without FORCE: whoever comes to use it at this moment keeps it, and the next run looks again.
        if connection.run(&format!("DROP DATABASE {}", quoted(&name)), "dropping it").is_ok() {
            dropped.push(name);
        }
    }
    Ok(dropped)
}

/// Says what was dropped; `None` for nothing.
pub fn told(dropped: &[String]) -> Option<String> {
    let databases = if dropped.len() == 1 { "a database" } else { "databases" };
    (!dropped.is_empty()).then(|| format!("dropped {databases} that a killed run had left: {}", dropped.join(", ")))
}

/// The names that are surely left over, each run's template last: without it nothing tells whose the others are.
fn left(named: &[Named], held: &BTreeSet<String>, now: u64) -> Vec<String> {
    let mut runs: BTreeMap<&str, Vec<&Named>> = BTreeMap::new();
    for one in named {
        runs.entry(one.run()).or_default().push(one);
    }
    let over = |databases: &[&Named]| {
        databases.iter().all(|one| one.ours && !one.used)
            && databases
                .iter()
                .any(|one| is_template(one) && Mark::parse(&one.comment).is_some_and(|mark| mark.is_over(now)))
    };
    runs.retain(|run, databases| !held.contains(*run) && over(databases));
    let ordered = |mut databases: Vec<&Named>| {
        databases.sort_by_key(|one| (is_template(one), one.name.clone()));
        databases.into_iter().map(|one| one.name.clone()).collect::<Vec<_>>()
    };
    runs.into_values().flat_map(ordered).collect()
}

fn is_template(one: &Named) -> bool {
    one.name.ends_with("_template") && one.name.matches('_').count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, comment: &str) -> Named {
        Named { name: name.to_owned(), comment: comment.to_owned(), used: false, ours: true }
    }

    #[test]
    fn every_doubt_keeps_every_database_of_a_run() {
        let old = "pianoprof run 1: machine elsewhere pid 1 began 1 made 1000";
        let run = || {
            vec![
                named("pianoprof_0000000a_template", old),
                named("pianoprof_0000000a_block1_1", ""),
                named("pianoprof_0000000b_template", "somebody's own"),
            ]
        };
        let (none, day) = (BTreeSet::new(), 90_000);
        assert_eq!(
            left(&run(), &none, day),
            ["pianoprof_0000000a_block1_1", "pianoprof_0000000a_template"],
            "the template last, and not the one without a mark"
        );
        assert!(left(&run(), &none, 2000).is_empty(), "too young for another machine's");
        assert!(left(&run(), &BTreeSet::from(["0000000a".to_owned()]), day).is_empty(), "its run holds the lock");
        let with = |change: fn(&mut Named)| {
            let mut run = run();
            change(&mut run[1]);
            left(&run, &none, day)
        };
        assert!(with(|copy| copy.used = true).is_empty(), "somebody uses the copy");
        assert!(with(|copy| copy.ours = false).is_empty(), "the copy is another role's");
        assert!(left(&run()[1..], &none, day).is_empty(), "no template tells whose the copy is");
        let named = [named("pianoprof_0000000a_my_template", old)];
        assert!(left(&named, &none, day).is_empty(), "a copy's name ends like a template's");
    }
}
