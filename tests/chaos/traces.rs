//! What a run may leave behind, looked for everywhere.

use std::fs;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use crate::stage::Stage;

/// A guardian that outlives its supervisor may need this long to end a tree; a leak stays for good.
const PATIENCE: Duration = Duration::from_secs(20);

/// Gives this thread, and so everything it starts, shared memory and a network of its own, so that all that is found there
/// is a run's. Root only; without it only processes, folders and control groups are looked at.
pub fn seclude() -> bool {
    let apart = CloneFlags::CLONE_NEWIPC | CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS;
    if let Err(errno) = unshare(apart) {
        println!("chaos: no namespaces of its own ({errno}): ports and shared memory are not looked at");
        return false;
    }
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).unwrap();
    mount(Some("tmpfs"), "/dev/shm", Some("tmpfs"), MsFlags::empty(), Some("mode=1777")).unwrap();
    raise_loopback();
    true
}

fn raise_loopback() {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    // SAFETY: an all-zero request is valid; the two calls only read and write it.
    unsafe {
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[..2].copy_from_slice(&[b'l'.cast_signed(), b'o'.cast_signed()]);
        request.ifr_ifru.ifru_flags = i16::try_from(libc::IFF_UP | libc::IFF_RUNNING).unwrap();
        assert_eq!(libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw mut request), 0);
    }
}

/// Everything that is still there after a fair while, in words.
pub fn left(stage: &Stage) -> Vec<String> {
    let end = Instant::now() + PATIENCE;
    loop {
        let found = look(stage);
        if found.is_empty() || Instant::now() > end {
            return found;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn look(stage: &Stage) -> Vec<String> {
    let mut found = processes(stage.path());
    found.extend(files(&stage.at("tmp")).into_iter().map(|path| format!("temp {}", path.display())));
    if secluded() {
        found.extend(files(Path::new("/dev/shm")).into_iter().map(|path| format!("shared memory {}", path.display())));
        found.extend(lines("/proc/sysvipc/shm").map(|line| format!("segment {line}")));
        found.extend(lines("/proc/sysvipc/sem").map(|line| format!("semaphores {line}")));
        let listens = |line: &String| line.split_ascii_whitespace().nth(3) == Some("0A");
        found.extend(lines("/proc/thread-self/net/tcp").filter(listens).map(|line| format!("listener {line}")));
        found.extend(lines("/proc/thread-self/net/tcp6").filter(listens).map(|line| format!("listener {line}")));
    }
    found.extend(control_groups());
    found
}

/// Whether [`seclude`] has worked: this thread's network is not its process's.
fn secluded() -> bool {
    fs::read_link("/proc/thread-self/ns/net").ok() != fs::read_link("/proc/1/ns/net").ok()
        && fs::read_link("/proc/thread-self/ns/net").ok() != fs::read_link("/proc/self/ns/net").ok()
}

fn lines(path: &str) -> impl Iterator<Item = String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>().into_iter()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Processes that work in this folder, run a program of it, or were given it as their folder for temporary files.
fn processes(folder: &Path) -> Vec<String> {
    let mark = folder.to_str().unwrap();
    let of = |entry: fs::DirEntry| {
        let file = |name: &str| fs::read(entry.path().join(name)).unwrap_or_default();
        let link = |name: &str| fs::read_link(entry.path().join(name)).unwrap_or_default();
        let words = String::from_utf8_lossy(&file("cmdline")).replace('\0', " ");
        // A zombie has no memory left and so no command line.
        let ours = link("cwd").starts_with(folder)
            || link("exe").starts_with(folder)
            || String::from_utf8_lossy(&file("environ")).contains(mark);
        (ours && !words.is_empty()).then(|| format!("process {} {words}", entry.file_name().to_string_lossy()))
    };
    fs::read_dir("/proc").unwrap().filter_map(|entry| of(entry.ok()?)).collect()
}

/// Control groups of guardians that have ended.
fn control_groups() -> Vec<String> {
    let places = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].map(PathBuf::from);
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own = own.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default().to_owned();
    let groups = places.iter().flat_map(|place| fs::read_dir(place.join(&own)).into_iter().flatten().flatten());
    let dead = |entry: &fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name.strip_prefix("pianoprof-").is_some_and(|pid| !Path::new("/proc").join(pid).exists())
    };
    groups.filter(dead).map(|entry| format!("control group {}", entry.path().display())).collect()
}
