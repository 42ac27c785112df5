//! One generator thread: the loop, the phases, and who sends when. What happens on a connection is in `exchange`.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::dialer::Dialer;
use super::engine::Shared;
use super::error::Error;
use super::job::JobArrival;
use super::lingering::Lingering;
use super::live::Progress;
use super::outcome::Outcome;
use super::poller::Poller;
use super::requests::Walk;
use super::schedule::{Schedule, Share};
use super::slot::Slot;
use super::tally::Tally;
use super::window::{Occupancy, Phase, Watchdog, Window};
use crate::clock::{self, Nanos, duration_nanos};
use crate::model::load::histogram;
use crate::model::plan::StopRule;

/// The longest wait: an interrupt is seen, and a frozen generator known, to this precision.
const PATIENCE: Nanos = 5_000_000;
/// The last part of a wait for an intended time is spun, because a sleeping thread wakes tens of microseconds late.
const SPIN: Nanos = 50_000;
/// Connections opened between two looks at the events.
const OPENINGS: usize = 64;
/// How long a slot rests after a refusal: without it a dead server would be asked as fast as the CPU allows.
const REST: Nanos = 10_000_000;
/// How often progress is published.
const PUBLISH: Nanos = 100_000_000;
/// Sockets that may wait for their server's FIN, beside one per connection.
const LINGERING: usize = 64;
/// The read buffer of a thread.
const BUFFER: usize = 64 << 10;

/// The state of one generator thread.
pub(super) struct Worker<'a> {
    pub shared: &'a Shared<'a>,
    pub share: Share,
    pub slots: Vec<Slot>,
    pub poller: Poller,
    pub dialer: Dialer,
    pub lingering: Lingering,
    pub buffer: Box<[u8]>,
    pub tallies: Vec<Tally>,
    pub connect: Histogram<u64>,
    pub lateness: Histogram<u64>,
    pub walk: Walk,
    pub window: Window,
    pub phase: Phase,
    pub occupancy: Occupancy,
    pub watchdog: Watchdog,
    pub opened: u64,
    /// Requests of the window in flight.
    pub outstanding: u64,
    pub last_done: Nanos,
    /// Slots that shall be looked at again at a time: refused, or a full Unix queue.
    pub retries: BinaryHeap<Reverse<(Nanos, usize)>>,
    /// Whether the last body was so large that heads are read alone and bodies dropped unread.
    pub large_bodies: bool,
    pub progress: Progress,
    /// Latencies since the last published percentile, if anybody looks.
    pub recent: Option<Histogram<u64>>,
    pub primed: usize,
    pub announced: bool,
    /// Open loop: slots without a request, with the time at which each became so.
    pub free: VecDeque<(usize, Nanos)>,
    pub sends: Schedule,
    pub arrivals: Schedule,
    pub backlog: Vec<u64>,
    /// Closed loop: requests that may still be sent.
    pub budget: u64,
    /// The first slot that was not opened yet.
    pub next_opening: usize,
    pub cpu: Nanos,
    pub stall: Nanos,
    pub waited: Option<Nanos>,
    pub drain_until: Nanos,
    next_scan: Nanos,
    next_publish: Nanos,
    published: Progress,
    publishes: u32,
}

impl<'a> Worker<'a> {
    pub fn new(shared: &'a Shared<'a>, dialer: Dialer, share: Share) -> Result<Self, Error> {
        let job = shared.job;
        let slots = count_of(u64::from(job.connections), share);
        let budget = match job.stop {
            StopRule::Requests(count) => count_of(count, share),
            StopRule::Duration(_) => u64::MAX,
        };
        Ok(Self {
            shared,
            share,
            slots: (0..slots).map(|_| Slot::default()).collect(),
            poller: Poller::new()?,
            dialer,
            lingering: Lingering::new(usize::try_from(slots).unwrap_or(0) + LINGERING),
            buffer: vec![0; BUFFER].into_boxed_slice(),
            tallies: shared.requests.prepared.iter().map(|_| Tally::new()).collect(),
            connect: histogram(),
            lateness: histogram(),
            walk: Walk::new(&shared.requests, job.seed, share.thread),
            window: Window::UNKNOWN,
            phase: Phase::Ramp,
            occupancy: Occupancy::default(),
            watchdog: Watchdog::new(),
            opened: 0,
            outstanding: 0,
            last_done: 0,
            retries: BinaryHeap::new(),
            large_bodies: false,
            progress: Progress::default(),
            recent: shared.live.map(|_| Histogram::new_with_bounds(1, 3_600_000_000_000, 2)).transpose().ok().flatten(),
            primed: 0,
            announced: false,
            free: VecDeque::new(),
            sends: Schedule::empty(),
            arrivals: Schedule::empty(),
            backlog: Vec::new(),
            budget,
            next_opening: 0,
            cpu: 0,
            stall: 0,
            waited: None,
            drain_until: Nanos::MAX,
            next_scan: 0,
            next_publish: 0,
            published: Progress::default(),
            publishes: 0,
        })
    }

    /// Runs the whole load.
    pub fn run(mut self) -> Result<Outcome, Error> {
        self.watchdog.reset(clock::now());
        if let (JobArrival::Open { rate, .. }, Some(start)) = (self.shared.job.arrival, self.shared.start_after_ramp())
        {
            self.sends = Schedule::ramp(rate, self.share, self.shared.began, start);
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
            self.publish(now);
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
            self.retries.push(Reverse((now + REST, index)));
        }
        let priming = self.phase == Phase::Ramp && self.shared.job.ramp.is_zero();
        if priming && !std::mem::replace(&mut self.slots[index].primed, true) {
            self.primed += 1;
        } else if !refused {
            self.use_slot(index, now)?;
        }
        Ok(())
    }

