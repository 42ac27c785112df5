//! Doubts about the session as a whole: how much was done, and how undisturbed.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::model::facts::{Caveat, TargetFacts};
use crate::model::plan::{ReadyBy, TargetPlan};
use crate::model::record::{Group, Run, Sample, Trial, TrialEnd};
use crate::unit::{Bytes, digits, plural, span};

use super::super::comparison::Comparison;
use super::super::statistics::{FEW_TRIALS, FEWEST_BLOCKS, length, number};
use super::super::validity::{Counted, TOO_NOISY, disturbed_windows, trial_disturbances, trial_reasons};
use super::{caveat, listed};

/// The sampler's own CPU above this share of a core (percent) is felt by the targets.
const SAMPLER_PERCENT: f64 = 1.0;
/// Below this share of the asked looks, that they were fewer is said.
const KEPT_BEAT: f64 = 0.9;

pub(super) fn caveats(run: &Run, counted: &[Counted<'_>], comparisons: &[Comparison]) -> Vec<Caveat> {
    let mut found = Vec::new();
    // A check that found differences has done all it was there for.
    let is_answered = run.is_parity_alone() && run.parity.is_some();
    if !run.complete && !is_answered {
        found.push(caveat(
            "incomplete",
            format!(
                "The run was not finished: {} of {} blocks were begun.",
                blocks_begun(run),
                run.plan.schedule.blocks
            ),
            if run.command == "run" { "Continue it with `pianoprof run --resume RUN`." } else { "Measure again." },
        ));
    }
    found.extend(blocks(run, comparisons));
    if run.plan.schedule.quick {
        found.push(caveat(
            "quick",
            "`--quick` shortened windows, launches and blocks: the figures show that everything works, not how fast it is.",
            "Run without `--quick` before believing a ratio.",
        ));
    }
    if run.plan.schedule.cold {
        found.push(caveat(
            "cold",
            "The page cache was dropped before each launch: startup includes reading the programs from disk.",
            "Compare with a warm run; most restarts are warm.",
        ));
    }
    found.extend(readiness(run));
    found.extend(environments(run));
    found.extend(uncounted(run));
    found.extend(invalid(run));
    found.extend(died(run));
    found.extend(killed(run));
    found.extend(chatty(run));
    found.extend(counted.iter().filter_map(|counted| not_ready(counted.trial)).take(1));
    found.extend(sampler(counted, run.plan.schedule.sample_hz));
    found.extend(writes(counted));
    found.extend(parity(run));
    found
}

/// Targets that are ready without an answer: what that means for the figures of startup.
fn readiness(run: &Run) -> Vec<Caveat> {
    let said = |target: &TargetPlan| {
        let mark = match &target.ready.by {
            ReadyBy::Page { .. } => return None,
            ReadyBy::Log(pattern) => format!("a line of its output that matches `{pattern}` was read"),
            ReadyBy::Tcp => "its port accepted connections".to_owned(),
        };
        let text = format!("{} counts as ready once {mark}: no answer was asked for.", target.name);
        Some(caveat("readiness", text, "Ask for a page where there is one: `ready = { path = … }`."))
    };
    let launched = |target: &&TargetPlan| run.launched().iter().any(|trial| trial.target == target.name);
    run.plan.targets.iter().filter(launched).filter_map(said).collect()
}

/// Targets whose environment has more than every program expects, or what changes the speed of a runtime.
fn environments(run: &Run) -> Vec<Caveat> {
    let said = |(name, facts): (&String, &TargetFacts)| {
        let variables: Vec<String> = facts.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let text = format!("The environment of {name} has {}.", listed(&variables));
        let advice = "Make sure that it is so where the server runs in earnest.";
        (!variables.is_empty()).then(|| caveat("environment", text, advice))
    };
    run.targets.iter().filter_map(said).collect()
}

/// A server that does not count its statements, where somebody might miss them.
fn uncounted(run: &Run) -> Option<Caveat> {
    let why = run.database.as_ref()?.statements_unknown.as_ref()?;
    run.trials.iter().find(|trial| !trial.loads.is_empty())?;
    let text = format!("Statements, rows and buffers per request are unknown: {why}.");
    Some(caveat("statements-unknown", text, "A server with pg_stat_statements tells them; nothing else depends on it."))
}

fn blocks_begun(run: &Run) -> usize {
    run.trials.iter().map(|trial| trial.block).collect::<BTreeSet<u32>>().len()
}

fn blocks(run: &Run, comparisons: &[Comparison]) -> Option<Caveat> {
    run.plan.comparison.as_ref().filter(|_| !run.is_parity_alone())?;
    let apart = |metric: &str| {
        let startup = metric.starts_with("startup.") || metric.starts_with("first_request.");
        metric.starts_with("handler.") || (startup && !run.startup.is_empty() && run.plan.trial_blocks() > 0)
    };
    let trials = comparisons.iter().filter(|comparison| !apart(&comparison.metric));
    let pairs = trials.map(|comparison| comparison.blocks).max().unwrap_or(0);
    if pairs < FEWEST_BLOCKS {
        let text = format!(
            "{}: below {FEWEST_BLOCKS} there is no interval and no claim is decided.",
            plural(pairs, "valid block")
        );
        Some(caveat("few-blocks", text, "Ask for at least 5 blocks with `--blocks 5`."))
    } else if pairs < FEW_TRIALS {
        let text = format!("{pairs} valid blocks: intervals are wide, and one odd block moves them.");
        Some(caveat("few-trials", text, "Ask for at least 5 blocks with `--blocks 5`."))
    } else {
        None
    }
}

/// Trials, windows and launches of pairs that are not compared.
fn invalid(run: &Run) -> Vec<Caveat> {
    let trials: Vec<Void> = run
        .trials
        .iter()
        // What an interrupt cut short is said by `incomplete`, and done again by a resumed run.
        .filter(|trial| trial.end != TrialEnd::Interrupted)
        .filter_map(|trial| Void::new(trial, "block", "", trial_reasons(trial)))
        .collect();
    let noisy = run.trials.iter().filter(|trial| !trial_disturbances(trial).is_empty()).count();
    let (windows, all_windows) = disturbed_windows(run);
    let windows: Vec<Void> = windows
        .into_iter()
        .filter_map(|one| Void::new(one.trial, "block", &format!("{} of ", one.window), one.reasons))
        .collect();
    let launches: Vec<Void> =
        run.startup.iter().filter_map(|trial| Void::new(trial, "pair", "", trial_disturbances(trial))).collect();
    [
        void("trials", "invalid-trials", &trials, noisy, run.trials.len()),
        void("windows", "disturbed-windows", &windows, windows.len(), all_windows),
        void("launches", "disturbed-launches", &launches, launches.len(), run.startup.len()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Something that is not compared.
struct Void {
    place: String,
    reasons: Vec<String>,
}

impl Void {
    fn new(trial: &Trial, unit: &str, what: &str, reasons: Vec<String>) -> Option<Self> {
        let place = format!("{what}{}, {unit} {}", trial.target, trial.block);
        (!reasons.is_empty()).then_some(Self { place, reasons })
    }
}

/// One caveat about them; of the `all` there are, so many as `noisy` are not compared because of the machine.
fn void(what: &str, kind: &str, found: &[Void], noisy: usize, all: usize) -> Option<Caveat> {
    let first = found.first()?;
    let is_too_noisy = length(noisy) / length(all) > TOO_NOISY;
    let text = format!(
        "{} of {all} {what} are invalid and not compared, the first ({}) because {}.",
        found.len(),
        first.place,
        listed(&first.reasons)
    );
    let advice = if noisy > 0 {
        "Stop other programs, or measure on a quieter machine (`pianoprof doctor` shows what disturbs)."
    } else {
        "Read the target's standard error in the run's folder."
    };
    Some(if is_too_noisy {
        caveat("too-noisy", format!("The machine is too noisy: {text}"), advice)
    } else {
        caveat(kind, text, advice)
    })
}

/// Targets that outlived their grace: nothing of them is left, but their own shutdown was never seen.
fn killed(run: &Run) -> Vec<Caveat> {
    let withstood = |name: &str| {
        run.trials.iter().filter(|t| t.target == name && matches!(t.end, TrialEnd::Stopped { killed: true })).count()
    };
    run.plan
        .targets
        .iter()
        .filter_map(|target| match withstood(&target.name) {
            0 => None,
            count => Some(caveat(
                "killed",
                format!(
                    "{} did not end within {} of SIG{} and was killed, in {count} trial(s).",
                    target.name,
                    span(target.stop.grace),
                    target.stop.signal
                ),
                "Set the signal or the grace in `stop` if it needs another one or more time.",
            )),
        })
        .collect()
}

/// Targets that printed more than is kept.
fn chatty(run: &Run) -> Vec<Caveat> {
    let left_out = |name: &str| run.trials.iter().filter(|t| t.target == name).map(|t| t.output_left_out).sum::<u64>();
    let said = |name: &str| {
        let bytes = left_out(name);
        let text = format!("{name} printed so much that at least {} of it are not kept.", Bytes(bytes));
        (bytes > 0)
            .then(|| caveat("output-cut", text, "Writing it is part of the figures; lower the target's log level."))
    };
    run.plan.targets.iter().filter_map(|target| said(&target.name)).collect()
}

fn died(run: &Run) -> Vec<Caveat> {
    let mut found: Vec<Caveat> = Vec::new();
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for trial in &run.trials {
        if let TrialEnd::Died { phase, status, .. } = &trial.end
            && !seen.contains(&(&trial.target, phase))
        {
            seen.push((&trial.target, phase));
            let text = format!("{} died in {phase} of block {} ({status}).", trial.target, trial.block);
            found.push(caveat("died", text, "Read its standard error in the run's folder."));
        }
    }
    found
}

fn not_ready(trial: &Trial) -> Option<Caveat> {
    let missing = trial.launches.iter().filter(|launch| launch.first_ok.is_none()).count();
    (missing > 0).then(|| {
        let text = format!(
            "{missing} of {} launches of {} in block {} never gave a good answer and have no startup time.",
            trial.launches.len(),
            trial.target,
            trial.block
        );
        caveat("not-ready", text, "Raise the ready timeout, or read the target's standard error in the run's folder.")
    })
}

fn sampler(counted: &[Counted<'_>], asked_hz: f64) -> Option<Caveat> {
    let worst = counted
        .iter()
        .filter_map(|counted| {
            let windows = &counted.trial.windows;
            let (from, to) = (windows.first()?.started_ns, windows.last()?.ended_ns);
            let life = number(to.saturating_sub(from));
            (life > 0.0).then(|| (number(counted.trial.sampler_cpu_ns) / life * 100.0, counted.trial))
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(percent, _)| *percent > SAMPLER_PERCENT)?;
    let mut text = format!("Reading /proc cost up to {} % of a core ({}).", digits(worst.0), worst.1.target);
    if let Some(hz) = looks_per_second(&worst.1.samples).filter(|hz| *hz < asked_hz * KEPT_BEAT) {
        let _ = write!(text, " {} looks a second were taken, not {}.", digits(hz), digits(asked_hz));
    }
    Some(caveat("sampler-cost", text, "Lower `sample_hz`."))
}

/// How often the target's tree was really looked at.
fn looks_per_second(samples: &[Sample]) -> Option<f64> {
    let mut times = samples.iter().filter(|sample| sample.group == Group::Target).map(|sample| sample.t_ns);
    let first = times.next()?;
    let (last, count) = times.fold((first, 0_u64), |(_, count), t_ns| (t_ns, count + 1));
    (last > first).then(|| number(count) / (number(last - first) / 1e9))
}

fn writes(counted: &[Counted<'_>]) -> Vec<Caveat> {
    let mut found: Vec<Caveat> = Vec::new();
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for trial in counted.iter().map(|counted| counted.trial) {
        for check in &trial.writes {
            // A request without an answer may or may not have added its row.
            let fits = (check.promised..=check.promised + check.unknown).contains(&check.inserted);
            if !fits && !seen.contains(&(&trial.target, &check.table)) {
                seen.push((&trial.target, &check.table));
                let text = format!(
                    "{} promised {} new rows in {} (block {}) and {} came: the sides did not do the same work.",
                    trial.target, check.promised, check.table, trial.block, check.inserted
                );
                found.push(caveat("writes", text, "Find out which answers are wrong before comparing speeds."));
            }
        }
    }
    found
}

fn parity(run: &Run) -> Option<Caveat> {
    run.plan.comparison.as_ref()?;
    let Some(record) = &run.parity else {
        // Startup and idle memory compare servers, not answers.
        run.trials.iter().find(|trial| !trial.loads.is_empty())?;
        // A single look plays no corpus; that there is one is enough for it.
        if run.command != "run" && run.plan.parity.is_some() {
            return None;
        }
        return Some(caveat(
            "parity-not-done",
            "It was not checked that both sides give the same answers.",
            "Configure a corpus under `[parity]`, or run `pianoprof parity`.",
        ));
    };
    let allowed = record.differences.iter().filter(|one| one.allowed).count();
    if !record.is_alike() {
        let tables = if record.tables.is_empty() { String::new() } else { format!(" ({})", listed(&record.tables)) };
        let text = format!("The sides do not answer alike: {}{tables}.", record.outcome());
        Some(caveat("parity", text, "Make both sides answer alike, or the comparison is of different work."))
    } else if allowed > 0 {
        let text = format!("Allowed by name: {} between the answers.", plural(allowed, "difference"));
        Some(caveat("allowed-differences", text, "Read them with `pianoprof parity`."))
    } else {
        None
    }
}
