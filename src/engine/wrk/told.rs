//! What the script made wrk print: lines that begin with `told`.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use super::nanos;
use crate::engine::quantiles;
use crate::model::load::histogram;

/// The figures of one run of wrk.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Told {
    /// Whole answers.
    pub requests: u64,
    pub duration_us: u64,
    /// Answers as the request expects them.
    pub good: u64,
    /// Answers of the expected status with another body.
    pub mismatch: u64,
    pub statuses: BTreeMap<u64, u64>,
    errors: BTreeMap<String, u64>,
    /// Latency in us and how often it is there.
    values: BTreeMap<u64, u64>,
    /// (share, latency in us), where there are too many values.
    quantiles: Vec<(f64, u64)>,
}

/// Reads wrk's output.
///
/// # Errors
/// In words, when a figure is not there or is none.
pub(super) fn read(text: &str) -> Result<Told, String> {
    let mut told = Told::default();
    for line in text.lines().filter_map(|line| line.strip_prefix("told ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        line_of(&mut told, &words).ok_or_else(|| format!("`{line}` is no figure"))?;
    }
    if told.duration_us == 0 { Err("it told no duration".to_owned()) } else { Ok(told) }
}

fn line_of(told: &mut Told, words: &[&str]) -> Option<()> {
    let whole = |word: &str| word.parse::<u64>().ok();
    match *words {
        ["requests", count] => told.requests = whole(count)?,
        ["duration_us", count] => told.duration_us = whole(count)?,
        ["bytes", count] => whole(count).map(drop)?,
        ["good", count] => told.good = whole(count)?,
        ["mismatch", count] => told.mismatch = whole(count)?,
        ["error", kind, count] => drop(told.errors.insert(kind.to_owned(), whole(count)?)),
        ["status", status, count] => drop(told.statuses.insert(whole(status)?, whole(count)?)),
        ["value", us, count] => *told.values.entry(whole(us)?).or_default() += whole(count)?,
        ["quantile", share, us] => told.quantiles.push((share.parse().ok()?, whole(us)?)),
        _ => return None,
    }
    Some(())
}

impl Told {
    /// Errors of that kind, by wrk's own name of it.
    pub fn error(&self, kind: &str) -> u64 {
        self.errors.get(kind).copied().unwrap_or(0)
    }

    /// The latency, and whether it is as recorded, without the answers that wrk adds.
    pub fn latency(&self, connections: u64) -> (Histogram<u64>, bool) {
        if !self.quantiles.is_empty() {
            let table: Vec<(f64, u64)> = self.quantiles.iter().map(|(share, us)| (*share, nanos(*us))).collect();
            return (quantiles::spread(self.requests, &table), false);
        }
        let recorded = self.requests.saturating_sub(self.error("timeout"));
        let count = |values: &BTreeMap<u64, u64>| values.values().sum::<u64>();
        let (values, as_recorded) = if count(&self.values) == recorded {
            (self.values.clone(), true)
        } else {
            let undone = self.uncorrected(connections);
            if count(&undone) == recorded { (undone, true) } else { (self.values.clone(), false) }
        };
        let mut latency = histogram();
        for (us, count) in values {
            latency.record_n(nanos(us).clamp(1, 3_600_000_000_000), count).expect("held within the bounds");
        }
        (latency, as_recorded)
    }

    /// The values without what wrk's `stats_correct` (stats.c, wrk 4) added: for every answer that took n microseconds one
    /// more of each n - i, n - 2i, … above i, where i is the mean interval between the sends of a connection. It goes up
    /// from the smallest n, so going down from the largest takes everything out again.
    fn uncorrected(&self, connections: u64) -> BTreeMap<u64, u64> {
        let mut values = self.values.clone();
        let Some(interval) = self.requests.checked_div(connections).and_then(|each| self.duration_us.checked_div(each))
        else {
            return values;
        };
        let long: Vec<u64> = values.keys().rev().copied().take_while(|value| *value >= 2 * interval).collect();
        for value in long {
            let count = values.get(&value).copied().unwrap_or(0);
            let mut added = value - interval;
            while count > 0 && interval > 0 && added > interval {
                if let Some(there) = values.get_mut(&added) {
                    *there = there.saturating_sub(count);
                }
                added -= interval;
            }
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As wrk does it.
    fn corrected(recorded: &BTreeMap<u64, u64>, interval: u64) -> BTreeMap<u64, u64> {
        let mut values = recorded.clone();
        let most = recorded.keys().max().copied().unwrap_or(0);
        for value in interval * 2..=most {
            let count = values.get(&value).copied().unwrap_or(0);
            let mut added = value - interval;
            while count > 0 && added > interval {
                *values.entry(added).or_default() += count;
                added -= interval;
            }
        }
        values
    }

    proptest! {
        #[test]
        fn what_wrk_adds_is_taken_out_again(list in prop::collection::vec(1_u64..400, 1..200), interval in 1_u64..80) {
            let mut recorded = BTreeMap::new();
            for value in &list {
                *recorded.entry(*value).or_default() += 1;
            }
            let requests = list.len() as u64;
            let told = Told {
                requests,
                duration_us: interval * requests,
                values: corrected(&recorded, interval),
                ..Told::default()
            };
            let mut undone = told.uncorrected(1);
            undone.retain(|_, count| *count > 0);
            prop_assert_eq!(undone, recorded);
        }

        #[test]
        fn no_text_makes_it_fall(text in "(told (requests|value|quantile|error|status|good) [0-9a-z. ]{0,12}\n|[^\n]{0,20}\n){0,20}") {
            if let Ok(told) = read(&text) {
                let _ = told.latency(7);
            }
        }
    }

    #[test]
    fn the_output_of_wrk_is_read() {
        let told = read(include_str!("../captured/wrk.txt")).expect("captured from wrk 4.1.0");
        assert_eq!((told.requests, told.good, told.mismatch), (24_035, 21_634, 0));
        assert_eq!(told.statuses, BTreeMap::from([(200, 21_634), (500, 2401)]));
        assert_eq!((told.error("status"), told.error("connect"), told.error("timeout")), (2401, 0, 0));
        let (latency, as_recorded) = told.latency(20);
        assert!(as_recorded);
        assert_eq!(latency.len(), 24_035);
    }

    #[test]
    fn what_is_no_figure_is_said() {
        assert!(read("Running 1s test").unwrap_err().contains("no duration"));
        assert!(read("told requests many").unwrap_err().contains("many"));
    }
}
