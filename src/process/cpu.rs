//! CPU time of a whole tree, children and threads that have ended included.
//!
//! Living processes are read from their CPU clocks (`clock_getcpuclockid`, exact to the nanosecond, threads that ended
//! included). Processes that ended come from the tree's cgroup where it has one: exact. Without one they come from what was
//! last seen on their clocks, held between the bounds that their parents' `cutime` and `cstime` give (whole clock
//! ticks of 10 ms each, `proc_pid_stat(5)`). A child that ends unreaped because its parent ignores SIGCHLD is then seen no more.

use std::collections::BTreeMap;

use nix::time::{ClockId, clock_gettime};

use super::cgroup::{Cgroup, parse_usage};
use super::procfile::{self, ProcFile};
use super::tree::Anchor;
use crate::clock::{Nanos, nanos};

/// CPU time used so far by a process that lives or waits to be reaped; `None` when it has gone.
#[must_use]
pub fn process_clock(pid: u32) -> Option<Nanos> {
    let time = clock_gettime(clock_id(pid)?).ok()?;
    Some(nanos(time.tv_sec(), time.tv_nsec()))
}

/// The CPU clock of a process, as `clock_getcpuclockid` would give it but without its own system call: the kernel reads
/// bits 3 and up as the complement of the pid and 2 as 'time on a CPU' (`include/linux/posix-timers.h`).
fn clock_id(pid: u32) -> Option<ClockId> {
    let pid = i32::try_from(pid).ok()?;
    Some(ClockId::from_raw((!pid << 3) | 2))
}

/// Reads the CPU time of one tree again and again.
#[derive(Debug)]
pub struct TreeCpu {
    anchor: Anchor,
    cgroup: Option<ProcFile>,
    /// Last reading of each living process.
    clocks: BTreeMap<u32, Nanos>,
    /// Sum of the last readings of processes that have gone.
    gone: Nanos,
    started: bool,
    /// The latest figure given: a tree's CPU time never goes back, also when tree, guardian and cgroup have gone.
    latest: Nanos,
}

impl TreeCpu {
    /// For the tree of that anchor.
    #[must_use]
    pub fn new(anchor: Anchor) -> Self {
        let cgroup = match anchor {
            Anchor::Guardian(pid) => Cgroup::named(pid).and_then(|cgroup| cgroup.usage()),
            Anchor::Process(_) | Anchor::Alone(_) => None,
        };
        Self { anchor, cgroup, clocks: BTreeMap::new(), gone: 0, started: false, latest: 0 }
    }

    /// Whether processes that ended are counted exactly (by a cgroup) rather than to a clock tick.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.cgroup.is_some() || matches!(self.anchor, Anchor::Alone(_))
    }

    /// CPU time now, cheaply: from the processes last known to be members; what ended since the last [`Self::read`] counts
    /// as last seen.
    pub fn glance(&mut self, members: &[u32]) -> Nanos {
        self.look(members);
        let now = self.usage().unwrap_or_else(|| self.sum());
        self.forward(now)
    }

    /// CPU time now, exactly: membership is read again, and once more until it stood still over the reading.
    pub fn read(&mut self) -> Nanos {
        let mut members = self.anchor.members();
        for _ in 0..4 {
            self.look(&members);
            if let Some(usage) = self.usage() {
                return self.forward(usage);
            }
            if matches!(self.anchor, Anchor::Alone(_)) {
                break;
            }
            let reaped = self.reaped(&members);
            let again = self.anchor.members();
            if again == members {
                // Once the root process has gone, no parent's account holds what ended: the last reading stays.
                if let Some(reaped) = reaped {
                    self.settle(reaped);
                }
                break;
            }
            members = again;
        }
        let now = self.sum();
        self.forward(now)
    }

    /// Reads the clock of every member; members that are no longer there move to `gone`.
    ///
    /// With a cgroup this also brings the kernel's accounts up to date: `cpu.stat` alone lags by up to a scheduler tick for
    /// whatever is on a CPU just now, and reading a task's clock settles its account (`task_sched_runtime`).
    fn look(&mut self, members: &[u32]) {
        let now: BTreeMap<u32, Nanos> = members.iter().filter_map(|pid| Some((*pid, process_clock(*pid)?))).collect();
        for (pid, last) in &self.clocks {
            if !now.contains_key(pid) {
                self.gone += last;
            }
        }
        self.clocks = now;
    }

    fn usage(&self) -> Option<Nanos> {
        parse_usage(self.cgroup.as_ref()?.read(&mut [0; 1024]).ok()?)
    }

    fn forward(&mut self, now: Nanos) -> Nanos {
        self.latest = self.latest.max(now);
        self.latest
    }

    fn sum(&self) -> Nanos {
        self.gone + self.clocks.values().sum::<Nanos>()
    }

    /// What the living have reaped: lower bound and the width of what ticks leave open; `None` when the top has gone.
    fn reaped(&self, members: &[u32]) -> Option<(Nanos, Nanos)> {
        let (Anchor::Guardian(top) | Anchor::Process(top) | Anchor::Alone(top)) = self.anchor;
        let top_stat = procfile::stat(top)?;
        let tick = tick_nanos();
        let below = members.iter().copied().filter(|pid| *pid != top).filter_map(procfile::stat);
        let reapers = below.chain([top_stat]);
        let sums = reapers
            .filter(|stat| stat.children_ticks > 0)
            .fold((0, 0), |(low, width), stat| (low + stat.children_ticks * tick, width + 2 * tick));
        Some(sums)
    }

    /// Holds what was last seen of the gone between the bounds of what their parents account for.
    fn settle(&mut self, (low, width): (Nanos, Nanos)) {
        self.gone = if self.started { self.gone.clamp(low, low + width) } else { low };
        self.started = true;
    }
}

/// Nanoseconds of a clock tick of `/proc/PID/stat`.
fn tick_nanos() -> Nanos {
    // SAFETY: sysconf has no preconditions.
    let per_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    1_000_000_000 / u64::try_from(per_second).unwrap_or(100).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_clock_goes_forward_and_a_stranger_has_none() {
        let own = std::process::id();
        let first = process_clock(own).expect("we live");
        assert!(process_clock(own).expect("we live") >= first);
        assert_eq!(process_clock(0x003f_ffff), None);
    }

    #[test]
    fn what_was_last_seen_of_a_process_stays_when_it_has_gone() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("sleep starts");
        let mut cpu = TreeCpu::new(Anchor::Process(std::process::id()));
        while cpu.glance(&[child.id()]) == 0 {}
        let seen = cpu.clocks[&child.id()];
        child.kill().expect("it is our child");
        child.wait().expect("it is our child");
        assert_eq!((cpu.glance(&[]), cpu.gone), (seen, seen));
    }

    #[test]
    fn the_gone_stay_between_their_bounds() {
        let mut cpu = TreeCpu::new(Anchor::Process(std::process::id()));
        cpu.settle((50, 20));
        assert_eq!(cpu.gone, 50, "what went before we looked comes from the parents");
        for (seen, bounds, settled) in [(10, (50, 20), 60), (500, (50, 20), 70), (0, (90, 20), 90)] {
            cpu.gone += seen;
            cpu.settle(bounds);
            assert_eq!(cpu.gone, settled);
        }
    }
}
