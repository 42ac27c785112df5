//! The phases of one generator thread, and the integrals over the measured window.

use super::run_delay::RunDelay;
use crate::clock::Nanos;

/// Where a load is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Connections are being opened.
    Ramp,
    /// The measured window.
    Window,
    /// The window is over and what is in flight is awaited.
    Drain,
}

/// The measured window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// `Nanos::MAX` until known.
    pub start: Nanos,
    /// `Nanos::MAX` until known.
    pub end: Nanos,
}

impl Window {
    pub const UNKNOWN: Self = Self { start: Nanos::MAX, end: Nanos::MAX };

    /// How much of `from..to` lies inside.
    #[inline]
    pub fn overlap(&self, from: Nanos, to: Nanos) -> Nanos {
        to.min(self.end).saturating_sub(from.max(self.start))
    }
}

/// The number of busy connections, integrated over the window: independent of the stamps of single requests.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Occupancy {
    busy: u32,
    since: Nanos,
    /// Connection-nanoseconds inside the window.
    pub busy_ns: u64,
}

impl Occupancy {
    /// Connections that carry a request.
    pub fn busy(&self) -> u32 {
        self.busy
    }

    /// One more is busy from `now`.
    #[inline]
    pub fn enter(&mut self, now: Nanos, window: &Window) {
        self.settle(now, window);
        self.busy += 1;
    }

    /// One fewer is busy from `now`.
    #[inline]
    pub fn leave(&mut self, now: Nanos, window: &Window) {
        self.settle(now, window);
        self.busy -= 1;
    }

    /// Brings the integral up to `now`.
    #[inline]
    pub fn settle(&mut self, now: Nanos, window: &Window) {
        self.busy_ns += window.overlap(self.since, now) * u64::from(self.busy);
        self.since = self.since.max(now);
    }
}

/// A gap from which on it is asked who made it: a preempted thread is away for 3-5 ms.
const LOOK: Nanos = 5_000_000;
/// How often the account of waiting is read without a gap, so that a gap is told from the waits before it.
const ACCOUNT: Nanos = 100_000_000;

/// Notices when a thread was not run although it had to, and how much of it was waiting for a CPU that others had.
#[derive(Debug, Default)]
pub(super) struct Watchdog {
    last: Nanos,
    /// The longest such time that waiting for a CPU does not explain, ns.
    pub longest: Nanos,
    /// The kernel's account of waiting, where it keeps one.
    delay: Option<RunDelay>,
    waited: Nanos,
    next_account: Nanos,
}

impl Watchdog {
    /// For the calling thread.
    pub fn new() -> Self {
        Self { delay: RunDelay::of_this_thread(), ..Self::default() }
    }

    /// A stamp while there was work: all time since the last stamp should have been spent on it, and work between two
    /// stamps takes microseconds.
    #[inline]
    pub fn worked(&mut self, now: Nanos) {
        self.missed(now.saturating_sub(self.last), now);
        self.last = now;
    }

    /// A stamp after a wait that should have ended at `due` at the latest.
    #[inline]
    pub fn woke(&mut self, now: Nanos, due: Nanos) {
        self.missed(now.saturating_sub(due), now);
        self.last = now;
        if now >= self.next_account {
            self.account(now);
        }
    }

    #[inline]
    fn missed(&mut self, gap: Nanos, now: Nanos) {
        let unexplained = if gap > LOOK { gap.saturating_sub(self.account(now)) } else { gap };
        self.longest = self.longest.max(unexplained);
    }

    /// Nanoseconds waited since the last account.
    #[cold]
    fn account(&mut self, now: Nanos) -> Nanos {
        let waited = self.delay.as_mut().map_or(0, RunDelay::since_last);
        self.waited += waited;
        self.next_account = now + ACCOUNT;
        waited
    }

    /// Starts anew.
    pub fn reset(&mut self, now: Nanos) {
        self.account(now);
        (self.last, self.longest, self.waited) = (now, 0, 0);
    }

    /// How long it waited for a CPU since it was started anew, ns; `None` where nobody counts.
    pub fn waited(&mut self, now: Nanos) -> Option<Nanos> {
        self.account(now);
        self.delay.is_some().then_some(self.waited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn occupancy_counts_only_inside_the_window() {
        let window = Window { start: 100, end: 200 };
        let mut occupancy = Occupancy::default();
        occupancy.enter(50, &window);
        occupancy.enter(150, &window);
        occupancy.leave(160, &window);
        occupancy.leave(300, &window);
        assert_eq!((occupancy.busy_ns, occupancy.busy()), (100 + 10, 0));
    }

    #[test]
    fn a_freeze_shows_in_work_and_in_waits() {
        let mut watchdog = Watchdog::default();
        watchdog.reset(1_000);
        watchdog.worked(1_010);
        watchdog.woke(5_000, 4_950);
        assert_eq!(watchdog.longest, 50);
        watchdog.worked(5_200);
        assert_eq!(watchdog.longest, 200);
    }
}
