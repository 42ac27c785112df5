//! Who made the databases of a run on a server of the user's own: the comment on the run's template.
//!
//! It names a process so that nobody else's is meant by it: the machine since its last start together with the namespace
//! that process numbers belong to, the number, and when the process began.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use sha2::{Digest, Sha256};

use super::Error;
use super::connection::{Connection, literal, quoted};
use crate::process::procfile;

/// How long (s) databases of another machine are left alone, where no process can be looked for: a connection that was
/// lost for a while must not cost a run its databases, and no run takes a day.
const ELSEWHERE: u64 = 24 * 60 * 60;

/// What a mark begins with; the number is the form's.
const FORM: &str = "pianoprof run 1:";

/// A process, and when it made its databases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    machine: String,
    pid: u32,
    /// Clock ticks since the machine's start.
    began: u64,
    /// Seconds since 1970 by the server's clock.
    made: u64,
}

impl Mark {
    /// This process's at that time; `None` where `/proc` does not tell.
    pub fn own(made: u64) -> Option<Self> {
        let pid = std::process::id();
        Some(Self { machine: machine()?, pid, began: procfile::stat(pid)?.began, made })
    }

    /// As it stands in the comment.
    pub fn text(&self) -> String {
        let Self { machine, pid, began, made } = self;
        format!("{FORM} machine {machine} pid {pid} began {began} made {made}")
    }

    /// From the comment; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.strip_prefix(FORM)?.split_whitespace().collect();
        let ["machine", machine, "pid", pid, "began", began, "made", made] = words[..] else { return None };
        let (pid, began, made) = (pid.parse().ok()?, began.parse().ok()?, made.parse().ok()?);
        Some(Self { machine: machine.to_owned(), pid, began, made })
    }

    /// Whether its process is surely no more, at that time by the server's clock.
    pub fn is_over(&self, now: u64) -> bool {
        if machine().as_ref() == Some(&self.machine) {
            !lives(self.pid, self.began)
        } else {
            now.saturating_sub(self.made) > ELSEWHERE
        }
    }
}

/// Marks that database as this process's, if `/proc` tells who we are; without a mark it is never taken for left over.
pub fn leave(connection: &mut Connection, database: &str) -> Result<(), Error> {
    let attempted = format!("marking database {database}");
    let Some(mark) = Mark::own(now(connection)?) else { return Ok(()) };
    connection.run(&format!("COMMENT ON DATABASE {} IS {}", quoted(database), literal(&mark.text())), &attempted)
}

/// Seconds since 1970 by the server's clock.
pub fn now(connection: &mut Connection) -> Result<u64, Error> {
    let now = connection.value("SELECT extract(epoch FROM now())::bigint", "asking for the time")?;
    Ok(now.and_then(|now| now.parse().ok()).unwrap_or(0))
}

/// Whether that very process lives. One that cannot be looked at counts as alive, so that its databases are kept.
fn lives(pid: u32, began: u64) -> bool {
    let Ok(number) = i32::try_from(pid) else { return false };
    if kill(Pid::from_raw(number), None) == Err(Errno::ESRCH) {
        return false;
    }
    // A zombie runs no code any more; where its parent never waits for it, it stays in the process table for ever.
    procfile::stat(pid).is_none_or(|found| found.began == began && found.state != 'Z')
}

/// The same text for every process whose number means the same: until the machine starts anew, and not in another container.
fn machine() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let numbers = fs::read_link("/proc/self/ns/pid").ok()?;
    let digest = Sha256::digest(format!("{} {}", boot.trim(), Path::new(&numbers).display()));
    // 64 bits are enough against collisions; a digest, so that other users of the server do not learn the boot id.
    Some(digest[..8].iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written_and_nothing_else_is() {
        let mark = Mark::own(1_700_000_000).unwrap();
        assert_eq!(Mark::parse(&mark.text()), Some(mark.clone()));
        for text in ["", "mine", "pianoprof run 2: x", "pianoprof run 1: machine a pid x began 1 made 2"] {
            assert_eq!(Mark::parse(text), None, "{text}");
        }
        assert_eq!(Mark::parse(&format!("{} more", mark.text())), None);
    }

    #[test]
    fn only_a_process_that_is_surely_gone_is_over() {
        let own = Mark::own(1000).unwrap();
        let far = 1000 + 10 * ELSEWHERE;
        assert!(!own.is_over(far), "this process lives");
        // The same number by now, another process.
        assert!(Mark { began: own.began + 1, ..own.clone() }.is_over(1000));
        assert!(Mark { pid: 4_194_305, ..own.clone() }.is_over(1000), "no number is as large");
        assert!(!Mark { pid: 1, began: procfile::stat(1).unwrap().began, ..own.clone() }.is_over(far), "init lives");
        let elsewhere = Mark { machine: "0123456789abcdef".to_owned(), ..own };
        assert!(!elsewhere.is_over(1000 + ELSEWHERE));
        assert!(elsewhere.is_over(1001 + ELSEWHERE));
        assert!(!elsewhere.is_over(0), "a server whose clock was set back");
    }
}
