//! What a stored run says: one figure per trial, its spread, and the ratio between two targets with an interval.
//!
//! Pure: a [`Run`] goes in, an [`Analysis`] comes out. It decides no claim and writes nothing.

pub mod between;
pub mod ceiling;
pub mod comparison;
pub mod database;
pub mod doubt;
pub mod floor;
pub mod handler;
pub mod launch;
pub mod load;
pub mod loaded;
pub mod metric;
pub mod opinion;
#[cfg(test)]
pub(crate) mod simulation;
pub mod statistics;
pub mod validity;

use crate::model::facts::Caveat;
use crate::model::record::Run;
use ceiling::RigCeiling;
use comparison::Comparison;
use load::LoadFigures;
use metric::Metric;

/// Everything derived from one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// One per metric and target, in the order of the phases.
    pub metrics: Vec<Metric>,
    /// One per metric that both sides of the comparison have.
    pub comparisons: Vec<Comparison>,
    /// One per rival and claimed metric that both it and the candidate have.
    pub rivals: Vec<Rivalry>,
    /// What no target whatever could pass here, one per closed loop.
    pub ceilings: Vec<RigCeiling>,
    /// One per load record, in the order they were made.
    pub loads: Vec<LoadFigures>,
    /// Reasons to doubt the data, those recorded and those derived.
    pub caveats: Vec<Caveat>,
}

/// The candidate compared with a rival, which stands where the baseline does in [`Comparison`].
#[derive(Clone, Debug, PartialEq)]
pub struct Rivalry {
    /// The rival's name.
    pub rival: String,
    /// The comparison of one metric.
    pub comparison: Comparison,
}

impl Analysis {
    /// The metric of that name of that target.
    #[must_use]
    pub fn metric(&self, name: &str, target: &str) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.metric == name && metric.target == target)
    }

    /// The comparison of that metric.
    #[must_use]
    pub fn comparison(&self, metric: &str) -> Option<&Comparison> {
        self.comparisons.iter().find(|comparison| comparison.metric == metric)
    }
}

/// Derives everything from one run.
#[must_use]
pub fn analyse(run: &Run) -> Analysis {
    let counted = validity::counted(run);
    let ceiling = run.ceiling.as_ref();
    let mut figures = Vec::new();
    let startup = validity::counted_startup(run);
    let starts = if startup.is_empty() { &counted } else { &startup };
    figures.extend(starts.iter().flat_map(launch::starts));
    figures.extend(counted.iter().flat_map(launch::idle));
    for trial in &counted {
        figures.extend(loaded::figures(trial, ceiling));
    }
    figures.extend(handler::figures(&run.benchmarks));
    let metrics = metric::collect(&figures, &names(run));
    let loads: Vec<LoadFigures> = run
        .trials
        .iter()
        .flat_map(|trial| trial.loads.iter().map(move |record| (trial, record)))
        .map(|(trial, record)| LoadFigures::new(&counted, trial, record, ceiling))
        .collect();
    let comparisons = run.plan.comparison.as_ref().map_or_else(Vec::new, |plan| {
        let names = metrics.iter().filter(|metric| metric.target == plan.baseline).map(|metric| &*metric.metric);
        names.filter_map(|name| compare(run, &metrics, &loads, &plan.baseline, name)).collect()
    });
    let rivals = rivals(run, &metrics, &loads);
    let caveats = doubt::caveats(run, &counted, &metrics, &comparisons);
    Analysis { metrics, ceilings: ceiling::ceilings(run), comparisons, rivals, loads, caveats }
}

