//! The metrics: one table per group, a column per target, and the ratio where there is one.

use super::super::groups::{Group, groups, targets};
use super::super::words::{figure, plain};
use super::super::{Findings, words};
use super::page::{Page, Tone};
use crate::unit::{digits, times};

/// More targets than this stand below each other instead of side by side.
const SIDE_BY_SIDE: usize = 3;

/// With more loads and requests than this, a summary shows only [`BRIEF`] of each.
const LOADS_IN_FULL: usize = 2;

/// What a summary shows of each of many loads.
const BRIEF: [&str; 6] = ["p50", "p95", "throughput", "errors", "rss", "cpu_per_request"];

/// Writes every group, or the summary's choice of it.
pub fn write(page: &mut Page, findings: &Findings, every: bool) {
    let names: Vec<String> = targets(findings.run).into_iter().map(plain).collect();
    let compared = findings.run.plan.comparison.is_some();
    let mut all = groups(findings);
    let loads = all.iter().filter(|group| group.load).count();
    if !every && loads > LOADS_IN_FULL {
        for group in all.iter_mut().filter(|group| group.load) {
            group.rows.retain(|row| row.metric.rsplit('.').next().is_some_and(|suffix| BRIEF.contains(&suffix)));
        }
        all.retain(|group| !group.rows.is_empty());
    }
    for group in &all {
        page.heading(&group.title);
        match names.len() {
            1 => alone(page, group, &names[0]),
            count if count <= SIDE_BY_SIDE => beside(page, group, &names, compared),
            _ => below(page, group, &names),
        }
    }
    if compared && all.iter().any(|group| group.rows.iter().any(|row| row.comparison.is_some())) {
        page.note("ratio: times better than the baseline, above 1 the candidate is better; [95 % interval]");
    }
    if all.iter().any(|group| group.rows.iter().any(|row| !marks(row).is_empty())) {
        page.note("*: the figure decides no claim (see the caveats)");
    }
}

fn alone(page: &mut Page, group: &Group, name: &str) {
    let rows = group
        .rows
        .iter()
        .filter_map(|row| {
            let metric = row.cells.first().copied().flatten()?;
            let range = if metric.n > 1 {
                format!("{} – {}", digits(metric.low), digits(metric.high))
            } else {
                String::new()
            };
            Some(vec![row.name.clone() + marks(row), figure(metric.median, metric.unit), range, metric.n.to_string()])
        })
        .collect();
    page.table(&["", name, "lowest – highest", "n"], rows, &[]);
}

fn beside(page: &mut Page, group: &Group, names: &[String], compared: bool) {
    let mut header = vec![""];
    header.extend(names.iter().map(String::as_str));
    if compared {
        header.push("ratio");
    }
    let mut tones = Vec::new();
    let rows = group
        .rows
        .iter()
        .map(|row| {
            let mut cells = vec![row.name.clone() + marks(row)];
            cells.extend(row.figures());
            if compared {
                cells.push(row.comparison.map_or_else(|| "–".to_owned(), words::ratio));
            }
            tones.push(row.comparison.map_or(Tone::Plain, |one| match (one.low, one.high) {
                (Some(low), _) if low > 1.0 => Tone::Good,
                (_, Some(high)) if high < 1.0 => Tone::Bad,
                _ => Tone::Plain,
            }));
            cells
        })
        .collect();
    page.table(&header, rows, &tones);
}

fn below(page: &mut Page, group: &Group, names: &[String]) {
    let rows = group
        .rows
        .iter()
        .flat_map(|row| {
            let ratio = row.comparison.map(|one| times(one.ratio));
            row.cells.iter().zip(names).enumerate().filter_map(move |(index, (cell, name))| {
                let metric = (*cell)?;
                let ratio = if index == 1 { ratio.clone().unwrap_or_default() } else { String::new() };
                Some(vec![row.name.clone() + marks(row), name.clone(), figure(metric.median, metric.unit), ratio])
            })
        })
        .collect();
    page.table(&["", "target", "median", "ratio"], rows, &[]);
}

fn marks(row: &super::super::groups::Row) -> &'static str {
    let marked = row.cells.iter().flatten().any(|metric| !metric.marks.is_empty())
        || row.comparison.is_some_and(|one| one.unusable.is_some());
    if marked { " *" } else { "" }
}
