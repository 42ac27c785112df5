//! The sampler: memory and CPU of whole trees over time, at a cost that is itself measured.
//!
//! Each tick reads `statm` and the process CPU clock of every member through files that are kept open; children are looked
//! for ten times a second; peaks once a second; proportional and private memory only when detail is allowed, at most once a
//! second and within a two-hundredth of the time. Of a tree so large that a tick takes more
//! than a fiftieth of the time, ticks come rarer. A process that ends between two looks is a fact, not an error.

mod reading;
mod second;
mod watched;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::clock::{self, Nanos};
use crate::model::record::{Group, Peak, PeakSource, Sample};
use crate::process::memory;
use crate::process::tree::Anchor;

pub use reading::Reading;
pub use second::SecondReading;
use watched::Watched;

/// Children are looked for this often, or at every tick when ticks are rarer.
const SCAN_NS: Nanos = 100_000_000;
/// Peaks and shares are read at most this often.
const SLOW_NS: Nanos = 1_000_000_000;
/// A reading of shares is followed by at least this many times its own duration without one.
const SHARES_REST: Nanos = 200;

/// From one tick to the next it is at least this many times the CPU time that the first took; what is read more rarely has a
/// rest of its own.
const TICK_SHARE: Nanos = 50;

/// A running sampler. Dropping it ends its thread.
#[derive(Debug)]
pub struct Sampler {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Nanos>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    detail: AtomicBool,
    stopping: Mutex<bool>,
    wake: Condvar,
}

#[derive(Debug)]
struct State {
    trees: Vec<Watched>,
    samples: Vec<Sample>,
    latest: BTreeMap<Group, Sample>,
}

impl Sampler {
    /// Starts sampling `hz` times a second (held between 0.1 and 1000). Each group is given by its root process or, better,
    /// by its guardian, which still leads to the tree when the root process has ended; [`Group::Pianoprof`] is that one
    /// process alone.
    ///
    /// # Panics
    /// When the system cannot create a thread.
    #[must_use]
    pub fn start(groups: &[(Group, u32)], hz: f64) -> Self {
        let trees = groups.iter().map(|(group, root)| {
            let anchor = if *group == Group::Pianoprof { Anchor::Alone(*root) } else { Anchor::of(*root) };
            Watched::new(*group, anchor)
        });
        let shared = Arc::new(Shared {
            state: Mutex::new(State { trees: trees.collect(), samples: Vec::new(), latest: BTreeMap::new() }),
            detail: AtomicBool::new(false),
            stopping: Mutex::new(false),
            wake: Condvar::new(),
        });
        let period = Duration::from_secs_f64(1.0 / hz.clamp(0.1, 1000.0));
        let own = Arc::clone(&shared);
        Self { shared, thread: Some(thread::spawn(move || own.run(clock::duration_nanos(period)))) }
    }

    /// The latest sample of each group.
    #[must_use]
    pub fn latest(&self) -> BTreeMap<Group, Sample> {
        self.shared.lock().latest.clone()
    }

    /// Allows or forbids reading proportional and private memory, which stalls the process that is read (13 ms at 1 GiB).
    pub fn set_detail(&self, allowed: bool) {
        self.shared.detail.store(allowed, Ordering::SeqCst);
    }

    /// CPU time of the group's whole tree so far, read now; what ended is included. 0 for a group that is not watched.
    #[must_use]
    pub fn cpu(&self, group: Group) -> Nanos {
        self.shared.lock().tree(group).map_or(0, Watched::cpu)
    }

    /// Whether [`Self::cpu`] counts ended children exactly rather than to a clock tick of 10 ms.
    #[must_use]
    pub fn cpu_is_exact(&self, group: Group) -> bool {
        self.shared.lock().tree(group).is_none_or(|tree| tree.cpu_is_exact())
    }

    /// The processes of the group's tree now.
    #[must_use]
    pub fn members(&self, group: Group) -> Vec<u32> {
        // Outside the lock: descent takes a while for large trees.
        let anchor = self.shared.lock().tree(group).map(|tree| tree.anchor());
        anchor.map_or_else(Vec::new, Anchor::members)
    }

    /// Memory of the group's tree in full, read now; `None` for a group that is not watched.
    #[must_use]
    pub fn reading(&self, group: Group) -> Option<Reading> {
        let anchor = self.shared.lock().tree(group).map(|tree| tree.anchor())?;
        Some(Reading::take(&anchor.members()))
    }

    /// Has the kernel find the peaks of the group's tree anew from now on; false where one of its processes may not be reset.
    #[must_use]
    pub fn reset_peak(&self, group: Group) -> bool {
        // Every one that can be reset is, whatever the others do.
        self.members(group).into_iter().filter(|pid| !memory::reset_peak(*pid)).count() == 0
    }

