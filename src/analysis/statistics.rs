//! The statistics of the program: medians, the paired interval on logs, its multiplier, and Holm's correction.
//!
//! Deterministic, no resampling: with 3 or 5 blocks percentile and `BCa` bootstraps of a mean call 20 and 13 % of equal
//! sides unequal where 5 % was promised, the t interval keeps its promise (see the simulations in the tests).

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::model::plan::LOOKS;

/// The fewest blocks that give an interval.
pub const FEWEST_BLOCKS: usize = 3;
/// Below this many blocks an interval is marked 'few trials': one odd block still moves it a lot.
pub const FEW_TRIALS: usize = 5;
/// Two-sided error of a fixed number of blocks.
const ALPHA: f64 = 0.05;
/// The error of one side of it.
pub const ONE_SIDED: f64 = ALPHA / 2.0;
/// The multiplier of each planned look, in the order of [`LOOKS`], in place of t(.975): Pocock's constant boundary for three
/// looks (Biometrika 64, 1977), carried over to t so that all looks together err in 5 % of the cases at most.
const MULTIPLIERS: [f64; 3] = [3.776, 2.837, 2.551];
/// The two-sided error that each of those multipliers spends at its own degrees of freedom.
const ALPHA_OF_A_LOOK: f64 = 0.0195;
/// Beyond this many blocks a further question is not worth the time.
const MOST_BLOCKS: usize = 1000;

/// A count as a number.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts and nanoseconds stay below 2^53")]
pub fn number(count: u64) -> f64 {
    count as f64
}

/// A length as a number.
#[must_use]
pub fn length(count: usize) -> f64 {
    number(count as u64)
}

/// The middle value, or the mean of the two middle ones; `None` of nothing.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    Some(if sorted.len().is_multiple_of(2) { f64::midpoint(sorted[middle - 1], upper) } else { upper })
}

/// The arithmetic mean; `None` of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / length(values.len()))
}

/// The standard deviation with n - 1; `None` below two values.
#[must_use]
pub fn deviation(values: &[f64]) -> Option<f64> {
    let centre = mean(values)?;
    (values.len() > 1).then(|| {
        let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
        (squares / length(values.len() - 1)).sqrt()
    })
}

/// The two-sided quantile of Student's t.
fn student(alpha: f64, freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(1.0 - alpha / 2.0))
}

/// How many standard errors the 95 % interval over `blocks` blocks reaches to each side. With planned `looks` every
/// interval is as wide as one that may be looked at repeatedly.
#[must_use]
pub fn multiplier(blocks: usize, looks: &[u32]) -> f64 {
    if blocks < 2 {
        return f64::INFINITY;
    }
    let alpha = match looks.len() {
        0 | 1 => ALPHA,
        2 | 3 => match LOOKS.iter().zip(MULTIPLIERS).find(|(look, _)| **look as usize == blocks) {
            Some((_, planned)) => return planned,
            None => ALPHA_OF_A_LOOK,
        },
        more => ALPHA / length(more),
    };
    student(alpha, length(blocks - 1))
}

/// The one-sided p of a mean that lies `distance` beyond a bound, where an interval over `blocks` blocks reaches `half` to each
/// side. It is [`ONE_SIDED`] where the interval ends at the bound, whatever the planned looks made of its width.
#[must_use]
pub fn one_sided_p(distance: f64, half: f64, blocks: usize) -> f64 {
    if blocks < 2 || half <= 0.0 {
        return if distance > 0.0 { 0.0 } else { 1.0 };
    }
    let freedom = length(blocks - 1);
    let t = distance / half * student(ALPHA, freedom);
    StudentsT::new(0.0, 1.0, freedom).map_or(1.0, |student| 1.0 - student.cdf(t))
}

/// An interval around a mean of logs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogInterval {
    /// exp of the mean.
    pub centre: f64,
    /// Its lower end, widened by the instrument.
    pub low: f64,
    /// Its upper end, widened by the instrument.
    pub high: f64,
}

/// The interval of exp(mean of `logs`), widened by what the instruments may be off: `over` and `under` are the relative
/// bounds of numerator and denominator. `None` below [`FEWEST_BLOCKS`].
///
/// `L' = L (1 - over) / (1 + under)` and `U' = U (1 + over) / (1 - under)`.
#[must_use]
pub fn interval(logs: &[f64], multiplier: f64, over: f64, under: f64) -> Option<LogInterval> {
    if logs.len() < FEWEST_BLOCKS {
        return None;
    }
    let centre = mean(logs)?;
    let half = multiplier * deviation(logs)? / length(logs.len()).sqrt();
    let (over, under) = (over.clamp(0.0, 1.0), under.clamp(0.0, 1.0));
    Some(LogInterval {
        centre: centre.exp(),
        low: (centre - half).exp() * (1.0 - over) / (1.0 + under),
        high: (centre + half).exp() * (1.0 + over) / (1.0 - under),
    })
}

/// The blocks after which an interval of that `spread` would no longer hold `distance` (both in logs); `None` when that
/// takes more than a thousand.
#[must_use]
pub fn blocks_needed(spread: f64, distance: f64, looks: &[u32]) -> Option<usize> {
    // The multiplier hardly moves after a few blocks: begin near the answer of the normal distribution.
    let near = (1.9 * spread / distance.abs()).powi(2);
    if near.is_nan() || near > length(MOST_BLOCKS) {
        return None;
    }
    (FEWEST_BLOCKS..=MOST_BLOCKS)
        .skip_while(|blocks| length(*blocks) < near)
        .find(|blocks| multiplier(*blocks, looks) * spread / length(*blocks).sqrt() <= distance.abs())
}

