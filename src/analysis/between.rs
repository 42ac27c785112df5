//! What changed between two stored runs.
//!
//! Figures of different sessions are shown, never gated on: a regression gate runs the old build again in the same session.
//! Runs from unlike environments are refused, with the facts that differ.

use serde::Serialize;

use crate::model::facts::Environment;
use crate::model::record::Run;

use super::analyse;
use super::metric::{Better, Metric};
use super::statistics::{holm, welch};

/// Facts whose name contains one of these words change from minute to minute on one machine.
const FLEETING: [&str; 10] =
    ["load", "psi", "pressure", "steal", "free", "mhz", "available", "uptime", "throttl", "time_wait"];
/// The error that all statements 'got worse' and 'got better' of one comparison share.
const ALPHA: f64 = 0.05;

/// Two runs side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Between {
    /// The old run's id.
    pub old: String,
    /// The new run's id.
    pub new: String,
    /// Why the two should not be compared; `None` when nothing speaks against it.
    pub refusal: Option<String>,
    /// Facts of the environment that differ.
    pub unlike: Vec<Unlike>,
    /// One per metric and target that both runs have. The caller shows them despite a refusal only when told to.
    pub changes: Vec<Change>,
    /// Metrics, each with its target, that only one of the runs has.
    pub missing: Vec<String>,
}

/// A fact that differs; `None` is 'unknown'.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unlike {
    /// Its name.
    pub fact: String,
    /// In the old run.
    pub old: Option<String>,
    /// In the new run.
    pub new: Option<String>,
}

/// One metric of one target in both runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The metric's name.
    pub metric: String,
    /// Its unit.
    pub unit: &'static str,
    /// The target's name.
    pub target: String,
    /// Median of the old run.
    pub old: f64,
    /// Median of the new run.
    pub new: f64,
    /// How many times better the new run is; `None` where a figure is zero.
    pub ratio: Option<f64>,
    /// Lower end of its 95 % interval (Welch's t on logs over blocks, not corrected); `None` below 3 blocks a side.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// p of 'nothing changed' after Holm's correction over all metrics; `None` below 3 blocks a side.
    pub p: Option<f64>,
    /// What may be said.
    pub direction: Direction,
}

/// What may be said of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It got worse by more than chance.
    Worse,
    /// It got better by more than chance.
    Better,
    /// The data cannot tell.
    Unclear,
}

/// Compares two runs, metric by metric.
#[must_use]
pub fn compare_runs(old: &Run, new: &Run) -> Between {
    let (before, after) = (analyse(old).metrics, analyse(new).metrics);
    let twin = |metric: &Metric, among: &[Metric]| {
        among.iter().find(|other| other.metric == metric.metric && other.target == metric.target).cloned()
    };
    let pairs: Vec<(&Metric, Metric)> =
        before.iter().filter_map(|metric| Some((metric, twin(metric, &after)?))).collect();
    let mut changes: Vec<Change> = pairs.iter().map(|(old, new)| change(old, new)).collect();
    let tested: Vec<usize> = (0..changes.len()).filter(|index| changes[*index].p.is_some()).collect();
    let corrected = holm(&tested.iter().filter_map(|index| changes[*index].p).collect::<Vec<f64>>());
    for (index, p) in tested.into_iter().zip(corrected) {
        let change = &mut changes[index];
        change.p = Some(p);
        change.direction = match change.ratio {
            Some(ratio) if p < ALPHA && ratio < 1.0 => Direction::Worse,
            Some(ratio) if p < ALPHA && ratio > 1.0 => Direction::Better,
            _ => Direction::Unclear,
        };
    }
    let alone = |these: &[Metric], those: &[Metric]| -> Vec<String> {
        let only = these.iter().filter(|metric| twin(metric, those).is_none());
        only.map(|metric| format!("{} of {}", metric.metric, metric.target)).collect()
    };
    let unlike = unlike(&old.environment, &new.environment);
    Between {
        old: old.id.clone(),
        new: new.id.clone(),
        refusal: refusal(old, new, &unlike),
        unlike,
        missing: [alone(&before, &after), alone(&after, &before)].concat(),
        changes,
    }
}

