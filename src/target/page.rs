//! When the target gives its first good answer to a GET.

use std::net::SocketAddr;
use std::time::Duration;

use super::error::Error;
use super::http::{Answer, Outcome, Prober};
use super::life::Life;
use crate::clock::{self, Nanos, duration_nanos};
use crate::model::record::Bracket;
use crate::unit::span;

/// The marks of answering, ns after t0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answers {
    pub first_byte: Bracket,
    pub first_ok: Bracket,
}

/// Answers of one wrong status for so long are told.
const STEADY_NS: Nanos = 2_000_000_000;

/// What was last answered to a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The path asked for.
    pub path: String,
    /// The HTTP status; `None` when nothing was answered.
    pub status: Option<u16>,
}

/// Asks again and again until a good answer comes. `listen` was seen before.
pub(super) fn wait(
    life: &mut Life<'_>,
    address: SocketAddr,
    path: &str,
    wanted: u16,
    listen: Bracket,
) -> Result<Answers, Error> {
    let mut prober = Prober::new(address, path);
    let t0 = life.t0_ns();
    // Until it listened, every request would have been refused.
    let mut miss = t0 + listen.last_miss_ns;
    let mut first_byte = None;
    let mut last = "nothing was answered".to_owned();
    let mut wrong = WrongStatus { status: 0, since: t0, is_told: false };
    loop {
        let asked = clock::now();
        let mut over = None;
        match prober.get(life) {
            Ok(Outcome::Answer(Answer { status, first_byte_ns, done_ns })) => {
                let first_byte = *first_byte.get_or_insert_with(|| bracket(t0, miss, asked, first_byte_ns));
                if status == wanted {
                    return Ok(Answers { first_byte, first_ok: bracket(t0, miss, asked, done_ns) });
                }
                wrong.answered(status, done_ns, life, path, wanted);
                last = format!("the last answer was status {status}, not {wanted}");
            }
            Ok(Outcome::Failed(why)) => last = format!("the last attempt failed: {why}"),
            Err(reason) => over = Some(reason),
        }
        miss = clock::now();
        if let Some(over) = over.or_else(|| life.check().err()) {
            return Err(over.or_timeout("gave a good answer", || Error::NeverReady {
                path: path.to_owned(),
                timeout: life.timeout(),
                last,
                stderr: String::new(),
            }));
        }
        life.pause();
    }
}

/// Answers of one status that is not the wanted one.
struct WrongStatus {
    status: u16,
    since: Nanos,
    is_told: bool,
}

impl WrongStatus {
    /// Tells once that the target answers so steadily, and what helps if that is all it will ever answer.
    fn answered(&mut self, status: u16, at: Nanos, life: &Life<'_>, path: &str, wanted: u16) {
        if status != self.status {
            (self.status, self.since) = (status, at);
        }
        if !self.is_told && at.saturating_sub(self.since) >= STEADY_NS {
            self.is_told = true;
            life.tell(&format!(
                "answers {status} at {path}, not {wanted}: set --ready PATH (in a file `ready = {{ path = …, status = … }}`); \
                 still waiting, {} in all",
                span(life.timeout())
            ));
        }
    }
}

/// Asks for each of the paths in turn, until one pass has a 200 or `patience` is over; the answers of the last pass.
pub(super) fn ask(
    life: &mut Life<'_>,
    address: SocketAddr,
    paths: &[String],
    patience: Duration,
) -> Result<Vec<Answered>, Error> {
    let mut probers: Vec<(&String, Prober)> = paths.iter().map(|path| (path, Prober::new(address, path))).collect();
    let end = clock::now() + duration_nanos(patience);
    loop {
        let mut answers = Vec::new();
        let mut over = None;
        for (path, prober) in &mut probers {
            let status = match prober.get(life) {
                Ok(Outcome::Answer(answer)) => Some(answer.status),
                Ok(Outcome::Failed(_)) => None,
                Err(reason) => {
                    over = Some(reason);
                    break;
                }
            };
            answers.push(Answered { path: (*path).clone(), status });
        }
        if let Some(over) = over.or_else(|| life.check().err()) {
            return Err(over.or_timeout("gave a good answer", || Error::NeverReady {
                path: paths.first().cloned().unwrap_or_default(),
                timeout: life.timeout(),
                last: "nothing was answered".to_owned(),
                stderr: String::new(),
            }));
        }
        if answers.iter().any(|answer| answer.status == Some(200)) || clock::now() > end {
            return Ok(answers);
        }
        life.pause();
    }
}

/// What an answer at `hit` proves, asked for at `asked` when the last miss was known at `miss`.
///
/// A request that waits in the server's queue is a probe that misses until the very moment it hits, so that only the gap in
/// which no request was under way is open: the same answer could have come earlier by that gap and no more.
fn bracket(t0: Nanos, miss: Nanos, asked: Nanos, hit: Nanos) -> Bracket {
    let gap = asked.saturating_sub(miss);
    let first_hit_ns = hit.saturating_sub(t0);
    Bracket { last_miss_ns: first_hit_ns.saturating_sub(gap), first_hit_ns }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bracket_is_as_wide_as_nobody_asked() {
        assert_eq!(bracket(1000, 1500, 1750, 1800), Bracket { last_miss_ns: 550, first_hit_ns: 800 });
        // Pending for long: the wait itself opens nothing.
        assert_eq!(bracket(1000, 1500, 1600, 9000), Bracket { last_miss_ns: 7900, first_hit_ns: 8000 });
    }
}
