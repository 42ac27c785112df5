//! What one generator thread counts of one request, and what becomes of it in the record.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use crate::clock::Nanos;
use crate::model::load::{ErrorKind, histogram};

const KINDS: [ErrorKind; 9] = [
    ErrorKind::ConnectRefused,
    ErrorKind::ConnectTimeout,
    ErrorKind::Reset,
    ErrorKind::ClosedEarly,
    ErrorKind::Timeout,
    ErrorKind::BadStatus,
    ErrorKind::Malformed,
    ErrorKind::TooLarge,
    ErrorKind::BodyMismatch,
];

/// Counts of one request of the mix.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    pub sent: u64,
    pub answered: u64,
    pub good: u64,
    pub ramped: u64,
    pub drained: u64,
    pub good_total: u64,
    pub body_bytes: u64,
    pub in_system_ns: u64,
    /// By status.
    statuses: Vec<u64>,
    /// In the order of [`KINDS`].
    errors: [u64; KINDS.len()],
    pub latency: Histogram<u64>,
    pub service: Histogram<u64>,
}

impl Tally {
    pub fn new() -> Self {
        Self {
            sent: 0,
            answered: 0,
            good: 0,
            ramped: 0,
            drained: 0,
            good_total: 0,
            body_bytes: 0,
            in_system_ns: 0,
            statuses: vec![0; 1000],
            errors: [0; KINDS.len()],
            latency: histogram(),
            service: histogram(),
        }
    }

    /// A whole answer inside the window.
    #[inline]
    pub fn answer(&mut self, status: u16, body: u64) {
        self.answered += 1;
        self.body_bytes += body;
        if let Some(count) = self.statuses.get_mut(usize::from(status)) {
            *count += 1;
        }
    }

    /// A good answer inside the window.
    #[inline]
    pub fn good(&mut self, latency: Nanos, service: Nanos) {
        self.good += 1;
        self.latency.saturating_record(latency);
        self.service.saturating_record(service);
    }

    /// A request of the window without a good answer.
    pub fn error(&mut self, kind: ErrorKind) {
        if let Some(place) = KINDS.iter().position(|&other| other == kind) {
            self.errors[place] += 1;
        }
    }

    /// Adds the counts of another thread or another request.
    pub fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.answered += other.answered;
        self.good += other.good;
        self.ramped += other.ramped;
        self.drained += other.drained;
        self.good_total += other.good_total;
        self.body_bytes += other.body_bytes;
        self.in_system_ns += other.in_system_ns;
        for (mine, theirs) in self.statuses.iter_mut().zip(&other.statuses) {
            *mine += theirs;
        }
        for (mine, theirs) in self.errors.iter_mut().zip(&other.errors) {
            *mine += theirs;
        }
        self.latency.add(&other.latency).expect("all latency histograms have the same bounds");
        self.service.add(&other.service).expect("all service histograms have the same bounds");
    }

    /// The statuses seen.
    pub fn statuses(&self) -> BTreeMap<u16, u64> {
        (0..).zip(&self.statuses).filter(|&(_, &count)| count > 0).map(|(status, &count)| (status, count)).collect()
    }

    /// The errors seen.
    pub fn errors(&self) -> BTreeMap<ErrorKind, u64> {
        KINDS.into_iter().zip(self.errors).filter(|&(_, count)| count > 0).collect()
    }
}