/// The two-sided p of 'both have the same mean' by Welch's unequal-variance t-test; `None` below two values on a side or
/// when nothing varies.
#[must_use]
pub fn welch(left: &[f64], right: &[f64]) -> Option<Welch> {
    let (variance_left, variance_right) =
        (deviation(left)?.powi(2) / length(left.len()), deviation(right)?.powi(2) / length(right.len()));
    let error = (variance_left + variance_right).sqrt();
    if error <= 0.0 {
        return None;
    }
    let freedom = (variance_left + variance_right).powi(2)
        / (variance_left.powi(2) / length(left.len() - 1) + variance_right.powi(2) / length(right.len() - 1));
    let difference = mean(left)? - mean(right)?;
    let t = StudentsT::new(0.0, 1.0, freedom).ok()?;
    Some(Welch {
        difference,
        half: student(ALPHA, freedom) * error,
        p: (2.0 * t.cdf(-(difference / error).abs())).min(1.0),
    })
}

/// What [`welch`] found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Welch {
    /// Mean of the left minus mean of the right.
    pub difference: f64,
    /// Half the width of its 95 % interval.
    pub half: f64,
    /// Two-sided p.
    pub p: f64,
}

/// Holm's step-down correction (Scandinavian Journal of Statistics 6, 1979): each p as it may be held against 5 % when all
/// of them are looked at.
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut corrected = vec![1.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, index) in order.into_iter().enumerate() {
        largest = largest.max(p[index] * length(p.len() - rank)).min(1.0);
        corrected[index] = largest;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64, within: f64) {
        assert!((left - right).abs() <= within, "{left} is not {right} within {within}");
    }

    #[test]
    fn multipliers_are_those_of_the_tables() {
        for (blocks, table) in [(3, 4.303), (5, 2.776), (10, 2.262), (20, 2.093), (31, 2.042)] {
            close(multiplier(blocks, &[]), table, 6e-4);
            close(multiplier(blocks, &[5]), table, 6e-4);
        }
        for (blocks, table) in LOOKS.map(|look| look as usize).into_iter().zip(MULTIPLIERS) {
            close(multiplier(blocks, &[5, 10, 20]), table, 0.0);
            close(student(ALPHA_OF_A_LOOK, length(blocks - 1)), table, 0.02);
        }
    }

    #[test]
    fn an_interval_by_hand() {
        // Ratios 9, 10, 11.11: mean log ln 10, deviation ln(10/9) = 0.10536, times 4.303 / sqrt 3.
        let logs = [9.0_f64.ln(), 10.0_f64.ln(), (100.0_f64 / 9.0).ln()];
        let found = interval(&logs, multiplier(3, &[]), 0.0, 0.0).expect("three blocks");
        close(found.centre, 10.0, 1e-9);
        close(found.low, 7.697, 2e-3);
        close(found.high, 12.992, 4e-3);
        assert_eq!(interval(&logs[..2], 4.0, 0.0, 0.0), None);
    }

    #[test]
    fn the_instrument_widens_both_ends() {
        // A bias of 0.5 ms on a side that starts in 3 ms: 300x may be 257x.
        let found = interval(&[300.0_f64.ln(); 3], 4.3, 0.0, 0.5 / 3.0).expect("three blocks");
        close(found.low, 257.1, 0.1);
        close(found.high, 360.0, 0.1);
        let blind = interval(&[1.0, 1.0, 1.0], 4.3, 0.0, 1.0).expect("three blocks");
        assert!(blind.high.is_infinite());
    }

    #[test]
    fn an_interval_that_ends_at_the_bound_has_the_p_of_its_side() {
        for blocks in [3, 6, 20] {
            close(one_sided_p(0.3, 0.3, blocks), ONE_SIDED, 1e-9);
            assert!(one_sided_p(0.31, 0.3, blocks) < ONE_SIDED && one_sided_p(0.29, 0.3, blocks) > ONE_SIDED);
        }
        // t = 2 / 1 * 2.776 at 4 degrees of freedom: 0.00258 by the table of t.
        close(one_sided_p(2.0, 1.0, 5), 0.002_58, 2e-5);
        close(one_sided_p(-1.0, 0.0, 5), 1.0, 0.0);
    }

    #[test]
    fn holm_by_hand() {
        assert_eq!(holm(&[0.01, 0.04, 0.03]), vec![0.03, 0.06, 0.06]);
        assert_eq!(holm(&[]), Vec::<f64>::new());
    }

    #[test]
    fn more_blocks_for_a_smaller_distance() {
        // t(2) / sqrt 3 = 2.48, t(6) / sqrt 7 = 0.925.
        assert_eq!(blocks_needed(0.1, 0.25, &[]), Some(3));
        assert_eq!(blocks_needed(0.1, 0.0925, &[]), Some(7));
        assert_eq!(blocks_needed(0.1, 0.0, &[]), None);
        assert_eq!(blocks_needed(0.0, 0.1, &[]), Some(3));
    }

    #[test]
    fn welch_by_hand() {
        let found = welch(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]).expect("they vary");
        close(found.difference, -3.0, 1e-12);
        close(found.p, 0.021_312, 1e-5);
        assert_eq!(welch(&[1.0, 1.0], &[2.0, 2.0]), None);
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
