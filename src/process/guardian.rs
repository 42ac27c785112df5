//! The guardian: a process of our own program that starts one command, is the subreaper of all that descends from it, and
//! ends all of it when told to, when the socket to the supervisor closes, or when it is asked to terminate itself.
//!
//! It runs before anything else of the program: one thread, a small heap, no files but its socket and the tree's output.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::SystemTime;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::{SigHandler, SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::{Pid, setsid};

use super::cgroup::Cgroup;
use super::command::Command;
use super::end;
use super::exit::Exit;
use super::output::Output;
use super::segments;
use super::shared_files::SharedFiles;
use super::spawn::{Spawned, spawn};
use super::tree::{self, GUARDIAN_NAME};
use super::wire::{Heard, Report, Request, Wire};
use crate::clock::{self, Nanos};

/// Survivors of SIGKILL are reported after this time; the loop goes on even then.
const PATIENCE_NS: Nanos = 10_000_000_000;
/// How often the length of the output is looked at, ms.
const BEAT: u8 = 250;

/// Is a guardian until the tree has ended; gives the exit status. Standard input is the socket to the supervisor.
#[must_use]
pub fn guardian_main() -> i32 {
    let Ok(signals) = settle() else { return 2 };
    let Ok(socket) = io::stdin().as_fd().try_clone_to_owned().map(UnixStream::from) else { return 2 };
    let mut wire = Wire::new(socket);
    let mut folders = Vec::new();
    let command = loop {
        match wire.receive() {
            Heard::Message(Request::Keep(folder)) => folders.push(folder),
            Heard::Message(Request::Start(command)) => break command,
            // Nobody supervises us, or there is nothing to start.
            Heard::Message(Request::Stop { .. }) | Heard::Nothing | Heard::Closed => {
                end::remove_folders(&folders);
                return 0;
            }
        }
    };
    start(wire, &signals, &command, &folders);
    0
}

/// Starts the command and guards its tree to the end.
fn start(mut wire: Wire, signals: &SignalFd, command: &Command, folders: &[PathBuf]) {
    let (own, began) = (std::process::id(), SystemTime::now());
    let cgroup = Cgroup::create(own);
    let spawned = spawn(command, cgroup.as_ref());
    let cgroup = match (&spawned, cgroup) {
        // A cgroup that the root process is not in would show a tree that uses nothing.
        (Ok(spawned), Some(cgroup)) if spawned.in_cgroup => Some(cgroup),
        (_, Some(unused)) => {
            unused.remove();
            None
        }
        (_, None) => None,
    };
    match spawned {
        Err((step, errno)) => {
            end::remove_folders(folders);
            let _ = wire.send(&Report::Failed { step, errno });
        }
        Ok(Spawned { pid: root, t0_ns, exec_ns, .. }) => {
            let pid = u32::try_from(root.as_raw()).unwrap_or_default();
            let _ = wire.send(&Report::Started { pid, t0_ns, exec_ns });
            let output = Output::of(command);
            let (state, ended, shared) = (State::Watching, BTreeSet::new(), SharedFiles::default());
            let mut guard = Guard { wire, own, root, cgroup, output, state, exit: None, ended, shared, told: false };
            guard.watch(signals);
            guard.output.trim();
            segments::remove(&guard.ended, began);
            std::mem::take(&mut guard.shared).remove(began);
            if let Some(cgroup) = guard.cgroup.take() {
                cgroup.remove();
            }
            end::remove_folders(folders);
            guard.tell_end(0);
        }
    }
}

/// Makes this process fit to be a guardian: the name first, because [`super::orphans`] tells guardians by it as soon as
/// they have left their supervisor's session.
fn settle() -> nix::Result<SignalFd> {
    prctl::set_name(&std::ffi::CString::new(GUARDIAN_NAME).expect("the name holds no NUL"))?;
    prctl::set_child_subreaper(true)?;
    let _ = setsid();
    // SAFETY: nothing of ours is open beyond the standard three yet; a plain system call.
    unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, 0) };
    // SAFETY: the default action runs no code of ours. With SIGCHLD ignored, statuses would be lost.
    unsafe { nix::sys::signal::signal(Signal::SIGCHLD, SigHandler::SigDfl) }?;
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), None)?;
    let mut watched = SigSet::empty();
    for signal in [Signal::SIGCHLD, Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP, Signal::SIGQUIT] {
        watched.add(signal);
    }
    SignalFd::with_flags(&watched, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
}

/// What the guardian is about.
enum State {
    Watching,
    /// The signal was sent; at the given time the rest is killed.
    Asked {
        signal: i32,
        kill_at: Nanos,
    },
    Killing {
        since: Nanos,
    },
}

