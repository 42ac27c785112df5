//! Whether waiting still makes sense: the target lives, nobody interrupts, time is left.

use std::thread;
use std::time::Duration;

use super::aside::Aside;
use super::cadence;
use super::error::Error;
use super::held;
use super::printed::Printed;
use super::sockets::Owner;
use crate::clock::{self, Nanos, duration_nanos};
use crate::interrupt::Interrupt;
use crate::process::{Exit, Supervised};

/// The life of a target that is waited for.
pub(super) struct Life<'a> {
    server: &'a mut Supervised,
    interrupt: &'a Interrupt,
    timeout: Duration,
    aside: Aside,
    printed: &'a Printed,
    words: &'a [String],
    tell: &'a (dyn Fn(&str) + Sync),
}

/// Why the wait is over without success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    Died(Exit),
    Interrupted,
    Timeout,
}

impl<'a> Life<'a> {
    pub(super) fn new(
        server: &'a mut Supervised,
        interrupt: &'a Interrupt,
        timeout: Duration,
        printed: &'a Printed,
        words: &'a [String],
        tell: &'a (dyn Fn(&str) + Sync),
    ) -> Self {
        let aside = Aside::new(server.pid());
        Self { server, interrupt, timeout, aside, printed, words, tell }
    }

    /// Says a sentence to whoever waits with us.
    pub(super) fn tell(&self, sentence: &str) {
        (self.tell)(sentence);
    }

    /// What it has printed so far.
    pub(super) fn printed(&self) -> &'a Printed {
        self.printed
    }

    /// The port that it wants instead of its own and who else has it.
    pub(super) fn held_port(&self) -> Option<(u16, Owner)> {
        held::held_port(self.printed, self.words, self.server)
    }

    pub(super) fn t0_ns(&self) -> Nanos {
        self.server.t0_ns()
    }

    pub(super) fn exec_ns(&self) -> Nanos {
        self.server.exec_ns()
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(super) fn server(&self) -> &Supervised {
        self.server
    }

    /// Nanoseconds since t0.
    pub(super) fn elapsed(&self) -> Nanos {
        clock::now().saturating_sub(self.t0_ns())
    }

    /// Whether to go on waiting.
    pub(super) fn check(&mut self) -> Result<(), Over> {
        if self.interrupt.is_set() {
            return Err(Over::Interrupted);
        }
        match self.server.exited() {
            // A root process that ends well and leaves others behind has become a daemon.
            Some(exit) if !exit.is_success() || self.server.is_over() => return Err(Over::Died(exit)),
            _ => {}
        }
        if self.elapsed() >= duration_nanos(self.timeout) { Err(Over::Timeout) } else { Ok(()) }
    }

    /// The pause before the next look.
    pub(super) fn pause(&mut self) {
        self.aside.keep();
        thread::sleep(cadence::pause(self.elapsed()));
    }
}

impl Over {
    /// The error it is, unless time ran out, whose error depends on what was waited for.
    pub(super) fn or_timeout(self, missing: &'static str, timeout: impl FnOnce() -> Error) -> Error {
        match self {
            Self::Died(exit) => Error::Died { exit, missing, stderr: String::new() },
            Self::Interrupted => Error::Interrupted,
            Self::Timeout => timeout(),
        }
    }
}
