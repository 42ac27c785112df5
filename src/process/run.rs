//! A command that is run to its end: a build, a benchmark, a question for a version.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{Command, Error, Exit, Keeper};
use crate::interrupt::Interrupt;

/// How often the command is looked at.
const BEAT: Duration = Duration::from_millis(10);

/// Runs `command` under a guardian until its root process ends or has had its time; whatever it left running ends with it,
/// and so does the folder for temporary files that it is given. `None` when interrupted.
///
/// # Errors
/// When it could not be started.
pub fn run(program: &Path, command: &Command, limit: Duration, interrupt: &Interrupt) -> Result<Option<Exit>, Error> {
    let mut keeper = Keeper::new(program)?;
    let mut command = command.clone();
    if !command.env.iter().any(|(name, _)| name == "TMPDIR") {
        let scratch = keeper.scratch(&std::env::temp_dir())?;
        command.env.push(("TMPDIR".to_owned(), scratch.to_string_lossy().into_owned()));
    }
    let began = Instant::now();
    let mut started = keeper.launch(&command)?;
    loop {
        if let Some(exit) = started.exited() {
            return Ok(Some(exit));
        }
        if started.is_over() || began.elapsed() > limit {
            return Ok(Some(Exit::Signal(libc::SIGKILL)));
        }
        if !interrupt.sleep(BEAT) {
            return Ok(None);
        }
    }
}