fn change(old: &Metric, new: &Metric) -> Change {
    let logs = |metric: &Metric| -> Vec<f64> {
        metric.by_block.iter().map(|(_, value)| value.ln()).filter(|log| log.is_finite()).collect()
    };
    let (before, after) = (logs(old), logs(new));
    let enough = before.len().min(after.len()) >= super::statistics::FEWEST_BLOCKS;
    let positive = before.len() == old.by_block.len() && after.len() == new.by_block.len();
    let comparable = enough && positive && old.marks.is_empty() && new.marks.is_empty();
    // 'Times better' is old over new where lower is better.
    let (left, right) = if old.better == Better::Lower { (&before, &after) } else { (&after, &before) };
    let test = comparable.then(|| welch(left, right)).flatten();
    let plain = if old.better == Better::Lower { old.median / new.median } else { new.median / old.median };
    let ratio = test.map_or(plain, |test| test.difference.exp());
    Change {
        metric: old.metric.clone(),
        unit: old.unit,
        target: old.target.clone(),
        old: old.median,
        new: new.median,
        ratio: (ratio.is_finite() && ratio > 0.0).then_some(ratio),
        low: test.map(|test| (test.difference - test.half).exp()),
        high: test.map(|test| (test.difference + test.half).exp()),
        p: test.map(|test| test.p),
        direction: Direction::Unclear,
    }
}

fn unlike(old: &Environment, new: &Environment) -> Vec<Unlike> {
    let mut facts: Vec<&String> = old.keys().chain(new.keys()).collect();
    facts.sort();
    facts.dedup();
    let known = |facts: &Environment, fact: &String| facts.get(fact).cloned().flatten();
    facts
        .into_iter()
        .filter(|fact| !FLEETING.iter().any(|word| fact.contains(word)))
        .map(|fact| Unlike { fact: fact.clone(), old: known(old, fact), new: known(new, fact) })
        .filter(|unlike| unlike.old != unlike.new)
        .collect()
}

fn refusal(old: &Run, new: &Run, unlike: &[Unlike]) -> Option<String> {
    if !unlike.is_empty() {
        let facts: Vec<&str> = unlike.iter().map(|unlike| unlike.fact.as_str()).collect();
        return Some(format!("the runs come from unlike environments: {} differ", facts.join(", ")));
    }
    let print = |run: &Run| run.database.as_ref().map(|database| database.fingerprint.clone());
    if print(old) != print(new) {
        return Some("the runs worked on different data: the database fingerprints differ".to_owned());
    }
    (old.plan.loads != new.plan.loads || old.plan.requests != new.plan.requests)
        .then(|| "the runs used different load profiles or requests".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run::SampleRun;

    #[test]
    fn a_slower_build_is_found_and_nothing_else() {
        let sample = SampleRun::default();
        let mut slower = sample.clone();
        slower.new.start_ms *= 1.5;
        let found = compare_runs(&sample.build(), &slower.build());
        assert_eq!(found.refusal, None);
        assert!(found.missing.is_empty());
        let worse: Vec<&str> = found
            .changes
            .iter()
            .filter(|change| change.direction == Direction::Worse)
            .map(|change| change.metric.as_str())
            .collect();
        assert_eq!(worse, ["startup.listen", "startup.first_byte", "startup.first_ok", "startup.cpu"]);
        assert!(found.changes.iter().all(|change| change.direction != Direction::Better));
        assert!(found.changes.iter().all(|change| change.metric != "startup.first_ok"
            || change.target != "gin"
            || change.ratio.is_some_and(|ratio| (ratio - 1.0 / 1.5).abs() < 1e-6)));
    }

    #[test]
    fn unlike_machines_are_refused() {
        let old = SampleRun::default().build();
        let mut new = old.clone();
        new.environment.insert("cpu.model".to_owned(), Some("Other".to_owned()));
        new.environment.insert("load.average".to_owned(), Some("3".to_owned()));
        let found = compare_runs(&old, &new);
        assert_eq!(found.unlike.len(), 1);
        assert!(found.refusal.expect("refused").contains("cpu.model"));
    }
}
