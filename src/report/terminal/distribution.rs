//! A latency histogram in text bars, on a logarithmic scale so that body and tail are both seen.

use hdrhistogram::Histogram;

use super::page::Page;
use crate::unit::{digits, nanos_to_millis};

const BARS: u32 = 10;
/// The scale spans no more than that.
const DECADES: u64 = 100_000;

/// Writes one line per class with anything in it: its upper end, a bar, and how many answers fell into it.
pub fn write(page: &mut Page, latency: &Histogram<u64>) {
    if latency.len() < 2 {
        return;
    }
    let classes = classes(latency);
    let most = classes.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
    let room = page.width() as u64 - 34;
    let mut before = 1;
    for (end, count) in classes {
        // Empty classes between body and tail are one line.
        if count == 0 {
            if before > 0 {
                page.line("          …");
            }
            before = count;
            continue;
        }
        before = count;
        // A class with anything in it shows at least one mark.
        let bar = (count * room).div_ceil(most);
        let bar = "■".repeat(usize::try_from(bar).expect("a bar fits the page"));
        page.line(&format!("    up to {:>9} ms {bar} {count}", digits(nanos_to_millis(end))));
    }
}

/// Classes of equal width on a logarithmic scale from the 1st percentile to the largest value: (upper end in ns, count).
pub fn classes(latency: &Histogram<u64>) -> Vec<(u64, u64)> {
    // The fastest hundredth shares the first class: one early answer would stretch the scale over empty lines. So does what
    // a tool of whole milliseconds calls nothing at all.
    let high = latency.max().max(1);
    let low = latency.value_at_quantile(0.01).max(high / DECADES).max(1);
    let mut ends: Vec<u64> = (1..=BARS).map(|step| end(low, high, step)).collect();
    ends.dedup();
    let mut from = 0;
    ends.into_iter()
        .map(|end| {
            let class = (
                end,
                latency
                    .iter_recorded()
                    .map(|one| (one.value_iterated_to(), one.count_at_value()))
                    .filter(|(value, _)| *value >= from && *value <= end)
                    .map(|(_, count)| count)
                    .sum(),
            );
            from = end + 1;
            class
        })
        .collect()
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an hour in ns"
)]
fn end(low: u64, high: u64, step: u32) -> u64 {
    if step == BARS {
        return high;
    }
    let (low, high) = (low as f64, high as f64);
    (low * (high / low).powf(f64::from(step) / f64::from(BARS))) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::load::histogram;

    #[test]
    fn every_answer_is_in_one_class() {
        let mut latency = histogram();
        for value in [1_000, 1_500, 20_000, 20_001, 900_000, 77_000_000] {
            latency.record(value).unwrap();
        }
        let classes = classes(&latency);
        assert_eq!(classes.iter().map(|(_, count)| count).sum::<u64>(), 6);
        assert!(classes.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
