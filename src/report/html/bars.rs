//! One metric of every load and request as bars, one per target, on one axis from zero.

use serde::Serialize;

use super::super::Findings;
use super::super::chart::Scale;
use super::super::groups::{groups, targets};
use super::super::words::{figure, plain};
use super::colour::class;
use crate::analysis::comparison::unlike_work;
use crate::unit::times;

/// One chart.
#[derive(Debug, Serialize)]
pub struct Bars {
    title: &'static str,
    note: &'static str,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    bars: Vec<Bar>,
    ratio: Option<String>,
}

#[derive(Debug, Serialize)]
struct Bar {
    target: String,
    class: &'static str,
    width: f64,
    text: String,
}

/// Suffix of the metric, title, what it means.
pub type Choice = (&'static str, &'static str, &'static str);

/// The charts of these metrics that the run has.
pub fn bars(findings: &Findings, choices: &[Choice]) -> Vec<Bars> {
    choices.iter().filter_map(|choice| one(findings, *choice)).collect()
}

fn one(findings: &Findings, (suffix, title, note): Choice) -> Option<Bars> {
    let targets = targets(findings.run);
    let groups = groups(findings);
    let rows: Vec<_> = groups
        .iter()
        .flat_map(|group| &group.rows)
        .filter_map(|row| Some((row.metric.strip_suffix(suffix)?.strip_suffix('.')?, row)))
        // Without any error every bar would have length zero.
        .filter(|(_, row)| suffix != "errors" || row.cells.iter().flatten().any(|metric| metric.high > 0.0))
        .collect();
    let values = rows.iter().flat_map(|(_, row)| row.cells.iter().flatten()).map(|metric| metric.median);
    let scale = Scale::from_zero(values);
    if rows.is_empty() {
        return None;
    }
    let rows = rows
        .into_iter()
        .map(|(prefix, row)| Row {
            name: plain(prefix.strip_prefix("handler.").unwrap_or(prefix)),
            bars: row
                .cells
                .iter()
                .zip(&targets)
                .filter_map(|(cell, target)| {
                    let metric = (*cell)?;
                    Some(Bar {
                        target: plain(target),
                        class: class(findings.run, target),
                        width: scale.map_or(0.0, |scale| scale.percent(metric.median)),
                        text: figure(metric.median, metric.unit),
                    })
                })
                .collect(),
            ratio: row
                .comparable()
                .filter(|one| one.ratio.is_finite() && unlike_work(&one.metric, &findings.analysis.loads).is_none())
                .map(|one| said(one.ratio)),
        })
        .collect();
    Some(Bars { title, note, rows })
}

/// Which way the ratio goes, in words: below 1 the candidate is worse.
fn said(ratio: f64) -> String {
    if ratio >= 1.0 { format!("{} better", times(ratio)) } else { format!("{} worse", times(1.0 / ratio)) }
}
