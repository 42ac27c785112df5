//! Two servers that are apart by one ratio, and the session that measures them.

use std::fmt::Write as _;
use std::path::Path;

use crate::config;
use crate::model::plan::Plan;

/// What the baseline is like. The candidate is better in all of it by the ratio.
const LISTEN_US: f64 = 200_000.0;
const RESIDENT_MIB: f64 = 300.0;
/// Half a core at `CPU_RATE`.
const CPU_US: f64 = 2000.0;
/// So long that what the way there and back takes is a small part of it even a twentieth as long.
const WAIT_US: f64 = 600_000.0;
/// Requests per second of the two loads. 360 requests wait at once; their connections are opened one after the other (`ramp`),
/// since a server's backlog holds 128 and the kernel tries one that finds no room again after a second.
const WAIT_RATE: u32 = 600;
const CPU_RATE: u32 = 250;

/// The greatest ratio: beyond it the candidate's memory is less than a process needs.
pub const GREATEST: f64 = 20.0;

/// The file in which the servers of a side say when they listened.
#[must_use]
pub fn stamps_of(target: &str) -> String {
    format!("stamps-{target}")
}

/// One session to be measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scene {
    /// By how much the candidate is better, in everything; 1 for two servers that are alike.
    pub ratio: f64,
    /// Blocks.
    pub blocks: u32,
    /// Decides the order in each block.
    pub seed: u64,
}

/// A metric and what it truly is on both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// The metric's name.
    pub metric: &'static str,
    baseline: f64,
    candidate: f64,
    adds: Adds,
}

/// What adds the same to both sides, and is no part of the server's own account.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Adds {
    Nothing,
    Launch,
    Path,
}

/// How much that is on this machine, us.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Added {
    /// From `execve` to the moment from which the server reckons, and from the end of its wait to its `listen`.
    pub launch_us: f64,
    /// The way of a request and its answer.
    pub path_us: f64,
}

impl Truth {
    /// The true ratio.
    #[must_use]
    pub fn ratio(&self, added: Added) -> f64 {
        let added = match self.adds {
            Adds::Nothing => 0.0,
            Adds::Launch => added.launch_us,
            Adds::Path => added.path_us,
        };
        (self.baseline + added) / (self.candidate + added)
    }
}

/// The options of one side.
struct Side {
    listen_us: f64,
    resident_mib: f64,
    cpu_us: f64,
    wait_us: f64,
}

impl Scene {
    fn side(&self, better: bool) -> Side {
        let by = if better { self.ratio } else { 1.0 };
        let whole = |value: f64| (value / by).round();
        Side {
            listen_us: whole(LISTEN_US),
            resident_mib: whole(RESIDENT_MIB),
            cpu_us: whole(CPU_US),
            wait_us: whole(WAIT_US),
        }
    }

    /// The four metrics with what they truly are.
    #[must_use]
    pub fn truths(&self) -> [Truth; 4] {
        let (old, new) = (self.side(false), self.side(true));
        let truth = |metric, baseline, candidate, adds| Truth { metric, baseline, candidate, adds };
        [
            truth("startup.listen", old.listen_us, new.listen_us, Adds::Launch),
            truth("idle.rss", old.resident_mib, new.resident_mib, Adds::Nothing),
            truth("cpu.cpu.cpu_per_request", old.cpu_us, new.cpu_us, Adds::Nothing),
            truth("latency.wait.p50", old.wait_us, new.wait_us, Adds::Path),
        ]
    }

    /// How long a server waits before it listens by its own account, us, whether it is the better one.
    #[must_use]
    pub fn listen_us(&self, better: bool) -> f64 {
        self.side(better).listen_us
    }

    /// The session, as a configuration would describe it; the servers put their stamps into `folder`.
    ///
    /// # Panics
    /// When the text written here is no configuration.
    #[must_use]
    pub fn plan(&self, program: &Path, folder: &Path) -> Plan {
        let mut text = format!(
            "[comparison]\nbaseline = 'baseline'\ncandidate = 'candidate'\n\
             [run]\nblocks = {}\nseed = {}\nlaunches = 3\nidle_after = '300ms'\n\
             phases = ['startup', 'idle', 'cpu', 'latency']\n\
             [request.wait]\npath = '/wait'\n[request.cpu]\npath = '/cpu'\n\
             [load.latency]\narrival = 'open'\nrate = {WAIT_RATE}\nconnections = 400\nramp = '200ms'\nduration = '1800ms'\nsend = ['wait']\n\
             [load.cpu]\narrival = 'open'\nrate = {CPU_RATE}\nconnections = 4\nduration = '800ms'\nsend = ['cpu']\n",
            self.blocks, self.seed
        );
        for (name, better) in [("baseline", false), ("candidate", true)] {
            let side = self.side(better);
            let _ = write!(
                text,
                "[target.{name}]\ncommand = [{}, '{}', '--listen', '{{host}}:{{port}}', '--listen-at', '{}', \
                 '--resident', '{}', '--cpu-per-request', '{}', '--service-mix', '1x{}us', '--stamps', {}]\nready = {{ path = '/ready' }}\n",
                quoted(program),
                super::SERVER,
                side.listen_us,
                side.resident_mib,
                side.cpu_us,
                side.wait_us,
                quoted(&folder.join(stamps_of(name))),
            );
        }
        config::parse(&text, Path::new("selfcheck"), Path::new("/"), &|_| None)
            .expect("the text above is a configuration")
    }
}

/// A path as a string of TOML, which knows other escapes than Rust.
fn quoted(path: &Path) -> toml::Value {
    toml::Value::String(path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::plan::Phase;

    #[test]
    fn the_text_is_a_plan_for_every_ratio() {
        for ratio in [1.0, 1.1, 1.25, 2.0, GREATEST] {
            let plan = Scene { ratio, blocks: 4, seed: 9 }
                .plan(Path::new("/a \"quoted\" fo\u{301}lder/pianoprof"), Path::new("/run"));
            assert_eq!((plan.schedule.blocks, plan.schedule.seed, plan.targets.len()), (4, 9, 2));
            assert_eq!(plan.targets[0].command[0], "/a \"quoted\" fo\u{301}lder/pianoprof");
            assert_eq!(plan.phases.iter().map(Phase::name).collect::<Vec<_>>(), ["startup", "idle", "cpu", "latency"]);
        }
    }

    #[test]
    fn the_truth_is_the_ratio_but_for_whole_pages_and_what_adds_to_both_sides() {
        for ratio in [1.0, 1.1, 1.25, 2.0, GREATEST] {
            for truth in (Scene { ratio, blocks: 3, seed: 1 }).truths() {
                assert!((truth.ratio(Added::default()) / ratio - 1.0).abs() < 0.01, "{truth:?}");
            }
        }
        let [startup, .., latency] = (Scene { ratio: 20.0, blocks: 3, seed: 1 }).truths();
        let added = Added { launch_us: 500.0, path_us: 1000.0 };
        assert!((startup.ratio(added) - 200.5 / 10.5).abs() < 1e-9);
        assert!((latency.ratio(added) - 601.0 / 31.0).abs() < 1e-9);
    }
}
