//! How a generator thread passes from ramp to window to drain.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use super::error::Error;
use super::job::JobArrival;
use super::schedule::Schedule;
use super::window::Phase;
use super::worker::Worker;
use crate::clock::{Nanos, duration_nanos};
use crate::model::plan::StopRule;

/// Threads beside each other agree on a start that far ahead.
const LEAD: Nanos = 10_000_000;

impl Worker<'_> {
    /// Opens and closes the window when it is time.
    pub fn advance_phase(&mut self, now: Nanos) -> Result<(), Error> {
        if self.phase == Phase::Ramp {
            if self.window.start == Nanos::MAX {
                self.agree_on_start(now);
            }
            if now >= self.window.start {
                self.open_window(now)?;
            }
        }
        if self.phase == Phase::Window {
            self.note_backlog(now);
            if self.window.end == Nanos::MAX {
                let sent_all =
                    if self.is_open() { self.pacing.sends.peek().is_none() } else { self.pacing.budget == 0 };
                if sent_all && self.counts.outstanding == 0 {
                    self.window.end = self.counts.last_done.max(self.window.start);
                } else if now >= self.drain_until {
                    self.window.end = now;
                }
            }
            if now >= self.window.end {
                self.close_window(now);
            }
        }
        Ok(())
    }

    /// With a ramp the start is known; without one it is when every connection of every thread has had an answer.
    fn agree_on_start(&mut self, now: Nanos) {
        if let Some(start) = self.shared.start_after_ramp() {
            self.window.start = start;
        } else {
            if self.pacing.primed == self.slots.len() && !self.pacing.announced {
                self.pacing.announced = true;
                if self.shared.unprimed.fetch_sub(1, SeqCst) == 1 {
                    let lead = if self.pacing.share.threads > 1 { LEAD } else { 0 };
                    self.shared.start.store(now + lead, SeqCst);
                }
            }
            self.window.start = self.shared.start.load(SeqCst);
        }
        if let (StopRule::Duration(duration), true) = (self.shared.job.stop, self.window.start < Nanos::MAX) {
            self.window.end = self.window.start + duration_nanos(duration);
        }
    }

    /// From here on requests count.
    fn open_window(&mut self, now: Nanos) -> Result<(), Error> {
        self.phase = Phase::Window;
        self.counts.open_window(self.window.start);
        self.watchdog.reset(now);
        if !self.is_population_known() {
            for slot in self.slots.iter_mut().filter(|slot| slot.is_busy()) {
                slot.carried.counted = true;
                let tally = &mut self.counts.tallies[usize::from(slot.carried.kind)];
                tally.ramped -= 1;
                tally.sent += 1;
                self.counts.outstanding += 1;
            }
        }
        if let JobArrival::Open { rate, spacing } = self.shared.job.arrival {
            let (start, end, seed) = (self.window.start, self.window.end, self.shared.job.seed);
            let limit = self.pacing.budget;
            self.pacing.sends = Schedule::window(spacing, rate, seed, self.pacing.share, start, end, limit);
            self.pacing.arrivals = self.pacing.sends.clone();
            if let StopRule::Requests(_) = self.shared.job.stop {
                let span = Duration::from_secs_f64(self.planned_seconds(rate));
                self.drain_until = start + duration_nanos(span) + duration_nanos(self.shared.job.timeout);
            }
            if self.shared.job.ramp.is_zero() {
                let idle = |&index: &usize| !self.slots[index].is_busy() && !self.slots[index].resting;
                self.pacing.free = (0..self.slots.len()).filter(idle).map(|index| (index, start)).collect();
            }
            return Ok(());
        }
        // A thread that was late has not opened every slot by now: the window does, each once.
        self.pacing.next_opening = self.slots.len();
        for index in 0..self.slots.len() {
            if !self.slots[index].is_busy() && !self.slots[index].resting {
                let now = self.stamp();
                self.use_slot(index, now)?;
            }
        }
        Ok(())
    }

    /// What is in flight is awaited from here on.
    pub fn close_window(&mut self, now: Nanos) {
        self.phase = Phase::Drain;
        self.counts.close_window(now, &mut self.watchdog);
        self.drain_until = now + duration_nanos(self.shared.job.timeout);
    }

    /// How long the window is planned to be, seconds.
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 requests")]
    fn planned_seconds(&self, rate: f64) -> f64 {
        match self.shared.job.stop {
            StopRule::Requests(count) => count as f64 / rate,
            StopRule::Duration(duration) => duration.as_secs_f64(),
        }
    }

    /// Requests intended and not sent, at each tenth of the window.
    fn note_backlog(&mut self, now: Nanos) {
        let JobArrival::Open { rate, .. } = self.shared.job.arrival else { return };
        while self.counts.backlog.len() < 10 {
            let tenth = self.planned_seconds(rate)
                * f64::from(u32::try_from(self.counts.backlog.len()).unwrap_or(0) + 1)
                / 10.0;
            let mark = self.window.start + duration_nanos(Duration::from_secs_f64(tenth));
            if now < mark {
                return;
            }
            self.pacing.arrivals.advance_to(mark);
            self.counts.backlog.push(self.pacing.backlog());
        }
    }
}
