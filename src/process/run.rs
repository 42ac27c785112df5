//! A command that is run to its end: a build, a benchmark.

use std::path::Path;
use std::time::Duration;

use super::{Command, Error, Exit, launch};
use crate::interrupt::Interrupt;

/// How often the command is looked at.
const BEAT: Duration = Duration::from_millis(10);

/// Runs `command` under a guardian until its root process ends; whatever it left running ends with it. `None` when
/// interrupted.
///
/// # Errors
/// When it could not be started.
pub fn run(program: &Path, command: &Command, interrupt: &Interrupt) -> Result<Option<Exit>, Error> {
    let mut started = launch(program, command)?;
    loop {
        if let Some(exit) = started.exited() {
            return Ok(Some(exit));
        }
        if started.is_over() {
            return Ok(Some(Exit::Signal(libc::SIGKILL)));
        }
        if !interrupt.sleep(BEAT) {
            return Ok(None);
        }
    }
}
