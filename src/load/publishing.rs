//! What one generator thread tells whoever shows the progress of a load.

use hdrhistogram::Histogram;

use super::live::{Live, Progress};
use crate::clock::Nanos;

/// How often progress is published.
const EVERY: Nanos = 100_000_000;
/// Publications between two published percentiles.
const PERCENTILE_EVERY: u32 = 10;

/// The progress of one thread since it began, and how much of it was published.
pub(super) struct Publishing<'a> {
    live: Option<&'a Live>,
    progress: Progress,
    published: Progress,
    /// Latencies since the last published percentile, if anybody looks.
    recent: Option<Histogram<u64>>,
    next: Nanos,
    times: u32,
}

impl<'a> Publishing<'a> {
    pub fn new(live: Option<&'a Live>) -> Self {
        Self {
            live,
            progress: Progress::default(),
            published: Progress::default(),
            recent: live.map(|_| Histogram::new_with_bounds(1, 3_600_000_000_000, 2)).transpose().ok().flatten(),
            next: 0,
            times: 0,
        }
    }

    /// A request was sent.
    #[inline]
    pub fn note_sent(&mut self) {
        self.progress.sent += 1;
    }

    /// A good answer came after that latency.
    #[inline]
    pub fn note_good(&mut self, latency: Nanos) {
        self.progress.good += 1;
        if let Some(recent) = &mut self.recent {
            recent.saturating_record(latency);
        }
    }

    /// A request ended without a good answer.
    #[inline]
    pub fn note_error(&mut self) {
        self.progress.errors += 1;
    }

    /// Publishes what was done, where it is time.
    pub fn publish_when_due(&mut self, now: Nanos, in_flight: u32) {
        if now >= self.next {
            self.next = now + EVERY;
            self.publish(in_flight);
        }
    }

    /// Publishes what was done.
    pub fn publish(&mut self, in_flight: u32) {
        let Some(live) = self.live else { return };
        self.progress.in_flight = in_flight.into();
        live.publish(self.published, self.progress);
        self.published = self.progress;
        self.times += 1;
        if let Some(recent) = &mut self.recent
            && self.times.is_multiple_of(PERCENTILE_EVERY)
            && !recent.is_empty()
        {
            live.publish_p99(recent.value_at_quantile(0.99) / 1000);
            recent.clear();
        }
    }
}
