//! Whether as many intervals held the truth as 95 % intervals should: no fewer, and no more.

use statrs::distribution::{Binomial, ChiSquared, ContinuousCDF as _, DiscreteCDF as _};

use super::Interval;
use crate::analysis::statistics::{length, median, multiplier, number};

/// What an interval promises.
const COVERAGE: f64 = 0.95;
/// The coverage that is asked for, however many intervals there are: the instruments' bounds and the cut noise make it differ
/// from 95 % by a part of this.
const ASKED: [f64; 2] = [0.92, 0.98];
/// Among few intervals chance alone goes beyond that: what it does in one of forty checks on each side is allowed.
const TAIL: f64 = 0.025;
/// Where only too many misses can be told from chance: more than in one of a hundred checks.
const ONE_SIDED_TAIL: f64 = 0.01;

/// The count over some intervals.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Tally {
    /// Intervals that there were.
    pub intervals: u64,
    /// Those that held the truth.
    pub held: u64,
    /// Their share.
    pub coverage: Option<f64>,
    /// Those that could not be had.
    pub missing: u64,
    /// Whether too few misses count against them: only where there is noise, and where so many intervals would hardly
    /// all hold by chance.
    pub two_sided: bool,
    /// The fewest misses allowed; 0 unless both sides are judged.
    pub misses_least: u64,
    /// The most misses allowed.
    pub misses_allowed: u64,
    /// The same as coverage: the least and the most.
    pub coverage_allowed: Option<[f64; 2]>,
    /// The median of their half widths, of the logarithm: 0.1 is 10 %.
    pub half_width: Option<f64>,
    /// What that would be if there were nothing but the noise that was added.
    pub half_width_from_noise: Option<f64>,
    /// What follows.
    pub verdict: Verdict,
}

/// What a count of intervals says of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As many hold the truth as should.
    Kept,
    /// Fewer.
    TooNarrow,
    /// More.
    TooWide,
    /// There are none.
    Unknown,
}

impl Tally {
    /// Counts. Without noise an interval is as wide as the instruments' bounds, which nearly always hold, so that none can be
    /// called too wide.
    #[must_use]
    pub fn of<'a>(intervals: impl Iterator<Item = &'a Interval>, with_noise: bool) -> Self {
        let all: Vec<&Interval> = intervals.collect();
        let held = all.iter().filter(|one| one.holds == Some(true)).count() as u64;
        let there = all.iter().filter(|one| one.holds.is_some()).count() as u64;
        let least = if with_noise { fewest_misses(there) } else { 0 };
        let most = most_misses(there, least > 0);
        let share = |count: u64| (there > 0).then(|| number(count) / number(there));
        let median_of =
            |of: fn(&Interval) -> Option<f64>| median(&all.iter().filter_map(|one| of(one)).collect::<Vec<f64>>());
        Self {
            intervals: there,
            held,
            coverage: share(held),
            missing: all.len() as u64 - there,
            two_sided: least > 0,
            misses_least: least,
            misses_allowed: most,
            coverage_allowed: share(there - most).zip(share(there - least)).map(|(low, high)| [low, high]),
            half_width: median_of(|one| Some((one.high? / one.low?).ln() / 2.0)),
            half_width_from_noise: median_of(|one| one.half_width_from_noise.filter(|width| *width > 0.0)),
            verdict: match there - held {
                _ if there == 0 => Verdict::Unknown,
                misses if misses > most => Verdict::TooNarrow,
                misses if misses < least => Verdict::TooWide,
                _ => Verdict::Kept,
            },
        }
    }

    /// Whether nothing speaks against the intervals.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self.verdict, Verdict::Kept | Verdict::Unknown)
    }
}

/// The fewest misses that so many 95 % intervals may have; 0 where chance explains none at all.
fn fewest_misses(intervals: u64) -> u64 {
    share_of(intervals, 1.0 - ASKED[1]).min(misses_at(intervals, TAIL))
}

/// The most.
fn most_misses(intervals: u64, two_sided: bool) -> u64 {
    if two_sided {
        share_of(intervals, 1.0 - ASKED[0]).max(misses_at(intervals, 1.0 - TAIL))
    } else {
        misses_at(intervals, 1.0 - ONE_SIDED_TAIL)
    }
}

