//! What a stored run says: one figure per trial, its spread, and the ratio between two targets with an interval.
//!
//! Pure: a [`Run`] goes in, an [`Analysis`] comes out. It decides no claim and writes nothing.

pub mod between;
pub mod comparison;
pub mod doubt;
pub mod handler;
pub mod launch;
pub mod load;
pub mod loaded;
pub mod metric;
#[cfg(test)]
mod simulation;
pub mod statistics;
pub mod validity;

use crate::model::facts::Caveat;
use crate::model::record::Run;
use comparison::Comparison;
use load::LoadFigures;
use metric::Metric;

/// Everything derived from one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// One per metric and target, in the order of the phases.
    pub metrics: Vec<Metric>,
    /// One per metric that both sides of the comparison have.
    pub comparisons: Vec<Comparison>,
    /// One per load record, in the order they were made.
    pub loads: Vec<LoadFigures>,
    /// Reasons to doubt the data, those recorded and those derived.
    pub caveats: Vec<Caveat>,
}

impl Analysis {
    /// The metric of that name of that target.
    #[must_use]
    pub fn metric(&self, name: &str, target: &str) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.metric == name && metric.target == target)
    }

    /// The comparison of that metric.
    #[must_use]
    pub fn comparison(&self, metric: &str) -> Option<&Comparison> {
        self.comparisons.iter().find(|comparison| comparison.metric == metric)
    }
}

/// Derives everything from one run.
#[must_use]
pub fn analyse(run: &Run) -> Analysis {
    let counted = validity::counted(run);
    let ceiling = run.ceiling.as_ref();
    let mut figures = Vec::new();
    for trial in &counted {
        figures.extend(launch::figures(trial));
    }
    for trial in &counted {
        figures.extend(loaded::figures(trial, ceiling));
    }
    figures.extend(handler::figures(&run.benchmarks));
    let metrics = metric::collect(&figures, &names(run));
    let loads: Vec<LoadFigures> = run
        .trials
        .iter()
        .flat_map(|trial| trial.loads.iter().map(move |record| LoadFigures::new(trial, record, ceiling)))
        .collect();
    let comparisons = compare(run, &metrics, &loads);
    let caveats = doubt::caveats(run, &counted, &metrics, &comparisons);
    Analysis { metrics, comparisons, loads, caveats }
}

/// Every target's name, those of the plan first.
fn names(run: &Run) -> Vec<String> {
    let mut names: Vec<String> = run.plan.targets.iter().map(|target| target.name.clone()).collect();
    let measured = run.trials.iter().map(|trial| &trial.target).chain(run.benchmarks.iter().map(|b| &b.target));
    for name in measured {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

fn compare(run: &Run, metrics: &[Metric], loads: &[LoadFigures]) -> Vec<Comparison> {
    let Some(plan) = &run.plan.comparison else {
        return Vec::new();
    };
    let candidate_of = |name: &str| metrics.iter().find(|m| m.metric == name && m.target == plan.candidate);
    metrics
        .iter()
        .filter(|metric| metric.target == plan.baseline)
        .filter_map(|old| Some(comparison::compare(old, candidate_of(&old.metric)?, loads, &run.plan.schedule.looks)))
        .collect()
}
