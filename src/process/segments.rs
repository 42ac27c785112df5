//! System V shared memory outlives the processes that made it: what a killed tree has left is removed.
//!
//! PostgreSQL, for one, marks its data folder as used with a segment of 56 bytes, which only its own shutdown removes.

use std::collections::BTreeSet;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

/// A segment as `/proc/sysvipc/shm` tells of it.
#[derive(Debug, PartialEq, Eq)]
struct Segment {
    id: i32,
    creator: u32,
    attached: u64,
    /// Seconds since 1970 at which it was made or its owner changed.
    changed: u64,
}

/// Removes the segments that one of these processes made after that time, and that nobody is attached to.
pub(super) fn remove(creators: &BTreeSet<u32>, since: SystemTime) {
    // Whole seconds, rounded down as the kernel's are.
    let since = since.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    for segment in parse(&fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default()) {
        if creators.contains(&segment.creator) && segment.attached == 0 && segment.changed >= since {
            // SAFETY: a plain system call; somebody else's segment is refused by the kernel.
            unsafe { libc::shmctl(segment.id, libc::IPC_RMID, std::ptr::null_mut()) };
        }
    }
}

/// The table of `proc_sysvipc(5)`: 1 shmid, 4 cpid, 6 nattch, 13 ctime, after a line of names.
fn parse(text: &str) -> Vec<Segment> {
    let segment = |line: &str| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        Some(Segment {
            id: fields.get(1)?.parse().ok()?,
            creator: fields.get(4)?.parse().ok()?,
            attached: fields.get(6)?.parse().ok()?,
            changed: fields.get(13)?.parse().ok()?,
        })
    };
    text.lines().filter_map(segment).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap\n\
        9997902         14   600                    56 12991 12990      2   101   104   101   104 1795511990 1795511991 1795511989                  4096                     0\n";

    #[test]
    fn the_table_is_read_by_its_columns() {
        let segment = Segment { id: 14, creator: 12991, attached: 2, changed: 1_795_511_989 };
        assert_eq!(parse(TABLE), [segment]);
        assert_eq!(parse("key shmid\n1 2 3\n\n"), []);
    }

    #[test]
    fn only_what_the_dead_have_made_goes() {
        let make = || {
            // SAFETY: a new private segment of a page.
            let id = unsafe { libc::shmget(libc::IPC_PRIVATE, 4096, 0o600) };
            assert!(id >= 0);
            id
        };
        let is_there = |id: i32| {
            let table = parse(&fs::read_to_string("/proc/sysvipc/shm").expect("it is there"));
            table.iter().any(|segment| segment.id == id)
        };
        let (own, began) = (std::process::id(), SystemTime::now());
        let id = make();
        remove(&BTreeSet::from([own + 1]), began);
        remove(&BTreeSet::from([own]), began + std::time::Duration::from_mins(1));
        assert!(is_there(id));
        remove(&BTreeSet::from([own]), began);
        assert!(!is_there(id));
    }
}