/// The misses that so many 95 % intervals stay below or at with that probability.
fn misses_at(intervals: u64, probability: f64) -> u64 {
    if intervals == 0 {
        return 0;
    }
    Binomial::new(1.0 - COVERAGE, intervals).map_or(0, |misses| misses.inverse_cdf(probability).min(intervals))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a count")]
fn share_of(intervals: u64, share: f64) -> u64 {
    // 2 % of 200 is 4, also where 1 - 0.98 is a little less than 2 %.
    (number(intervals) * share + 1e-6).floor() as u64
}

/// The half width, of the logarithm, that a 95 % interval over so many pairs has in the median when the logarithms of both sides
/// have that standard deviation and nothing else makes it wider: t · sd · √(2/n), times the median of a sample's deviation over the
/// true one.
#[must_use]
pub(super) fn half_width_from(noise: f64, pairs: usize) -> f64 {
    let (Some(freedom), Some(chi)) = (
        pairs.checked_sub(1).map(length),
        pairs.checked_sub(1).and_then(|freedom| ChiSquared::new(length(freedom)).ok()),
    ) else {
        return f64::INFINITY;
    };
    multiplier(pairs, &[]) * noise * (2.0 / length(pairs)).sqrt() * (chi.inverse_cdf(0.5) / freedom).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(holds: Option<bool>) -> Interval {
        let width = holds.map(|_| (1.8, 2.2));
        Interval {
            seed: 1,
            ratio: 2.0,
            metric: "x".to_owned(),
            truth: 2.0,
            measured: None,
            low: width.map(|width| width.0),
            high: width.map(|width| width.1),
            half_width_from_noise: holds.map(|_| 0.08),
            holds,
            why: None,
        }
    }

    fn tally(held: usize, missed: usize, missing: usize, with_noise: bool) -> Tally {
        let all = [vec![Some(true); held], vec![Some(false); missed], vec![None; missing]].concat();
        let all: Vec<Interval> = all.into_iter().map(interval).collect();
        Tally::of(all.iter(), with_noise)
    }

    fn verdict(held: usize, missed: usize) -> Verdict {
        tally(held, missed, 0, true).verdict
    }

    #[test]
    fn of_two_hundred_intervals_92_to_98_percent_hold() {
        let found = tally(190, 10, 0, true);
        assert_eq!((found.misses_least, found.misses_allowed, found.two_sided), (4, 16, true));
        assert_eq!((found.coverage, found.coverage_allowed), (Some(0.95), Some([0.92, 0.98])));
        assert_eq!([(196, 4), (184, 16)].map(|(held, missed)| verdict(held, missed)), [Verdict::Kept; 2]);
        assert_eq!(verdict(197, 3), Verdict::TooWide);
        assert_eq!(verdict(183, 17), Verdict::TooNarrow);
        // More intervals are asked for no other coverage, fewer for as much as chance leaves.
        assert_eq!(tally(800, 0, 0, true).coverage_allowed, Some([0.92, 0.98]));
        assert_eq!(tally(100, 0, 0, true).coverage_allowed, Some([0.9, 0.99]));
        assert!(!tally(800, 0, 0, true).is_good());
    }

    #[test]
    fn few_intervals_cannot_be_too_wide() {
        // 0.95^71 is 2.6 %, 0.95^72 is 2.5 %.
        assert_eq!((verdict(71, 0), verdict(72, 0)), (Verdict::Kept, Verdict::TooWide));
        // Of 20 intervals at 95 % four or fewer miss in 99.7 % of all checks, three or fewer in 98.4 %.
        let found = tally(16, 4, 0, true);
        assert_eq!((found.two_sided, found.misses_least, found.misses_allowed), (false, 0, 4));
        assert_eq!((verdict(16, 4), verdict(15, 5)), (Verdict::Kept, Verdict::TooNarrow));
    }

    #[test]
    fn without_noise_only_too_narrow_is_judged() {
        assert_eq!(tally(800, 0, 0, false).verdict, Verdict::Kept);
        assert_eq!(tally(800, 0, 0, false).misses_allowed, 55);
        assert_eq!(tally(744, 56, 0, false).verdict, Verdict::TooNarrow);
    }

    #[test]
    fn what_is_missing_counts_for_nothing() {
        assert_eq!(tally(4, 0, 2, true).intervals, 4);
        let none = tally(0, 0, 2, true);
        assert_eq!(
            (none.verdict, none.misses_allowed, none.coverage, none.half_width),
            (Verdict::Unknown, 0, None, None)
        );
        assert!(none.is_good());
    }

    #[test]
    fn widths_are_those_of_the_median_interval() {
        let found = tally(3, 0, 1, true);
        assert!((found.half_width.unwrap() - (2.2_f64 / 1.8).ln() / 2.0).abs() < 1e-12);
        assert!((found.half_width_from_noise.unwrap() - 0.08).abs() < 1e-12);
        // t(3) = 3.182, sqrt(2.366/3) = 0.8881.
        assert!((half_width_from(0.15, 4) - 3.182 * 0.15 * (2.0_f64 / 4.0).sqrt() * 0.8881).abs() < 1e-4);
        assert!(half_width_from(0.15, 1).is_infinite() && half_width_from(0.15, 0).is_infinite());
    }
}
