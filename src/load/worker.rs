//! One generator thread: the loop, the phases, and who sends when. What happens on a connection is in `exchange`.

use std::cmp::Reverse;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use super::counts::Counts;
use super::dialer::Dialer;
use super::error::Error;
use super::job::JobArrival;
use super::lingering::Lingering;
use super::outcome::Outcome;
use super::pacing::Pacing;
use super::poller::Poller;
use super::publishing::Publishing;
use super::schedule::{Schedule, Share};
use super::shared::Shared;
use super::slot::Slot;
use super::window::{Phase, Watchdog, Window};
use crate::clock::{self, Nanos, duration_nanos};
use crate::model::plan::StopRule;

/// The longest wait: an interrupt is seen, and a frozen generator known, to this precision.
const PATIENCE: Nanos = 5_000_000;
/// The last part of a wait for an intended time is spun, because a sleeping thread wakes tens of microseconds late.
const SPIN: Nanos = 50_000;
/// Connections opened between two looks at the events.
const OPENINGS: usize = 64;
/// How long a slot rests after a refusal: without it a dead server would be asked as fast as the CPU allows.
const REST: Nanos = 10_000_000;
/// Sockets that may wait for their server's FIN, beside one per connection.
const LINGERING: usize = 64;
/// The read buffer of a thread.
const BUFFER: usize = 64 << 10;

/// The state of one generator thread.
pub(super) struct Worker<'a> {
    pub shared: &'a Shared<'a>,
    pub slots: Vec<Slot>,
    pub poller: Poller,
    pub dialer: Dialer,
    pub lingering: Lingering,
    pub buffer: Box<[u8]>,
    pub window: Window,
    pub phase: Phase,
    pub watchdog: Watchdog,
    pub pacing: Pacing,
    pub counts: Counts,
    pub publishing: Publishing<'a>,
    /// Whether the last body was so large that heads are read alone and bodies dropped unread.
    pub large_bodies: bool,
    pub drain_until: Nanos,
    next_scan: Nanos,
}

impl<'a> Worker<'a> {
    pub fn new(shared: &'a Shared<'a>, dialer: Dialer, share: Share) -> Result<Self, Error> {
        let slots = usize::try_from(share.part_of(u64::from(shared.job.connections))).unwrap_or(usize::MAX);
        Ok(Self {
            shared,
            slots: (0..slots).map(|_| Slot::default()).collect(),
            poller: Poller::new()?,
            dialer,
            lingering: Lingering::new(slots + LINGERING),
            buffer: vec![0; BUFFER].into_boxed_slice(),
            window: Window::UNKNOWN,
            phase: Phase::Ramp,
            watchdog: Watchdog::new(),
            pacing: Pacing::new(shared.job, &shared.requests, share),
            counts: Counts::new(shared.requests.prepared.len()),
            publishing: Publishing::new(shared.live),
            large_bodies: false,
            drain_until: Nanos::MAX,
            next_scan: 0,
        })
    }

    /// Runs the whole load.
    pub fn run(mut self) -> Result<Outcome, Error> {
        self.watchdog.reset(clock::now());
        if let (JobArrival::Open { rate, .. }, Some(start)) = (self.shared.job.arrival, self.shared.start_after_ramp())
        {
            self.pacing.sends = Schedule::ramp(rate, self.pacing.share, self.shared.began, start);
        }
        loop {
            let now = self.stamp();
            if self.stopped() {
                return Ok(self.finish(now, true));
            }
            self.advance_phase(now)?;
            if self.phase == Phase::Drain && (self.is_drained() || now >= self.drain_until) {
                self.give_up(now);
                return Ok(self.finish(now, false));
            }
            self.open_slots(now)?;
            self.retry(now)?;
            self.scan_timeouts(now)?;
            while self.lingering.close_late(now) {
                self.dialer.closed_first();
            }
            self.publishing.publish_when_due(now, self.counts.occupancy.busy());
            self.send_due(now)?;
            let timeout = self.patience(now);
            let count = self.poller.wait(Duration::from_nanos(timeout))?;
            let woken = clock::now();
            self.watchdog.woke(woken, now + timeout);
            self.send_due(woken)?;
            for index in 0..count {
                let (token, readiness) = self.poller.event(index);
                self.handle(token, readiness)?;
                if self.is_open() {
                    let now = self.stamp();
                    self.send_due(now)?;
                }
            }
        }
    }

    /// The time now, while there is work.
    #[inline]
    pub fn stamp(&mut self) -> Nanos {
        let now = clock::now();
        self.watchdog.worked(now);
        now
    }

    pub fn is_open(&self) -> bool {
        matches!(self.shared.job.arrival, JobArrival::Open { .. })
    }

    /// Whether the requests that count are known in advance, and so counted whenever their answers come. Only in a timed
    /// closed loop is it the deadline that decides.
    pub fn is_population_known(&self) -> bool {
        self.is_open() || matches!(self.shared.job.stop, StopRule::Requests(_))
    }

    /// What a slot does after its request.
    pub fn released(&mut self, index: usize, now: Nanos, refused: bool) -> Result<(), Error> {
        if refused {
            self.slots[index].resting = true;
            self.pacing.retries.push(Reverse((now + REST, index)));
        }
        let priming = self.phase == Phase::Ramp && self.shared.job.ramp.is_zero();
        if priming && !std::mem::replace(&mut self.slots[index].primed, true) {
            self.pacing.primed += 1;
        } else if !refused {
            self.use_slot(index, now)?;
        }
        Ok(())
    }

