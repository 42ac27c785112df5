//! How a process ended.

use std::fmt;

use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use serde::{Deserialize, Serialize};

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// It called `exit` with that status.
    Code(i32),
    /// That signal ended it.
    Signal(i32),
}

impl Exit {
    /// Whether it is exit status 0.
    #[must_use]
    pub fn is_success(self) -> bool {
        self == Self::Code(0)
    }

    /// The end that a wait status tells of; `None` for a mere stop or continue.
    pub(super) fn from_wait(status: WaitStatus) -> Option<Self> {
        match status {
            WaitStatus::Exited(_, code) => Some(Self::Code(code)),
            WaitStatus::Signaled(_, signal, _) => Some(Self::Signal(signal as i32)),
            _ => None,
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit status {code}"),
            Self::Signal(number) => match Signal::try_from(*number) {
                Ok(signal) => write!(f, "signal {}", signal.as_str().trim_start_matches("SIG")),
                Err(_) => write!(f, "signal {number}"),
            },
        }
    }
}

/// How a stop went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// How the root process ended; `None` when nobody could tell any more.
    pub exit: Option<Exit>,
    /// Whether the grace ran out and what was left was killed.
    pub killed: bool,
    /// Processes that even SIGKILL had not ended ten seconds later (stuck in the kernel).
    pub survivors: u32,
    /// Bytes from the middle of its output that were not kept, because it was too long.
    pub left_out: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_read_as_people_say_them() {
        for (exit, text) in
            [(Exit::Code(1), "exit status 1"), (Exit::Signal(9), "signal KILL"), (Exit::Signal(40), "signal 40")]
        {
            assert_eq!(exit.to_string(), text);
        }
    }
}
