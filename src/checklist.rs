//! The verification checklist: eight conditions that a comparison must fulfil to be believed, each with evidence.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::analysis::Analysis;
use crate::analysis::doubt::unlike_work;
use crate::analysis::floor::floors;
use crate::analysis::metric::parts;
use crate::analysis::statistics::{FEWEST_BLOCKS, number};
use crate::analysis::validity::{Counted, counted};
use crate::model::load::Arrival;
use crate::model::plan::ComparisonPlan;
use crate::model::record::Run;
use crate::unit::{digits, plural};

/// One item: the `checklist` entry of the JSON summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Item {
    /// The condition in words, for instance `Same hardware used for both`.
    pub item: String,
    /// Whether the run fulfils it, or was not asked to.
    pub passed: bool,
    /// Whether the run was asked for it: a quick run is not asked to repeat its measurements.
    pub asked: bool,
    /// The evidence from the run, or what is missing.
    pub evidence: String,
}

/// The eight items, in their order. An item that the run cannot show fails, and its evidence says what is missing. What
/// `--quick` leaves out by intent does not fail a quick run, as long as something was measured: it passes as not asked for.
#[must_use]
pub fn check(run: &Run, analysis: &Analysis) -> Vec<Item> {
    let trials = counted(run);
    let comparison = run.plan.comparison.as_ref();
    let blocks = shared_blocks(&trials, comparison);
    let rows: [(&str, (bool, String)); 8] = [
        ("Baseline measurements taken", baseline(&trials, comparison)),
        ("Same hardware used for both", hardware(run, &trials, comparison)),
        ("Same database schema and data", database(run)),
        ("Same test load profiles", loads(&trials, analysis, comparison)),
        (REPEATED, repeated(run, analysis, blocks)),
        (AVERAGED, averaged(blocks, analysis, comparison)),
        ("Cache warmed up before measurements", warmed(&trials)),
        ("Network latency accounted for", network(run)),
    ];
    let is_left_out = |item: &str| run.plan.schedule.quick && blocks > 0 && [REPEATED, AVERAGED].contains(&item);
    rows.into_iter()
        .map(|(item, (passed, evidence))| {
            let item = item.to_owned();
            if !passed && is_left_out(&item) {
                let evidence = format!("not asked for in a quick run: {evidence}");
                Item { item, passed: true, asked: false, evidence }
            } else {
                Item { item, passed, asked: true, evidence }
            }
        })
        .collect()
}

const REPEATED: &str = "Measurements repeated 3+ times";
const AVERAGED: &str = "Results averaged";

const NO_COMPARISON: &str = "no comparison is configured: there is only one side";

fn of<'a>(trials: &'a [Counted<'a>], target: &'a str) -> impl Iterator<Item = &'a Counted<'a>> {
    trials.iter().filter(move |counted| counted.trial.target == target)
}

