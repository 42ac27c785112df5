//! How far another load tool and other readers of memory are from ours, figure by figure.
//!
//! Generators differ in cost, and on a machine that they share with the server a costlier one gets less out of it. So the CPU
//! per request of each is shown beside the other figures and is no disagreement.

use schemars::JsonSchema;
use serde::Serialize;

use super::statistics::number;
use crate::model::engine::Engine;
use crate::model::load::requests_needed;
use crate::model::opinion::{Heard, Opinion};
use crate::model::record::Run;
use crate::unit::{MIB, nanos_to_millis};

/// A disagreement of more than this, in percent, is a reason to doubt.
pub const LIMIT_PERCENT: f64 = 5.0;

/// One figure of one target, said twice.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Disagreement {
    /// The target's name.
    pub target: String,
    /// The load profile.
    pub load: String,
    /// The request, or `all`.
    pub request: String,
    /// What says the other figure: the load tool, `ps` or `smaps`.
    pub by: String,
    /// `throughput`, `p50`, `p99`, `generator_cpu_per_request`, `rss` or `pss`.
    pub figure: &'static str,
    /// `1/s`, `ms` or `MiB`.
    pub unit: &'static str,
    /// Ours; of a load the mean of the two made around the other tool's.
    pub ours: f64,
    /// Theirs.
    pub theirs: f64,
    /// How far theirs is from ours, percent of ours.
    pub percent: f64,
    /// How far our own two are from each other, percent; `null` where there is one.
    pub own_percent: Option<f64>,
    /// Whether it is a reason to doubt: more than 5 % apart, and not of a figure that too few requests decide.
    pub doubtful: bool,
}

/// Every figure of every opinion of the run.
#[must_use]
pub fn disagreements(run: &Run) -> Vec<Disagreement> {
    run.opinions.iter().flat_map(of_one).collect()
}

fn of_one(opinion: &Opinion) -> Vec<Disagreement> {
    let tool = opinion.engine.name();
    let one = |by: &str, figure, unit, ours: f64, theirs: f64, own_percent| {
        let percent = (theirs / ours - 1.0) * 100.0;
        (ours > 0.0 && percent.is_finite()).then(|| Disagreement {
            target: opinion.target.clone(),
            load: opinion.load.clone(),
            request: opinion.request.clone(),
            by: by.to_owned(),
            figure,
            unit,
            ours,
            theirs,
            percent,
            own_percent,
            doubtful: percent.abs() > LIMIT_PERCENT && figure != "generator_cpu_per_request" && enough(opinion, figure),
        })
    };
    let loaded = |figure, unit, of: &dyn Fn(&Heard) -> Option<f64>| {
        let (before, after, theirs) = (of(&opinion.ours[0])?, of(&opinion.ours[1])?, of(&opinion.theirs)?);
        let ours = f64::midpoint(before, after);
        one(tool, figure, unit, ours, theirs, Some((before - after).abs() / ours * 100.0))
    };
    let told = |ns: u64| (ns > 0 && number(ns) * LIMIT_PERCENT / 100.0 >= resolution(opinion.engine)).then_some(ns);
    let read = |by, figure, ours: Option<u64>, theirs: Option<u64>| {
        one(by, figure, "MiB", number(ours?) / MIB, number(theirs?) / MIB, None)
    };
    let memory = opinion.memory;
    [
        loaded("throughput", "1/s", &|heard| (heard.window_ns > 0).then(|| per_second(heard))),
        loaded("p50", "ms", &|heard| told(heard.p50_ns).map(nanos_to_millis)),
        loaded("p99", "ms", &|heard| told(heard.p99_ns).map(nanos_to_millis)),
        loaded("generator_cpu_per_request", "ms", &|heard| {
            let cpu = heard.generator_cpu_ns.filter(|_| heard.good > 0)?;
            Some(nanos_to_millis(cpu) / number(heard.good))
        }),
        memory.and_then(|twice| read("ps", "rss", Some(twice.rss), twice.ps_rss)),
        memory.and_then(|twice| read("smaps", "pss", twice.pss, twice.smaps_pss)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn per_second(heard: &Heard) -> f64 {
    number(heard.good) / (number(heard.window_ns) / 1e9)
}

/// What a tool's latency is rounded to, ns.
fn resolution(engine: Engine) -> f64 {
    if engine == Engine::Jmeter { 1e6 } else { 1e3 }
}

/// Whether all three loads had the requests that a figure needs to mean anything.
fn enough(opinion: &Opinion, figure: &str) -> bool {
    let fewest = opinion.ours.iter().chain([&opinion.theirs]).map(|heard| heard.good).min().unwrap_or(0);
    fewest >= requests_needed(figure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::opinion::MemoryTwice;
    use crate::sample_run::SampleRun;

    const SECOND: u64 = 1_000_000_000;

    fn heard(good: u64, p50_ns: u64, p99_ns: u64) -> Heard {
        Heard { window_ns: SECOND, good, p50_ns, p99_ns, generator_cpu_ns: Some(good * 10_000) }
    }

    fn opinion(engine: Engine, theirs: Heard) -> Opinion {
        Opinion {
            target: "gin".to_owned(),
            load: "sustained".to_owned(),
            request: "list".to_owned(),
            engine,
            version: Some("4.1.0".to_owned()),
            ours: [heard(19_000, 1_000_000, 4_000_000), heard(21_000, 1_000_000, 4_000_000)],
            theirs,
            memory: Some(MemoryTwice {
                rss: 100 << 20,
                ps_rss: Some(101 << 20),
                pss: Some(50 << 20),
                smaps_pss: Some(40 << 20),
            }),
            disturbances: vec![],
        }
    }

    fn said(opinion: Opinion) -> Vec<(&'static str, String, bool)> {
        let mut run = SampleRun::default().build();
        run.opinions = vec![opinion];
        disagreements(&run)
            .into_iter()
            .map(|one| (one.figure, format!("{} {:+.1} %", one.by, one.percent), one.doubtful))
            .collect()
    }

    #[test]
    fn each_figure_is_held_against_the_mean_of_our_two() {
        let theirs = Heard { generator_cpu_ns: Some(22_000 * 20_000), ..heard(22_000, 1_040_000, 3_000_000) };
        assert_eq!(
            said(opinion(Engine::Wrk, theirs)),
            [
                ("throughput", "wrk +10.0 %".to_owned(), true),
                ("p50", "wrk +4.0 %".to_owned(), false),
                ("p99", "wrk -25.0 %".to_owned(), true),
                ("generator_cpu_per_request", "wrk +100.0 %".to_owned(), false),
                ("rss", "ps +1.0 %".to_owned(), false),
                ("pss", "smaps -20.0 %".to_owned(), true),
            ]
        );
    }

    #[test]
    fn what_few_requests_decide_is_no_doubt_and_what_a_tool_rounds_is_left_out() {
        let mut few = opinion(Engine::Wrk, heard(9_000, 1_000_000, 8_000_000));
        few.memory = None;
        let found = said(few);
        assert_eq!(found[2], ("p99", "wrk +100.0 %".to_owned(), false));
        assert_eq!(found.len(), 4);
        let rounded = said(opinion(Engine::Jmeter, heard(20_000, 1_000_000, 4_000_000)));
        assert!(rounded.iter().all(|(figure, ..)| !figure.starts_with('p') || *figure == "pss"), "{rounded:?}");
        assert!(said(opinion(Engine::Wrk, Heard::default())).iter().all(|(figure, ..)| *figure != "p50"));
    }
}
