//! Ends everything below a guardian: the loop that only the kernel's 'no children' can stop.

use std::path::PathBuf;

use nix::errno::Errno;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};

use super::cgroup::Cgroup;
use super::tree;

/// One round of SIGKILL to everything below `pid`; gives how many were there.
///
/// An empty walk proves nothing (a process that forks and exits fast enough hops past it): only ECHILD from [`reap`] does.
pub(super) fn kill_round(pid: u32, cgroup: Option<&Cgroup>) -> u32 {
    if let Some(cgroup) = cgroup {
        cgroup.kill();
    }
    let below = tree::descendants(pid);
    signal_all(&below, libc::SIGKILL);
    u32::try_from(below.len()).unwrap_or(u32::MAX)
}

/// Sends a signal; a process that has gone meanwhile is no error.
pub(super) fn signal(pid: u32, signal: i32) {
    if let Ok(pid) = i32::try_from(pid) {
        // SAFETY: a plain system call; pid is positive, so that it never means a group.
        unsafe { libc::kill(pid, signal) };
    }
}

/// Sends a signal to each of these.
pub(super) fn signal_all(pids: &[u32], number: i32) {
    for pid in pids {
        signal(*pid, number);
    }
}

/// Reaps every child that has ended, telling `ended` of each; false when there are no children any more.
pub(super) fn reap(mut ended: impl FnMut(WaitStatus)) -> bool {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => return true,
            Ok(status) => ended(status),
            Err(Errno::EINTR) => {}
            Err(_) => return false,
        }
    }
}

/// Removes the folders that go with the tree.
pub(super) fn remove_folders(folders: &[PathBuf]) {
    for folder in folders {
        // An error cannot be reported any more, since the supervisor may have gone. Folders of ours can always be removed.
        let _ = std::fs::remove_dir_all(folder);
    }
}
