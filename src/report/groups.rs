//! The metrics of a run as tables: one group per thing measured, one row per metric, one cell per target.

use super::words::{Label, label};
use super::{Findings, words};
use crate::analysis::comparison::Comparison;
use crate::analysis::metric::{Mark, Metric};
use crate::model::plan::Role;
use crate::model::record::Run;

/// One table.
#[derive(Debug)]
pub struct Group<'a> {
    /// What was measured.
    pub title: String,
    /// Whether it is a load (and not startup, idle or an in-process benchmark).
    pub load: bool,
    /// Its metrics in the order of the analysis.
    pub rows: Vec<Row<'a>>,
}

/// One metric of every target.
#[derive(Debug)]
pub struct Row<'a> {
    /// The metric's name in the JSON summary.
    pub metric: &'a str,
    /// Its name in words.
    pub name: String,
    /// One per target in the order of [`targets`].
    pub cells: Vec<Option<&'a Metric>>,
    /// Candidate against baseline.
    pub comparison: Option<&'a Comparison>,
}

impl Row<'_> {
    /// The ratio with its interval; a dash where there is none to show.
    pub fn ratio(&self) -> String {
        self.comparable().map_or_else(|| "–".to_owned(), words::ratio)
    }

    /// The comparison, unless a side was overloaded or the figure is the generator's: how long a queue grew says nothing of
    /// how much faster the other side is, and what the generator needed is nobody's improvement.
    pub fn comparable(&self) -> Option<&Comparison> {
        let overloaded = || self.cells.iter().flatten().any(|metric| metric.marked(Mark::Overloaded));
        self.comparison.filter(|one| !one.is_of_the_generator() && !overloaded())
    }

    /// Whether a figure of it decides no claim.
    pub fn marked(&self) -> bool {
        self.cells.iter().flatten().any(|metric| !metric.marks.is_empty())
            || self.comparison.is_some_and(|one| one.unusable.is_some())
    }

    /// The median of each target, or a dash.
    pub fn figures(&self) -> Vec<String> {
        self.cells
            .iter()
            .map(|cell| cell.map_or_else(|| "–".to_owned(), |metric| words::figure(metric.median, metric.unit)))
            .collect()
    }
}

/// The targets in the order of columns: baseline, candidate, rivals, then the others as planned, then those that only trials name
/// (a server that was loaded by its URL has no plan).
pub fn targets(run: &Run) -> Vec<&str> {
    let mut names: Vec<&str> = run.plan.targets.iter().map(|target| &*target.name).collect();
    for trial in &run.trials {
        if !names.contains(&&*trial.target) {
            names.push(&trial.target);
        }
    }
    names.sort_by_key(|name| match run.plan.role(name) {
        Role::Baseline => 0,
        Role::Candidate => 1,
        Role::Rival => 2,
        Role::Other => 3,
    });
    names
}

/// Every metric of the run in its table.
pub fn groups<'a>(findings: &Findings<'a>) -> Vec<Group<'a>> {
    let targets = targets(findings.run);
    let mut groups: Vec<Group> = Vec::new();
    for metric in &findings.analysis.metrics {
        let Label { group: title, load, name } = label(&findings.run.plan, &metric.metric);
        let at = groups.iter().position(|group| group.title == title).unwrap_or_else(|| {
            groups.push(Group { title, load, rows: Vec::new() });
            groups.len() - 1
        });
        let rows = &mut groups[at].rows;
        let row = rows.iter().position(|row| row.metric == metric.metric).unwrap_or_else(|| {
            rows.push(Row {
                metric: &metric.metric,
                name,
                cells: vec![None; targets.len()],
                comparison: findings.analysis.comparisons.iter().find(|one| one.metric == metric.metric),
            });
            rows.len() - 1
        });
        if let Some(column) = targets.iter().position(|target| *target == metric.target) {
            rows[row].cells[column] = Some(metric);
        }
    }
    groups
}
