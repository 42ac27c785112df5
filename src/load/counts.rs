//! Everything that one generator thread counts.

use hdrhistogram::Histogram;

use super::tally::Tally;
use super::window::{Occupancy, Watchdog};
use crate::clock::{self, Nanos};
use crate::model::load::histogram;

/// The counts of one thread.
pub(super) struct Counts {
    /// One per request of the job.
    pub tallies: Vec<Tally>,
    /// Connect times of the window.
    pub connect: Histogram<u64>,
    /// How late requests of a schedule were sent.
    pub lateness: Histogram<u64>,
    /// Connections opened.
    pub opened: u64,
    /// Requests of the window in flight.
    pub outstanding: u64,
    /// When the last request of the window ended.
    pub last_done: Nanos,
    pub occupancy: Occupancy,
    /// Requests intended and not sent, at each tenth of the window.
    pub backlog: Vec<u64>,
    /// CPU time of the thread in the window; before its end what the thread had used when it began.
    pub cpu: Nanos,
    /// The longest time in the window in which the thread was not run although it had to.
    pub stall: Nanos,
    /// How long the thread waited for a CPU in the window, where the kernel counts it.
    pub waited: Option<Nanos>,
}

impl Counts {
    /// Nothing counted yet, for so many different requests.
    pub fn new(requests: usize) -> Self {
        Self {
            tallies: (0..requests).map(|_| Tally::new()).collect(),
            connect: histogram(),
            lateness: histogram(),
            opened: 0,
            outstanding: 0,
            last_done: 0,
            occupancy: Occupancy::default(),
            backlog: Vec::new(),
            cpu: 0,
            stall: 0,
            waited: None,
        }
    }

    /// The window begins.
    pub fn open_window(&mut self, start: Nanos) {
        self.last_done = start;
        self.cpu = clock::thread_cpu();
    }

    /// The window is over.
    pub fn close_window(&mut self, now: Nanos, watchdog: &mut Watchdog) {
        self.cpu = clock::thread_cpu() - self.cpu;
        self.stall = watchdog.longest;
        self.waited = watchdog.waited(now);
    }
}
