//! The results template of a plan, filled in: five headings, a line for each side, and what was gained. No blank is left: what was
//! not measured says why.

use std::fmt::Write as _;

use super::Findings;
use super::groups::targets;
use super::words::plain;
use crate::analysis::metric::{Metric, parts};
use crate::model::plan::{Runtime, StopRule};
use crate::model::record::Run;
use crate::unit::{digits, times};

/// What a line of the template is about.
struct Line {
    /// What stands before the figure, empty where the heading says it.
    label: &'static str,
    /// The ends of the metrics that fill it, the preferred ones first; a load's metric by its last part.
    figures: &'static [&'static str],
    /// Whether what was gained is told as a reduction.
    reduction: bool,
}

const SECTIONS: [(&str, &[Line]); 5] = [
    ("Startup Time", &[Line { label: "", figures: &["startup.first_ok", "startup.listen"], reduction: false }]),
    ("Idle Memory", &[Line { label: "", figures: &["idle.pss", "idle.rss"], reduction: true }]),
    (
        "Request Latency",
        &[
            Line { label: "p50", figures: &["p50"], reduction: false },
            Line { label: "p95", figures: &["p95"], reduction: false },
            Line { label: "p99", figures: &["p99"], reduction: false },
        ],
    ),
    ("Memory Under Load", &[Line { label: "", figures: &["pss", "rss"], reduction: true }]),
    ("CPU Usage", &[Line { label: "", figures: &["cpu", "cpu_per_request"], reduction: true }]),
];

/// The whole template.
pub fn render(findings: &Findings) -> String {
    let mut text = String::new();
    for (heading, lines) in SECTIONS {
        let _ = writeln!(text, "## {heading}\n");
        for line in lines {
            write(&mut text, findings, line);
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn write(text: &mut String, findings: &Findings, line: &Line) {
    let label = if line.label.is_empty() { String::new() } else { format!(" {}", line.label) };
    let gained = if line.reduction { "Reduction" } else { "Improvement" };
    let name = metric(findings, line);
    let sides = match &findings.run.plan.comparison {
        Some(plan) => vec![&*plan.baseline, &*plan.candidate],
        None => targets(findings.run),
    };
    for side in sides {
        let found = name.and_then(|name| findings.analysis.metric(name, side));
        let _ = writeln!(
            text,
            "- {}{label}: {}",
            language(findings.run, side),
            found.map_or_else(|| MISSING.to_owned(), value)
        );
    }
    if findings.run.plan.comparison.is_none() {
        let _ = writeln!(text, "- {gained}{label}: not measured: no comparison is configured");
        return;
    }
    let found = name.and_then(|name| findings.analysis.comparison(name)).filter(|found| found.ratio.is_finite());
    let said = match found {
        None => MISSING.to_owned(),
        Some(found) => {
            let ends = found.low.zip(found.high);
            let ratio = times(found.ratio);
            let of = |figure: f64| if line.reduction { percent(figure) } else { digits(figure) };
            let interval = ends.map_or_else(String::new, |(low, high)| format!(" [{}, {}]", of(low), of(high)));
            let doubt = found
                .unusable
                .as_ref()
                .map_or_else(String::new, |why| format!(" (decides nothing: {})", plain(&why.text)));
            if line.reduction {
                format!("{} %{interval} ({ratio}){doubt}", percent(found.ratio))
            } else {
                format!("{ratio}{interval}{doubt}")
            }
        }
    };
    let _ = writeln!(text, "- {gained}{label}: {said}");
    if let Some(name) = name {
        let _ = writeln!(text, "  (`{}`{})", plain(name), how(findings.run, name));
    }
}

const MISSING: &str = "not measured: no phase of this run gives it";

/// The metric of a line: one that a claim names, else the first of the run that both sides have; without a comparison the first
/// that was measured.
fn metric<'a>(findings: &'a Findings, line: &Line) -> Option<&'a str> {
    let fits = |name: &str, figure: &str| name == figure || parts(name).is_some_and(|(_, _, last)| last == figure);
    let is_compared = findings.run.plan.comparison.is_some();
    let usable = |metric: &&Metric| !is_compared || findings.analysis.comparison(&metric.metric).is_some();
    let compared = |name: &&str| findings.analysis.comparison(name).is_some();
    let claimed = || findings.judgements.iter().map(|one| one.metric.as_str());
    let measured = || findings.analysis.metrics.iter().filter(usable).map(|one| one.metric.as_str());
    line.figures
        .iter()
        .find_map(|figure| claimed().filter(compared).find(|name| fits(name, figure)))
        .or_else(|| line.figures.iter().find_map(|figure| measured().find(|name| fits(name, figure))))
}

/// The language of a target where its runtime is known, else its name.
fn language(run: &Run, target: &str) -> String {
    match run.plan.target(target).and_then(|target| target.runtime) {
        Some(Runtime::Go) => "Go".to_owned(),
        Some(Runtime::Python) => "Python".to_owned(),
        None => plain(target),
    }
}

fn value(metric: &Metric) -> String {
    format!("{} {}", digits(metric.median), metric.unit).trim_end().to_owned()
}

/// What is saved, in percent, when the ratio is so many times better.
fn percent(ratio: f64) -> String {
    digits((1.0 - 1.0 / ratio) * 100.0)
}

/// How the load of a metric was driven, in a few words.
fn how(run: &Run, metric: &str) -> String {
    let Some(load) = parts(metric).and_then(|(load, _, _)| run.plan.load(load)) else { return String::new() };
    let stop = match load.stop {
        StopRule::Requests(count) => format!("{count} requests"),
        StopRule::Duration(time) => format!("{} s", digits(time.as_secs_f64())),
    };
    format!(", {} connections, {stop}", load.connections)
}

#[cfg(test)]
mod tests {
    use super::super::synthetic::comparison;
    use super::*;

    #[test]
    fn no_blank_is_left() {
        let mut synthetic = comparison();
        let text = render(&synthetic.findings());
        let headings: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(headings, ["Startup Time", "Idle Memory", "Request Latency", "Memory Under Load", "CPU Usage"]);
        assert!(text.contains("- Improvement: ") && text.contains("- Reduction: ") && text.contains("p99"), "{text}");
        assert!(
            text.lines().filter(|line| line.starts_with("- ")).all(|line| !line.trim_end().ends_with(':')),
            "{text}"
        );
        synthetic.analysis.comparisons.clear();
        synthetic.analysis.metrics.clear();
        assert_eq!(render(&synthetic.findings()).matches(MISSING).count(), 21, "two sides and the gain of seven lines");
    }
}
