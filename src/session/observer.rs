//! What a session tells while it works. An observer shows it, or not; the session does not know how.

use std::time::Duration;

/// The current figures of a load.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Good answers per second over the last beat.
    pub per_second: f64,
    /// Recent 99th percentile, ms.
    pub p99_ms: Option<f64>,
    /// Resident memory of the target's tree, bytes.
    pub rss: Option<u64>,
    /// Requests without a good answer so far.
    pub errors: u64,
}

/// Who is told what is going on.
pub trait Observer: Sync {
    /// The session as a whole will take about this long from now.
    fn planned(&self, expected: Duration);
    /// A step began that should take about `expected`.
    fn step(&self, label: &str, expected: Duration);
    /// Figures of the step under way.
    fn figures(&self, figures: Figures);
    /// Something worth a line of its own.
    fn note(&self, text: &str);
}

/// An observer that shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn planned(&self, _: Duration) {}
    fn step(&self, _: &str, _: Duration) {}
    fn figures(&self, _: Figures) {}
    fn note(&self, _: &str) {}
}
