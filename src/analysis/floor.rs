//! The network floor of a load: what the readings beside it say, and whether they say anything.
//!
//! A floor above the smallest latency is none. It may be exceeded all the same: the readings were taken beside the load and
//! not in it, and a machine that wakes a sleeping server in 50 us may need 7 us for one that is awake.

use serde::Serialize;

use super::statistics::number;
use crate::model::load::LoadRecord;
use crate::model::record::Run;

/// Readings below which a spread says nothing.
const FEWEST: usize = 8;
/// The middle half of stable readings lies within this share of their median.
const STABLE: f64 = 0.2;

/// The readings of the floor beside a load, us.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Floor {
    /// A quarter of the readings are below.
    pub low: f64,
    /// Half of the readings are below.
    pub median: f64,
    /// Three quarters of the readings are below.
    pub high: f64,
    /// Readings.
    pub n: usize,
}

/// What the readings beside a load say of its floor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found {
    /// A floor: no latency was smaller than the median reading.
    Known(Floor),
    /// The load had answers that were faster than the median reading.
    Below {
        /// The smallest latency, us: the floor is at most this.
        at_most: f64,
        /// The readings.
        readings: Floor,
    },
}

impl Found {
    /// Whether the readings agree so well that the floor can be told from each latency.
    #[must_use]
    pub fn is_stable(&self) -> bool {
        let Self::Known(floor) = self else { return false };
        let near = |end: f64| (end / floor.median - 1.0).abs() <= STABLE;
        floor.n >= FEWEST && near(floor.low) && near(floor.high)
    }

    /// The readings, whatever they are worth.
    #[must_use]
    pub fn readings(&self) -> Floor {
        let (Self::Known(readings) | Self::Below { readings, .. }) = self;
        *readings
    }

    /// The floor, where there is one.
    #[must_use]
    pub fn known(&self) -> Option<Floor> {
        if let Self::Known(floor) = self { Some(*floor) } else { None }
    }

    /// What the floor is at most, where nothing more is known.
    #[must_use]
    pub fn at_most(&self) -> Option<f64> {
        if let Self::Below { at_most, .. } = self { Some(*at_most) } else { None }
    }
}

/// The floor of one load and request on one target, over its trials.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadFloor<'a> {
    /// The target's name.
    pub target: &'a str,
    /// The load profile.
    pub load: &'a str,
    /// The request as it is filed.
    pub request: &'a str,
    /// What its readings say.
    pub found: Found,
}

/// Target, load and request.
type Key<'a> = (&'a str, &'a str, &'a str);

/// The floors of a run's loads, in the order they were first made.
#[must_use]
pub fn floors(run: &Run) -> Vec<LoadFloor<'_>> {
    let mut loads: Vec<(Key<'_>, Vec<&LoadRecord>)> = Vec::new();
    for (trial, record) in run.trials.iter().flat_map(|trial| trial.loads.iter().map(move |record| (trial, record))) {
        let key = (&*trial.target, &*record.load, &*record.request);
        match loads.iter_mut().find(|load| load.0 == key) {
            Some((_, records)) => records.push(record),
            None => loads.push((key, vec![record])),
        }
    }
    loads
        .into_iter()
        .filter_map(|((target, load, request), records)| {
            Some(LoadFloor { target, load, request, found: found(&records)? })
        })
        .collect()
}

/// What the readings beside these records say; `None` where there are none, or no good answer to hold them against.
#[must_use]
pub fn found(records: &[&LoadRecord]) -> Option<Found> {
    let micros = |nanos: u64| number(nanos) / 1e3;
    let at_most =
        records.iter().filter(|one| !one.latency.is_empty()).map(|one| micros(one.latency.min())).reduce(f64::min)?;
    let mut all: Vec<f64> = records.iter().flat_map(|one| &one.floor_ns).map(|reading| micros(*reading)).collect();
    all.sort_by(f64::total_cmp);
    // The smallest reading that so many quarters of them do not exceed.
    let at = |quarters: usize| all.get((all.len() * quarters).div_ceil(4).checked_sub(1)?).copied();
    let readings = Floor { low: at(1)?, median: at(2)?, high: at(3)?, n: all.len() };
    Some(if readings.median > at_most { Found::Below { at_most, readings } } else { Found::Known(readings) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run::SampleRun;

    fn record(smallest_ns: u64, floor_ns: Vec<u64>) -> LoadRecord {
        let mut record = SampleRun::default().build().trials[0].loads[0].clone();
        record.latency.reset();
        record.latency.record(smallest_ns).expect("in bounds");
        record.latency.record(smallest_ns * 9).expect("in bounds");
        record.floor_ns = floor_ns;
        record
    }

    #[test]
    fn no_floor_is_above_the_smallest_latency() {
        for smallest in [7_000, 22_000, 48_000, 52_000, 300_000] {
            for readings in [vec![48_000; 10], vec![7_000, 48_000, 56_000, 7_000, 52_000], vec![21_000, 23_000]] {
                let record = record(smallest, readings);
                let found = found(&[&record]).expect("there are readings");
                let floor = found.known().map_or_else(|| found.at_most(), |floor| Some(floor.median));
                assert!(floor.expect("one or the other") <= number(record.latency.min()) / 1e3, "{found:?}");
            }
        }
    }

    #[test]
    fn the_smallest_latency_of_all_trials_counts() {
        let (slow, fast) = (record(90_000, vec![50_000; 10]), record(40_000, vec![50_000; 10]));
        assert!(found(&[&slow]).expect("readings").known().is_some());
        let both = found(&[&slow, &fast]).expect("readings");
        assert!((both.at_most().expect("no floor") / 40.0 - 1.0).abs() < 1e-3, "{both:?}");
    }

    #[test]
    fn only_readings_that_agree_are_stable() {
        let stable = |readings: Vec<u64>| found(&[&record(900_000, readings)]).expect("readings").is_stable();
        assert!(stable(vec![48_000, 49_000, 50_000, 50_000, 51_000, 52_000, 7_000, 90_000]));
        assert!(!stable(vec![50_000; 7]), "too few");
        assert!(!stable(vec![7_000, 7_000, 7_000, 48_000, 50_000, 50_000, 51_000, 52_000]), "two kinds");
        assert!(!found(&[&record(40_000, vec![50_000; 9])]).expect("readings").is_stable(), "no floor at all");
    }

    #[test]
    fn nothing_is_said_without_readings_or_answers() {
        assert_eq!(found(&[&record(40_000, vec![])]), None);
        let mut none = record(40_000, vec![50_000; 9]);
        none.latency.reset();
        assert_eq!(found(&[&none]), None);
        let mut run = SampleRun::default().build();
        assert_eq!(floors(&run).len(), 4, "two loads on two targets");
        run.trials.iter_mut().flat_map(|trial| &mut trial.loads).for_each(|load| load.floor_ns.clear());
        assert_eq!(floors(&run), []);
    }
}
