//! Who of one generator thread sends next, and when.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::job::Job;
use super::requests::{Requests, Walk};
use super::schedule::{Schedule, Share};
use crate::clock::{Nanos, duration_nanos};
use crate::model::plan::StopRule;

/// The order in which one thread sends.
pub(super) struct Pacing {
    pub share: Share,
    /// Which request is next.
    pub walk: Walk,
    /// Open loop: slots without a request, with the time at which each became so.
    pub free: VecDeque<(usize, Nanos)>,
    /// Open loop: the intended times, walked as requests are sent.
    pub sends: Schedule,
    /// The same times, walked as they pass.
    pub arrivals: Schedule,
    /// Closed loop: requests that may still be sent.
    pub budget: u64,
    /// The first slot that was not opened yet.
    pub next_opening: usize,
    /// Slots that shall be looked at again at a time: refused, or a full Unix queue.
    pub retries: BinaryHeap<Reverse<(Nanos, usize)>>,
    /// Slots whose first request without a ramp is done with.
    pub primed: usize,
    /// Whether the other threads know that all are.
    pub announced: bool,
}

impl Pacing {
    pub fn new(job: &Job, requests: &Requests, share: Share) -> Self {
        Self {
            share,
            walk: Walk::new(requests, job.seed, share.thread),
            free: VecDeque::new(),
            sends: Schedule::empty(),
            arrivals: Schedule::empty(),
            budget: match job.stop {
                StopRule::Requests(count) => share.part_of(count),
                StopRule::Duration(_) => u64::MAX,
            },
            next_opening: 0,
            retries: BinaryHeap::new(),
            primed: 0,
            announced: false,
        }
    }

    /// When a slot opens: evenly over the ramp, threads taking turns.
    pub fn opening_time(&self, index: usize, job: &Job, began: Nanos) -> Nanos {
        let place = index as u64 * u64::from(self.share.threads) + u64::from(self.share.thread);
        let ramp = duration_nanos(job.ramp);
        let offset = u128::from(ramp) * u128::from(place) / u128::from(job.connections.max(1));
        began + u64::try_from(offset).unwrap_or(ramp)
    }

    /// The slot whose retry is due.
    pub fn pop_retry(&mut self, now: Nanos) -> Option<usize> {
        let &Reverse((due, _)) = self.retries.peek()?;
        if due > now { None } else { self.retries.pop().map(|Reverse((_, index))| index) }
    }

    /// Requests whose time has come and that were not sent.
    pub fn backlog(&self) -> u64 {
        self.arrivals.taken().saturating_sub(self.sends.taken())
    }
}
