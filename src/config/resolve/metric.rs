//! The names of metrics: which a plan gives, and whether a claim may use one.

use std::collections::BTreeSet;

use super::load::is_taken;
use super::phases::FIXED_PHASES;
use crate::config::defaults;
use crate::config::problem::{listed, shown};
use crate::config::suggest::nearest;
use crate::config::written::{Config, Named};
use crate::model::plan::{ArrivalPlan, LoadPlan, LoadRequests, Phase, Plan, Rate, RequestPlan, Spacing, subject};
use crate::model::record::DATABASE_FIGURES;

const STARTUP: [&str; 5] = ["listen", "first_byte", "first_ok", "settled", "cpu"];
const IDLE: [&str; 4] = ["rss", "pss", "uss", "processes"];
const HANDLER: [&str; 3] = ["time", "allocs", "bytes"];
const LOAD: [&str; 13] = [
    "p50",
    "p90",
    "p95",
    "p99",
    "p999",
    "max",
    "mean",
    "throughput",
    "generator_cpu",
    "errors",
    "rss",
    "pss",
    "rss_peak",
];
/// Read over a whole load: the parts of a mix have none of them.
const WINDOW: [&str; 3] = ["cpu", "cpu_per_request", "system_cpu_per_request"];
/// Of a tree that a control group of its own counts the memory of.
const CGROUP: [&str; 1] = ["cgroup"];
/// Of an open loop.
const SENT: [&str; 2] = ["sent_rate", "lateness_p99"];

/// The unit of times to start, of latencies and of CPU per request.
const MILLISECONDS: &str = "ms";

/// What is wrong with a name, and what to do.
type Refusal = (String, String);

/// The metrics that a plan will give, and why it gives no others.
pub struct Known<'a> {
    names: BTreeSet<String>,
    /// Loads and requests that are in the file and could not be read, and loads that send an unknown request: nothing is
    /// said about their metrics.
    doubtful: Vec<&'a str>,
    /// Whether which loads or requests there are is in doubt.
    loads_in_doubt: bool,
    /// Whether which phases are run is in doubt.
    phases_in_doubt: bool,
    idle_loads: Vec<&'a str>,
    phases: &'a [Phase],
    has_database: bool,
}

impl<'a> Known<'a> {
    /// The metrics of these requests and loads in these phases.
    pub fn new(config: &'a Config, requests: &'a [RequestPlan], loads: &'a [LoadPlan], phases: &'a [Phase]) -> Self {
        let planned = |load: &&LoadPlan| phases.contains(&Phase::Load(load.name.clone()));
        let is_request = |name: &String| requests.iter().any(|request| request.name == *name);
        let sends_known = |load: &&LoadPlan| match &load.requests {
            LoadRequests::Each(names) => names.iter().all(is_request),
            LoadRequests::Mix(weights) => weights.iter().all(|(name, _)| is_request(name)),
        };
        let targets = config.target.value().into_iter().flat_map(Named::entries);
        let benchmarked = targets.filter_map(|(_, target)| target.value.benchmark.value()?.request.value());
        let given = given(phases, loads.iter().filter(sends_known), benchmarked.map(String::as_str));
        let names = given.into_iter().map(|metric| metric.name).collect();
        let read = |name: &str| {
            loads.iter().any(|load| load.name == name) || requests.iter().any(|request| request.name == name)
        };
        let written = config.load.value().map(Named::names).unwrap_or_default();
        let written = written.into_iter().chain(config.request.value().map(Named::names).unwrap_or_default());
        let unknown_sent = loads.iter().filter(|load| !sends_known(load)).map(|load| load.name.as_str());
        let asked = config.run.value().and_then(|run| run.phases.value());
        let mut asked = asked.into_iter().flat_map(|names| &names.0);
        Self {
            names,
            doubtful: written.filter(|name| !read(name)).chain(unknown_sent).collect(),
            loads_in_doubt: config.load.is_refused()
                || config.request.is_refused()
                || loads.iter().any(|load| is_taken(&load.name)),
            phases_in_doubt: asked.any(|name| phases.iter().all(|phase| phase.name() != name.value)),
            idle_loads: loads.iter().filter(|load| !planned(load)).map(|load| load.name.as_str()).collect(),
            phases,
            has_database: !config.database.is_absent(),
        }
    }
}

