//! Runs a tool under a guardian to its end, reading the CPU time of its tree meanwhile.

use std::path::Path;
use std::time::Duration;

use super::Error;
use super::private::Private;
use crate::clock::{self, Nanos};
use crate::interrupt::Interrupt;
use crate::model::engine::Engine;
use crate::process::cpu::TreeCpu;
use crate::process::tree::Anchor;
use crate::process::{Command, Exit};

/// How often the tool is looked at.
const BEAT: Duration = Duration::from_millis(20);
/// How long it may take to end when somebody asked to stop.
const GRACE: Duration = Duration::from_secs(2);
/// Lines of its output that an error shows.
const LAST_LINES: usize = 8;

/// A tool's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    /// When it was started, monotonic ns.
    pub t0: Nanos,
    /// (monotonic ns, CPU time of its tree since it began).
    pub cpu: Vec<(Nanos, Nanos)>,
}

impl Ended {
    /// CPU time of the whole life.
    pub fn cpu_ns(&self) -> Nanos {
        self.cpu.last().map_or(0, |reading| reading.1)
    }

    /// CPU time between two moments, straight lines drawn between the readings.
    pub fn cpu_between(&self, from: Nanos, to: Nanos) -> Nanos {
        self.at(to).saturating_sub(self.at(from))
    }

    fn at(&self, moment: Nanos) -> Nanos {
        let after = self.cpu.partition_point(|reading| reading.0 < moment);
        let (t0, before) = after.checked_sub(1).map_or((self.t0, 0), |index| self.cpu[index]);
        let Some(&(t1, next)) = self.cpu.get(after) else { return before };
        let part = u128::from(moment.saturating_sub(t0)) * u128::from(next.saturating_sub(before));
        before + u64::try_from(part / u128::from((t1 - t0).max(1))).unwrap_or(0)
    }
}

/// Runs `command` to its end; `None` when interrupted, with nothing of its tree left.
///
/// # Errors
/// When it cannot be started, or fails.
pub(super) fn drive(
    private: Private,
    engine: Engine,
    command: &Command,
    interrupt: &Interrupt,
) -> Result<Option<Ended>, Error> {
    let mut started = private.launch(command)?;
    let mut tree = TreeCpu::new(Anchor::Guardian(started.guardian()));
    let mut ended = Ended { t0: started.t0_ns(), cpu: Vec::new() };
    let exit = loop {
        let exit = started.exited();
        let read = tree.read();
        ended.cpu.push((clock::now(), read));
        if let Some(exit) = exit {
            break exit;
        }
        if started.is_over() {
            // Its end may have been told between the two questions; without a word of it, its guardian was killed.
            break started.exited().unwrap_or(Exit::Signal(libc::SIGKILL));
        }
        if !interrupt.sleep(BEAT) {
            started.stop("TERM", GRACE);
            return Ok(None);
        }
    };
    if exit.is_success() {
        return Ok(Some(ended));
    }
    Err(Error::Failed { engine, status: exit.to_string(), output: last_lines(command) })
}

/// The last lines that the tool printed, its complaints first of all.
pub(super) fn last_lines(command: &Command) -> String {
    let read = |path: &Path| String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned();
    let complaints = read(&command.stderr);
    let said = if complaints.trim().is_empty() { read(&command.stdout) } else { complaints };
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LAST_LINES)..]
        .iter()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_between_readings_lies_on_a_line() {
        let ended = Ended { t0: 1000, cpu: vec![(1100, 50), (1200, 150), (1300, 150)] };
        assert_eq!(ended.cpu_ns(), 150);
        assert_eq!(ended.cpu_between(1000, 1300), 150);
        assert_eq!(ended.cpu_between(1050, 1150), 75);
        assert_eq!(ended.cpu_between(1250, 9999), 0);
        assert_eq!(Ended { t0: 5, cpu: vec![] }.cpu_between(0, 10), 0);
    }
}
