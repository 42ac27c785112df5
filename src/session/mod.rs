//! The measuring wing: turns a plan into a stored run.
//!
//! ```text
//! timing, schedule   how long, and which target when: blocks of one trial each, orders balanced
//! requests, rates    what loads send, and at which rates where these depend on what the slower side sustains
//! bench              the database, placement and the wish to stop, for the whole session
//! life               one target from its launch through the phases, each a window with exact readings at both ends
//! trial              a fresh copy of the database and one life
//! startup            an experiment of its own: pairs of launches
//! prepare            builds, versions, parity, benchmarks, generator's ceiling, what each side sustains
//! traced             after all blocks, apart from them: one more life with the garbage collector traced
//! opinion            the same when asked for: one more life whose load another tool makes as well
//! ```
//!
//! It measures and stores; it derives no statistic and judges nothing. A target that dies or a load that fails is a fact
//! of the record; an error is what ends the session.

mod bench;
mod error;
mod life;
mod observer;
mod opinion;
mod placement;
mod prepare;
mod rates;
mod requests;
mod schedule;
mod setup;
mod startup;
mod timing;
mod traced;
mod trial;

use std::collections::BTreeMap;
use std::time::Duration;

pub use error::Error;
pub use observer::{Figures, Observer, Silent};
pub use opinion::load as opinion_load;
pub use setup::{Setup, Voided};

use crate::clock;
use crate::engine::Tool;
use crate::environment::{self, Roots};
use crate::model::plan::{Phase, Plan};
use crate::model::record::{FORMAT, Run};
use crate::store::Folder;
use bench::Bench;
use life::TrialSpec;
use schedule::ScheduledTrial;

/// How long everything in the plan will take, roughly.
#[must_use]
pub fn estimate(plan: &Plan) -> Duration {
    let before = timing::of_preparation(plan) + prepare::capacity_time(plan);
    before + timing::of_plan(plan) + timing::of_plan(&traced::plan(plan)) + timing::of_plan(&opinion::plan(plan))
}

/// A run of which nothing is measured yet but the machine, and the versions of the tools it will use.
#[must_use]
pub fn begin(command: &str, plan: Plan, folder: &Folder, tools: &[Tool]) -> Run {
    let started = clock::wall();
    let mut environment = environment::record(&Roots::default());
    environment.extend(tools.iter().map(|tool| (format!("tool.{}", tool.engine), tool.version.clone())));
    Run {
        format: FORMAT,
        id: folder.id(),
        command: command.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started: started.clone(),
        updated: started,
        complete: false,
        plan,
        placement: None,
        stopped_at_look: None,
        traces: vec![],
        opinions: vec![],
        environment,
        targets: BTreeMap::new(),
        database: None,
        parity: None,
        ceiling: None,
        capacity: vec![],
        startup: vec![],
        benchmarks: vec![],
        trials: vec![],
        caveats: vec![],
    }
}

/// Does everything in the run's plan that its record does not hold yet, storing after every trial.
///
/// An interrupt ends it early without an error: `run.complete` stays false and what was finished is stored.
///
/// # Errors
/// What makes it impossible to go on; the run is stored as far as it came.
pub fn measure(setup: Setup, run: &mut Run) -> Result<(), Error> {
    let mut bench = match Bench::open(setup, run) {
        // Nothing was begun, so nothing is missing but the trials.
        Err(_) if setup.interrupt.is_set() => return Ok(()),
        opened => opened?,
    };
    let done = work(&mut bench, run);
    let closed = bench.close();
    run.updated = clock::wall();
    run.complete = done.is_ok() && !setup.interrupt.is_set();
    setup.folder.save(run)?;
    match done {
        Err(_) if setup.interrupt.is_set() => Ok(()),
        done => done.and(closed),
    }
}

fn work(bench: &mut Bench, run: &mut Run) -> Result<(), Error> {
    prepare::all(bench, run)?;
    bench.setup.observer.planned(estimate(&run.plan));
    startup::run_pairs(bench, run)?;
    let blocks = schedule::blocks(&run.plan, run.plan.trial_blocks());
    for (number, block) in (1..).zip(&blocks) {
        if schedule::finished(&run.trials, block) == 0 {
            run_block(bench, run, block, &|run, target| run.plan.phases_in(target, number))?;
        }
        // Only `run` repeats disturbed windows; a single measurement does exactly what it was asked to do.
        if bench.setup.thorough {
            redo_voided(bench, run, block)?;
        }
        if bench.interrupted() {
            break;
        }
        let schedule = &run.plan.schedule;
        if let Some(look) = schedule::look(&run.trials, &schedule.looks, schedule.blocks, number)
            && (bench.setup.settled)(run)
        {
            run.stopped_at_look = Some(look);
            break;
        }
    }
    traced::all(bench, run)?;
    opinion::all(bench, run)
}

/// One trial of each target of the block, stored one by one.
fn run_block(
    bench: &mut Bench,
    run: &mut Run,
    block: &[ScheduledTrial],
    phases: &dyn Fn(&Run, &str) -> Vec<Phase>,
) -> Result<(), Error> {
    let attempt = schedule::next_attempt(&run.trials, block);
    for scheduled in block {
        if bench.interrupted() {
            break;
        }
        let target = run.plan.target(&scheduled.target).expect("schedules are made from the plan's targets");
        let spec = TrialSpec {
            plan: &run.plan,
            target,
            phases: &phases(run, &scheduled.target),
            capacity: &run.capacity,
            fingerprint: run.database.as_ref().map(|facts| facts.fingerprint.as_str()),
            block: scheduled.block,
            position: scheduled.position,
            attempt,
        };
        let trial = trial::run_trial(bench, spec)?;
        run.trials.push(trial);
        run.updated = clock::wall();
        bench.setup.folder.save(run)?;
    }
    Ok(())
}

/// Does once more what of the block does not count, on both sides of the comparison, since sides are compared within one
/// attempt only. Only so many blocks are done again; beyond that the machine is too noisy to be helped.
fn redo_voided(bench: &mut Bench, run: &mut Run, block: &[ScheduledTrial]) -> Result<(), Error> {
    let Some(number) = block.first().map(|scheduled| scheduled.block) else { return Ok(()) };
    let is_side = |scheduled: &&ScheduledTrial| {
        run.plan
            .comparison
            .as_ref()
            .is_none_or(|comparison| [&comparison.baseline, &comparison.candidate].contains(&&scheduled.target))
    };
    let sides: Vec<ScheduledTrial> = block.iter().filter(is_side).cloned().collect();
    // With planned looks the session may end at the next of them.
    let next = run.plan.schedule.looks.iter().find(|look| number <= **look).unwrap_or(&run.plan.schedule.blocks);
    if !schedule::may_redo(&run.trials, &sides, *next) {
        return Ok(());
    }
    let voided = (bench.setup.voided)(run, number);
    let Some(first) = voided.first() else { return Ok(()) };
    let names: Vec<&str> = voided.iter().map(|voided| voided.phase.name()).collect();
    bench.setup.observer.note(&format!("block {number}: {} once more: {}", names.join(", "), first.why));
    let phases: Vec<Phase> = run
        .plan
        .phases_in(&sides[0].target, number)
        .into_iter()
        .filter(|phase| *phase == Phase::Warmup || voided.iter().any(|voided| voided.phase == *phase))
        .collect();
    run_block(bench, run, &sides, &|_, _| phases.clone())
}