/// Every target's name, those of the plan first.
fn names(run: &Run) -> Vec<String> {
    let mut names: Vec<String> = run.plan.targets.iter().map(|target| target.name.clone()).collect();
    let measured = run.trials.iter().map(|trial| &trial.target).chain(run.benchmarks.iter().map(|b| &b.target));
    for name in measured {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// The comparison of that metric between the candidate and `old`, the baseline or a rival.
fn compare(run: &Run, metrics: &[Metric], loads: &[LoadFigures], old: &str, name: &str) -> Option<Comparison> {
    let of = |target: &str| metrics.iter().find(|metric| metric.metric == name && metric.target == target);
    let new = &run.plan.comparison.as_ref()?.candidate;
    let compared = comparison::compare(of(old)?, of(new)?, loads, looks_of(run, name));
    let unlike = comparison::unlike_readiness(&run.plan, name, [old, new]);
    Some(Comparison { unusable: unlike.or(compared.unusable), ..compared })
}

fn rivals(run: &Run, metrics: &[Metric], loads: &[LoadFigures]) -> Vec<Rivalry> {
    let rivals = run.plan.comparison.as_ref().map_or(&[][..], |plan| &plan.rivals);
    let mut claimed: Vec<&str> = Vec::new();
    for claim in &run.plan.claims {
        if !claimed.contains(&&*claim.metric) {
            claimed.push(&claim.metric);
        }
    }
    let against = |rival: &String, name: &str| {
        let comparison = compare(run, metrics, loads, rival, name)?;
        Some(Rivalry { rival: rival.clone(), comparison })
    };
    claimed.iter().flat_map(|name| rivals.iter().filter_map(|rival| against(rival, name))).collect()
}

/// The planned looks that a metric is looked at: its pairs are of a fixed number where startup is an experiment of its own.
fn looks_of<'a>(run: &'a Run, metric: &str) -> &'a [u32] {
    let fixed = !run.startup.is_empty() && (metric.starts_with("startup.") || metric.starts_with("first_request."));
    if fixed { &[] } else { &run.plan.schedule.looks }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::HandlerBenchmark;
    use crate::sample_run::SampleRun;

    fn assert_near(found: f64, truth: f64) {
        assert!((found / truth - 1.0).abs() < 1.1e-3, "{found} is not {truth}");
    }

    /// Three blocks without wobble, so that every figure is the truth itself.
    fn still() -> Run {
        SampleRun { blocks: 3, wobble: 0.0, ..SampleRun::default() }.build()
    }

    #[test]
    fn every_figure_is_the_truth_it_was_made_from() {
        let analysis = analyse(&still());
        for (metric, flask, gin) in [
            ("startup.listen", 120.0, 6.0),
            ("startup.first_ok", 240.0, 12.0),
            ("startup.cpu", 192.0, 9.6),
            ("first_request.latency", 80.0, 8.0),
            ("idle.rss", 140.0, 17.5),
            ("idle.uss", 70.0, 8.75),
            ("idle.processes", 5.0, 1.0),
            ("latency.list.p50", 40.0, 4.0),
            ("latency.list.p95", 80.0, 8.0),
            ("latency.list.p99", 120.0, 12.0),
            ("latency.list.max", 120.0, 12.0),
            ("latency.list.mean", 44.8, 4.48),
            ("latency.list.throughput", 2500.0, 25_000.0),
            ("sustained.list.generator_cpu", 0.8, 0.8),
            ("sustained.list.rss", 280.0, 35.0),
            ("sustained.list.pss", 140.0, 17.5),
            ("sustained.list.rss_peak", 308.0, 38.5),
            ("sustained.list.cpu", 120.0, 12.0),
            ("sustained.list.cpu_per_request", 1.2, 0.12),
            ("sustained.list.database_cpu", 30.0, 3.0),
            ("sustained.list.database_cpu_per_request", 0.3, 0.03),
            ("latency.list.statements_per_request", 3.0, 3.0),
            ("latency.list.rows_per_request", 20.0, 20.0),
            ("latency.list.buffers_per_request", 8.0, 8.0),
            ("latency.list.buffers_read_per_request", 1.0, 1.0),
            ("sustained.list.sent_rate", 1000.0, 1000.0),
            ("sustained.list.lateness_p99", 20.0, 20.0),
        ] {
            for (target, truth) in [("flask", flask), ("gin", gin)] {
                let found = analysis.metric(metric, target).unwrap_or_else(|| panic!("{metric} of {target}"));
                assert_near(found.median, truth);
                assert_eq!(found.by_block.len(), 3, "{metric}");
            }
        }
        assert_eq!(analysis.metric("startup.first_ok", "gin").expect("measured").n, 15);
        assert_eq!(analysis.metric("latency.list.errors", "gin").expect("measured").values, [0.0; 3]);
    }

    #[test]
    fn ratios_say_how_many_times_better_and_are_widened() {
        let analysis = analyse(&still());
        let of = |metric: &str| analysis.comparison(metric).expect("compared");
        assert_near(of("startup.first_ok").ratio, 20.0);
        assert_near(of("latency.list.throughput").ratio, 10.0);
        assert_near(of("sustained.list.rss").ratio, 8.0);
        // Blocks do not scatter: what is left is the instrument, 0.35 ms of 12 and of 240.
        let (old, new) = (0.35 / 240.0, 0.35 / 12.0);
        assert_near(of("startup.first_ok").low.expect("3 blocks"), 20.0 * (1.0 - old) / (1.0 + new));
        assert_near(of("startup.first_ok").high.expect("3 blocks"), 20.0 * (1.0 + old) / (1.0 - new));
        for metric in
            ["sustained.list.lateness_p99", "sustained.list.throughput", "latency.list.cpu", "latency.list.p99"]
        {
            assert!(of(metric).unusable.is_some(), "{metric}");
        }
        for metric in ["sustained.list.cpu", "sustained.list.p99", "latency.list.p50", "latency.list.cpu_per_request"] {
            assert_eq!(of(metric).unusable, None, "{metric}");
        }
    }

    #[test]
    fn planned_looks_widen_the_interval() {
        let mut run = SampleRun::default().build();
        let width = |run: &Run| {
            let found = analyse(run).comparison("sustained.list.rss").expect("compared").clone();
            (found.high.expect("5 blocks") / found.low.expect("5 blocks")).ln()
        };
        let fixed = width(&run);
        run.plan.schedule.looks = vec![5, 10, 20];
        assert!(width(&run) > 1.2 * fixed);
    }

    #[test]
    fn a_load_agrees_with_little_and_counts_connections() {
        let analysis = analyse(&still());
        let closed = analysis.loads.iter().find(|load| load.load == "latency").expect("run");
        assert_eq!(closed.littles_law, Some(1.0));
        assert_near(closed.requests_per_connection.expect("our own engine counts"), 10.0);
        assert_eq!(closed.statuses["200"], 1000);
        let open = analysis.loads.iter().find(|load| load.load == "sustained").expect("run");
        assert_eq!(open.littles_law, None);
        assert_near(open.rate_served, 1000.0);
        assert!(!open.overloaded && !open.generator_bound);
    }

    #[test]
    fn handlers_compare_without_an_interval() {
        let mut run = still();
        run.benchmarks = [("flask", 90_000.0, None), ("gin", 3_000.0, Some(40.0))]
            .map(|(target, time_ns, allocs)| HandlerBenchmark {
                target: target.to_owned(),
                request: "list".to_owned(),
                time_ns,
                allocs,
                bytes: None,
            })
            .to_vec();
        let analysis = analyse(&run);
        let found = analysis.comparison("handler.list.time").expect("compared");
        assert_near(found.ratio, 30.0);
        assert_eq!((found.blocks, found.low), (1, None));
        assert_eq!(analysis.comparison("handler.list.allocs"), None);
    }

    #[test]
    fn an_empty_run_says_nothing_and_does_not_fall() {
        let mut run = still();
        run.trials.clear();
        run.complete = false;
        let analysis = analyse(&run);
        assert!(analysis.metrics.is_empty() && analysis.comparisons.is_empty() && analysis.loads.is_empty());
        assert!(analysis.caveats.iter().any(|caveat| caveat.kind == "incomplete"));
    }
}