    /// Gives a free slot its next request, or puts it where the schedule finds it.
    pub fn use_slot(&mut self, index: usize, now: Nanos) -> Result<(), Error> {
        if self.is_open() {
            self.pacing.free.push_back((index, now));
            return Ok(());
        }
        let allowed = match self.phase {
            Phase::Ramp => !self.shared.job.ramp.is_zero(),
            Phase::Window => now < self.window.end && self.pacing.budget > 0,
            Phase::Drain => false,
        };
        if allowed {
            if self.phase == Phase::Window {
                self.pacing.budget -= 1;
            }
            self.begin(index, now, now)?;
        }
        Ok(())
    }

    /// Sends every request whose time has come, as far as there are free slots.
    fn send_due(&mut self, mut now: Nanos) -> Result<(), Error> {
        while let Some(due) = self.pacing.sends.peek()
            && due <= now
            && let Some((index, freed)) = self.pacing.free.pop_front()
        {
            self.pacing.sends.advance();
            if self.phase != Phase::Ramp {
                self.counts.lateness.saturating_record(now - due.max(freed.min(now)));
            }
            self.begin(index, due, now)?;
            now = self.stamp();
        }
        Ok(())
    }

    fn is_drained(&self) -> bool {
        self.counts.occupancy.busy() == 0 && self.pacing.sends.peek().is_none() && self.lingering.is_empty()
    }

    /// Whether somebody wants the load to end.
    fn stopped(&self) -> bool {
        self.shared.interrupt.is_set() || self.shared.failed.load(SeqCst)
    }

    /// Opens the slots whose time in the ramp has come.
    fn open_slots(&mut self, now: Nanos) -> Result<(), Error> {
        for _ in 0..OPENINGS {
            if self.pacing.next_opening == self.slots.len() || now < self.opening_time(self.pacing.next_opening) {
                return Ok(());
            }
            let index = self.pacing.next_opening;
            self.pacing.next_opening += 1;
            let now = self.stamp();
            if self.is_open() && !self.shared.job.ramp.is_zero() {
                self.pacing.free.push_back((index, now));
            } else {
                self.begin(index, now, now)?;
            }
        }
        Ok(())
    }

    /// When a slot opens.
    fn opening_time(&self, index: usize) -> Nanos {
        self.pacing.opening_time(index, self.shared.job, self.shared.began)
    }

    fn retry(&mut self, now: Nanos) -> Result<(), Error> {
        while let Some(index) = self.pacing.pop_retry(now) {
            if std::mem::take(&mut self.slots[index].resting) {
                if !self.slots[index].is_busy() {
                    self.use_slot(index, now)?;
                }
            } else {
                self.dial_again(index, now)?;
            }
        }
        Ok(())
    }

    fn scan_timeouts(&mut self, now: Nanos) -> Result<(), Error> {
        if now < self.next_scan {
            return Ok(());
        }
        let timeout = duration_nanos(self.shared.job.timeout);
        self.next_scan = now + (timeout / 50).clamp(1_000_000, 100_000_000);
        for index in 0..self.slots.len() {
            let slot = &self.slots[index];
            if slot.is_busy() && now.saturating_sub(slot.carried.began) >= timeout {
                self.time_out(index, now)?;
            }
        }
        Ok(())
    }

    /// How long to wait for events, ns.
    fn patience(&self, now: Nanos) -> Nanos {
        let mut until = (now + PATIENCE).min(self.next_scan.max(now));
        if self.pacing.next_opening < self.slots.len() {
            until = until.min(self.opening_time(self.pacing.next_opening));
        }
        for mark in [self.window.start, self.window.end, self.drain_until] {
            if mark > now {
                until = until.min(mark);
            }
        }
        if let Some(&Reverse((due, _))) = self.pacing.retries.peek() {
            until = until.min(due);
        }
        if !self.pacing.free.is_empty()
            && let Some(due) = self.pacing.sends.peek()
        {
            until = until.min(due.saturating_sub(SPIN));
        }
        until.saturating_sub(now)
    }

    fn finish(mut self, now: Nanos, interrupted: bool) -> Outcome {
        if interrupted {
            if self.phase == Phase::Window {
                self.close_window(now);
            }
            self.window.start = self.window.start.min(now);
            self.window.end = self.window.end.min(now);
        }
        self.counts.occupancy.settle(now, &self.window);
        for slot in self.slots.iter().filter(|slot| slot.is_busy()) {
            let carried = &slot.carried;
            self.counts.tallies[usize::from(carried.kind)].in_system_ns += self.window.overlap(carried.intended, now);
        }
        let measured = self.phase != Phase::Ramp;
        if measured {
            self.pacing.arrivals.advance_to(if interrupted { now } else { Nanos::MAX });
        }
        self.publishing.publish(self.counts.occupancy.busy());
        Outcome {
            window: self.window,
            tallies: self.counts.tallies,
            connect: self.counts.connect,
            lateness: self.counts.lateness,
            opened: self.counts.opened,
            busy_ns: self.counts.occupancy.busy_ns,
            cpu_ns: if measured { self.counts.cpu } else { 0 },
            stall_ns: self.counts.stall,
            waited_ns: self.counts.waited,
            backlog: self.counts.backlog,
            unsent: if measured { self.pacing.backlog() } else { 0 },
        }
    }
}
