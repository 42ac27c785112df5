//! Whether as many intervals held the truth as 95 % intervals should.

use statrs::distribution::{Binomial, DiscreteCDF as _};

use super::Interval;

/// What an interval promises.
const COVERAGE: f64 = 0.95;
/// More misses than this quantile of chance would bring are no chance.
const QUANTILE: f64 = 0.99;

/// The count over some intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// Intervals that there were.
    pub intervals: u64,
    /// Those that held the truth.
    pub held: u64,
    /// Those that could not be had.
    pub missing: u64,
    /// The most misses that 95 % intervals have in 99 of 100 such checks.
    pub misses_allowed: u64,
}

impl Tally {
    /// Counts.
    #[must_use]
    pub fn of<'a>(intervals: impl Iterator<Item = &'a Interval>) -> Self {
        let (mut there, mut held, mut missing) = (0, 0, 0);
        for interval in intervals {
            match interval.holds {
                Some(holds) => {
                    there += 1;
                    held += u64::from(holds);
                }
                None => missing += 1,
            }
        }
        let misses_allowed =
            Binomial::new(1.0 - COVERAGE, there).map_or(0, |misses| misses.inverse_cdf(QUANTILE).min(there));
        Self { intervals: there, held, missing, misses_allowed }
    }

    /// Whether there were no more misses than chance brings.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.intervals - self.held <= self.misses_allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(holds: Option<bool>) -> Interval {
        Interval { ratio: 2.0, metric: "x", truth: 2.0, measured: None, low: None, high: None, holds, why: None }
    }

    fn tally(held: usize, missed: usize, missing: usize) -> Tally {
        let all = [vec![Some(true); held], vec![Some(false); missed], vec![None; missing]].concat();
        let all: Vec<Interval> = all.into_iter().map(interval).collect();
        Tally::of(all.iter())
    }

    #[test]
    fn chance_is_allowed_for_and_no_more() {
        // Of 20 intervals at 95 % four or fewer miss in 99.7 % of all checks, three or fewer in 98.4 %.
        assert_eq!(tally(16, 4, 0), Tally { intervals: 20, held: 16, missing: 0, misses_allowed: 4 });
        assert!(tally(16, 4, 0).is_good());
        assert!(!tally(15, 5, 0).is_good());
        // Of 800 (200 sessions) up to 55 may: 6.9 %.
        assert_eq!(tally(760, 40, 0).misses_allowed, 55);
    }

    #[test]
    fn what_is_missing_counts_for_nothing() {
        assert_eq!(tally(4, 0, 2).intervals, 4);
        assert!(tally(0, 0, 2).is_good());
        assert_eq!(tally(0, 0, 2).misses_allowed, 0);
    }
}
