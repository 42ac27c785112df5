//! What changed between two stored runs.
//!
//! Figures of different sessions are shown, never gated on: a regression gate runs the old build again in the same session.
//! Runs from unlike environments are refused, with the facts that differ.

use serde::Serialize;

use crate::model::facts::{Environment, TargetFacts};
use crate::model::plan::TargetPlan;
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
    /// Why the two should not be compared; `None` when nothing speaks against it but what was named.
    pub refusal: Option<String>,
    /// What differs and was named, so that the two are compared despite it.
    pub despite: Vec<String>,
    /// Facts of the environment that differ.
    pub unlike: Vec<Unlike>,
    /// What differs between the targets themselves (versions, checksums), which is what a comparison is for.
    pub builds: Vec<Unlike>,
    /// One per metric and target that both runs have.
    pub changes: Vec<Change>,
    /// Metrics, each with its target, that only one of the runs has.
    pub missing: Vec<String>,
}

/// A fact that differs; `None` is 'unknown'.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unlike {
    /// The fact's name, for instance `cpu.model`, or `database` or `loads`.
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
    /// `ms`, `MiB`, `1/s`, `%`, `us`, `ns`, `bytes` or empty for a count.
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

/// What differs beside the environment, by the name that a user gives it.
pub const DATA: &str = "database";
/// Load profiles or requests.
pub const LOADS: &str = "loads";

/// From which page cache targets were launched, or what told that they were ready.
pub const LAUNCHES: &str = "launches";

