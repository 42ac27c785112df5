//! One trial: a fresh copy of the database, the extra launches, then the target's own life through its phases.

use std::time::Duration;

use super::bench::Bench;
use super::life::Life;
use super::schedule::Duty;
use super::{Error, prepare};
use crate::clock;
use crate::database::{Copy, Database};
use crate::environment::NoiseWatch;
use crate::model::facts::Noise;
use crate::model::incident::Incident;
use crate::model::plan::{Phase, Plan, TargetPlan};
use crate::model::record::{Run, Trial, TrialEnd};
use crate::process::cpu::TreeCpu;
use crate::process::tree::Anchor;
use crate::target::{self, Launched};

/// Performs one trial. What the target does wrong is in the trial; an error is what ends the session.
pub(super) fn perform(bench: &mut Bench, run: &Run, duty: &Duty, attempt: u32) -> Result<Trial, Error> {
    perform_and(bench, run, duty, attempt, &mut |_| ())
}

/// The same, with a last look at the living target after its phases.
pub(super) fn perform_and(
    bench: &mut Bench,
    run: &Run,
    duty: &Duty,
    attempt: u32,
    last: &mut dyn FnMut(&Life<'_, '_>),
) -> Result<Trial, Error> {
    let plan = &run.plan;
    let side = plan.target(&duty.target).expect("duties are made from the plan's targets");
    let copy = fresh(bench, run, duty)?;
    let mut trial = Trial {
        target: duty.target.clone(),
        block: duty.block,
        position: duty.position,
        attempt,
        started: clock::wall(),
        fingerprint: run.database.as_ref().map(|facts| facts.fingerprint.clone()),
        launches: vec![],
        idle: None,
        first_requests: vec![],
        windows: vec![],
        loads: vec![],
        writes: vec![],
        sampler_cpu_ns: 0,
        output_left_out: 0,
        incidents: vec![],
        noise: Noise::default(),
        end: TrialEnd::Interrupted,
        samples: vec![],
    };
    let restarts = bench.database.as_mut().map(Database::restarts).transpose()?;
    match live(bench, run, side, copy.as_ref(), &mut trial, last) {
        // The launches before the one that was waited for are kept.
        Err(Error::Target { source: target::Error::Interrupted, .. }) => {}
        lived => lived?,
    }
    if let (Some(server), Some(before)) = (&mut bench.database, restarts) {
        let times = server.restarts()?.saturating_sub(before);
        trial.incidents.extend((times > 0).then_some(Incident::DatabaseRestarted { times }));
    }
    if let (Some(server), Some(copy)) = (&mut bench.database, &copy) {
        server.drop_copy(&copy.name)?;
    }
    Ok(trial)
}

/// CPU time of everything of ours but the target: this process, and the database's tree.
pub(super) fn servants(bench: &Bench) -> u64 {
    let database = bench.database.as_ref().and_then(Database::guardian);
    let database = database.map_or(0, |guardian| TreeCpu::new(Anchor::Guardian(guardian)).read());
    clock::process_cpu() + database
}

/// A copy of the seeded database, looked at before it is used.
pub(super) fn fresh(bench: &mut Bench, run: &Run, duty: &Duty) -> Result<Option<Copy>, Error> {
    let Some(server) = &mut bench.database else { return Ok(None) };
    bench
        .setup
        .observer
        .step(&format!("{}  {}  fresh database", when(duty.block), duty.target), Duration::from_secs(1));
    let copy = server.copy(&format!("block{}_{}", duty.block, duty.position))?;
    let found = server.fingerprint(&copy.name)?;
    let expected = run.database.as_ref().map_or("", |facts| facts.fingerprint.as_str());
    if found != expected {
        let (block, target, expected) = (duty.block, duty.target.clone(), expected.to_owned());
        return Err(Error::Fingerprint { block, target, expected, found });
    }
    Ok(Some(copy))
}

/// All launches and phases. The machine's noise is watched from the launch of the target's own life until it is told to
/// stop: what a tree uses while it ends cannot be read any more, and would pass for a stranger's.
fn live(
    bench: &mut Bench,
    run: &Run,
    target: &TargetPlan,
    copy: Option<&Copy>,
    trial: &mut Trial,
    last: &mut dyn FnMut(&Life<'_, '_>),
) -> Result<(), Error> {
    let url = copy.map(|copy| copy.url.reveal());
    if target.attach.is_none() {
        for number in 1..extra_launches(&run.plan) {
            if bench.interrupted() {
                return Ok(());
            }
            announce(bench, trial, &format!("launch {number}"));
            let launched = bench.start(target, url, run.plan.schedule.cold)?;
            extra(bench, &run.plan, trial, launched, target)?;
        }
    }
    if bench.interrupted() {
        return Ok(());
    }
    announce(bench, trial, "launch");
    let (watch, before) = (NoiseWatch::start(bench.setup.roots), servants(bench));
    let mut life = Life::begin(bench, run, target, copy, trial)?;
    for phase in &run.plan.phases {
        if !life.goes_on() {
            break;
        }
        life.phase(phase)?;
    }
    if life.goes_on() {
        last(&life);
    }
    life.end(watch, before);
    Ok(())
}

/// An extra launch: its marks, and the very first request after ready.
fn extra(bench: &Bench, plan: &Plan, trial: &mut Trial, launched: Launched, target: &TargetPlan) -> Result<(), Error> {
    let Launched { mut server, url, launch, .. } = launched;
    trial.launches.push(launch);
    if plan.phases.contains(&Phase::FirstRequest)
        && let Some(first) = prepare::first_request(plan, target, &url)?
    {
        trial.first_requests.push(first);
    }
    trial.output_left_out += bench.stop(&mut server, target).left_out;
    Ok(())
}

/// Launches of a trial, its own included.
fn extra_launches(plan: &Plan) -> u32 {
    if plan.phases.contains(&Phase::Startup) { plan.schedule.launches.max(1) } else { 1 }
}

fn announce(bench: &Bench, trial: &Trial, what: &str) {
    bench.setup.observer.step(&format!("{}  {}  {what}", when(trial.block), trial.target), Duration::from_secs(1));
}

/// The block as progress names it; what comes before and after the blocks is apart from them.
pub(super) fn when(block: u32) -> String {
    if block == 0 { "apart".to_owned() } else { format!("block {block}") }
}
