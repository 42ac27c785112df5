//! What is done to a run, and how it may end then.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use pianoprof::process::{procfile, tree};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use crate::stage::Stage;

/// A way to end a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    Kill,
    Terminate,
    Interrupt,
    /// Ctrl-C twice, shortly after each other.
    InterruptTwice,
    HangUp,
    /// SIGKILL to one of the guardians.
    KillGuardian,
    /// Ctrl-C and, while it tidies up, SIGKILL.
    InterruptThenKill,
}

impl Deed {
    pub fn drawn(random: &mut ChaCha8Rng) -> Self {
        let all = [
            Self::Kill,
            Self::Terminate,
            Self::Interrupt,
            Self::InterruptTwice,
            Self::HangUp,
            Self::KillGuardian,
            Self::InterruptThenKill,
        ];
        all[random.random_range(0..all.len())]
    }

    /// Starts the run and does it at that moment. Gives how the run ended, and the trials that were stored just before.
    pub fn done_to(self, stage: &Stage, at: Duration, random: &mut ChaCha8Rng) -> (ExitStatus, Option<usize>) {
        let began = Instant::now();
        let mut child = stage.start(&["run", "--out", "out"]);
        std::thread::sleep(at.saturating_sub(began.elapsed()));
        let before = stage.trials();
        if child.try_wait().unwrap().is_none() {
            let pause = Duration::from_micros(random.random_range(0..300_000));
            for (number, signal) in self.signals().iter().enumerate() {
                if number > 0 {
                    std::thread::sleep(pause);
                }
                send(child.id(), *signal);
            }
            if self == Self::KillGuardian {
                let guardians: Vec<u32> =
                    tree::children(child.id()).into_iter().filter(|pid| is_guardian(*pid)).collect();
                if !guardians.is_empty() {
                    send(guardians[random.random_range(0..guardians.len())], libc::SIGKILL);
                }
            }
        }
        (stage.end(&mut child), before)
    }

    fn signals(self) -> &'static [i32] {
        match self {
            Self::Kill => &[libc::SIGKILL],
            Self::Terminate => &[libc::SIGTERM],
            Self::Interrupt => &[libc::SIGINT],
            Self::InterruptTwice => &[libc::SIGINT, libc::SIGINT],
            Self::HangUp => &[libc::SIGHUP],
            Self::KillGuardian => &[],
            Self::InterruptThenKill => &[libc::SIGINT, libc::SIGKILL],
        }
    }

    /// Whether a run may end like that; one that was over before the moment came ends with its verdict.
    pub fn may_end(self, status: ExitStatus) -> bool {
        let over = matches!(status.code(), Some(0 | 1 | 3));
        let killed = status.signal() == Some(libc::SIGKILL);
        match self {
            Self::Kill => over || killed,
            Self::InterruptThenKill => over || killed || status.code() == Some(130),
            Self::KillGuardian => over || status.code() == Some(2),
            // Until its handlers are in place, a signal has its default action.
            _ => over || status.code() == Some(130) || self.signals().iter().any(|s| status.signal() == Some(*s)),
        }
    }
}

/// An exit status in few words.
pub fn words(status: ExitStatus) -> String {
    status.code().map_or_else(|| format!("signal {}", status.signal().unwrap_or(0)), |code| format!("exit {code}"))
}

fn is_guardian(pid: u32) -> bool {
    procfile::name(pid).is_some_and(|name| name == tree::GUARDIAN_NAME)
}

/// Signals a process that may have ended meanwhile.
fn send(pid: u32, signal: i32) {
    // SAFETY: a plain system call; the pid is of a child that was not waited for, or of a child of it.
    unsafe { libc::kill(i32::try_from(pid).unwrap(), signal) };
}
