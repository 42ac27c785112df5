//! Two servers that are apart by one ratio, and the session that measures them.

use std::fmt::Write as _;
use std::path::Path;

use crate::config;
use crate::model::plan::Plan;

/// What the baseline is like, and the loads that measure it. The candidate is better in all of it by the ratio.
struct Sizes {
    listen_us: f64,
    resident_mib: f64,
    cpu_us: f64,
    wait_us: f64,
    idle_after: &'static str,
    cpu: &'static str,
    latency: &'static str,
}

/// Without noise the instruments' bounds are all that an interval has: what adds to both sides must be a small part of even a
/// twentieth. 360 requests wait at once; their connections are opened one after the other (`ramp`), since a server's backlog
/// holds 128 and the kernel tries one that finds no room again after a second.
const STILL: Sizes = Sizes {
    listen_us: 200_000.0,
    resident_mib: 300.0,
    cpu_us: 2000.0,
    wait_us: 600_000.0,
    idle_after: "300ms",
    cpu: "rate = 250\nconnections = 4\nduration = '800ms'",
    latency: "rate = 600\nconnections = 400\nramp = '200ms'\nduration = '1800ms'",
};

/// With noise a session may be short, since what adds to both sides is small beside the noise. What must hold for every factor that
/// can be drawn (`fixtures/truth-server/draws.rs`): a twentieth of the memory is more than a process needs; the CPU load leaves
/// a part of two CPUs free; no request waits for a connection; the median rests on 1,000 answers.
const NOISY: Sizes = Sizes {
    listen_us: 130_000.0,
    resident_mib: 220.0,
    cpu_us: 2400.0,
    wait_us: 32_000.0,
    idle_after: "140ms",
    cpu: "rate = 450\nconnections = 3\nduration = '250ms'",
    latency: "rate = 4000\nconnections = 240\nramp = '80ms'\nduration = '255ms'",
};

/// Pairs of launches of a session.
pub(super) const LAUNCHES: u32 = 3;

/// The greatest ratio: beyond it the candidate's memory is less than a process needs.
pub const GREATEST: f64 = 20.0;

/// The standard deviation of the logarithm of each figure from launch to launch, unless another is asked for: at every usual
/// ratio it makes an interval several times as wide as the instruments' bounds do.
pub const NOISE: f64 = 0.15;