struct Guard {
    wire: Wire,
    own: u32,
    root: Pid,
    cgroup: Option<Cgroup>,
    output: Output,
    state: State,
    exit: Option<Exit>,
    /// Every process that ended as a child of ours.
    ended: BTreeSet<u32>,
    /// What those that were killed had mapped.
    shared: SharedFiles,
    /// Whether the supervisor was told that the tree has ended.
    told: bool,
}

impl Guard {
    /// Until nothing of the tree is left.
    fn watch(&mut self, signals: &SignalFd) {
        let _ = self.wire.socket().set_nonblocking(true);
        let mut listening = true;
        while self.reap() {
            self.advance();
            self.wait(signals, listening);
            self.output.trim();
            while let Ok(Some(signal)) = signals.read_signal() {
                if i64::from(signal.ssi_signo) != i64::from(libc::SIGCHLD) {
                    self.kill();
                }
            }
            while listening {
                match self.wire.receive::<Request>() {
                    Heard::Message(Request::Stop { signal, grace_ms }) => self.ask(signal, grace_ms),
                    Heard::Nothing => break,
                    Heard::Message(Request::Keep(_) | Request::Start(_)) => {}
                    Heard::Closed => {
                        listening = false;
                        self.kill();
                    }
                }
            }
        }
    }

    /// Reaps; when the root process has ended, tells so. False when nothing is left.
    fn reap(&mut self) -> bool {
        let mut root_exit = None;
        let some_left = end::reap(|status| {
            self.ended.extend(status.pid().and_then(|pid| u32::try_from(pid.as_raw()).ok()));
            if status.pid() == Some(self.root) {
                root_exit = Exit::from_wait(status);
            }
        });
        if let Some(exit) = root_exit {
            self.exit = Some(exit);
            let _ = self.wire.send(&Report::Exited(exit));
            // A shell that ends on the signal without passing it on leaves its server to us.
            if let (State::Asked { signal, .. }, true) = (&self.state, some_left) {
                end::signal_all(&tree::descendants(self.own), *signal);
            }
        }
        some_left
    }

    fn ask(&mut self, signal: i32, grace_ms: u64) {
        let due = clock::now().saturating_add(grace_ms.saturating_mul(1_000_000));
        match &mut self.state {
            State::Watching => {}
            State::Asked { kill_at, .. } => {
                *kill_at = due.min(*kill_at);
                return;
            }
            State::Killing { .. } => return,
        }
        match (self.exit, u32::try_from(self.root.as_raw())) {
            (None, Ok(root)) => end::signal(root, signal),
            // A daemon's root has long ended: the signal goes to what it left.
            _ => end::signal_all(&tree::children(self.own), signal),
        }
        self.state = State::Asked { signal, kill_at: due };
    }

    fn kill(&mut self) {
        if !matches!(self.state, State::Killing { .. }) {
            self.shared.note(&tree::descendants(self.own));
            self.state = State::Killing { since: clock::now() };
        }
    }

    /// Does what is due now.
    fn advance(&mut self) {
        if matches!(self.state, State::Asked { kill_at, .. } if clock::now() >= kill_at) {
            self.kill();
        }
        if let State::Killing { since } = self.state {
            let left = end::kill_round(self.own, self.cgroup.as_ref());
            if clock::now() > since + PATIENCE_NS {
                self.tell_end(left);
            }
        }
    }

    /// Waits for a word of the supervisor, a signal or the time that something is due.
    fn wait(&self, signals: &SignalFd, listening: bool) {
        let timeout = match self.state {
            State::Watching => PollTimeout::from(BEAT),
            State::Asked { kill_at, .. } => {
                let left = kill_at.saturating_sub(clock::now()).div_ceil(1_000_000);
                PollTimeout::from(u8::try_from(left).unwrap_or(BEAT).min(BEAT))
            }
            State::Killing { .. } => PollTimeout::from(1_u8),
        };
        let mut files = vec![PollFd::new(signals.as_fd(), PollFlags::POLLIN)];
        if listening {
            files.push(PollFd::new(self.wire.socket().as_fd(), PollFlags::POLLIN));
        }
        let _ = poll(&mut files, timeout);
    }

    fn tell_end(&mut self, survivors: u32) {
        if !self.told {
            self.told = true;
            let killed = matches!(self.state, State::Killing { .. });
            let left_out = self.output.left_out();
            let _ = self.wire.send(&Report::Ended { killed, survivors, left_out });
        }
    }
}
