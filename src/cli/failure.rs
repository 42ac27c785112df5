//! Errors as words for people: `error:`, `caused by:`, `hint:`, and the exit code.

use std::error::Error;
use std::fmt::Write as _;

use crate::console::{BOLD_CYAN, BOLD_RED, paint};

/// Done, and all that was asked to hold holds.
pub(super) const DONE: u8 = 0;
/// A claim not met or a checklist item failed.
pub(super) const NOT_MET: u8 = 1;
/// Could not do it.
pub(super) const COULD_NOT: u8 = 2;
/// Inconclusive.
pub(super) const INCONCLUSIVE: u8 = 3;
/// Interrupted.
pub(super) const INTERRUPTED: u8 = 130;

/// Why a command could not do what was asked, ready to be shown.
#[derive(Debug)]
pub(super) struct Failure {
    text: String,
    hint: Option<String>,
}

impl Failure {
    /// A sentence of the command line itself.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), hint: None }
    }

    /// The same with what helps.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What went wrong, with its causes.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds what is left of a run that ended early: of so many trials that were measured, those that were stored.
    pub fn left(mut self, folder: &std::path::Path, measured: usize, stored: usize) -> Self {
        let (place, output) = (folder.display(), folder.join("output"));
        let _ = match (measured, stored) {
            (0, _) => {
                write!(
                    self.text,
                    "\n  the run ended before its first trial was complete; what the servers printed is in {}",
                    output.display()
                )
            }
            (_, 0) => write!(self.text, "\n  what was measured could not be stored"),
            _ if stored < measured => write!(
                self.text,
                "\n  {stored} of {measured} trials are stored in {place}; what was measured after them is lost"
            ),
            _ => write!(self.text, "\n  what was measured until then is stored in {place}"),
        };
        self
    }

    /// The lines for standard error.
    pub fn render(&self, color: bool) -> String {
        let mut text = format!("{} {}\n", paint("error:", BOLD_RED, color), self.text.trim_end());
        if let Some(hint) = &self.hint {
            let _ = writeln!(text, "{} {hint}", paint("hint:", BOLD_CYAN, color));
        }
        text
    }
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            let said = inner.to_string();
            // Of an error of PostgreSQL the cause says more than these two words.
            if !text.contains(&said) && said != "db error" {
                let _ = write!(text, "\n  caused by: {said}");
            }
            cause = inner.source();
        }
        let hint = hint_for(&text);
        Self { text, hint }
    }
}

/// What helps when PostgreSQL cannot write.
const DATABASE_DISK: &str = "the private server's data lies in TMPDIR (else /tmp): free some space there, set TMPDIR to a folder on \
    another disk, or lower the scale";

/// What helps, for the failures that people meet most.
fn hint_for(text: &str) -> Option<String> {
    let hints = [
        (
            "no PostgreSQL 15",
            "`pianoprof doctor` shows where it was looked for; `make setup` installs a copy that needs no root",
        ),
        ("already taken", "stop that process, or let pianoprof choose the port: use {port} in the command"),
        (
            "which the launch did not start",
            "end that process, or find out why it uses a port that pianoprof has picked",
        ),
        (
            "was not found, or the interpreter",
            "the first word of `command` is looked for in PATH or, with a slash, in `dir`",
        ),
        ("cannot be executed", "make it executable (chmod +x), or name its interpreter first"),
        (
            "before it listened",
            "run the command by hand; it must stay in the foreground or become a daemon that listens on {port}",
        ),
        ("; it listens on port", "give the server its port: use {port} in `command` or `env`"),
        (
            "did not listen on port",
            "give the server its port: use {port} in `command` or `env`; `ready` sets the timeout",
        ),
        (
            "gave no good answer to",
            "`ready` (with commands after `--`: --ready) sets the path; in a file also the status and the timeout",
        ),
        (
            "printed no line that matches",
            "a program that prints to a file may keep its lines back for long: PYTHONUNBUFFERED=1 in `env`, or `stdbuf -oL` before it",
        ),
        ("before it printed the line", "run the command by hand; what it printed is in the run's output folder"),
        (
            "do not answer alike",
            "the differences are in the run too; a known one can be allowed by name in [parity] allow",
        ),
        ("could not bind IPv4", "other programs took each port that was free a moment before: run it again"),
        (
            "no free connection",
            "the targets hold all of them (a private server gives 100): smaller pools, or fewer workers",
        ),
        (
            "PostgreSQL server ended while",
            "the run's output/postgres.log tells why; SIGKILL is often the kernel's answer to too little memory",
        ),
        ("the seed gives another database", "a seed must give the same rows each time: no random(), no now()"),
        (
            "the seeded one has",
            "something changed the template: a target that writes to databases which are not its own",
        ),
        ("the build of target", "run the command by hand in the target's `dir`"),
        ("exists already", "leave --out away for a folder of its own under runs/"),
        (
            "is not a stored run",
            "name the folder of a run: runs/latest is the last one, `pianoprof history` lists those under runs/",
        ),
        ("disk is full", DATABASE_DISK),
        ("free disk space", DATABASE_DISK),
        ("No space left", "free some space, or let --out name a folder on another disk"),
        ("(ulimit -Hn)", "raise the limit first: `ulimit -n 65536` in the same shell, as root where it is refused"),
        ("could not write", "a run needs a folder that this user may write: name one with --out"),
    ];
    hints.iter().find(|(part, _)| text.contains(part)).map(|(_, hint)| (*hint).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("could not read x")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn causes_follow_each_other() {
        let failure = Failure::from(Outer(std::io::Error::other("disk on fire")));
        assert_eq!(failure.render(false), "error: could not read x\n  caused by: disk on fire\n");
    }
}
