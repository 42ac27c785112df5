//! When a started target has become quiet: every worker is up and nothing computes any more.
//!
//! A server that forks its workers after it listens answers its first request while the others still load the application.
//! Its first good answer is therefore no measure of the whole start; the beginning of the first quiet stretch is.

use std::collections::VecDeque;
use std::time::Duration;

use super::Launched;
use crate::clock::{self, Nanos};
use crate::interrupt::Interrupt;
use crate::model::record::Bracket;
use crate::process::cpu::TreeCpu;
use crate::process::tree::Anchor;

/// Time between two looks: the precision of the mark. A look takes some 60 us, a two-hundredth of a core.
const PERIOD: Duration = Duration::from_millis(10);
/// How long the tree must be quiet.
const QUIET_NS: Nanos = 200_000_000;
/// CPU time that a quiet tree uses less of in [`QUIET_NS`]: 2 % of a core. An idle gunicorn or Go server stays far below.
const QUIET_CPU_NS: Nanos = QUIET_NS / 50;
/// A tree that is not quiet that long after ready computes for reasons of its own.
const MOST_NS: Nanos = 10_000_000_000;

/// Waits until the tree of a ready target uses less than 2 % of a core over 200 ms in which no process is born or gone, at
/// most 10 s after ready. Gives the beginning of that stretch, ns after t0, to about 10 ms; `None` when the target was never
/// ready, did not settle in time or died, or when somebody interrupts.
#[must_use]
pub fn wait_until_settled(launched: &mut Launched, interrupt: &Interrupt) -> Option<Bracket> {
    let t0 = launched.server.t0_ns();
    let ready = t0 + launched.launch.first_ok?.first_hit_ns;
    let mut cpu = TreeCpu::new(Anchor::Guardian(launched.server.guardian()));
    let mut stretch = Stretch::after(ready);
    while clock::now() < ready + MOST_NS {
        if launched.ended().is_some() {
            return None;
        }
        let members = launched.server.members();
        let used_ns = cpu.glance(&members);
        if let Some(settled) = stretch.look(Look { at: clock::now(), used_ns, members }) {
            return Some(Bracket {
                last_miss_ns: settled.last_miss_ns.saturating_sub(t0),
                first_hit_ns: settled.first_hit_ns.saturating_sub(t0),
            });
        }
        if !interrupt.sleep(PERIOD) {
            return None;
        }
    }
    None
}

/// What one look at the tree saw.
#[derive(Debug)]
struct Look {
    /// Monotonic ns.
    at: Nanos,
    /// CPU time of the tree so far, ns.
    used_ns: Nanos,
    members: Vec<u32>,
}

/// The looks since which the tree has been quiet.
#[derive(Debug)]
struct Stretch {
    looks: VecDeque<Look>,
    /// The latest moment, monotonic ns, from which it was not quiet until now.
    restless_at: Nanos,
}

impl Stretch {
    /// The stretch can begin no earlier than `ready`, monotonic ns.
    fn after(ready: Nanos) -> Self {
        Self { looks: VecDeque::new(), restless_at: ready }
    }

    /// Takes one more look; gives the beginning of the stretch, monotonic ns, once it is long enough.
    fn look(&mut self, now: Look) -> Option<Bracket> {
        let is_restless =
            |then: &Look| then.members != now.members || now.used_ns.saturating_sub(then.used_ns) >= QUIET_CPU_NS;
        while let Some(then) = self.looks.pop_front_if(|then| is_restless(then)) {
            self.restless_at = then.at;
        }
        let at = now.at;
        self.looks.push_back(now);
        let first_hit_ns = self.looks.front()?.at;
        (at - first_hit_ns >= QUIET_NS).then_some(Bracket { last_miss_ns: self.restless_at, first_hit_ns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Nanos = 1_000_000;

    /// Looks every 10 ms from 5 ms on at a tree of which `seen` tells CPU time and members at each moment; all in ms.
    fn settles(seen: impl Fn(Nanos) -> (Nanos, Vec<u32>)) -> Option<(Nanos, Nanos)> {
        let mut stretch = Stretch::after(0);
        (5..2000).step_by(10).find_map(|at| {
            let (used, members) = seen(at);
            let settled = stretch.look(Look { at: at * MS, used_ns: used * MS, members })?;
            Some((settled.last_miss_ns / MS, settled.first_hit_ns / MS))
        })
    }

    #[test]
    fn a_tree_that_is_quiet_at_once_settles_with_the_first_look() {
        assert_eq!(settles(|_| (70, vec![1, 2])), Some((0, 5)));
    }

    #[test]
    fn the_stretch_begins_when_the_last_computing_ends() {
        assert_eq!(settles(|at| (at.min(300), vec![1])), Some((295, 305)));
        assert_eq!(settles(|at| (at / 60, vec![1])), Some((0, 5)), "1.7 % of a core");
        assert_eq!(settles(|at| (at / 40, vec![1])), None, "2.5 % of a core");
    }

    #[test]
    fn a_process_that_comes_or_goes_breaks_the_stretch() {
        assert_eq!(settles(|at| (0, if at < 100 { vec![1] } else { vec![1, 2] })), Some((95, 105)));
        assert_eq!(settles(|at| (0, if at < 150 { vec![1, 2] } else { vec![1] })), Some((145, 155)));
        assert_eq!(settles(|at| (0, vec![u32::try_from(at / 150).unwrap()])), None);
    }
}
