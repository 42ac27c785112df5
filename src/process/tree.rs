//! The processes of a tree, found by descent and never by name or command line.
//!
//! Descent reads `/proc/PID/task/TID/children` (55 us for gunicorn and four workers, a fifteenth of a scan of `/proc`).
//! Under a guardian nothing can leave the tree: whatever loses its parent becomes a child of the guardian.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::procfile::{self, numbers};

/// The name (`/proc/PID/comm`) that a guardian gives itself.
pub const GUARDIAN_NAME: &str = "pianoprof-guard";

/// What a tree hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// A guardian: the tree is all that descends from it, itself not included.
    Guardian(u32),
    /// A process without a guardian: itself and all that descends from it.
    Process(u32),
    /// One process alone, whatever it started.
    Alone(u32),
}

impl Anchor {
    /// The anchor of the tree that `pid` is the root of: its guardian where it has one, or is one.
    #[must_use]
    pub fn of(pid: u32) -> Self {
        let is_guardian = |pid: u32| procfile::name(pid).is_some_and(|name| name == GUARDIAN_NAME);
        if is_guardian(pid) {
            return Self::Guardian(pid);
        }
        match procfile::stat(pid) {
            Some(stat) if is_guardian(stat.parent) => Self::Guardian(stat.parent),
            _ => Self::Process(pid),
        }
    }

    /// Every process of the tree, parents before their children.
    #[must_use]
    pub fn members(self) -> Vec<u32> {
        match self {
            Self::Guardian(pid) => descendants(pid),
            Self::Process(pid) => {
                let mut members = descendants(pid);
                if Path::new(&format!("/proc/{pid}")).exists() {
                    members.insert(0, pid);
                }
                members
            }
            Self::Alone(pid) => vec![pid],
        }
    }
}

/// Every process of the tree of `root`, daemons that its guardian adopted included. `root` is the root process or the
/// guardian; only the guardian still leads to the tree when the root process has ended.
#[must_use]
pub fn members(root: u32) -> Vec<u32> {
    Anchor::of(root).members()
}

/// Every process below `pid`, parents before their children.
#[must_use]
pub fn descendants(pid: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::from([pid]);
    let mut next = 0;
    let mut parent = pid;
    let table = if has_children_files() { None } else { Some(parents()) };
    loop {
        let below = match &table {
            None => children(parent),
            Some(table) => table.get(&parent).cloned().unwrap_or_default(),
        };
        // A number can be met twice when a process changes its parent during the walk.
        found.extend(below.into_iter().filter(|child| seen.insert(*child)));
        match found.get(next) {
            Some(pid) => parent = *pid,
            None => return found,
        }
        next += 1;
    }
}

/// The direct children of all threads of `pid`; empty when it has gone or the kernel has no such files.
#[must_use]
pub fn children(pid: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let mut found = Vec::new();
    for thread in threads.flatten() {
        if let Ok(text) = fs::read(thread.path().join("children")) {
            found.extend(numbers(&text).filter_map(|pid| u32::try_from(pid).ok()));
        }
    }
    found
}

/// Whether this kernel was built with `CONFIG_PROC_CHILDREN`.
#[must_use]
pub fn has_children_files() -> bool {
    Path::new("/proc/thread-self/children").exists()
}

/// Children by parent, from a scan of `/proc`: the slow way for kernels without children files.
fn parents() -> BTreeMap<u32, Vec<u32>> {
    let mut table: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let Ok(entries) = fs::read_dir("/proc") else { return table };
    for pid in entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()) {
        if let Some(stat) = procfile::stat(pid) {
            table.entry(stat.parent).or_default().push(pid);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn children_files_and_the_scan_agree() {
        let mut child = Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().expect("sleep starts");
        let own = std::process::id();
        assert!(children(own).contains(&child.id()));
        assert!(parents().get(&own).is_some_and(|below| below.contains(&child.id())));
        assert_eq!(Anchor::of(child.id()), Anchor::Process(child.id()));
        assert_eq!(members(child.id()), [child.id()]);
        child.kill().expect("it is our child");
        child.wait().expect("it is our child");
        assert!(members(child.id()).is_empty());
    }
}
