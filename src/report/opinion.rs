//! The second opinion as a table: ours, theirs, and how far they are apart.

use super::Findings;
use super::words::{figure, plain};
use crate::analysis::opinion::{Disagreement, LIMIT_PERCENT, disagreements};
use crate::unit::digits;

/// The columns of the table.
pub const HEADER: [&str; 7] = ["target", "figure", "pianoprof", "theirs", "by", "differs", "own two"];
/// What the columns mean.
pub const LEGEND: &str = "One more life of each target, apart from every claim: the load made by another tool between two of our own, and the \
    memory of the same tree read by ps and smaps after it. 'Differs' is how far theirs is from ours, 'own two' how far our two \
    loads are from each other. 'Its own CPU' is the generator's, per good answer: one that needs more leaves less of a shared \
    machine to the server.";

/// One line for each figure, as cells for [`HEADER`], and whether it is doubtful; empty without a second opinion.
pub fn rows(findings: &Findings) -> Vec<([String; 7], bool)> {
    disagreements(findings.run).iter().map(|one| (cells(one), one.doubtful)).collect()
}

/// What was driven by whom: `load sustained, request list, by wrk 4.1.0`.
pub fn driven(findings: &Findings) -> Option<String> {
    let opinion = findings.run.opinions.first()?;
    let version = opinion.version.as_deref().map_or_else(String::new, |version| format!(" {}", plain(version)));
    Some(format!("load {}, request {}, by {}{version}", plain(&opinion.load), plain(&opinion.request), opinion.engine))
}

fn cells(one: &Disagreement) -> [String; 7] {
    let name = match one.figure {
        "generator_cpu_per_request" => "its own CPU",
        "rss" => "RSS",
        "pss" => "PSS",
        other => other,
    };
    [
        plain(&one.target),
        name.to_owned(),
        figure(one.ours, one.unit),
        figure(one.theirs, one.unit),
        plain(&one.by),
        signed(one.percent),
        one.own_percent.map_or_else(|| "–".to_owned(), |own| format!("{} %", digits(own))),
    ]
}

fn signed(percent: f64) -> String {
    format!("{}{} %", if percent > 0.0 { "+" } else { "" }, digits(percent))
}

/// The disagreement in one sentence; `None` without a second opinion.
pub fn summary(findings: &Findings) -> Option<String> {
    let all = disagreements(findings.run);
    // Tools differ in their own CPU cost by design, so that figure is shown and not counted as agreement or disagreement.
    let judged: Vec<&Disagreement> = all.iter().filter(|one| one.figure != "generator_cpu_per_request").collect();
    let farthest = judged.iter().max_by(|one, other| one.percent.abs().total_cmp(&other.percent.abs()))?;
    let within = judged.iter().filter(|one| one.percent.abs() <= LIMIT_PERCENT).count();
    let few = judged.iter().filter(|one| one.percent.abs() > LIMIT_PERCENT && !one.doubtful).count();
    let few = if few > 0 { format!("; {few} of too few requests to tell") } else { String::new() };
    Some(format!(
        "Second opinion ({}): {within} of {} figures within {LIMIT_PERCENT:.0} %, the farthest {} of {} ({}, by {}){few}.",
        driven(findings)?,
        judged.len(),
        signed(farthest.percent),
        plain(&farthest.target),
        farthest.figure,
        plain(&farthest.by)
    ))
}
