//! The guardian's own fork and exec: everything is prepared before, so that the child only makes system calls, stamps t0
//! and executes.
//!
//! The child starts clean: its own session (a terminal's Ctrl-C does not reach it), default signal actions, an empty mask,
//! no file beside its standard three.

use std::collections::BTreeMap;
use std::ffi::{CString, OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use nix::fcntl::OFlag;
use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::{ForkResult, Gid, Pid, Uid, fork, getppid, pipe2, setgroups, setresgid, setresuid, setsid};

use super::cgroup::Cgroup;
use super::command::Command;
use super::programs::candidate_files;
use super::wire::Step;
use crate::clock::{self, Nanos};

/// A child in which `execve` succeeded.
#[derive(Debug)]
pub(super) struct Spawned {
    pub pid: Pid,
    pub t0_ns: Nanos,
    /// When `execve` was seen to have succeeded, ns after t0.
    pub exec_ns: Nanos,
    /// Whether it is in the cgroup that was given.
    pub in_cgroup: bool,
}

/// The step that failed and its errno.
pub(super) type Failure = (Step, i32);

/// Starts the command and waits until `execve` has succeeded or failed. The caller must be single-threaded.
pub(super) fn spawn(command: &Command, cgroup: Option<&Cgroup>) -> Result<Spawned, Failure> {
    let image = Image::prepare(command, cgroup)?;
    let page = Page::map().map_err(|error| (Step::Prepare, code(&error)))?;
    // Closed by a successful execve; until then it carries the step and errno of a failure.
    let (reader, writer) = pipe2(OFlag::O_CLOEXEC).map_err(|errno| (Step::Prepare, errno as i32))?;
    // SAFETY: we are single-threaded, so the child may run any code.
    match unsafe { fork() }.map_err(|errno| (Step::Fork, errno as i32))? {
        ForkResult::Child => image.run(page.marks(), &writer),
        ForkResult::Parent { child } => {
            drop(writer);
            let mut told = Vec::new();
            let heard = File::from(reader).read_to_end(&mut told);
            let seen = clock::now();
            if let (Ok(0), marks) = (heard, page.marks()) {
                let t0_ns = marks.t0.load(Ordering::SeqCst);
                let in_cgroup = marks.entered.load(Ordering::SeqCst) == 1;
                return Ok(Spawned { pid: child, t0_ns, exec_ns: seen.saturating_sub(t0_ns), in_cgroup });
            }
            let _ = nix::sys::wait::waitpid(child, None);
            let errno = told.get(1..5).and_then(|bytes| bytes.try_into().ok()).map_or(libc::EIO, i32::from_ne_bytes);
            Err((image.step(told.first().copied().unwrap_or_default()), errno))
        }
    }
}

/// What child and parent share: written by the child before `execve`, read by the parent after.
struct Marks {
    t0: AtomicU64,
    entered: AtomicU32,
}

/// A page of shared memory that holds [`Marks`].
struct Page(*mut libc::c_void);

impl Page {
    const SIZE: usize = size_of::<Marks>();

    fn map() -> io::Result<Self> {
        // SAFETY: a fresh anonymous mapping touches nothing that exists.
        let address = unsafe {
            libc::mmap(
                ptr::null_mut(),
                Self::SIZE,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if address == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(Self(address)) }
    }

    fn marks(&self) -> &Marks {
        // SAFETY: the mapping is page-aligned, zeroed (valid atomics) and lives as long as `self`.
        unsafe { &*self.0.cast::<Marks>() }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours and no reference into it outlives `self`.
        unsafe { libc::munmap(self.0, Self::SIZE) };
    }
}

/// Everything that the child needs, allocated before the fork.
struct Image<'command> {
    command: &'command Command,
    argv: Vec<CString>,
    envp: Vec<CString>,
    /// The paths to try, in the order of `PATH`.
    candidates: Vec<CString>,
    dir: CString,
    stdin: File,
    stdout: File,
    stderr: File,
    cpus: Option<CpuSet>,
    entry: Option<File>,
    guardian: Pid,
}

impl<'command> Image<'command> {
    fn prepare(command: &'command Command, cgroup: Option<&Cgroup>) -> Result<Self, Failure> {
        let invalid = || (Step::Prepare, libc::EINVAL);
        let text = |bytes: &[u8]| CString::new(bytes).map_err(|_| invalid());
        let program = command.argv.first().filter(|program| !program.is_empty()).ok_or_else(invalid)?;
        let inherits = |name: &OsString| {
            command.inherit.as_ref().is_none_or(|names| names.iter().any(|known| name == OsStr::new(known)))
        };
        let mut env: BTreeMap<OsString, OsString> = std::env::vars_os().filter(|(name, _)| inherits(name)).collect();
        env.extend(command.env.iter().map(|(key, value)| (key.into(), value.into())));
        let mut cpus = None;
        if let Some(list) = &command.cpus {
            let set = cpus.insert(CpuSet::new());
            list.iter().try_for_each(|cpu| set.set(*cpu)).map_err(|errno| (Step::Cpus, errno as i32))?;
        }
        let search =
            env.get(OsStr::new("PATH")).map_or(OsStr::new("/usr/local/bin:/usr/bin:/bin"), OsString::as_os_str);
        Ok(Self {
            command,
            argv: command.argv.iter().map(|word| text(word.as_bytes())).collect::<Result<_, _>>()?,
            candidates: candidate_files(program, search)
                .iter()
                .map(|file| text(file.as_os_str().as_bytes()))
                .collect::<Result<_, _>>()?,
            envp: env
                .into_iter()
                .map(|(key, value)| text(&[key.as_bytes(), b"=", value.as_bytes()].concat()))
                .collect::<Result<_, _>>()?,
            dir: text(command.dir.as_os_str().as_bytes())?,
            stdin: File::open("/dev/null").map_err(|error| (Step::Output("/dev/null".into()), code(&error)))?,
            stdout: appended(&command.stdout)?,
            stderr: appended(&command.stderr)?,
            cpus,
            entry: cgroup.and_then(|cgroup| cgroup.entry().ok()),
            guardian: Pid::this(),
        })
    }

    /// The child's whole life until `execve`.
    fn run(&self, marks: &Marks, failure: &OwnedFd) -> ! {
        let Err((step, errno)) = self.become_target(marks);
        let mut message = [step, 0, 0, 0, 0];
        message[1..].copy_from_slice(&errno.to_ne_bytes());
        // SAFETY: plain system calls on memory and files that are ours.
        unsafe {
            libc::write(failure.as_raw_fd(), message.as_ptr().cast(), message.len());
            libc::_exit(127)
        }
    }

    fn become_target(&self, marks: &Marks) -> Result<std::convert::Infallible, (u8, i32)> {
        let fails = |step: u8| move |errno: nix::Error| (step, errno as i32);
        let _ = setsid();
        // SAFETY: plain system calls; the two arrays are NULL-terminated and outlive execve.
        unsafe {
            // All zeroes is the default action on every architecture. The C library's own call refuses the two signals that
            // it keeps for itself, which can be inherited as ignored all the same.
            let default = [0_u64; 20];
            for signal in 1..=64 {
                libc::syscall(libc::SYS_rt_sigaction, signal, default.as_ptr(), ptr::null::<u64>(), 8);
            }
            let mut none = std::mem::zeroed();
            libc::sigemptyset(&raw mut none);
            libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut());
            if let Some(entry) = &self.entry {
                let entered = libc::write(entry.as_raw_fd(), c"0".as_ptr().cast(), 1) == 1;
                marks.entered.store(u32::from(entered), Ordering::SeqCst);
            }
            for (file, number) in [(&self.stdin, 0), (&self.stdout, 1), (&self.stderr, 2)] {
                libc::dup2(file.as_raw_fd(), number);
            }
            libc::syscall(libc::SYS_close_range, 3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC);
            if let Some(cpus) = &self.cpus {
                sched_setaffinity(Pid::from_raw(0), cpus).map_err(fails(1))?;
            }
            // The folder first: root may enter folders that the user it becomes may not.
            if libc::chdir(self.dir.as_ptr()) != 0 {
                return Err((2, errno()));
            }
            if let Some((uid, gid)) = self.command.user {
                let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
                setgroups(&[gid]).map_err(fails(3))?;
                setresgid(gid, gid, gid).map_err(fails(3))?;
                setresuid(uid, uid, uid).map_err(fails(3))?;
            }
            // Should guardian and supervisor both be killed, the kernel at least ends the root process. Asked for last,
            // because a change of user takes it back; a guardian that had gone before then is seen by its number.
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            if getppid() != self.guardian {
                libc::_exit(127);
            }
            let (argv, envp) = (pointers(&self.argv), pointers(&self.envp));
            let mut refused = libc::ENOENT;
            for candidate in &self.candidates {
                marks.t0.store(clock::now(), Ordering::SeqCst);
                libc::execve(candidate.as_ptr(), argv.as_ptr(), envp.as_ptr());
                match errno() {
                    // As execvp(3) does, a file that may not be executed is remembered and the search goes on; but a folder
                    // of PATH that is closed to us says nothing about the file.
                    libc::EACCES if libc::access(candidate.as_ptr(), libc::F_OK) == 0 => refused = libc::EACCES,
                    libc::EACCES | libc::ENOENT | libc::ENOTDIR => {}
                    other => return Err((4, other)),
                }
            }
            Err((4, refused))
        }
    }

    /// The step that the child's number stands for.
    fn step(&self, number: u8) -> Step {
        match number {
            1 => Step::Cpus,
            2 => Step::Folder(self.command.dir.clone()),
            3 => Step::User,
            _ => Step::Execute,
        }
    }
}

fn appended(path: &Path) -> Result<File, Failure> {
    let open = OpenOptions::new().append(true).create(true).mode(0o644).open(path);
    open.map_err(|error| (Step::Output(path.to_owned()), code(&error)))
}

fn pointers(strings: &[CString]) -> Vec<*const libc::c_char> {
    strings.iter().map(|string| string.as_ptr()).chain([ptr::null()]).collect()
}

fn code(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(libc::EIO)
}

fn errno() -> i32 {
    code(&io::Error::last_os_error())
}