/// What may be asked for beside none: below it the instruments' bounds would decide the width, above it the sizes do not fit.
pub const NOISES: std::ops::RangeInclusive<f64> = 0.1..=0.15;

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
    /// The standard deviation of the logarithm of each figure from launch to launch; 0 for servers that are always the same.
    pub noise: f64,
    /// Decides the order in each block, and what is drawn at each launch.
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
    /// What the servers were told, baseline and candidate.
    #[cfg(test)]
    pub(super) fn sides(&self) -> [f64; 2] {
        [self.baseline, self.candidate]
    }

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
    fn sizes(&self) -> &'static Sizes {
        if self.noise > 0.0 { &NOISY } else { &STILL }
    }

    fn side(&self, better: bool) -> Side {
        let sizes = self.sizes();
        let by = if better { self.ratio } else { 1.0 };
        let whole = |value: f64| (value / by).round();
        Side {
            listen_us: whole(sizes.listen_us),
            resident_mib: whole(sizes.resident_mib),
            cpu_us: whole(sizes.cpu_us),
            wait_us: whole(sizes.wait_us),
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

    /// The session, as a configuration would describe it; the servers put their stamps into `folder`, and count their launches
    /// there.
    ///
    /// # Panics
    /// When the text written here is no configuration.
    #[must_use]
    pub fn plan(&self, program: &Path, folder: &Path) -> Plan {
        let Sizes { idle_after, cpu, latency, .. } = self.sizes();
        let mut text = format!(
            "[comparison]\nbaseline = 'baseline'\ncandidate = 'candidate'\n\
             [run]\nblocks = {}\nseed = {}\nlaunches = {LAUNCHES}\nidle_after = '{idle_after}'\n\
             phases = ['startup', 'idle', 'cpu', 'latency']\n\
             [request.wait]\npath = '/wait'\n[request.cpu]\npath = '/cpu'\n\
             [load.latency]\narrival = 'open'\n{latency}\nsend = ['wait']\n\
             [load.cpu]\narrival = 'open'\n{cpu}\nsend = ['cpu']\n",
            self.blocks, self.seed
        );
        for (name, better) in [("baseline", false), ("candidate", true)] {
            let side = self.side(better);
            let seed = self.seed.wrapping_mul(2) + u64::from(better);
            let _ = write!(
                text,
                "[target.{name}]\ncommand = [{}, '{}', '--listen', '{{host}}:{{port}}', '--listen-at', '{}', \
                 '--resident', '{}', '--cpu-per-request', '{}', '--service-mix', '1x{}us', '--stamps', {}, \
                 '--spread', '{}', '--seed', '{seed}', '--launches', {}]\nready = {{ path = '/ready' }}\n",
                quoted(program),
                super::SERVER,
                side.listen_us,
                side.resident_mib,
                side.cpu_us,
                side.wait_us,
                quoted(&folder.join(stamps_of(name))),
                self.noise,
                quoted(&folder.join(format!("launches-{name}"))),
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
    use crate::model::plan::{ArrivalPlan, Phase, Rate, StopRule};

    #[test]
    fn the_text_is_a_plan_for_every_ratio() {
        for ratio in [1.0, 1.1, 1.25, 2.0, GREATEST] {
            for noise in [0.0, NOISE] {
                let plan = Scene { ratio, blocks: 4, noise, seed: 9 }
                    .plan(Path::new("/a \"quoted\" fo\u{301}lder/pianoprof"), Path::new("/run"));
                assert_eq!((plan.schedule.blocks, plan.schedule.seed, plan.targets.len()), (4, 9, 2));
                let command = &plan.targets[0].command;
                assert_eq!(command[0], "/a \"quoted\" fo\u{301}lder/pianoprof");
                assert_eq!(
                    plan.phases.iter().map(Phase::name).collect::<Vec<_>>(),
                    ["startup", "idle", "cpu", "latency"]
                );
                assert!(plan.startup_is_apart());
            }
        }
    }

    #[test]
    fn each_side_of_each_session_draws_by_a_seed_of_its_own() {
        let seeds = |seed: u64| {
            let plan = Scene { ratio: 2.0, blocks: 4, noise: NOISE, seed }.plan(Path::new("/p"), Path::new("/run"));
            let of = |word: &str| {
                let after = |command: &Vec<String>| {
                    let at = command.iter().position(|other| other == word).unwrap();
                    command[at + 1].clone()
                };
                plan.targets.iter().map(|target| after(&target.command)).collect::<Vec<_>>()
            };
            assert_eq!(of("--spread"), ["0.15", "0.15"]);
            assert_eq!(of("--launches"), ["/run/launches-baseline", "/run/launches-candidate"]);
            of("--seed")
        };
        assert_eq!([seeds(1), seeds(2)].concat(), ["2", "3", "4", "5"]);
    }

    #[test]
    fn whatever_is_drawn_the_loads_can_measure_it() {
        for noise in [*NOISES.start(), *NOISES.end()] {
            let plan = Scene { ratio: 1.0, blocks: 4, noise, seed: 1 }.plan(Path::new("/p"), Path::new("/run"));
            // The greatest and the least factor: 2.5 over the deviation that is left, see `draws.rs`.
            let most = (noise * 2.62).exp();
            for load in &plan.loads {
                let ArrivalPlan::Open { rate: Rate::PerSecond(rate), .. } = load.arrival else { panic!("{load:?}") };
                let StopRule::Duration(duration) = load.stop else { panic!("{load:?}") };
                if load.name == "latency" {
                    assert!(rate * duration.as_secs_f64() >= 1000.0, "a median needs 1,000 answers");
                    assert!(rate * NOISY.wait_us / 1e6 * most < f64::from(load.connections), "{noise}");
                } else {
                    assert!(rate * NOISY.cpu_us / 1e6 * most < 1.75, "two CPUs are enough at {noise}");
                }
            }
            assert!(NOISY.resident_mib / GREATEST / most > 7.0, "a process needs about 6.5 MiB");
        }
    }

    #[test]
    fn the_truth_is_the_ratio_but_for_whole_pages_and_what_adds_to_both_sides() {
        for ratio in [1.0, 1.1, 1.25, 2.0, GREATEST] {
            let of = |noise| Scene { ratio, blocks: 3, noise, seed: 1 }.truths();
            for truth in [of(0.0), of(NOISE)].concat() {
                assert!((truth.ratio(Added::default()) / ratio - 1.0).abs() < 0.01, "{truth:?}");
            }
        }
        let [startup, .., latency] = (Scene { ratio: 20.0, blocks: 3, noise: 0.0, seed: 1 }).truths();
        let added = Added { launch_us: 500.0, path_us: 1000.0 };
        assert!((startup.ratio(added) - 200.5 / 10.5).abs() < 1e-9);
        assert!((latency.ratio(added) - 601.0 / 31.0).abs() < 1e-9);
    }
}