/// Blocks that the comparison (without one: any target) has valid trials in.
fn shared_blocks(trials: &[Counted<'_>], comparison: Option<&ComparisonPlan>) -> usize {
    let blocks = |target: &str| -> BTreeSet<u32> {
        of(trials, target).filter(|counted| counted.valid()).map(|counted| counted.trial.block).collect()
    };
    match comparison {
        Some(plan) => blocks(&plan.baseline).intersection(&blocks(&plan.candidate)).count(),
        None => trials.iter().map(|counted| blocks(&counted.trial.target).len()).min().unwrap_or(0),
    }
}

fn baseline(trials: &[Counted<'_>], comparison: Option<&ComparisonPlan>) -> (bool, String) {
    let Some(plan) = comparison else {
        return (false, "no comparison is configured: no target is the baseline".to_owned());
    };
    let (all, valid) = (of(trials, &plan.baseline).count(), of(trials, &plan.baseline).filter(|t| t.valid()).count());
    (valid > 0, format!("{} of {all} of the baseline `{}`", plural(valid, "valid trial"), plan.baseline))
}

fn hardware(run: &Run, trials: &[Counted<'_>], comparison: Option<&ComparisonPlan>) -> (bool, String) {
    let Some(plan) = comparison else {
        return (false, NO_COMPARISON.to_owned());
    };
    if let Some(missing) = [&plan.baseline, &plan.candidate].into_iter().find(|side| of(trials, side).next().is_none())
    {
        return (false, format!("`{missing}` has no trial in this run"));
    }
    let fact = |name: &str| run.environment.get(name).cloned().flatten().unwrap_or_else(|| format!("unknown {name}"));
    let evidence = format!(
        "both sides ran in this one session ({}), adjacent in each block: {}, CPUs: {}",
        run.started,
        fact("cpu.model"),
        fact("cpu.count")
    );
    (true, evidence)
}

fn database(run: &Run) -> (bool, String) {
    if run.plan.database.is_none() && run.database.is_none() {
        return (true, "no database in this comparison".to_owned());
    }
    if run.trials.is_empty() {
        return (false, "no trial was done".to_owned());
    }
    let prints: BTreeSet<Option<&str>> = run.trials.iter().map(|trial| trial.fingerprint.as_deref()).collect();
    let recorded = run.database.as_ref().map(|database| database.fingerprint.as_str());
    match (prints.iter().next(), prints.len()) {
        (Some(Some(print)), 1) if recorded.is_none_or(|recorded| recorded == *print) => {
            (true, format!("all {} trials started from fingerprint {print}", run.trials.len()))
        }
        _ if prints.contains(&None) => (false, "some trials have no fingerprint of the database".to_owned()),
        _ => (
            false,
            format!("trials started from {} different fingerprints, or not from the recorded one", prints.len()),
        ),
    }
}

/// A load as both sides must have it: name, request, arrival, connections, and the asked rate as text.
type Profile<'a> = (&'a str, &'a str, bool, u32, String);

fn loads(trials: &[Counted<'_>], analysis: &Analysis, comparison: Option<&ComparisonPlan>) -> (bool, String) {
    let Some(plan) = comparison else {
        return (false, NO_COMPARISON.to_owned());
    };
    let profiles = |target: &str| -> BTreeSet<Profile<'_>> {
        trials
            .iter()
            .filter(|counted| counted.trial.target == target)
            .flat_map(|counted| &counted.trial.loads)
            .map(|load| {
                let rate = load.rate_asked.map_or_else(String::new, |rate| format!("{rate}/s"));
                (load.load.as_str(), load.request.as_str(), load.arrival == Arrival::Open, load.connections, rate)
            })
            .collect()
    };
    let (old, new) = (profiles(&plan.baseline), profiles(&plan.candidate));
    if old.is_empty() && new.is_empty() {
        return (false, "no load was run".to_owned());
    }
    let unlike: BTreeSet<String> =
        old.symmetric_difference(&new).map(|profile| format!("{}.{}", profile.0, profile.1)).collect();
    if let Some(work) = unlike_work(&analysis.comparisons).first() {
        return (false, format!("the sides do unlike work in {}", work.text));
    }
    if unlike.is_empty() {
        let names: BTreeSet<&str> = old.iter().map(|profile| profile.0).collect();
        let names: Vec<&str> = names.into_iter().collect();
        (true, format!("{} under the same loads on both sides: {}", plural(old.len(), "request"), names.join(", ")))
    } else {
        let unlike: Vec<String> = unlike.into_iter().collect();
        (false, format!("the sides differ in {} (connections, rate, or one side lacks it)", unlike.join(", ")))
    }
}

fn repeated(run: &Run, analysis: &Analysis, blocks: usize) -> (bool, String) {
    let what = if run.plan.comparison.is_some() {
        format!("{} with a valid trial of both sides", plural(blocks, "block"))
    } else {
        format!("{} per target", plural(blocks, "valid trial"))
    };
    // A load can be void in trials that are valid. One that is planned for fewer blocks is as its plan wants it.
    let mut compared = analysis.comparisons.iter().filter(|_| blocks >= FEWEST_BLOCKS);
    let thin = compared.find_map(|one| {
        let (load, request, _) = parts(&one.metric).filter(|(_, _, figure)| *figure == "throughput")?;
        let planned = run.plan.load(load).and_then(|load| load.blocks).map_or(FEWEST_BLOCKS, |blocks| blocks as usize);
        (one.blocks < FEWEST_BLOCKS.min(planned))
            .then(|| format!(", {load}.{request} counts in {} of them", one.blocks))
    });
    let passed = blocks >= FEWEST_BLOCKS && thin.is_none();
    (passed, format!("{what}{}, {FEWEST_BLOCKS} are needed", thin.unwrap_or_default()))
}

fn averaged(blocks: usize, analysis: &Analysis, comparison: Option<&ComparisonPlan>) -> (bool, String) {
    if blocks < 2 {
        return (false, format!("{}: there is nothing to average", plural(blocks, "valid block")));
    }
    let ratios = if comparison.is_some() {
        format!("; each of {} ratios is the geometric mean over its blocks", analysis.comparisons.len())
    } else {
        String::new()
    };
    (true, format!("each figure is the median over {blocks} blocks or their launches{ratios}"))
}

fn warmed(trials: &[Counted<'_>]) -> (bool, String) {
    let loaded: Vec<&Counted<'_>> = trials.iter().filter(|counted| !counted.trial.loads.is_empty()).collect();
    if loaded.is_empty() {
        return (false, "no load was run, so nothing was warmed up".to_owned());
    }
    // Nanoseconds of warm-up that ended before the first load began.
    let warm = |counted: &Counted<'_>| -> u64 {
        let first = counted.trial.loads.iter().map(|load| load.started_ns).min().unwrap_or(0);
        let warmups = counted.trial.windows.iter().filter(|w| w.phase == "warmup" && w.ended_ns <= first);
        warmups.map(|window| window.ended_ns.saturating_sub(window.started_ns)).sum()
    };
    let cold = loaded.iter().filter(|counted| warm(counted) == 0).count();
    let shortest = loaded.iter().map(|counted| warm(counted)).min().unwrap_or(0);
    if cold > 0 {
        (false, format!("{cold} of {} trials went under load without a warm-up", loaded.len()))
    } else {
        let seconds = digits(number(shortest) / 1e9);
        (true, format!("all {} trials were warmed up for at least {seconds} s before their loads", loaded.len()))
    }
}

fn network(run: &Run) -> (bool, String) {
    let floors = floors(run);
    if !floors.is_empty() {
        let readings: Vec<f64> = floors.iter().map(|one| one.found.readings().median).collect();
        let end = |pick: fn(f64, f64) -> f64| digits(readings.iter().copied().reduce(pick).unwrap_or(0.0));
        let (low, high) = (end(f64::min), end(f64::max));
        let range = if low == high { low } else { format!("{low} to {high}") };
        let evidence = format!(
            "both sides are reached over loopback on this machine; a server that does nothing, asked beside each load in its own \
             way, answered after {range} us (median readings)"
        );
        return (true, evidence);
    }
    match &run.ceiling {
        Some(ceiling) => (
            true,
            format!(
                "both sides are reached over loopback on this machine; a server that does nothing answered after {} us, read once",
                digits(number(ceiling.floor_ns) / 1e3)
            ),
        ),
        None => (false, "the network floor was not measured: no load was run against the null server".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::sample_run::SampleRun;

    fn failed(run: &Run) -> Vec<usize> {
        let items = check(run, &analyse(run));
        assert_eq!(items.len(), 8);
        assert!(items.iter().all(|item| !item.evidence.is_empty()));
        (1..).zip(&items).filter(|(_, item)| !item.passed).map(|(number, _)| number).collect()
    }

    #[test]
    fn a_whole_comparison_passes_every_item() {
        assert_eq!(failed(&SampleRun::default().build()), Vec::<usize>::new());
    }

    #[test]
    fn each_item_fails_for_its_own_reason() {
        let good = SampleRun::default().build();
        let check = |change: &dyn Fn(&mut Run), expected: &[usize]| {
            let mut run = good.clone();
            change(&mut run);
            assert_eq!(failed(&run), expected);
        };
        check(&|run| run.plan.comparison = None, &[1, 2, 4]);
        check(&|run| run.trials.retain(|trial| trial.target == "gin"), &[1, 2, 4, 5, 6]);
        check(&|run| run.trials[3].fingerprint = Some("beef".to_owned()), &[3]);
        check(&|run| run.trials[3].fingerprint = None, &[3]);
        check(
            &|run| run.trials.iter_mut().filter(|t| t.target == "gin").for_each(|t| t.loads[0].connections = 50),
            &[4],
        );
        check(
            &|run| {
                let windows = run.trials.iter_mut().filter(|t| t.target == "gin").flat_map(|t| &mut t.windows);
                windows.filter_map(|w| w.database_work.as_mut()).for_each(|work| work.statements *= 2);
            },
            &[4],
        );
        check(&|run| run.trials.truncate(4), &[5]);
        check(&|run| run.trials.truncate(2), &[5, 6]);
        check(&|run| run.trials[5].windows.retain(|window| window.phase != "warmup"), &[7]);
        let forget = |run: &mut Run| {
            run.trials.iter_mut().flat_map(|trial| &mut trial.loads).for_each(|load| load.floor_ns.clear());
        };
        check(&forget, &[]);
        check(
            &|run| {
                forget(run);
                run.ceiling = None;
            },
            &[8],
        );
    }

    #[test]
    fn a_quick_run_is_not_asked_to_repeat_but_to_measure() {
        let mut run = SampleRun::default().build();
        run.trials.truncate(2);
        assert_eq!(failed(&run), vec![5, 6]);
        run.plan.schedule.quick = true;
        assert_eq!(failed(&run), Vec::<usize>::new());
        let items = check(&run, &analyse(&run));
        let left_out: Vec<usize> =
            (1..).zip(&items).filter(|(_, item)| !item.asked).map(|(number, _)| number).collect();
        assert_eq!(left_out, vec![5, 6]);
        assert!(items[4].evidence.starts_with("not asked for in a quick run: 1 block"), "{}", items[4].evidence);
        run.trials.truncate(1);
        assert!(failed(&run).ends_with(&[5, 6]), "nothing of both sides was measured");
        let whole = SampleRun::default().build();
        assert!(check(&whole, &analyse(&whole)).iter().all(|item| item.asked));
    }

    #[test]
    fn no_database_is_no_failure() {
        let mut run = SampleRun::default().build();
        run.plan.database = None;
        run.database = None;
        run.trials.iter_mut().for_each(|trial| trial.fingerprint = None);
        assert_eq!(failed(&run), Vec::<usize>::new());
    }

    #[test]
    fn invalid_trials_do_not_count_as_repeats() {
        let mut run = SampleRun::default().build();
        for trial in run.trials.iter_mut().filter(|trial| trial.block <= 3 && trial.target == "flask") {
            trial.noise.steal_percent = Some(30.0);
        }
        assert_eq!(failed(&run), vec![5]);
    }
}