/// A metric that a plan gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name, as a claim names it.
    pub name: String,
    /// Its unit; empty for counts.
    pub unit: &'static str,
    /// The phase that gives it: `handler` for the benchmark of a handler, which is none.
    pub phase: String,
    /// What a load or a configuration must be for it, where not every one has it.
    pub condition: Option<&'static str>,
}

/// The metrics of a plan, by phase in its order.
#[must_use]
pub fn metrics(plan: &Plan) -> Vec<Metric> {
    let benchmarked = plan.targets.iter().filter_map(|target| Some(&*target.benchmark.as_ref()?.request));
    let mut metrics = given(&plan.phases, &plan.loads, benchmarked);
    metrics.retain(|metric| plan.database.is_some() || metric.condition != Some(WITH_DATABASE));
    metrics
}

/// Every metric that there can be, with `LOAD` and `REQUEST` in place of their names.
#[must_use]
pub fn metric_patterns() -> Vec<Metric> {
    let mut load = defaults::load("LOAD", vec!["REQUEST".to_owned()]);
    load.arrival = ArrivalPlan::Open { rate: Rate::Common(1.0), spacing: Spacing::Constant };
    let phases: Vec<Phase> = defaults::phases().into_iter().chain([Phase::Load(load.name.clone())]).collect();
    given(&phases, [&load], ["REQUEST"])
}

const WITH_CGROUP: &str = "where the target has a control group of its own";
const WITH_DATABASE: &str = "with a [database], of a mix as a whole";

/// What these phases give with these loads and with benchmarks of the handlers of these requests.
fn given<'a>(
    phases: &[Phase],
    loads: impl IntoIterator<Item = &'a LoadPlan>,
    benchmarked: impl IntoIterator<Item = &'a str>,
) -> Vec<Metric> {
    let mut metrics: Vec<Metric> = Vec::new();
    let mut add = |phase: &str, prefix: &str, ends: &[&str], condition: Option<&'static str>| {
        for end in ends {
            let name = format!("{prefix}.{end}");
            if metrics.iter().all(|metric| metric.name != name) {
                metrics.push(Metric { unit: unit(&name), name, phase: phase.to_owned(), condition });
            }
        }
    };
    let has = |phase: &Phase| phases.contains(phase);
    if has(&Phase::Startup) {
        add("startup", "startup", &STARTUP, None);
    }
    if has(&Phase::FirstRequest) {
        add("first_request", "first_request", &["latency"], None);
    }
    if has(&Phase::Idle) || has(&Phase::Startup) {
        let phase = if has(&Phase::Idle) { "idle" } else { "startup" };
        add(phase, "idle", &IDLE, None);
        add(phase, "idle", &CGROUP, Some(WITH_CGROUP));
    }
    for load in loads.into_iter().filter(|load| has(&Phase::Load(load.name.clone()))) {
        for (request, is_whole) in filed(load) {
            let prefix = format!("{}.{request}", load.name);
            add(&load.name, &prefix, &LOAD, None);
            add(&load.name, &prefix, &CGROUP, Some(WITH_CGROUP));
            if is_whole {
                add(&load.name, &prefix, &WINDOW, Some("of a mix as a whole"));
                add(&load.name, &prefix, &DATABASE_FIGURES, Some(WITH_DATABASE));
            }
            if matches!(load.arrival, ArrivalPlan::Open { .. }) {
                add(&load.name, &prefix, &SENT, Some("of an open loop"));
            }
        }
    }
    for request in benchmarked {
        add("handler", &format!("handler.{request}"), &HANDLER, Some("of a target with a `benchmark`"));
    }
    metrics
}

/// What the figures of a load are filed under, and whether that is read as a whole; the parts of a mix are not.
fn filed(load: &LoadPlan) -> Vec<(String, bool)> {
    let parts: Vec<&String> = match &load.requests {
        LoadRequests::Mix(weights) if weights.len() > 1 => weights.iter().map(|(name, _)| name).collect(),
        _ => Vec::new(),
    };
    let points = load.points();
    let parts = points.iter().flat_map(|point| parts.iter().map(|name| (subject(name, *point), false)));
    load.subjects().into_iter().map(|name| (name, true)).chain(parts).collect()
}