    /// The most resident memory of the group's tree since `from` (monotonic ns), when [`Self::reset_peak`] gave `is_reset`.
    #[must_use]
    pub fn peak_since(&self, group: Group, from: Nanos, is_reset: bool) -> Option<Peak> {
        let now = if is_reset { reading::peak(&self.members(group)) } else { None };
        let state = self.shared.lock();
        let since = state.samples.iter().rev().take_while(|sample| sample.t_ns >= from);
        peak(since.filter(|sample| sample.group == group), now, is_reset)
    }

    /// Ends the sampling: every sample by time, and the CPU time that the sampler's thread used, ns.
    #[must_use]
    pub fn stop(mut self) -> (Vec<Sample>, Nanos) {
        let own_cpu = self.end();
        (std::mem::take(&mut self.shared.lock().samples), own_cpu)
    }

    fn end(&mut self) -> Nanos {
        *self.shared.stopping.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.wake.notify_all();
        self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread's whole life; gives its CPU time.
    fn run(&self, period: Nanos) -> Nanos {
        let mut next = clock::now();
        loop {
            let took = self.tick();
            next = beat(next, period, clock::now(), took);
            if !self.wait_until(next) {
                return clock::thread_cpu();
            }
        }
    }

    /// Gives the CPU time of what every tick does.
    fn tick(&self) -> Nanos {
        let begun = clock::thread_cpu();
        let mut taken = Vec::new();
        let mut slow = Vec::new();
        {
            let mut state = self.lock();
            for tree in &mut state.trees {
                let sample = tree.sample();
                slow.push(tree.due(sample.t_ns, self.detail.load(Ordering::SeqCst)));
                taken.push(sample);
            }
        }
        let took = clock::thread_cpu().saturating_sub(begun);
        // What can take long is read outside the lock, so that window boundaries need not wait for it.
        for (sample, slow) in taken.iter_mut().zip(&slow) {
            slow.fill(sample);
        }
        let mut state = self.lock();
        let trees = taken.len() as Nanos;
        for ((sample, slow), index) in taken.into_iter().zip(slow).zip(0..) {
            state.trees[index].rest(&slow, trees);
            state.latest.insert(sample.group, sample.clone());
            state.samples.push(sample);
        }
        took
    }

    /// Waits; false when the sampler is being stopped.
    fn wait_until(&self, time: Nanos) -> bool {
        let mut stopping = self.stopping.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let left = time.saturating_sub(clock::now());
            if *stopping || left == 0 {
                return !*stopping;
            }
            let waited = self.wake.wait_timeout(stopping, Duration::from_nanos(left));
            stopping = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// When the next tick is due, after one that was due at `last` and took that much CPU time. A tick that was missed is left
/// out rather than made up for.
fn beat(last: Nanos, period: Nanos, now: Nanos, took: Nanos) -> Nanos {
    (last + period.max(took * TICK_SHARE)).max(now)
}

/// The largest of these samples and of the marks now; processes that ended meanwhile are in the samples only.
fn peak<'a>(samples: impl Iterator<Item = &'a Sample>, marks: Option<u64>, is_reset: bool) -> Option<Peak> {
    let how = if is_reset { PeakSource::Reset } else { PeakSource::Samples };
    let seen = |sample: &Sample| sample.rss.max(sample.peak.filter(|_| is_reset).unwrap_or(0));
    let bytes = samples.map(seen).chain(marks).max().filter(|bytes| *bytes > 0)?;
    Some(Peak { bytes, how })
}

impl State {
    fn tree(&mut self, group: Group) -> Option<&mut Watched> {
        self.trees.iter_mut().find(|tree| tree.group() == group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beat_is_kept_unless_a_tick_is_missed_or_dear() {
        assert_eq!(beat(1000, 50, 1010, 1), 1050);
        assert_eq!(beat(1000, 50, 1070, 1), 1070, "missed: at once, and not twice");
        assert_eq!(beat(1000, 50, 1010, 8), 1400, "8 of 400 is a fiftieth");
    }

    #[test]
    fn marks_count_only_where_they_were_reset() {
        let sample = |rss, peak| Sample {
            t_ns: 1,
            group: Group::Target,
            processes: 1,
            rss,
            cpu_ns: 0,
            pss: None,
            uss: None,
            peak,
            cgroup: None,
        };
        let samples = [sample(10, Some(90)), sample(30, None), sample(20, Some(35))];
        let of = |marks, is_reset| peak(samples[1..].iter(), marks, is_reset);
        assert_eq!(of(Some(34), true), Some(Peak { bytes: 35, how: PeakSource::Reset }), "a process has gone since");
        assert_eq!(of(Some(40), true), Some(Peak { bytes: 40, how: PeakSource::Reset }));
        assert_eq!(of(None, false), Some(Peak { bytes: 30, how: PeakSource::Samples }));
        assert_eq!(peak([].iter(), None, true), None);
    }
}
