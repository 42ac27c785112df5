//! Figures of a running load for whoever shows progress; nothing is decided by them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counters of a running load, ramp and drain included, refreshed about ten times a second. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Live {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    sent: AtomicU64,
    good: AtomicU64,
    errors: AtomicU64,
    in_flight: AtomicU64,
    p99_us: AtomicU64,
}

/// What one generator thread has done so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    pub sent: u64,
    pub good: u64,
    pub errors: u64,
    pub in_flight: u64,
}

impl Live {
    /// All zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Requests sent.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Relaxed)
    }

    /// Good answers.
    #[must_use]
    pub fn good(&self) -> u64 {
        self.shared.good.load(Relaxed)
    }

    /// Requests without a good answer.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.shared.errors.load(Relaxed)
    }

    /// Requests in flight.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.shared.in_flight.load(Relaxed)
    }

    /// The 99th percentile of the latency over the last second or so, microseconds; 0 before the first answer.
    #[must_use]
    pub fn p99_us(&self) -> u64 {
        self.shared.p99_us.load(Relaxed)
    }

    /// Adds what a thread did since `before`; sums wrap, so that a falling number in flight adds its difference too.
    pub(super) fn publish(&self, before: Progress, now: Progress) {
        let add = |cell: &AtomicU64, old: u64, new: u64| cell.fetch_add(new.wrapping_sub(old), Relaxed);
        add(&self.shared.sent, before.sent, now.sent);
        add(&self.shared.good, before.good, now.good);
        add(&self.shared.errors, before.errors, now.errors);
        add(&self.shared.in_flight, before.in_flight, now.in_flight);
    }

    /// Sets the recent 99th percentile.
    pub(super) fn publish_p99(&self, microseconds: u64) {
        self.shared.p99_us.store(microseconds, Relaxed);
    }
}
