//! The results template: date, machine, every blank for both sides, and expected against measured.
//!
//! A blank that the run did not fill says 'not measured' rather than being left out: a missing figure must be seen.

use std::fmt::Write as _;

use super::super::Findings;
use super::super::blocks::blocks;
use super::super::groups::targets;
use super::super::path::{floor, placement};
use super::super::words::{self, NOT_MEASURED, figure, load_and_request, measured, ready_mark, verdict};
use super::escape::{escape, table};
use crate::analysis::metric::{Mark, Metric};

/// The blanks of each load and request: suffix of the metric, and what stands in the table.
const LOAD_BLANKS: [(&str, &str); 10] = [
    ("p50", "latency p50"),
    ("p95", "latency p95"),
    ("p99", "latency p99"),
    ("throughput", "throughput"),
    ("generator_cpu", "generator CPU, of one core"),
    ("errors", "error rate"),
    ("rss", "memory under load (RSS)"),
    ("rss_peak", "memory peak (RSS)"),
    ("cpu", "CPU, of one core"),
    ("cpu_per_request", "CPU per request"),
];

/// The blanks that are not of a load.
fn blanks(findings: &Findings) -> [(&'static str, String); 6] {
    [
        ("startup.listen", "Startup, port accepts connections".to_owned()),
        ("startup.first_ok", format!("Startup, {}", ready_mark(&findings.run.plan))),
        ("first_request.latency", "First request".to_owned()),
        ("idle.rss", "Idle memory (RSS)".to_owned()),
        ("idle.pss", "Idle memory (PSS)".to_owned()),
        ("idle.uss", "Idle memory (USS)".to_owned()),
    ]
}

/// Facts of the machine that belong beside the results; the environment's table has all.
const FACTS: [(&str, &str); 6] = [
    ("cpu.model", "Processor"),
    ("cpu.count", "CPUs"),
    ("memory.total", "Memory"),
    ("kernel.release", "Kernel"),
    ("os", "Operating system"),
    ("virtualisation", "Virtualisation"),
];

/// When and where.
pub fn facts(out: &mut String, findings: &Findings) {
    let run = findings.run;
    let mut rows = vec![
        vec!["Date".to_owned(), escape(&run.started)],
        vec![
            "Run".to_owned(),
            format!(
                "{} ({}){}",
                escape(&run.id),
                escape(&run.command),
                if run.complete { "" } else { ", not complete" }
            ),
        ],
        vec!["pianoprof".to_owned(), escape(&run.version)],
    ];
    for name in targets(run) {
        let versions = run.targets.get(name).map(|facts| {
            facts
                .versions
                .iter()
                .map(|(thing, version)| escape(&words::version(thing, version)))
                .collect::<Vec<_>>()
                .join(", ")
        });
        rows.push(vec![
            escape(name),
            versions.filter(|text| !text.is_empty()).unwrap_or_else(|| "versions unknown".to_owned()),
        ]);
    }
    if let Some(database) = &run.database {
        rows.push(vec![
            "PostgreSQL".to_owned(),
            format!("{} ({})", escape(&database.version), escape(&database.source)),
        ]);
    }
    for (fact, words) in FACTS {
        if let Some(value) = run.environment.get(fact) {
            rows.push(vec![words.to_owned(), value.as_deref().map_or_else(|| "unknown".to_owned(), escape)]);
        }
    }
    rows.push(vec!["Placement".to_owned(), escape(&placement(run))]);
    rows.push(vec!["Blocks".to_owned(), blocks(findings)]);
    table(out, &["", ""], "ll", rows);
}

/// Every blank for every target.
pub fn results(out: &mut String, findings: &Findings) {
    out.push_str("## Results\n\n");
    let names = targets(findings.run);
    let mut rows: Vec<_> =
        blanks(findings).iter().map(|(metric, words)| row(findings, &names, metric, words)).collect();
    let mut loads: Vec<&str> = Vec::new();
    for metric in &findings.analysis.metrics {
        let (prefix, _) = metric.metric.rsplit_once('.').unwrap_or(("", ""));
        let own = matches!(prefix, "startup" | "idle" | "first_request") || prefix.starts_with("handler.");
        if !own && !prefix.is_empty() && !loads.contains(&prefix) {
            loads.push(prefix);
        }
    }
    for prefix in loads {
        let (load, request) = load_and_request(&findings.run.plan, prefix);
        for (suffix, words) in LOAD_BLANKS {
            rows.push(row(findings, &names, &format!("{prefix}.{suffix}"), &format!("{load} / {request}: {words}")));
        }
    }
    let titles: Vec<String> = names.iter().map(|name| escape(name)).collect();
    let mut header = vec!["Metric (median)"];
    header.extend(titles.iter().map(String::as_str));
    header.push("Improvement [95 % interval]");
    table(out, &header, &format!("l{}r", "r".repeat(names.len())), rows);
    if let Some(floor) = floor(findings.run) {
        let _ = write!(out, "{}\n\n", escape(&floor));
    }
}

fn row(findings: &Findings, names: &[&str], metric: &str, words: &str) -> Vec<String> {
    let mut cells = vec![escape(words)];
    cells.extend(names.iter().map(|name| value(find(findings, metric, name))));
    // How much faster than a queue that grew without end is no improvement, nor is what the generator needed.
    let overloaded =
        names.iter().any(|name| find(findings, metric, name).is_some_and(|one| one.marked(Mark::Overloaded)));
    let comparison = findings.analysis.comparisons.iter().find(|one| one.metric == metric);
    let comparison = comparison.filter(|one| !one.is_of_the_generator() && !overloaded);
    cells.push(comparison.map_or_else(|| "–".to_owned(), |one| escape(&words::ratio(one))));
    cells
}

/// Expected against measured, for the claims that say what they expect.
pub fn expected(out: &mut String, findings: &Findings) {
    let Some(sides) = &findings.run.plan.comparison else { return };
    let claims: Vec<_> = findings.judgements.iter().filter_map(|one| Some((one, one.expected.as_ref()?))).collect();
    if claims.is_empty() {
        return;
    }
    out.push_str("## Expected against measured\n\n");
    let rows = claims
        .into_iter()
        .map(|(one, expected)| {
            vec![
                format!("`{}`", super::escape::code(&one.metric)),
                escape(&expected.baseline),
                value(find(findings, &one.metric, &sides.baseline)),
                escape(&expected.candidate),
                value(find(findings, &one.metric, &sides.candidate)),
                escape(&expected.improvement),
                escape(&measured(one, findings.analysis)),
                verdict(one.verdict).to_owned(),
            ]
        })
        .collect();
    let (baseline, candidate) = (escape(&sides.baseline), escape(&sides.candidate));
    let header = [
        "Metric".to_owned(),
        format!("{baseline} expected"),
        format!("{baseline} measured"),
        format!("{candidate} expected"),
        format!("{candidate} measured"),
        "Improvement expected".to_owned(),
        "measured".to_owned(),
        "Claim".to_owned(),
    ];
    table(out, &header.each_ref().map(String::as_str), "lrrrrrrl", rows);
}

fn find<'a>(findings: &Findings<'a>, metric: &str, target: &str) -> Option<&'a Metric> {
    findings.analysis.metrics.iter().find(|one| one.metric == metric && one.target == target)
}

fn value(metric: Option<&Metric>) -> String {
    metric.map_or_else(|| NOT_MEASURED.to_owned(), |one| figure(one.median, one.unit))
}
