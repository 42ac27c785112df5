//! The loads of a run, one view per target, load and request: counts over all trials, and one trial that stands for them.
//!
//! Percentiles are never merged across trials (two processes are two populations), so a view shows the percentiles of the
//! trial whose median latency is the middle one of those that count, and says which.

use std::collections::BTreeMap;

use super::words::plain;
use super::{Findings, groups};
use crate::analysis::floor::{self, Found};
use crate::analysis::load::LoadFigures;
use crate::model::load::LoadRecord;
use crate::unit::plural;

/// One load and request on one target.
#[derive(Debug)]
pub struct LoadView<'a> {
    /// The figures of the trial that stands for the others.
    pub figures: &'a LoadFigures,
    /// Its record, with the histograms.
    pub record: Option<&'a LoadRecord>,
    /// How many trials there are.
    pub trials: usize,
    /// Requests sent in all trials.
    pub sent: u64,
    /// Good answers in all trials.
    pub good: u64,
    /// Answers by status in all trials.
    pub statuses: BTreeMap<&'a str, u64>,
    /// Requests without a good answer by kind in all trials.
    pub errors: BTreeMap<&'a str, u64>,
    /// Trials whose figures enter no comparison.
    pub void: usize,
    /// The network floor beside it, over all trials.
    pub floor: Option<Found>,
    /// Trials in which the target could not hold the rate.
    pub overloaded: usize,
}

/// Every load of the run, in the order they were first made.
pub fn views<'a>(findings: &Findings<'a>) -> Vec<LoadView<'a>> {
    let mut keys: Vec<(&str, &str, &str)> = Vec::new();
    for figures in &findings.analysis.loads {
        let key = (&*figures.load, &*figures.request, &*figures.target);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let targets = groups::targets(findings.run);
    let first = |load: &str, request: &str| keys.iter().position(|key| (key.0, key.1) == (load, request));
    let mut ordered = keys.clone();
    ordered.sort_by_key(|(load, request, target)| {
        (first(load, request), targets.iter().position(|known| known == target))
    });
    ordered.into_iter().filter_map(|key| view(findings, key)).collect()
}

fn view<'a>(findings: &Findings<'a>, (load, request, target): (&str, &str, &str)) -> Option<LoadView<'a>> {
    let mut trials: Vec<&LoadFigures> = findings
        .analysis
        .loads
        .iter()
        .filter(|one| one.load == load && one.request == request && one.target == target)
        .collect();
    // What does not count stands for nothing, unless there is nothing else.
    trials.sort_by(|a, b| {
        (!a.void.is_empty()).cmp(&!b.void.is_empty()).then(a.latency_us.p50.total_cmp(&b.latency_us.p50))
    });
    let void = trials.iter().filter(|one| !one.void.is_empty()).count();
    let shown = if void == trials.len() { void } else { trials.len() - void };
    let figures = *trials.get(shown.checked_sub(1)? / 2)?;
    let sum = |part: fn(&LoadFigures) -> &BTreeMap<String, u64>| {
        let mut total = BTreeMap::new();
        for trial in &trials {
            for (key, count) in part(trial) {
                *total.entry(&**key).or_insert(0) += count;
            }
        }
        total
    };
    Some(LoadView {
        figures,
        record: record(findings, figures),
        trials: trials.len(),
        sent: trials.iter().map(|one| one.sent).sum(),
        good: trials.iter().map(|one| one.good).sum(),
        statuses: sum(|one| &one.statuses),
        errors: sum(|one| &one.errors),
        void,
        floor: floor::floors(findings.run)
            .into_iter()
            .find(|one| (one.target, one.load, one.request) == (target, load, request))
            .map(|one| one.found),
        overloaded: trials.iter().filter(|one| one.overloaded).count(),
    })
}

impl LoadView<'_> {
    /// Why its figures are to be doubted, in a few words each; empty when they are not.
    pub fn doubts(&self) -> Vec<String> {
        let often = |count: usize| format!("in {count} of {}", plural(self.trials, "trial"));
        let mut doubts = Vec::new();
        if self.overloaded > 0 {
            doubts.push(format!("overloaded {}", often(self.overloaded)));
        }
        if let Some(why) = self.figures.void.first() {
            doubts.push(format!("not counted: {}", plain(why)));
        } else if self.void > 0 {
            doubts.push(format!("not counted {}", often(self.void)));
        }
        doubts
    }
}

/// Whether both are of the same load, request and target.
pub fn same(a: &LoadFigures, b: &LoadFigures) -> bool {
    a.load == b.load && a.request == b.request && a.target == b.target
}

/// The record that these figures were derived from; a block done again has several, told apart by their counts.
pub fn record<'a>(findings: &Findings<'a>, figures: &LoadFigures) -> Option<&'a LoadRecord> {
    findings
        .run
        .trials
        .iter()
        .filter(|trial| trial.target == figures.target && trial.block == figures.trial)
        .flat_map(|trial| &trial.loads)
        .filter(|one| one.load == figures.load && one.request == figures.request)
        .rfind(|one| one.sent == figures.sent && one.good == figures.good)
}