/// Compares two runs, metric by metric, unless they differ in what is not named in `despite`.
#[must_use]
pub fn compare_runs(old: &Run, new: &Run, despite: &[String]) -> Between {
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
    let mut unlike = unlike(&old.environment, &new.environment);
    unlike.retain(|one| !FLEETING.iter().any(|word| one.fact.contains(word)));
    unlike.extend(self::unlike(&variables(old), &variables(new)));
    Between {
        old: old.id.clone(),
        new: new.id.clone(),
        refusal: refusal(old, new, &unlike, despite),
        despite: differences(old, new, &unlike).into_iter().filter(|name| despite.contains(name)).collect(),
        builds: builds(old, new),
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
        .map(|fact| Unlike { fact: fact.clone(), old: known(old, fact), new: known(new, fact) })
        .filter(|unlike| unlike.old != unlike.new)
        .collect()
}

/// The names of everything that makes the two runs unlike.
fn differences(old: &Run, new: &Run, unlike: &[Unlike]) -> Vec<String> {
    let mut names: Vec<String> = unlike.iter().map(|unlike| unlike.fact.clone()).collect();
    let print = |run: &Run| run.database.as_ref().map(|database| database.fingerprint.clone());
    if print(old) != print(new) {
        names.push(DATA.to_owned());
    }
    if old.plan.loads != new.plan.loads || old.plan.requests != new.plan.requests {
        names.push(LOADS.to_owned());
    }
    let other_sign =
        |target: &TargetPlan| new.plan.target(&target.name).is_some_and(|twin| twin.ready.by != target.ready.by);
    if old.plan.schedule.cold != new.plan.schedule.cold || old.plan.targets.iter().any(other_sign) {
        names.push(LAUNCHES.to_owned());
    }
    names
}

fn refusal(old: &Run, new: &Run, unlike: &[Unlike], despite: &[String]) -> Option<String> {
    let left: Vec<String> = differences(old, new, unlike).into_iter().filter(|name| !despite.contains(name)).collect();
    let facts: Vec<&str> =
        left.iter().map(String::as_str).filter(|name| ![DATA, LOADS, LAUNCHES].contains(name)).collect();
    let has = |name: &str| left.iter().any(|left| left == name);
    let mut reasons = Vec::new();
    if !facts.is_empty() {
        reasons.push(format!("the runs come from unlike environments: {} differ", facts.join(", ")));
    }
    if has(DATA) {
        reasons.push("the runs worked on different data: the database fingerprints differ".to_owned());
    }
    if has(LOADS) {
        reasons.push("the runs used different load profiles or requests".to_owned());
    }
    if has(LAUNCHES) {
        reasons.push(
            "the runs launched differently: from a cold and a warm page cache, or ready by another sign".to_owned(),
        );
    }
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

/// The variables that were recorded of every target's environment.
fn variables(run: &Run) -> Environment {
    let of = |(target, facts): (&String, &TargetFacts)| {
        let variable = |(name, value): (&String, &String)| (format!("{target} {name}"), Some(value.clone()));
        facts.environment.iter().map(variable).collect::<Vec<_>>()
    };
    run.targets.iter().flat_map(of).collect()
}

/// Versions and checksums of targets that both runs have.
fn builds(old: &Run, new: &Run) -> Vec<Unlike> {
    let facts = |run: &Run| -> Environment {
        let of = |(name, facts): (&String, &TargetFacts)| {
            let version = |(thing, version): (&String, &String)| (format!("{name} {thing}"), Some(version.clone()));
            let mut all: Vec<(String, Option<String>)> =
                facts.versions.iter().chain(&facts.locks).map(version).collect();
            all.push((format!("{name} program"), facts.program_sha256.clone()));
            all
        };
        run.targets.iter().flat_map(of).collect()
    };
    unlike(&facts(old), &facts(new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::plan::ReadyBy;
    use crate::sample_run::SampleRun;

    #[test]
    fn a_slower_build_is_found_and_nothing_else() {
        let sample = SampleRun::default();
        let mut slower = sample.clone();
        slower.new.start_ms *= 1.5;
        let found = compare_runs(&sample.build(), &slower.build(), &[]);
        assert_eq!(found.refusal, None);
        assert!(found.missing.is_empty());
        let worse: Vec<&str> = found
            .changes
            .iter()
            .filter(|change| change.direction == Direction::Worse)
            .map(|change| change.metric.as_str())
            .collect();
        assert_eq!(
            worse,
            ["startup.listen", "startup.first_byte", "startup.first_ok", "startup.settled", "startup.cpu"]
        );
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
        let found = compare_runs(&old, &new, &[]);
        assert_eq!(found.unlike.len(), 1);
        assert!(found.refusal.expect("refused").contains("cpu.model"));
        new.plan.requests[0].path.push('x');
        let named = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            compare_runs(&old, &new, &names)
        };
        let refusal = named(&["cpu.model", "cpu.count"]).refusal.expect("not all was named");
        assert!(refusal.contains("requests") && !refusal.contains("cpu.model"), "{refusal}");
        let found = named(&["cpu.model", "cpu.count", LOADS]);
        assert_eq!((found.refusal, found.despite), (None, vec!["cpu.model".to_owned(), LOADS.to_owned()]));
    }

    #[test]
    fn targets_in_unlike_environments_are_refused() {
        let old = SampleRun::default().build();
        let mut new = old.clone();
        new.targets.get_mut("gin").expect("there").environment.insert("GOGC".to_owned(), "off".to_owned());
        let found = compare_runs(&old, &new, &[]);
        assert!(found.refusal.expect("refused").contains("gin GOGC"));
        assert_eq!(compare_runs(&old, &new, &["gin GOGC".to_owned()]).refusal, None);
    }

    #[test]
    fn launches_from_another_page_cache_or_by_another_sign_are_refused() {
        let old = SampleRun::default().build();
        for change in [(&|run: &mut Run| run.plan.schedule.cold = true) as &dyn Fn(&mut Run), &|run| {
            run.plan.targets[1].ready.by = ReadyBy::Tcp;
        }] {
            let mut new = old.clone();
            change(&mut new);
            let refusal = compare_runs(&old, &new, &[]).refusal.expect("refused");
            assert!(refusal.contains("the runs launched differently"), "{refusal}");
            assert_eq!(compare_runs(&old, &new, &[LAUNCHES.to_owned()]).refusal, None);
        }
    }

    #[test]
    fn another_build_is_named_and_compared() {
        let old = SampleRun::default().build();
        let mut new = old.clone();
        new.targets.get_mut("gin").expect("there").locks.insert("go.sum".to_owned(), "ab".to_owned());
        let found = compare_runs(&old, &new, &[]);
        assert_eq!(found.refusal, None);
        let builds = [Unlike { fact: "gin go.sum".to_owned(), old: None, new: Some("ab".to_owned()) }];
        assert_eq!(found.builds, builds);
        // The names of facts that change by themselves (`load`) are none of targets.
        let mut old = old;
        let facts = new.targets["gin"].clone();
        old.targets.insert("uploads".to_owned(), TargetFacts { program_sha256: Some("a".to_owned()), ..facts.clone() });
        new.targets.insert("uploads".to_owned(), TargetFacts { program_sha256: Some("b".to_owned()), ..facts });
        let found = compare_runs(&old, &new, &[]).builds;
        assert!(found.iter().any(|build| build.fact == "uploads program"), "{found:?}");
    }
}
