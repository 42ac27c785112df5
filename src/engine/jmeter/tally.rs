//! From the requests of a JTL file to the counts and the latency of the measured window.
//!
//! Each machine is counted on its own clock, from its own first request, so that clocks that differ do no harm.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::jtl::Sample;
use crate::clock::Nanos;
use crate::model::load::{ErrorKind, LoadRecord, histogram};

const MS: u64 = 1_000_000;

/// The measured window, in milliseconds of each machine's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// By machine: (from, to).
    of: BTreeMap<usize, (u64, u64)>,
}

impl Window {
    /// The window of the earliest machine on our clock, given how far its epoch lies behind the wall clock's, ns.
    pub fn on_this_clock(&self, offset_ns: i128) -> (Nanos, Nanos) {
        let (from, to) = self.of.values().copied().min().unwrap_or((0, 0));
        let ours = |ms: u64| u64::try_from(i128::from(ms) * i128::from(MS) - offset_ns).unwrap_or(0);
        (ours(from), ours(to))
    }
}

/// The window: `timed` is (how long after the first request it begins, how long it is); without it everything.
pub(super) fn window(samples: &[Sample], timed: Option<(Duration, Duration)>) -> Window {
    let mut of: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
    for sample in samples {
        let (start, end) = (sample.start_ms, sample.start_ms + sample.elapsed_ms);
        let seen = of.entry(sample.host).or_insert((start, end));
        *seen = (seen.0.min(start), seen.1.max(end));
    }
    if let Some((lead, length)) = timed {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX >> 1);
        for (from, to) in of.values_mut() {
            *from += millis(lead);
            *to = *from + millis(length);
        }
    } else {
        // One window for all that have the same clock; those of other clocks are as long.
        let longest = of.values().map(|(from, to)| to - from).max().unwrap_or(0);
        for (from, to) in of.values_mut() {
            *to = *from + longest;
        }
    }
    Window { of }
}

/// Counts, as a [`LoadRecord`] defines them.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    sent: u64,
    answered: u64,
    good: u64,
    ramped: u64,
    drained: u64,
    good_total: u64,
    statuses: BTreeMap<u16, u64>,
    errors: BTreeMap<ErrorKind, u64>,
    latency: Histogram<u64>,
}

/// Counts these requests.
pub(super) fn tally<'a>(samples: impl Iterator<Item = &'a Sample>, window: &Window, open: bool) -> Tally {
    let mut tally = Tally {
        sent: 0,
        answered: 0,
        good: 0,
        ramped: 0,
        drained: 0,
        good_total: 0,
        statuses: BTreeMap::new(),
        errors: BTreeMap::new(),
        latency: histogram(),
    };
    for sample in samples {
        let (from, to) = window.of.get(&sample.host).copied().unwrap_or((0, u64::MAX));
        let (start, end) = (sample.start_ms, sample.start_ms + sample.elapsed_ms);
        tally.good_total += u64::from(sample.error.is_none());
        // An open loop counts what was to be sent inside, a closed one what came inside.
        let early = if open { start < from } else { end < from };
        let late = end > to;
        if early {
            tally.ramped += 1;
            continue;
        }
        if start > to {
            continue;
        }
        tally.sent += 1;
        tally.drained += u64::from(late && sample.status.is_some());
        if late && !open {
            continue;
        }
        if let Some(status) = sample.status {
            tally.answered += 1;
            *tally.statuses.entry(status).or_default() += 1;
        }
        if let Some(kind) = sample.error {
            *tally.errors.entry(kind).or_default() += 1;
        } else {
            tally.good += 1;
            let ns = (sample.elapsed_ms * MS).clamp(1, 3_600_000_000_000);
            tally.latency.record(ns).expect("held within the bounds");
        }
    }
    tally
}

impl Tally {
    /// Puts the counts into a record.
    pub fn fill(self, record: &mut LoadRecord) {
        record.sent = self.sent;
        record.answered = self.answered;
        record.good = self.good;
        record.ramped = self.ramped;
        record.drained = self.drained;
        record.good_total = self.good_total;
        record.statuses = self.statuses;
        record.errors = self.errors;
        record.latency = self.latency;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(host: usize, start_ms: u64, elapsed_ms: u64) -> Sample {
        Sample { label: 0, host, start_ms, elapsed_ms, status: Some(200), error: None }
    }

    /// A machine whose clock starts at `clock`: one request every 10 ms for 10 s, each taking 5 ms.
    fn machine(host: usize, clock: u64) -> Vec<Sample> {
        (0..1000).map(|number| sample(host, clock + number * 10, 5)).collect()
    }

    #[test]
    fn a_counted_load_is_counted_whole() {
        let samples = machine(0, 1_000_000);
        let window = window(&samples, None);
        let tally = tally(samples.iter(), &window, false);
        assert_eq!((tally.sent, tally.answered, tally.good, tally.ramped, tally.drained), (1000, 1000, 1000, 0, 0));
        assert_eq!(window.on_this_clock(0), (1_000_000 * MS, 1_009_995 * MS));
        assert_eq!(window.on_this_clock(i128::from(1_000_000 * MS)), (0, 9_995 * MS));
    }

    #[test]
    fn a_timed_load_leaves_out_what_came_before_and_after() {
        let mut samples = machine(0, 1_000_000);
        samples.push(sample(0, 1_006_999, 500));
        let window = window(&samples, Some((Duration::from_secs(2), Duration::from_secs(5))));
        let tally = tally(samples.iter(), &window, false);
        // What begins at 2000, 2010 ... 6990, and at 7000 with its answer after the deadline; and the long one.
        assert_eq!((tally.ramped, tally.answered, tally.drained, tally.sent), (200, 500, 2, 502));
        assert_eq!(tally.good_total, 1001);
        assert_eq!(tally.latency.len(), 500);
    }

    #[test]
    fn an_open_loop_keeps_what_is_answered_late() {
        let samples = [sample(0, 0, 1), sample(0, 2000, 1), sample(0, 2900, 500), sample(0, 3100, 1)];
        let window = window(&samples, Some((Duration::from_secs(2), Duration::from_secs(1))));
        let tally = tally(samples.iter(), &window, true);
        assert_eq!((tally.ramped, tally.sent, tally.answered, tally.drained), (1, 2, 2, 1));
    }

    #[test]
    fn machines_are_counted_on_their_own_clocks() {
        let samples = [machine(0, 1_000_000), machine(1, 9_000_000)].concat();
        let window = window(&samples, Some((Duration::from_secs(2), Duration::from_secs(5))));
        let tally = tally(samples.iter(), &window, false);
        assert_eq!((tally.ramped, tally.answered), (400, 1000));
    }

    #[test]
    fn errors_are_in_no_latency() {
        let failed = Sample { status: None, error: Some(ErrorKind::Timeout), ..sample(0, 5, 900) };
        let bad = Sample { status: Some(500), error: Some(ErrorKind::BadStatus), ..sample(0, 5, 900) };
        let samples = [sample(0, 0, 3), failed, bad];
        let window = window(&samples, None);
        let tally = tally(samples.iter(), &window, false);
        assert_eq!((tally.sent, tally.answered, tally.good, tally.latency.len()), (3, 2, 1, 1));
        assert_eq!(tally.errors, BTreeMap::from([(ErrorKind::Timeout, 1), (ErrorKind::BadStatus, 1)]));
    }
}
