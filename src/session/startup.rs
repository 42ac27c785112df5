//! Startup as an experiment of its own: pairs of launches, one of each target right after the other.
//!
//! A first launch after a minute of the other side is three to four times slower than the next, since its pages have gone
//! cold; so the launches of all targets alternate, before the blocks, and the first pair is not counted. A pair is watched as a
//! whole, since one launch is shorter than what the clock ticks of `/proc/stat` can tell; a disturbed one is done again.

use std::collections::BTreeMap;
use std::time::Duration;

use super::bench::Bench;
use super::error::Error;
use super::life::TrialSpec;
use super::requests;
use super::schedule::{self, REDO_SHARE, ScheduledTrial};
use super::trial::{drop_copy, fresh_copy};
use crate::clock;
use crate::database::Copy;
use crate::environment::NoiseWatch;
use crate::model::plan::Phase;
use crate::model::record::{Run, Trial, TrialEnd};
use crate::target;

/// The database of each target, by the target's name.
type Copies = BTreeMap<String, Option<Copy>>;

/// Launches the pairs that the record lacks.
pub(super) fn run_pairs(bench: &mut Bench, run: &mut Run) -> Result<(), Error> {
    if !run.plan.startup_is_apart() {
        return Ok(());
    }
    let pairs = schedule::blocks(&run.plan, run.plan.schedule.launches);
    let missing: Vec<&Vec<ScheduledTrial>> =
        pairs.iter().filter(|pair| schedule::finished(&run.startup, pair) == 0).collect();
    let Some(first) = missing.first() else { return Ok(()) };
    let copies = copies(bench, run, first)?;
    let mut done = run_pair(bench, run, first, &copies).map(drop);
    let mut again = 0.0;
    let most = f64::from(run.plan.schedule.launches) * REDO_SHARE;
    for pair in missing {
        if done.is_err() || bench.interrupted() {
            break;
        }
        done = run_pair(bench, run, pair, &copies).and_then(|trials| {
            let disturbed = trials.iter().any(|trial| !trial.noise.disturbances().is_empty());
            run.startup.extend(trials);
            // Only `run` repeats disturbed pairs; a single measurement does exactly what it was asked to do.
            if disturbed && bench.setup.thorough && again + 1.0 <= most && !bench.interrupted() {
                again += 1.0;
                let trials = run_pair(bench, run, pair, &copies)?;
                run.startup.extend(trials);
            }
            Ok(bench.setup.folder.save(run)?)
        });
    }
    for copy in copies.into_values() {
        drop_copy(bench, copy)?;
    }
    match done {
        // The launches before the one that was waited for are kept.
        Err(Error::Target { source: target::Error::Interrupted, .. }) => Ok(()),
        done => done,
    }
}

/// A fresh database for each target of the pair, by the target's name. All launches of a target share it: a start and a first
/// GET change nothing in it.
fn copies(bench: &mut Bench, run: &Run, pair: &[ScheduledTrial]) -> Result<Copies, Error> {
    pair.iter().map(|scheduled| Ok((scheduled.target.clone(), fresh_copy(bench, &spec(run, scheduled, 1))?))).collect()
}

fn spec<'a>(run: &'a Run, scheduled: &ScheduledTrial, attempt: u32) -> TrialSpec<'a> {
    TrialSpec {
        plan: &run.plan,
        target: run.plan.target(&scheduled.target).expect("schedules are made from the plan's targets"),
        phases: &[],
        capacity: &[],
        fingerprint: run.database.as_ref().map(|facts| facts.fingerprint.as_str()),
        block: scheduled.block,
        position: scheduled.position,
        attempt,
    }
}

/// One launch of each target, in the pair's order.
fn run_pair(bench: &mut Bench, run: &Run, pair: &[ScheduledTrial], copies: &Copies) -> Result<Vec<Trial>, Error> {
    let attempt = schedule::next_attempt(&run.startup, pair);
    let watch = NoiseWatch::start(bench.setup.roots);
    let used_by_ours = |bench: &Bench| bench.own_cpu_ns() + clock::ended_children_cpu();
    let before = used_by_ours(bench);
    let mut trials = Vec::new();
    for scheduled in pair {
        let step = format!("pair {} of {}  {}", scheduled.block, run.plan.schedule.launches, scheduled.target);
        bench.setup.observer.step(&step, Duration::from_secs(1));
        let url = copies[&scheduled.target].as_ref().map(|copy| copy.url.reveal());
        let settles = settles(run, &scheduled.target);
        trials.push(launch_once(bench, spec(run, scheduled, attempt), url, settles)?);
    }
    // What a target uses after its stop signal is its own as well: four Python interpreters end in a second of CPU time.
    let noise = watch.finish(used_by_ours(bench).saturating_sub(before));
    for trial in &mut trials {
        trial.noise = noise.clone();
    }
    Ok(trials)
}

/// Whether it is worth waiting until the target is quiet: one that was not in time before computes for reasons of its own.
fn settles(run: &Run, target: &str) -> bool {
    let launches = run.startup.iter().filter(|trial| trial.target == target).flat_map(|trial| &trial.launches);
    launches.last().is_none_or(|launch| launch.settled.is_some())
}

/// A launch until the tree is quiet, and its end.
fn launch_once(bench: &Bench, spec: TrialSpec<'_>, database_url: Option<&str>, settles: bool) -> Result<Trial, Error> {
    let mut trial = spec.empty_trial();
    let mut launched = bench.start(spec.target, database_url, spec.plan.schedule.cold)?;
    if settles {
        launched.launch.settled = target::wait_until_settled(&mut launched, bench.setup.interrupt);
    }
    if spec.plan.phases.contains(&Phase::FirstRequest)
        && let Some(first) = requests::send_first(spec.plan, spec.target, &launched.url)?
    {
        trial.first_requests.push(first);
    }
    let stopped = bench.stop(&mut launched.server, spec.target);
    trial.output_left_out = stopped.left_out;
    trial.end = TrialEnd::Stopped { killed: stopped.killed };
    trial.launches.push(launched.launch);
    Ok(trial)
}
