//! The tail of latency and what may stand behind it: the collector's pauses, seen in a life apart, and workers that ended.
//!
//! Both are shown beside each other and nothing is concluded: a pause that is far shorter than p99.9 does not explain it.

use super::Findings;
use super::groups::targets;
use super::words::{count, plain};
use crate::analysis::statistics::number;
use crate::model::plan::Runtime;
use crate::model::record::Window;
use crate::model::trace::{Trace, TracedLoad};
use crate::unit::{digits, nanos_to_millis};

/// The columns of the table, and what it says of itself.
pub const HEADER: [&str; 9] = [
    "load.request",
    "target",
    "p99.9 ms",
    "largest ms",
    "workers gone",
    "pauses",
    "longest ms",
    "paused %",
    "p99.9 then",
];
/// What the columns mean.
pub const LEGEND: &str = "Measured trials: p99.9 (median over blocks), the largest latency of all, processes that ended under load. One \
    more life of each target, apart from every claim, its garbage collector traced and its timed loads at most 10 s long: how \
    often a process stood still for a collection, the longest time, the share of the window that all pauses together make \
    (of all processes, so that it may pass 100 %), and p99.9 in that life.";

/// One line for each load, request and target, as cells for [`HEADER`]; empty when nothing was traced.
pub fn rows(findings: &Findings) -> Vec<[String; 9]> {
    if findings.run.traces.is_empty() {
        return Vec::new();
    }
    let mut loads: Vec<(&str, &str)> = Vec::new();
    for load in findings.run.traces.iter().flat_map(|trace| &trace.loads) {
        if !loads.contains(&(&*load.load, &*load.request)) {
            loads.push((&load.load, &load.request));
        }
    }
    let names = targets(findings.run);
    let first = names.iter().filter_map(|target| first_request(findings, target));
    let rest = loads.iter().flat_map(|load| names.iter().map(|target| row(findings, *load, target)));
    first.chain(rest).collect()
}

/// The first request after ready has no percentile: its median and its largest.
fn first_request(findings: &Findings, target: &str) -> Option<[String; 9]> {
    let metric = findings.analysis.metric("first_request.latency", target)?;
    let median = format!("median {}", digits(metric.median));
    Some(cells("first request", target, [Some(median), Some(digits(metric.high)), None], None))
}

fn row(findings: &Findings, (load, request): (&str, &str), target: &str) -> [String; 9] {
    let metric = |figure: &str| findings.analysis.metric(&format!("{load}.{request}.{figure}"), target);
    let traced = findings.run.traces.iter().find(|trace| trace.target == target);
    let traced = traced.and_then(|trace| trace.loads.iter().find(|one| one.load == load && one.request == request));
    let measured = [
        metric("p999").map(|metric| digits(metric.median)),
        metric("max").map(|metric| digits(metric.high)),
        Some(gone(findings, load, request, target).to_string()),
    ];
    cells(&format!("{load}.{request}"), target, measured, traced)
}

fn cells(name: &str, target: &str, measured: [Option<String>; 3], traced: Option<&TracedLoad>) -> [String; 9] {
    let dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    let of = |figure: fn(&TracedLoad) -> String| dash(traced.map(figure));
    let [p999, largest, gone] = measured.map(dash);
    [
        plain(name),
        plain(target),
        p999,
        largest,
        gone,
        of(|one| count(one.collector.pauses)),
        of(|one| digits(nanos_to_millis(one.collector.longest_ns))),
        of(|one| digits(number(one.collector.paused_ns) / number(one.window_ns.max(1)) * 100.0)),
        of(|one| digits(nanos_to_millis(one.p999_ns))),
    ]
}

/// Processes of the target that ended under that load, in all trials.
fn gone(findings: &Findings, load: &str, request: &str, target: &str) -> u32 {
    let trials = findings.run.trials.iter().filter(|trial| trial.target == target);
    // The log has those that came and went between two looks at the tree.
    let logged = |window: &Window| window.workers.map_or(0, |log| log.recycled + log.timed_out + log.died);
    let windows = trials.flat_map(|trial| trial.windows.iter().filter(|window| window.is_of(load, request)));
    windows.map(|window| window.processes_gone.max(logged(window))).sum()
}

/// The pauses of each traced target in one sentence; `None` when nothing was traced.
pub fn summary(findings: &Findings) -> Option<String> {
    let said: Vec<String> = findings.run.traces.iter().map(one).collect();
    (!said.is_empty()).then(|| {
        format!("Garbage collection, traced apart from the claims: {}; beside p99.9 in the report.", said.join("; "))
    })
}

fn one(trace: &Trace) -> String {
    let pauses = trace.loads.iter().map(|load| load.collector.pauses).sum();
    let longest = trace.loads.iter().max_by_key(|load| load.collector.longest_ns);
    let runtime = match trace.runtime {
        Runtime::Go => "Go",
        Runtime::Python => "Python",
    };
    match longest.filter(|_| pauses > 0) {
        Some(load) => format!(
            "{} ({runtime}) paused {} times, the longest {} ms ({}.{})",
            plain(&trace.target),
            count(pauses),
            digits(nanos_to_millis(load.collector.longest_ns)),
            plain(&load.load),
            plain(&load.request)
        ),
        None => format!("{} ({runtime}) did not pause", plain(&trace.target)),
    }
}

/// Advice to set `runtime = "go"` for targets that are Go programs and lack it; `None` where there are none.
pub fn advice(findings: &Findings) -> Option<String> {
    let run = findings.run;
    let loaded = run.trials.iter().any(|trial| !trial.loads.is_empty());
    let unnamed = |name: &str| run.plan.target(name).is_some_and(|target| target.runtime.is_none());
    let go: Vec<String> = run
        .targets
        .iter()
        .filter(|(name, facts)| facts.built_with_go.is_some() && unnamed(name))
        .map(|(name, _)| plain(name))
        .collect();
    (run.command == "run" && loaded && !go.is_empty()).then(|| {
        format!("`runtime = \"go\"` in the table of {} would count its garbage collector's pauses.", go.join(", "))
    })
}
