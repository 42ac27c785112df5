//! Moves the waiting thread to another CPU than the one on which the target computes.
//!
//! On an idle machine the kernel does so itself. When every CPU is busy, each probe takes some microseconds and two context
//! switches from the process that runs there, and the target would start later because it is watched. Of a target with
//! several processes the CPU of the first one is avoided.

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

use crate::process::procfile::{ProcFile, parse_stat};

/// One look in so many asks where the target runs: at the finest step, every 4 ms, the time for which an ordinary process
/// keeps its CPU.
const EVERY: u32 = 16;

/// The calling thread, in Linux's terms.
const SELF: Pid = Pid::from_raw(0);

/// Where the thread that waits may run.
#[derive(Debug)]
pub(super) struct Aside {
    /// The target's `/proc/PID/stat`; `None` when it cannot be read.
    stat: Option<ProcFile>,
    /// CPUs that the waiting thread had to begin with.
    allowed: Option<CpuSet>,
    /// The CPU that the waiting thread avoids now.
    spared: Option<usize>,
    looks: u32,
}

impl Aside {
    /// For a target whose first process is `pid`.
    pub fn new(pid: u32) -> Self {
        Self {
            stat: ProcFile::open(format!("/proc/{pid}/stat")).ok(),
            allowed: sched_getaffinity(SELF).ok(),
            spared: None,
            looks: 0,
        }
    }

    /// Moves the calling thread when the target has come to where it runs. A machine that does not let it, or has one CPU
    /// only, is left as it is.
    pub fn keep(&mut self) {
        let due = self.looks.is_multiple_of(EVERY);
        self.looks = self.looks.wrapping_add(1);
        let mut text = [0; 1024];
        let Some(stat) = self.stat.as_ref().filter(|_| due).and_then(|stat| parse_stat(stat.read(&mut text).ok()?))
        else {
            return;
        };
        if stat.cpu.is_some() && stat.cpu != self.spared {
            self.spared = stat.cpu;
            if let Some(set) = self.allowed.zip(stat.cpu).and_then(|(allowed, cpu)| without(allowed, cpu)) {
                let _ = sched_setaffinity(SELF, &set);
            }
        }
    }
}

/// The set without that CPU; `None` when nothing would be left.
fn without(mut set: CpuSet, cpu: usize) -> Option<CpuSet> {
    set.unset(cpu).ok()?;
    (0..CpuSet::count()).any(|cpu| set.is_set(cpu).unwrap_or(false)).then_some(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(cpus: &[usize]) -> CpuSet {
        let mut set = CpuSet::new();
        for cpu in cpus {
            set.set(*cpu).unwrap();
        }
        set
    }

    #[test]
    fn one_cpu_is_left_out_unless_it_is_the_only_one() {
        assert_eq!(without(set(&[0, 1, 5]), 1), Some(set(&[0, 5])));
        assert_eq!(without(set(&[0, 5]), 1), Some(set(&[0, 5])));
        assert_eq!(without(set(&[1]), 1), None);
    }

    #[test]
    fn the_waiting_thread_leaves_the_cpu_of_another() {
        let allowed = sched_getaffinity(SELF).unwrap();
        if without(allowed, (0..CpuSet::count()).find(|cpu| allowed.is_set(*cpu).unwrap()).unwrap()).is_none() {
            return;
        }
        let mut other = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let cpu = crate::process::procfile::stat(other.id()).and_then(|stat| stat.cpu).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut aside = Aside::new(other.id());
                aside.keep();
                let now = sched_getaffinity(SELF).unwrap();
                let spared = aside.spared.unwrap();
                assert_eq!(now, without(allowed, spared).unwrap(), "{cpu} before, {spared} later");
            });
        });
        other.kill().unwrap();
        other.wait().unwrap();
    }
}
