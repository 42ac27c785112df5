//! When the requests of an open loop are due: decided before the first is sent, whatever the server does.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::clock::Nanos;
use crate::model::plan::Spacing;

/// A walk through intended times in order. Clones walk the same times, so one can count arrivals while the other sends.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    rule: Rule,
    /// Times passed by this walk.
    taken: u64,
    limit: u64,
    until: Nanos,
    next: Nanos,
}

#[derive(Clone, Debug)]
enum Rule {
    /// Time k of this thread is `origin + (k · step + offset) / rate`.
    Constant { origin: Nanos, rate: f64, step: f64, offset: f64 },
    /// Exponential gaps. Threads with independent gaps at their share of the rate make one Poisson process together.
    Poisson { rate: f64, random: Box<ChaCha8Rng> },
    /// A rate that rises from 0 to `rate` over `span`: time k lies where k = rate · t² / (2 · span).
    Rising { origin: Nanos, rate: f64, step: f64, offset: f64, span: f64 },
}

/// Which part of the schedule a thread sends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub thread: u32,
    pub threads: u32,
}

impl Share {
    /// The part of `total` that the thread takes.
    pub fn part_of(self, total: u64) -> u64 {
        let threads = u64::from(self.threads);
        total / threads + u64::from(u64::from(self.thread) < total % threads)
    }
}

impl Schedule {
    /// The window's times from `origin`, all of them before `until` and at most `limit`.
    pub fn window(
        spacing: Spacing,
        rate: f64,
        seed: u64,
        share: Share,
        origin: Nanos,
        until: Nanos,
        limit: u64,
    ) -> Self {
        let rule = match spacing {
            Spacing::Constant => {
                Rule::Constant { origin, rate, step: f64::from(share.threads), offset: f64::from(share.thread) }
            }
            Spacing::Poisson => Rule::Poisson {
                rate: rate / f64::from(share.threads),
                random: Box::new(ChaCha8Rng::seed_from_u64(seed ^ u64::from(share.thread).rotate_left(32))),
            },
        };
        Self::starting(rule, origin, until, limit)
    }

    /// The ramp's times: the rate rises evenly until the window begins.
    pub fn ramp(rate: f64, share: Share, origin: Nanos, until: Nanos) -> Self {
        let (step, offset) = (f64::from(share.threads), f64::from(share.thread));
        let span = seconds(until.saturating_sub(origin));
        Self::starting(Rule::Rising { origin, rate, step, offset, span }, origin, until, u64::MAX)
    }

    /// No time at all.
    pub fn empty() -> Self {
        let rule = Rule::Constant { origin: 0, rate: 1.0, step: 1.0, offset: 0.0 };
        Self::starting(rule, 0, 0, 0)
    }

    fn starting(rule: Rule, origin: Nanos, until: Nanos, limit: u64) -> Self {
        let mut schedule = Self { rule, taken: 0, limit, until, next: origin };
        schedule.next = schedule.time();
        schedule
    }

    /// The next intended time; `None` at the end.
    #[inline]
    pub fn peek(&self) -> Option<Nanos> {
        (self.taken < self.limit && self.next < self.until).then_some(self.next)
    }

    /// Steps over the next intended time.
    #[inline]
    pub fn advance(&mut self) {
        self.taken += 1;
        self.next = self.time();
    }

    /// Times passed so far.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Steps over every time up to `now`.
    pub fn advance_to(&mut self, now: Nanos) {
        while self.peek().is_some_and(|due| due <= now) {
            self.advance();
        }
    }

    /// Time number `taken`.
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 requests")]
    fn time(&mut self) -> Nanos {
        let index = self.taken as f64;
        match &mut self.rule {
            Rule::Constant { origin, rate, step, offset } => *origin + nanos((index * *step + *offset) / *rate),
            Rule::Poisson { rate, random } => {
                let uniform: f64 = random.random();
                self.next + nanos(-(1.0 - uniform).ln() / *rate)
            }
            Rule::Rising { origin, rate, step, offset, span } => {
                *origin + nanos((2.0 * (index * *step + *offset) * *span / *rate).sqrt())
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "2^53 ns is 104 days")]
fn seconds(nanos: Nanos) -> f64 {
    nanos as f64 / 1e9
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "never negative; casts saturate")]
fn nanos(seconds: f64) -> Nanos {
    (seconds * 1e9).round() as Nanos
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALONE: Share = Share { thread: 0, threads: 1 };
    const SECOND: Nanos = 1_000_000_000;

    fn times(mut schedule: Schedule) -> Vec<Nanos> {
        let mut times = Vec::new();
        while let Some(due) = schedule.peek() {
            times.push(due);
            schedule.advance();
        }
        times
    }

    #[test]
    fn constant_times_do_not_drift() {
        let all = times(Schedule::window(Spacing::Constant, 3.0, 1, ALONE, SECOND, 101 * SECOND, u64::MAX));
        assert_eq!(all.len(), 300);
        assert_eq!((all[0], all[1], all[297]), (SECOND, SECOND + 333_333_333, 100 * SECOND));
    }

    #[test]
    fn threads_share_one_constant_schedule() {
        let whole = times(Schedule::window(Spacing::Constant, 1000.0, 1, ALONE, 5, SECOND, u64::MAX));
        let mut shared = Vec::new();
        for thread in 0..3 {
            let share = Share { thread, threads: 3 };
            shared.extend(times(Schedule::window(Spacing::Constant, 1000.0, 1, share, 5, SECOND, u64::MAX)));
        }
        shared.sort_unstable();
        assert_eq!(shared, whole);
    }

    #[test]
    fn a_limit_ends_it() {
        assert_eq!(times(Schedule::window(Spacing::Poisson, 1e6, 1, ALONE, 0, u64::MAX, 17)).len(), 17);
        assert!(times(Schedule::empty()).is_empty());
    }

    #[test]
    fn poisson_times_have_the_rate_and_the_seed_decides() {
        let draw = |seed| times(Schedule::window(Spacing::Poisson, 1000.0, seed, ALONE, 0, 100 * SECOND, u64::MAX));
        let all = draw(7);
        assert_eq!(all, draw(7));
        assert_ne!(all, draw(8));
        // 100,000 expected, standard deviation 316.
        assert!((98_400..101_600).contains(&all.len()), "{}", all.len());
        // Exponential gaps: the share above the mean is 1/e.
        let long = all.windows(2).filter(|pair| pair[1] - pair[0] > 1_000_000).count();
        assert!((36_000..37_600).contains(&long), "{long}");
    }

    #[test]
    fn a_ramp_rises_evenly() {
        let all = times(Schedule::ramp(1000.0, ALONE, 0, 10 * SECOND));
        assert_eq!(all.len(), 5000);
        let half = all.iter().filter(|&&due| due < 5 * SECOND).count();
        assert_eq!(half, 1250);
    }
}
