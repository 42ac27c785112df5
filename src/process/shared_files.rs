//! Files of `/dev/shm` outlive the processes that made them: what a killed tree has mapped and left is removed.
//!
//! Nobody records who made such a file. One that the tree had mapped, that is no older than the tree and that no process
//! has mapped any more is taken for its own.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where POSIX shared memory lies (`shm_overview(7)`).
const PLACE: &str = "/dev/shm/";

/// Files that processes about to be killed had mapped, by path, with their inode.
#[derive(Debug, Default)]
pub(super) struct SharedFiles {
    found: BTreeMap<PathBuf, u64>,
}

impl SharedFiles {
    /// Notes what these processes have mapped at this moment.
    pub(super) fn note(&mut self, pids: &[u32]) {
        for pid in pids {
            self.found.extend(mapped(&pid.to_string()));
        }
    }

    /// Removes what is left of it, unless it is older than that or in use.
    pub(super) fn remove(mut self, since: SystemTime) {
        self.found.retain(|path, inode| {
            let about = fs::symlink_metadata(path).ok().filter(|about| about.ino() == *inode);
            about.is_some_and(|about| {
                let changed = UNIX_EPOCH + Duration::from_secs(about.ctime().try_into().unwrap_or(0));
                // The kernel's clock for files runs a tick behind, and `ctime` is cut to seconds here.
                about.created().unwrap_or(changed) + Duration::from_secs(1) >= since
            })
        });
        if self.found.is_empty() {
            return;
        }
        for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
            for path in mapped(&process.file_name().to_string_lossy()).keys() {
                self.found.remove(path);
            }
        }
        for path in self.found.keys() {
            // What cannot be removed was not ours to remove.
            let _ = fs::remove_file(path);
        }
    }
}

/// What one process has mapped; nothing when it has gone or may not be looked into.
fn mapped(pid: &str) -> BTreeMap<PathBuf, u64> {
    let digits = pid.bytes().all(|byte| byte.is_ascii_digit());
    let text = if digits { fs::read(format!("/proc/{pid}/maps")) } else { return BTreeMap::new() };
    parse(&String::from_utf8_lossy(&text.unwrap_or_default()))
}

/// The lines of `proc_pid_maps(5)`: address, permissions, offset, device, inode, path.
fn parse(text: &str) -> BTreeMap<PathBuf, u64> {
    let file = |line: &str| {
        let at = line.find(PLACE)?;
        let inode = line[..at].split_ascii_whitespace().nth(4)?.parse().ok()?;
        (!line.ends_with(" (deleted)")).then(|| (Path::new(&line[at..]).to_owned(), inode))
    };
    text.lines().filter_map(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_that_are_still_there_are_found() {
        let text = "7f0-7f1 rw-s 00000000 00:19 42                         /dev/shm/PostgreSQL.1 x\n\
            7f1-7f2 rw-s 00000000 00:19 43                         /dev/shm/gone (deleted)\n\
            7f2-7f3 r-xp 00000000 fe:00 44                         /usr/lib/libc.so.6\n7f3-7f4 rw-p 00000000 00:00 0\n";
        assert_eq!(parse(text), BTreeMap::from([(PathBuf::from("/dev/shm/PostgreSQL.1 x"), 42)]));
    }

    #[test]
    fn what_is_older_or_replaced_or_mapped_stays() {
        let path = PathBuf::from(format!("{PLACE}pianoprof-test-{}", std::process::id()));
        let began = SystemTime::now();
        fs::write(&path, "x").expect("it is written");
        let inode = fs::metadata(&path).expect("it is there").ino();
        let remove = |inode: u64, since| SharedFiles { found: BTreeMap::from([(path.clone(), inode)]) }.remove(since);
        remove(inode, began + Duration::from_mins(1));
        remove(inode + 1, began);
        assert!(path.exists());
        remove(inode, began);
        assert!(!path.exists());
    }
}
