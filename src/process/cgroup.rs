//! A control group of a tree's own, where we may make one: exact CPU time of the whole tree, and a kill that nothing outruns;
//! and its memory, where a group of its own counts it.
//!
//! It lies below our own cgroup (version 2) and enables no controller, so that it changes neither shares nor limits: the
//! kernel accounts CPU time in every cgroup anyway (`cpu.stat`, Documentation/admin-guide/cgroup-v2.rst). Making one takes
//! root or a delegated cgroup; without it everything works on process clocks and signals.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::procfile::{ProcFile, field, numbers};

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

/// The memory of a control group that holds one tree and nothing else, whoever made it: ours, a service manager's, a container's.
///
/// Page cache that the tree was the first to touch and kernel memory are in it (`memory.current` in
/// Documentation/admin-guide/cgroup-v2.rst, `memory.usage_in_bytes` in cgroup-v1/memory.rst), which no sum over processes has.
#[derive(Debug)]
pub struct OwnMemory {
    usage: ProcFile,
    members: ProcFile,
}

impl OwnMemory {
    /// That of a tree; `None` where nobody counts it apart from others.
    #[must_use]
    pub fn of(tree: &[u32]) -> Option<Self> {
        let read = |pid: &str| fs::read_to_string(format!("/proc/{pid}/cgroup")).ok();
        let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
        let theirs = tree.iter().find_map(|pid| read(&pid.to_string()))?;
        let found = Self::find(&mounts, &read("self")?, &theirs)?;
        found.read(tree).is_some().then_some(found)
    }

    /// The same from the texts of `mountinfo`, and of `cgroup` of ourselves and of a process of the tree.
    fn find(mounts: &str, own: &str, theirs: &str) -> Option<Self> {
        let (folder, usage) = match (memory_folder(mounts, theirs), folder(mounts, theirs)) {
            (Some(folder), _) if memory_folder(mounts, own).as_ref() != Some(&folder) => {
                (folder, "memory.usage_in_bytes")
            }
            (None, Some(folder)) if self::folder(mounts, own).as_ref() != Some(&folder) => (folder, "memory.current"),
            _ => return None,
        };
        let open = |file: &str| ProcFile::open(folder.join(file)).ok();
        Some(Self { usage: open(usage)?, members: open("cgroup.procs")? })
    }

    /// Bytes now; `None` while a process is in it that is not of the tree.
    #[must_use]
    pub fn read(&self, tree: &[u32]) -> Option<u64> {
        let mut text = Vec::new();
        self.members.read_all(&mut text).ok()?;
        let mut inside = numbers(&text).peekable();
        inside.peek()?;
        if !inside.all(|pid| tree.iter().any(|member| u64::from(*member) == pid)) {
            return None;
        }
        numbers(self.usage.read(&mut [0; 32]).ok()?).next()
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
    inside(mounts, path, |kind, _| kind == "cgroup2")
}

/// The folder of the memory cgroup (version 1) of a process, from the same texts; `None` where memory is counted by version 2.
fn memory_folder(mounts: &str, own: &str) -> Option<PathBuf> {
    let counts_memory = |list: &str| list.split(',').any(|controller| controller == "memory");
    let path = own.lines().find_map(|line| {
        // cgroups(7): number, controllers, path.
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        counts_memory(controllers).then_some(path)
    })?;
    inside(mounts, path, |kind, options| kind == "cgroup" && counts_memory(options))
}

/// The folder of the control group at `path` of the hierarchy whose mount is of the right type and options.
fn inside(mounts: &str, path: &str, is_it: impl Fn(&str, &str) -> bool) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        // proc_pid_mountinfo(5): id, parent, device, root, mount point, options…, `-`, type, source, options.
        let (fields, rest) = line.split_once(" - ")?;
        let mut rest = rest.split(' ');
        let (kind, options) = (rest.next()?, rest.nth(1)?);
        if !is_it(kind, options) {
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
    fn memory_is_that_of_a_group_which_holds_the_tree_alone() {
        let place = tempfile::tempdir().expect("a folder");
        let root = place.path().display();
        let v1 =
            format!("41 24 0:37 / {root} rw - cgroup cgroup rw,memory\n42 24 0:38 / /none rw - cgroup2 cgroup2 rw\n");
        let v2 = format!("41 24 0:37 / {root} rw - cgroup2 cgroup2 rw\n");
        let group = place.path().join("app");
        fs::create_dir(&group).expect("it is new");
        fs::write(group.join("memory.usage_in_bytes"), "5000\n").expect("it is written");
        fs::write(group.join("memory.current"), "7000\n").expect("it is written");
        fs::write(group.join("cgroup.procs"), "20\n21\n").expect("it is written");
        let found = |mounts: &str, own: &str, theirs: &str, tree: &[u32]| {
            OwnMemory::find(mounts, own, theirs).and_then(|memory| memory.read(tree))
        };
        let (shared, apart) = ("4:memory:/\n0::/\n", "4:cpu,memory:/app\n0::/\n");
        assert_eq!(found(&v1, shared, apart, &[20, 21, 22]), Some(5000));
        assert_eq!(found(&v1, shared, apart, &[20]), None, "21 is somebody else's");
        assert_eq!(found(&v1, apart, apart, &[20, 21]), None, "it is our own too");
        assert_eq!(found(&v1, shared, shared, &[20, 21]), None);
        assert_eq!(found(&v2, "0::/\n", "0::/app\n", &[20, 21]), Some(7000));
        assert_eq!(found(&v2, "0::/app\n", "0::/app\n", &[20, 21]), None);
        fs::write(group.join("cgroup.procs"), "").expect("it is written");
        assert_eq!(found(&v2, "0::/\n", "0::/app\n", &[20]), None, "the tree is elsewhere");
    }

    #[test]
    fn usage_is_microseconds() {
        assert_eq!(parse_usage(b"usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n"), Some(1_500_000));
    }
}
