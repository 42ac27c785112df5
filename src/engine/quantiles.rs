//! A histogram from a table of quantiles, for tools that tell nothing finer.

use hdrhistogram::Histogram;

use crate::model::load::histogram;

/// A histogram of `count` values whose quantiles are those of the table, (share, value in ns) with shares going up to 1:
/// between two rows every value is taken to be the upper one.
pub(super) fn spread(count: u64, table: &[(f64, u64)]) -> Histogram<u64> {
    let mut spread = histogram();
    let mut done = 0;
    for (share, value) in table {
        let upto = rank(*share, count);
        // Quantiles beyond the bounds of every histogram here (an hour) are held at the bound.
        let value = (*value).clamp(1, 3_600_000_000_000);
        spread.record_n(value, upto.saturating_sub(done)).expect("the value was held within the bounds");
        done = done.max(upto);
    }
    spread
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a count far below 2^53"
)]
fn rank(share: f64, count: u64) -> u64 {
    (share.clamp(0.0, 1.0) * count as f64).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantiles_are_those_of_the_table() {
        let table: Vec<(f64, u64)> =
            (0..=100u32).map(|percent| (f64::from(percent) / 100.0, u64::from(percent + 1) * 1_000_000)).collect();
        for count in [100, 1000, 4321] {
            let spread = spread(count, &table);
            assert_eq!(spread.len(), count);
            for (quantile, value) in [(0.5, 51.0), (0.9, 91.0), (0.99, 100.0), (1.0, 101.0)] {
                #[expect(clippy::cast_precision_loss, reason = "milliseconds")]
                let found = spread.value_at_quantile(quantile) as f64 / 1e6;
                assert!((found / value - 1.0).abs() < 2e-3, "{found} is not {value} of {count}");
            }
        }
        assert!(spread(0, &table).is_empty() && spread(5, &[]).is_empty());
    }
}
