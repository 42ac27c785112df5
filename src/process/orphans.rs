//! What is left to us when a guardian was killed: its tree falls to us, the next subreaper above, and we end it.
//!
//! Our other children must be left alone. A guardian is known by its name; a plain child of ours is in our session, and what
//! a guardian started never is, because sessions can be left but not entered (setsid(2)).

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, SystemTime};

use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::{Pid, getsid};

use super::cgroup::Cgroup;
use super::end::{signal, signal_all};
use super::procfile;
use super::segments;
use super::shared_files::SharedFiles;
use super::tree::{self, GUARDIAN_NAME};
use crate::clock;

/// Walks that must find nothing before we believe it: our other children keep `waitpid` from ever saying so.
const QUIET_WALKS: u32 = 5;

/// Ends every process that a killed guardian, started `since`, left to us; gives up after ten seconds (processes stuck in the kernel).
pub(super) fn end(guardian: u32, since: SystemTime) {
    let cgroup = Cgroup::named(guardian);
    let deadline = clock::now() + 10_000_000_000;
    let (mut quiet, mut ended, mut shared) = (0, BTreeSet::new(), SharedFiles::default());
    while quiet < QUIET_WALKS && clock::now() < deadline {
        let left = orphans();
        quiet = if left.is_empty() { quiet + 1 } else { 0 };
        for orphan in left {
            let below = tree::descendants(orphan);
            if ended.insert(orphan) {
                shared.note(&below);
                shared.note(&[orphan]);
            }
            signal(orphan, libc::SIGKILL);
            signal_all(&below, libc::SIGKILL);
            ended.extend(below);
            if let Ok(pid) = i32::try_from(orphan) {
                let _ = waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG));
            }
        }
        // After the first look at what they had mapped.
        if let Some(cgroup) = &cgroup {
            cgroup.kill();
        }
        thread::sleep(Duration::from_millis(1));
    }
    segments::remove(&ended, since);
    shared.remove(since);
    if let Some(cgroup) = cgroup {
        cgroup.remove();
    }
}

/// Children of ours that a guardian left behind.
fn orphans() -> Vec<u32> {
    let Ok(session) = getsid(None) else { return Vec::new() };
    let foreign = |pid: &u32| {
        procfile::stat(*pid).is_some_and(|stat| i64::from(stat.session) != i64::from(session.as_raw()))
            && procfile::name(*pid).is_some_and(|name| name != GUARDIAN_NAME)
    };
    let mut children = tree::children(std::process::id());
    if !tree::has_children_files() {
        let own = std::process::id();
        children = tree::descendants(own);
        children.retain(|pid| procfile::stat(*pid).is_some_and(|stat| stat.parent == own));
    }
    children.retain(foreign);
    children
}
