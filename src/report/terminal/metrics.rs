//! The metrics: one table per group, a column per target, and the ratio where there is one.

use super::super::Findings;
use super::super::groups::{Group, Row, groups, targets};
use super::super::path::floor;
use super::super::words::{figure, plain};
use super::overview;
use super::page::{Page, Tone};
use crate::model::record::DATABASE_FIGURES;
use crate::unit::{digits, times};

/// More targets than this stand below each other instead of side by side.
const SIDE_BY_SIDE: usize = 3;

/// More loads and requests than this are one table in a summary.
const LOADS_IN_FULL: usize = 2;

/// What a load's own table does not have, beside what the database did.
const RESOURCES: [&str; 6] = ["rss", "pss", "rss_peak", "cgroup", "cpu", "cpu_per_request"];

/// Writes every group, or the summary's choice of it.
pub fn write(page: &mut Page, findings: &Findings, every: bool) {
    let names: Vec<String> = targets(findings.run).into_iter().map(plain).collect();
    let compared = findings.run.plan.comparison.is_some();
    let mut all = groups(findings);
    let at_a_glance = !every && all.iter().filter(|group| group.load).count() > LOADS_IN_FULL;
    if !every && !at_a_glance && names.len() == 1 {
        // The load's own table below has the rest.
        for group in all.iter_mut().filter(|group| group.load) {
            let own = |figure: &str| RESOURCES.contains(&figure) || DATABASE_FIGURES.contains(&figure);
            group.rows.retain(|row| row.metric.rsplit('.').next().is_some_and(own));
        }
        all.retain(|group| !group.rows.is_empty());
    }
    let mut overview = at_a_glance;
    let rows = || all.iter().flat_map(|group| &group.rows);
    // A star at every figure tells nothing apart; one sentence says it.
    let servers = || rows().filter(|row| !row.metric.starts_with("handler."));
    let stars = if servers().all(Row::marked) { "" } else { " *" };
    for group in &all {
        if at_a_glance && group.load {
            if std::mem::take(&mut overview) {
                overview::write(page, &all, &names, stars.trim());
            }
            continue;
        }
        page.heading(&group.title);
        match names.len() {
            1 => alone(page, group, &names[0], stars),
            count if count <= SIDE_BY_SIDE => beside(page, group, &names, compared, stars),
            _ => below(page, group, &names, stars),
        }
    }
    if all.iter().any(|group| group.load)
        && let Some(floor) = floor(findings.run)
    {
        page.note(&floor);
    }
    let ratios = || rows().filter_map(|row| row.comparison);
    if compared && ratios().any(|one| one.low.is_some()) {
        page.note("ratio: times better than the baseline [95 % interval]");
    } else if compared && ratios().next().is_some() {
        page.note("ratio: times better than the baseline");
    }
    if stars.is_empty() && servers().next().is_some() {
        page.note("no claim is judged by these figures of the servers: the caveats say why");
    } else if rows().any(Row::marked) {
        page.note("*: the figure decides no claim (see the caveats)");
    }
}

fn alone(page: &mut Page, group: &Group, name: &str, stars: &str) {
    let several = group.rows.iter().flat_map(|row| row.cells.iter().flatten()).any(|metric| metric.n > 1);
    let rows = group
        .rows
        .iter()
        .filter_map(|row| {
            let metric = row.cells.first().copied().flatten()?;
            let mut cells = vec![row.name.clone() + marks(row, stars), figure(metric.median, metric.unit)];
            if several {
                let range = format!("{} – {}", digits(metric.low), digits(metric.high));
                cells.extend([if metric.n > 1 { range } else { String::new() }, metric.n.to_string()]);
            }
            Some(cells)
        })
        .collect();
    let header: &[&str] = if several { &["", name, "lowest – highest", "n"] } else { &["", name] };
    page.table(header, rows, &[]);
}

fn beside(page: &mut Page, group: &Group, names: &[String], compared: bool, stars: &str) {
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
            let mut cells = vec![row.name.clone() + marks(row, stars)];
            cells.extend(row.figures());
            if compared {
                cells.push(row.ratio());
            }
            tones.push(row.comparable().map_or(Tone::Plain, |one| match (one.low, one.high) {
                (Some(low), _) if low > 1.0 => Tone::Good,
                (_, Some(high)) if high < 1.0 => Tone::Bad,
                _ => Tone::Plain,
            }));
            cells
        })
        .collect();
    page.table(&header, rows, &tones);
}

fn below(page: &mut Page, group: &Group, names: &[String], stars: &str) {
    let rows = group
        .rows
        .iter()
        .flat_map(|row| {
            let ratio = row.comparable().map(|one| times(one.ratio));
            row.cells.iter().zip(names).enumerate().filter_map(move |(index, (cell, name))| {
                let metric = (*cell)?;
                let ratio = if index == 1 { ratio.clone().unwrap_or_default() } else { String::new() };
                Some(vec![
                    row.name.clone() + marks(row, stars),
                    name.clone(),
                    figure(metric.median, metric.unit),
                    ratio,
                ])
            })
        })
        .collect();
    page.table(&["", "target", "median", "ratio"], rows, &[]);
}

fn marks<'a>(row: &Row, stars: &'a str) -> &'a str {
    if row.marked() { stars } else { "" }
}
