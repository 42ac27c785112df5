//! Memory of a whole tree in full, at one moment.

use crate::clock::{self, Nanos};
use crate::model::record::IdleReading;
use crate::process::cgroup::OwnMemory;
use crate::process::memory::{self, Seen};

/// Memory of a whole tree at one moment, bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Monotonic ns.
    pub t_ns: Nanos,
    /// Sum of resident sets.
    pub rss: u64,
    /// Sum of proportional set sizes; `None` when one of them may not be read.
    pub pss: Option<u64>,
    /// Sum of private memory; `None` when one of them may not be read.
    pub uss: Option<u64>,
    /// Sum of each process's peak resident set (VmHWM); `None` when one of them may not be read.
    pub peak: Option<u64>,
    /// What the tree's own control group counts; `None` where it has none.
    pub cgroup: Option<u64>,
    /// Processes.
    pub processes: u32,
}

impl Reading {
    /// Reads these processes now.
    #[must_use]
    pub fn take(pids: &[u32]) -> Self {
        let mut reading = Self { t_ns: clock::now(), ..Self::default() };
        for pid in pids {
            let statm = std::fs::read(format!("/proc/{pid}/statm")).unwrap_or_default();
            let resident = memory::resident(&statm).unwrap_or(0);
            reading.rss += resident;
            // A process that has ended and waits to be reaped has no memory at all.
            reading.processes += u32::from(resident > 0);
        }
        (reading.pss, reading.uss) = shares(pids);
        reading.peak = peak(pids);
        reading.cgroup = OwnMemory::of(pids).and_then(|memory| memory.read(pids));
        reading
    }

    /// The same as it is recorded, `after_ns` after ready.
    #[must_use]
    pub fn idle(&self, after_ns: Nanos) -> IdleReading {
        let Self { rss, pss, uss, cgroup, processes, .. } = *self;
        IdleReading { after_ns, rss, pss, uss, cgroup, processes }
    }
}

/// Sums of proportional and private memory.
pub(super) fn shares(pids: &[u32]) -> (Option<u64>, Option<u64>) {
    let sum = sum(pids.iter().map(|pid| memory::shares(*pid)), |shares| (shares.pss, shares.uss));
    (sum.map(|sum| sum.0), sum.map(|sum| sum.1))
}

/// Sum of peak resident sets.
pub(super) fn peak(pids: &[u32]) -> Option<u64> {
    sum(pids.iter().map(|pid| memory::peak(*pid)), |peak| (*peak, 0)).map(|sum| sum.0)
}

/// What has gone adds nothing; one refusal makes the sum unknown.
fn sum<T>(seen: impl Iterator<Item = Seen<T>>, figures: impl Fn(&T) -> (u64, u64)) -> Option<(u64, u64)> {
    let mut total = (0, 0);
    for one in seen {
        match one {
            Seen::Value(value) => {
                let (first, second) = figures(&value);
                total = (total.0 + first, total.1 + second);
            }
            Seen::Gone => {}
            Seen::Refused => return None,
        }
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gone_add_nothing_and_a_refusal_makes_it_unknown() {
        let figures = |value: &u64| (*value, *value * 2);
        let seen = [Seen::Value(3), Seen::Gone, Seen::Value(4)];
        assert_eq!(sum(seen.into_iter(), figures), Some((7, 14)));
        assert_eq!(sum([Seen::Value(3), Seen::Refused].into_iter(), figures), None);
    }

    #[test]
    fn our_own_reading_is_consistent() {
        let reading = Reading::take(&[std::process::id(), 0x003f_ffff]);
        assert_eq!(reading.processes, 1);
        let (pss, uss) = (reading.pss.expect("ours"), reading.uss.expect("ours"));
        assert!(uss <= pss && pss > 0, "{reading:?}");
    }
}
