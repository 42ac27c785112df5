//! A control group of a tree's own, where we may make one: exact CPU time of the whole tree, and a kill that nothing outruns.
//!
//! It lies below our own cgroup (version 2) and enables no controller, so that it changes neither shares nor limits: the
//! kernel accounts CPU time in every cgroup anyway (`cpu.stat`, Documentation/admin-guide/cgroup-v2.rst). Making one takes
//! root or a delegated cgroup; without it everything works on process clocks and signals.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::procfile::{ProcFile, field};

/// A cgroup that holds one tree.
#[derive(Debug)]
pub struct Cgroup {
    path: PathBuf,
}

impl Cgroup {
    /// Makes the cgroup for the tree of that guardian; `None` where we may not.
    #[must_use]
    pub fn create(guardian: u32) -> Option<Self> {
        let path = place(guardian)?;
        fs::create_dir(&path).ok()?;
        Some(Self { path })
    }

    /// The cgroup of that guardian's tree, if it has one.
    #[must_use]
    pub fn named(guardian: u32) -> Option<Self> {
        let path = place(guardian)?;
        path.is_dir().then_some(Self { path })
    }

    /// The file into which a process writes `0` to enter.
    ///
    /// # Errors
    /// When it may not be written.
    pub fn entry(&self) -> io::Result<File> {
        OpenOptions::new().write(true).open(self.path.join("cgroup.procs"))
    }

    /// Kills everything inside at once (Linux 5.14 and later; nothing happens on older kernels).
    pub fn kill(&self) {
        let _ = fs::write(self.path.join("cgroup.kill"), "1");
    }

    /// The file that [`parse_usage`] reads.
    #[must_use]
    pub fn usage(&self) -> Option<ProcFile> {
        ProcFile::open(self.path.join("cpu.stat")).ok()
    }

    /// Removes it; the kernel may need a moment after the last process was reaped.
    pub fn remove(self) {
        for _ in 0..50 {
            match fs::remove_dir(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => thread::sleep(Duration::from_millis(2)),
                _ => return,
            }
        }
    }
}

/// CPU time from the text of `cpu.stat`, nanoseconds.
#[must_use]
pub fn parse_usage(text: &[u8]) -> Option<u64> {
    field(text, "usage_usec").map(|micros| micros.saturating_mul(1000))
}

/// Where the cgroup of that guardian's tree lies: below our own.
fn place(guardian: u32) -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let own = fs::read_to_string("/proc/self/cgroup").ok()?;
    Some(folder(&mounts, &own)?.join(format!("pianoprof-{guardian}")))
}

/// The folder of our own cgroup (version 2), from `mountinfo` and `cgroup` of a process.
fn folder(mounts: &str, own: &str) -> Option<PathBuf> {
    let path = own.lines().find_map(|line| line.strip_prefix("0::"))?;
    mounts.lines().find_map(|line| {
        // proc_pid_mountinfo(5): id, parent, device, root, mount point, options…, `-`, type, source, options.
        let (fields, kind) = line.split_once(" - ")?;
        if !kind.starts_with("cgroup2 ") {
            return None;
        }
        let mut fields = fields.split(' ').skip(3);
        let (root, point) = (fields.next()?, fields.next()?);
        let inside = Path::new(path).strip_prefix(root).ok()?;
        Some(Path::new(point).join(inside))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_folder_from_mounts_and_membership() {
        let hybrid = "30 24 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
            41 24 0:37 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw\n";
        assert_eq!(folder(hybrid, "1:cpu:/x\n0::/user.slice\n"), Some("/sys/fs/cgroup/unified/user.slice".into()));
        assert_eq!(folder(hybrid, "1:cpu:/x\n"), None);
        let container = "41 24 0:37 /docker/7 /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
        assert_eq!(folder(container, "0::/docker/7/init\n"), Some("/sys/fs/cgroup/init".into()));
        assert_eq!(folder(container, "0::/elsewhere\n"), None);
    }

    #[test]
    fn usage_is_microseconds() {
        assert_eq!(parse_usage(b"usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n"), Some(1_500_000));
    }
}
