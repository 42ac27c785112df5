//! The supervisor's side: has a guardian start a command, asks it, and outlives it.

use std::path::Path;
use std::time::{Duration, Instant};

use super::command::Command;
use super::error::Error;
use super::exit::{Exit, Stopped};
use super::keeper::{KILL_TIMEOUT, Keeper, Line};
use super::signal_number;
use super::wire::{Heard, Report, Request};
use crate::clock::Nanos;
use crate::interrupt::Interrupt;

/// How long a guardian may take to report that it started its command (a cold page cache on a slow disk).
const START_TIMEOUT: Duration = Duration::from_mins(1);
/// How often the wait for the end looks whether a second Ctrl-C came.
const LOOK: Duration = Duration::from_millis(50);

/// A started tree. Dropping it kills the tree.
#[derive(Debug)]
pub struct Supervised {
    pid: u32,
    t0_ns: Nanos,
    exec_ns: Nanos,
    line: Line,
    exit: Option<Exit>,
    /// What the guardian reported of the tree's end; `None` while the tree lives.
    ended: Option<Ended>,
}

/// What a guardian tells of the end of its tree.
#[derive(Clone, Copy, Debug)]
struct Ended {
    /// Whether SIGKILL was needed.
    killed: bool,
    /// How many withstood it.
    survivors: u32,
    /// Bytes of output that were not kept.
    left_out: u64,
}

/// Starts `command` under a guardian, which is `program` (our own executable).
///
/// # Errors
/// When the guardian or the command cannot be started; nothing is left of either.
pub fn launch(program: &Path, command: &Command) -> Result<Supervised, Error> {
    Keeper::new(program)?.launch(command)
}

impl Keeper {
    /// Starts `command` under this guardian; its folders are removed when the tree has ended, whoever ended it.
    ///
    /// # Errors
    /// When the command cannot be started; nothing is left of it.
    pub fn launch(self, command: &Command) -> Result<Supervised, Error> {
        let name = command.argv.first().cloned().unwrap_or_default();
        let mut line = self.line;
        line.wire.socket().set_read_timeout(Some(START_TIMEOUT)).map_err(Error::Guardian)?;
        line.wire.send(&Request::Start(command.clone())).map_err(|error| match error.raw_os_error() {
            Some(libc::EPIPE) => Error::Silent { program: name.clone() },
            _ => Error::Command(error.to_string()),
        })?;
        match line.wire.receive::<Report>() {
            Heard::Message(Report::Started { pid, t0_ns, exec_ns }) => {
                line.wire.socket().set_nonblocking(true).map_err(Error::Guardian)?;
                Ok(Supervised { pid, t0_ns, exec_ns, line, exit: None, ended: None })
            }
            Heard::Message(Report::Failed { step, errno }) => {
                line.await_end();
                Err(Error::from_step(&name, &command.dir, &step, errno))
            }
            Heard::Message(_) | Heard::Nothing | Heard::Closed => Err(Error::Silent { program: name }),
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
        self.line.guardian
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
        super::tree::descendants(self.guardian())
    }

    /// How the root process ended, if it has; children of it may live on. Does not wait.
    pub fn exited(&mut self) -> Option<Exit> {
        while self.exit.is_none() && self.ended.is_none() && self.hear() {}
        self.exit
    }

    /// Whether the whole tree has ended. Does not wait.
    pub fn is_over(&mut self) -> bool {
        while self.ended.is_none() && self.hear() {}
        self.ended.is_some()
    }

    /// Sends `signal` (a name such as `TERM`; an unknown one counts as `TERM`) to the root process, waits up to `grace` for
    /// the whole tree to end, kills what is left, and waits for that.
    pub fn stop(&mut self, signal: &str, grace: Duration) -> Stopped {
        self.stop_or_hurry(signal, grace, &Interrupt::new())
    }

    /// The same, and the grace ends as soon as somebody asks a second time to stop.
    pub fn stop_or_hurry(&mut self, signal: &str, grace: Duration, interrupt: &Interrupt) -> Stopped {
        let signal = signal_number(signal).unwrap_or(libc::SIGTERM);
        let grace_ms = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
        let _ = self.line.wire.socket().set_nonblocking(false);
        let _ = self.line.wire.socket().set_read_timeout(Some(LOOK));
        self.ask(signal, grace_ms);
        // A grace so long that the clock cannot hold its end has no deadline.
        let mut deadline = Instant::now().checked_add(grace.saturating_add(KILL_TIMEOUT));
        let mut hurried = false;
        while self.ended.is_none() {
            if interrupt.is_urgent() && !hurried {
                hurried = true;
                self.ask(signal, 0);
                deadline = Some(Instant::now() + KILL_TIMEOUT);
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                let survivors = u32::try_from(self.members().len()).unwrap_or(u32::MAX);
                self.ended = Some(Ended { killed: true, survivors, left_out: 0 });
                break;
            }
            self.hear();
        }
        let Ended { killed, survivors, left_out } = self.ended.expect("the loop ends with it");
        if survivors == 0 {
            self.line.await_end();
        }
        Stopped { exit: self.exit, killed, survivors, left_out }
    }

    fn ask(&mut self, signal: i32, grace_ms: u64) {
        if self.ended.is_none() {
            // Fails only when the guardian has gone, and then the next read finds the socket closed.
            let _ = self.line.wire.send(&Request::Stop { signal, grace_ms });
        }
    }

    /// Reads one message of the guardian; false when none has come yet.
    fn hear(&mut self) -> bool {
        match self.line.wire.receive() {
            Heard::Message(Report::Exited(exit)) => self.exit = Some(exit),
            Heard::Message(Report::Ended { killed, survivors, left_out }) => {
                self.ended = Some(Ended { killed, survivors, left_out });
            }
            Heard::Message(Report::Started { .. } | Report::Failed { .. }) => {}
            Heard::Nothing => return false,
            Heard::Closed => self.lost(),
        }
        true
    }

    /// The guardian has gone without a word, so it was killed: the watching thread ends the tree.
    fn lost(&mut self) {
        self.line.await_end();
        self.exit = self.exit.or(Some(Exit::Signal(libc::SIGKILL)));
        self.ended = Some(Ended { killed: true, survivors: 0, left_out: 0 });
    }
}
