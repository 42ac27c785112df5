//! The supervisor's side: launches a guardian with its command, asks it, and outlives it.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::command::Command;
use super::error::Error;
use super::exit::{Exit, Stopped};
use super::wire::{Heard, Report, Request, Wire};
use super::{GUARDIAN, end, orphans, signal_number};
use crate::clock::Nanos;

/// How long a guardian may take to report that it started its command (a cold page cache on a slow disk).
const START_TIMEOUT: Duration = Duration::from_mins(1);
/// How long a tree may take to die of SIGKILL before we stop waiting for it.
const KILL_TIMEOUT: Duration = Duration::from_secs(15);

/// A started tree. Dropping it kills the tree.
#[derive(Debug)]
pub struct Supervised {
    pid: u32,
    guardian: u32,
    t0_ns: Nanos,
    exec_ns: Nanos,
    wire: Wire,
    exit: Option<Exit>,
    /// Whether SIGKILL was needed and how many withstood it, once the guardian has told.
    ended: Option<(bool, u32)>,
    /// Says one word when the guardian has ended and nothing of its tree is left.
    over: Option<Receiver<()>>,
}

/// Starts `command` under a guardian, which is `program` (our own executable) with [`GUARDIAN`] as its argument.
///
/// Makes this process a subreaper for good, so that the tree falls to us if its guardian is killed.
///
/// # Errors
/// When the guardian or the command cannot be started; nothing is left of either.
pub fn launch(program: &Path, command: &Command) -> Result<Supervised, Error> {
    let name = command.argv.first().cloned().unwrap_or_default();
    adopt_orphans().map_err(Error::Guardian)?;
    let (ours, theirs) = UnixStream::pair().map_err(Error::Guardian)?;
    let child = std::process::Command::new(program)
        .arg(GUARDIAN)
        .stdin(OwnedFd::from(theirs))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(Error::Guardian)?;
    let guardian = child.id();
    let over = watch(child, command.remove.clone());
    let mut wire = Wire::new(ours);
    wire.socket().set_read_timeout(Some(START_TIMEOUT)).map_err(Error::Guardian)?;
    wire.send(command).map_err(|error| match error.raw_os_error() {
        Some(libc::EPIPE) => Error::Silent { program: name.clone() },
        _ => Error::Command(error.to_string()),
    })?;
    match wire.receive::<Report>() {
        Heard::Message(Report::Started { pid, t0_ns, exec_ns }) => {
            wire.socket().set_nonblocking(true).map_err(Error::Guardian)?;
            Ok(Supervised { pid, guardian, t0_ns, exec_ns, wire, exit: None, ended: None, over: Some(over) })
        }
        Heard::Message(Report::Failed { step, errno }) => {
            let _ = over.recv_timeout(KILL_TIMEOUT);
            Err(Error::from_step(&name, &command.dir, &step, errno))
        }
        Heard::Message(_) | Heard::Nothing | Heard::Closed => {
            drop(wire);
            let _ = over.recv_timeout(KILL_TIMEOUT);
            Err(Error::Silent { program: name })
        }
    }
}

impl Supervised {
    /// The root process: what the command became.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// The guardian: what [`super::tree::members`] and the sampler follow best, for it stays when the root process ends.
    #[must_use]
    pub fn guardian(&self) -> u32 {
        self.guardian
    }

    /// t0: just before `execve` in the child, monotonic ns.
    #[must_use]
    pub fn t0_ns(&self) -> Nanos {
        self.t0_ns
    }

    /// When `execve` was seen to have succeeded, ns after t0.
    #[must_use]
    pub fn exec_ns(&self) -> Nanos {
        self.exec_ns
    }

    /// Every living process of the tree, parents before their children.
    #[must_use]
    pub fn members(&self) -> Vec<u32> {
        super::tree::descendants(self.guardian)
    }

    /// How the root process ended, if it has; children of it may live on. Does not wait.
    pub fn exited(&mut self) -> Option<Exit> {
        while self.exit.is_none() && self.ended.is_none() {
            match self.wire.receive() {
                Heard::Message(report) => self.note(&report),
                Heard::Nothing => break,
                Heard::Closed => self.lost(),
            }
        }
        self.exit
    }

    /// Whether the whole tree has ended. Does not wait.
    pub fn is_over(&mut self) -> bool {
        while self.ended.is_none() {
            match self.wire.receive() {
                Heard::Message(report) => self.note(&report),
                Heard::Nothing => return false,
                Heard::Closed => self.lost(),
            }
        }
        true
    }

    /// Sends `signal` (a name such as `TERM`; an unknown one counts as `TERM`) to the root process, waits up to `grace` for
    /// the whole tree to end, kills what is left, and waits for that.
    pub fn stop(&mut self, signal: &str, grace: Duration) -> Stopped {
        let signal = signal_number(signal).unwrap_or(libc::SIGTERM);
        let grace_ms = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
        if self.ended.is_none() {
            // Fails only when the guardian has gone, which the loop below hears as well.
            let _ = self.wire.socket().set_nonblocking(false);
            let _ = self.wire.send(&Request::Stop { signal, grace_ms });
        }
        let deadline = Instant::now() + grace + KILL_TIMEOUT;
        while self.ended.is_none() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.ended = Some((true, u32::try_from(self.members().len()).unwrap_or(u32::MAX)));
                break;
            }
            let _ = self.wire.socket().set_read_timeout(Some(left));
            match self.wire.receive() {
                Heard::Message(report) => self.note(&report),
                Heard::Nothing => {}
                Heard::Closed => self.lost(),
            }
        }
        let (killed, survivors) = self.ended.unwrap_or((true, 0));
        if survivors == 0 {
            self.await_end();
        }
        Stopped { exit: self.exit, killed, survivors }
    }

    fn note(&mut self, report: &Report) {
        match report {
            Report::Exited(exit) => self.exit = Some(*exit),
            Report::Ended { killed, survivors } => self.ended = Some((*killed, *survivors)),
            Report::Started { .. } | Report::Failed { .. } => {}
        }
    }

    /// The guardian has gone without a word, so it was killed: the watching thread ends the tree.
    fn lost(&mut self) {
        self.await_end();
        self.exit = self.exit.or(Some(Exit::Signal(libc::SIGKILL)));
        self.ended = Some((true, 0));
    }

    fn await_end(&mut self) {
        if let Some(over) = self.over.take() {
            let _ = over.recv_timeout(KILL_TIMEOUT);
        }
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        let _ = self.wire.socket().shutdown(std::net::Shutdown::Both);
        self.await_end();
    }
}

/// Waits for the guardian in a thread of its own. A guardian that ends well has left nothing; after any other end its tree
/// has fallen to us.
fn watch(mut guardian: Child, remove: Vec<PathBuf>) -> Receiver<()> {
    let (tell, over) = channel();
    thread::spawn(move || {
        let pid = guardian.id();
        if !guardian.wait().is_ok_and(|status| status.success()) {
            orphans::end(pid);
            end::remove_folders(&remove);
        }
        let _ = tell.send(());
    });
    over
}

fn adopt_orphans() -> std::io::Result<()> {
    nix::sys::prctl::set_child_subreaper(true)?;
    // Inherited as ignored, SIGCHLD would make every wait for a child fail.
    // SAFETY: reads and writes one signal action; the default action runs no code of ours.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(libc::SIGCHLD, std::ptr::null(), &raw mut action);
        if action.sa_sigaction == libc::SIG_IGN {
            libc::signal(libc::SIGCHLD, libc::SIG_DFL);
        }
    }
    Ok(())
}
