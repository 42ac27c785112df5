//! Who runs on which CPUs.
//!
//! On fewer than four CPUs nothing is pinned: with two, giving the generator one of them halves what is measured and moves
//! the ratio (seen: list 6.6x to 7.6x, by id 9.7x to 13x). From four on, generator, database and target get disjoint sets,
//! the same for every side.

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

use crate::model::facts::Placement;
use crate::process::tree::members;

/// Below this many CPUs everything is left to the kernel.
const ENOUGH: usize = 4;

/// The sets for the CPUs that this process may use; `None` where nothing is pinned.
pub(super) fn placement(no_pin: bool) -> Option<Placement> {
    let allowed = sched_getaffinity(Pid::from_raw(0)).ok()?;
    let cpus: Vec<usize> = (0..CpuSet::count()).filter(|cpu| allowed.is_set(*cpu).unwrap_or(false)).collect();
    if no_pin { None } else { divide(&cpus) }
}

/// A quarter each for generator and database, the rest for the target.
fn divide(cpus: &[usize]) -> Option<Placement> {
    let quarter = cpus.len() / ENOUGH;
    (quarter > 0).then(|| Placement {
        generator: cpus[..quarter].to_vec(),
        database: cpus[quarter..2 * quarter].to_vec(),
        target: cpus[2 * quarter..].to_vec(),
    })
}

/// Confines a tree that runs already; what it starts later inherits it. A process that has just ended is no matter.
pub(super) fn confine(root: u32, cpus: &[usize]) {
    let mut set = CpuSet::new();
    for cpu in cpus {
        let _ = set.set(*cpu);
    }
    for pid in members(root).into_iter().filter_map(|pid| i32::try_from(pid).ok()) {
        let _ = sched_setaffinity(Pid::from_raw(pid), &set);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_disjoint_from_four_on_and_none_below() {
        assert_eq!(divide(&[0, 1, 2]), None);
        let four = divide(&[0, 1, 2, 3]).expect("enough");
        assert_eq!((four.generator, four.database, four.target), (vec![0], vec![1], vec![2, 3]));
        let some: Vec<usize> = (4..14).collect();
        let ten = divide(&some).expect("enough");
        let all = [ten.generator, ten.database, ten.target].concat();
        assert_eq!(all, some, "every CPU has exactly one user");
    }

    #[test]
    fn a_running_process_is_confined() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
        let first = (0..CpuSet::count()).find(|cpu| sched_getaffinity(pid).unwrap().is_set(*cpu).unwrap()).unwrap();
        confine(child.id(), &[first]);
        let now = sched_getaffinity(pid).unwrap();
        let cpus: Vec<usize> = (0..CpuSet::count()).filter(|cpu| now.is_set(*cpu).unwrap()).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(cpus, [first]);
    }
}