    /// Gives a free slot its next request, or puts it where the schedule finds it.
    pub fn use_slot(&mut self, index: usize, now: Nanos) -> Result<(), Error> {
        if self.is_open() {
            self.free.push_back((index, now));
            return Ok(());
        }
        let allowed = match self.phase {
            Phase::Ramp => !self.shared.job.ramp.is_zero(),
            Phase::Window => now < self.window.end && self.budget > 0,
            Phase::Drain => false,
        };
        if allowed {
            if self.phase == Phase::Window {
                self.budget -= 1;
            }
            self.begin(index, now, now)?;
        }
        Ok(())
    }

    /// Sends every request whose time has come, as far as there are free slots.
    fn send_due(&mut self, mut now: Nanos) -> Result<(), Error> {
        while let Some(due) = self.sends.peek()
            && due <= now
            && let Some((index, freed)) = self.free.pop_front()
        {
            self.sends.advance();
            if self.phase != Phase::Ramp {
                self.lateness.saturating_record(now - due.max(freed.min(now)));
            }
            self.begin(index, due, now)?;
            now = self.stamp();
        }
        Ok(())
    }

    fn is_drained(&self) -> bool {
        self.occupancy.busy() == 0 && self.sends.peek().is_none() && self.lingering.is_empty()
    }

    /// Whether somebody wants the load to end.
    fn stopped(&self) -> bool {
        self.shared.interrupt.is_set() || self.shared.failed.load(SeqCst)
    }

    /// Opens the slots whose time in the ramp has come.
    fn open_slots(&mut self, now: Nanos) -> Result<(), Error> {
        for _ in 0..OPENINGS {
            if self.next_opening == self.slots.len() || now < self.opening_time(self.next_opening) {
                return Ok(());
            }
            let index = self.next_opening;
            self.next_opening += 1;
            let now = self.stamp();
            if self.is_open() && !self.shared.job.ramp.is_zero() {
                self.free.push_back((index, now));
            } else {
                self.begin(index, now, now)?;
            }
        }
        Ok(())
    }

    /// When a slot opens: evenly over the ramp, threads taking turns.
    fn opening_time(&self, index: usize) -> Nanos {
        let place = index as u64 * u64::from(self.share.threads) + u64::from(self.share.thread);
        let ramp = duration_nanos(self.shared.job.ramp);
        let offset = u128::from(ramp) * u128::from(place) / u128::from(self.shared.job.connections.max(1));
        self.shared.began + u64::try_from(offset).unwrap_or(ramp)
    }

    fn retry(&mut self, now: Nanos) -> Result<(), Error> {
        while let Some(&Reverse((due, index))) = self.retries.peek()
            && due <= now
        {
            self.retries.pop();
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

    fn publish(&mut self, now: Nanos) {
        let Some(live) = self.shared.live else { return };
        if now < self.next_publish {
            return;
        }
        self.next_publish = now + PUBLISH;
        self.progress.in_flight = u64::from(self.occupancy.busy());
        live.publish(self.published, self.progress);
        self.published = self.progress;
        self.publishes += 1;
        if let Some(recent) = &mut self.recent
            && self.publishes.is_multiple_of(10)
            && !recent.is_empty()
        {
            live.publish_p99(recent.value_at_quantile(0.99) / 1000);
            recent.clear();
        }
    }

    /// How long to wait for events, ns.
    fn patience(&self, now: Nanos) -> Nanos {
        let mut until = (now + PATIENCE).min(self.next_scan.max(now));
        if self.next_opening < self.slots.len() {
            until = until.min(self.opening_time(self.next_opening));
        }
        for mark in [self.window.start, self.window.end, self.drain_until] {
            if mark > now {
                until = until.min(mark);
            }
        }
        if let Some(&Reverse((due, _))) = self.retries.peek() {
            until = until.min(due);
        }
        if !self.free.is_empty()
            && let Some(due) = self.sends.peek()
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
        self.occupancy.settle(now, &self.window);
        for slot in self.slots.iter().filter(|slot| slot.is_busy()) {
            let carried = &slot.carried;
            self.tallies[usize::from(carried.kind)].in_system_ns += self.window.overlap(carried.intended, now);
        }
        let measured = self.phase != Phase::Ramp;
        if measured {
            self.arrivals.advance_to(if interrupted { now } else { Nanos::MAX });
        }
        self.next_publish = 0;
        self.publish(now);
        Outcome {
            window: self.window,
            tallies: self.tallies,
            connect: self.connect,
            lateness: self.lateness,
            opened: self.opened,
            busy_ns: self.occupancy.busy_ns,
            cpu_ns: if measured { self.cpu } else { 0 },
            stall_ns: self.stall,
            waited_ns: self.waited,
            backlog: self.backlog,
            unsent: if measured { self.arrivals.taken().saturating_sub(self.sends.taken()) } else { 0 },
        }
    }
}

/// The part of `total` that one thread takes.
fn count_of(total: u64, share: Share) -> u64 {
    let threads = u64::from(share.threads);
    total / threads + u64::from(u64::from(share.thread) < total % threads)
}