/// Whether the plan gives that metric.
///
/// # Errors
/// With what is wrong and what to do.
pub fn check(name: &str, known: &Known<'_>) -> Result<(), Refusal> {
    let parts: Vec<&str> = name.split('.').collect();
    let first = parts.first().copied().unwrap_or_default();
    if known.names.contains(name) {
        return if parts.last().is_some_and(|last| DATABASE_FIGURES.contains(last)) && !known.has_database {
            Err((format!("`{name}` needs a [database], and there is none"), "add one, or drop the claim".to_owned()))
        } else {
            Ok(())
        };
    }
    if parts.iter().any(|part| known.doubtful.contains(part)) {
        return Ok(());
    }
    let phase = match first {
        "startup" => Some(Phase::Startup),
        "idle" => Some(Phase::Idle),
        "first_request" => Some(Phase::FirstRequest),
        load if known.idle_loads.contains(&load) => Some(Phase::Load(load.to_owned())),
        _ => None,
    };
    if let Some(phase) = phase.filter(|phase| !known.phases.contains(phase)) {
        if known.phases_in_doubt {
            return Ok(());
        }
        let message = format!("`{}` comes from the phase `{}`, which is not run", shown(name), phase.name());
        return Err((message, "add it to `phases` in [run]".to_owned()));
    }
    if known.loads_in_doubt && !FIXED_PHASES.contains(&first) {
        return Ok(());
    }
    if let Some(refusal) = of_another_load(name, known) {
        return Err(refusal);
    }
    let message = format!("unknown metric `{}`", shown(name));
    let names: Vec<&str> = known.names.iter().map(String::as_str).collect();
    Err((message, meant(name, &names)))
}

/// What somebody may have meant by a name: where only its end is unknown, the ends that there are.
fn meant(name: &str, known: &[&str]) -> String {
    if let Some((prefix, last)) = name.rsplit_once('.') {
        let ends = known.iter().filter_map(|known| known.strip_prefix(prefix)?.strip_prefix('.'));
        let ends: Vec<&str> = ends.filter(|end| !end.contains('.')).collect();
        match nearest(last, &ends) {
            Some(near) => return format!("did you mean `{}.{near}`?", shown(prefix)),
            None if !ends.is_empty() => return format!("known of `{}`: {}", shown(prefix), listed(&ends)),
            None => {}
        }
    }
    match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`pianoprof metrics` lists all: `startup.…`, `idle.…`, `first_request.latency`, `handler.REQUEST.…`, `LOAD.REQUEST.…`"
            .to_owned(),
    }
}

/// A figure that there is, but not of a load like this one.
fn of_another_load(name: &str, known: &Known<'_>) -> Option<Refusal> {
    let (prefix, last) = name.rsplit_once('.')?;
    if !known.names.contains(&format!("{prefix}.{}", LOAD[0])) {
        return None;
    }
    if SENT.contains(&last) {
        return Some((
            format!("`{}` is a figure of open loops, and this load is none", shown(name)),
            "give the load `arrival = \"open\"` and a rate, or drop the claim".to_owned(),
        ));
    }
    let (load, _) = prefix.rsplit_once('.')?;
    ([&WINDOW[..], &DATABASE_FIGURES].concat().contains(&last)).then(|| {
        let message = format!("`{}` is not known of a part of a mix, which is measured as a whole", shown(name));
        (message, format!("claim `{}.all.{last}`", shown(load)))
    })
}

/// The unit of a metric by its name; empty for counts.
pub fn unit(name: &str) -> &'static str {
    let mut parts = name.split('.');
    let (first, last) = (parts.next().unwrap_or_default(), parts.next_back().unwrap_or_default());
    match (first, last) {
        ("handler", "time") => "ns",
        ("handler", "bytes") => "bytes",
        ("handler", _)
        | (
            _,
            "processes"
            | "statements_per_request"
            | "rows_per_request"
            | "buffers_per_request"
            | "buffers_read_per_request",
        ) => "",
        (_, "rss" | "pss" | "uss" | "cgroup" | "rss_peak" | "database_rss" | "database_pss") => "MiB",
        (_, "throughput" | "sent_rate") => "1/s",
        (load, "errors" | "cpu" | "database_cpu" | "generator_cpu") if load != "startup" => "%",
        (_, "lateness_p99") => "us",
        _ => MILLISECONDS,
    }
}
