//! One trial: a fresh copy of the database, then the target's own life through its phases.

use std::time::Duration;

use super::bench::Bench;
use super::error::Error;
use super::life::{TrialRun, TrialSpec};
use super::schedule::block_label;
use crate::database::{Copy, Database};
use crate::environment::NoiseWatch;
use crate::model::incident::Incident;
use crate::model::record::Trial;
use crate::target;

/// Runs one trial. What the target does wrong is in the trial; an error is what ends the session.
pub(super) fn run_trial(bench: &mut Bench, spec: TrialSpec<'_>) -> Result<Trial, Error> {
    run_trial_with_hook(bench, spec, &mut |_| ())
}

/// The same, with a last look at the living target after its phases.
pub(super) fn run_trial_with_hook(
    bench: &mut Bench,
    spec: TrialSpec<'_>,
    hook: &mut dyn FnMut(&TrialRun<'_, '_>),
) -> Result<Trial, Error> {
    let copy = fresh_copy(bench, &spec)?;
    let mut trial = spec.empty_trial();
    let restarts = bench.database.as_mut().map(Database::restarts).transpose()?;
    match live(bench, spec, copy.as_ref(), &mut trial, hook) {
        Err(Error::Target { source: target::Error::Interrupted, .. }) => {}
        lived => lived?,
    }
    if let (Some(server), Some(before)) = (&mut bench.database, restarts) {
        let times = server.restarts()?.saturating_sub(before);
        trial.incidents.extend((times > 0).then_some(Incident::DatabaseRestarted { times }));
    }
    drop_copy(bench, copy)?;
    Ok(trial)
}

/// A copy of the seeded database, looked at before it is used.
pub(super) fn fresh_copy(bench: &mut Bench, spec: &TrialSpec<'_>) -> Result<Option<Copy>, Error> {
    let Some(server) = &mut bench.database else { return Ok(None) };
    let label = format!("{}  {}  fresh database", block_label(spec.block), spec.target.name);
    bench.setup.observer.step(&label, Duration::from_secs(1));
    let copy = server.copy(&format!("block{}_{}", spec.block, spec.position))?;
    let found = server.fingerprint(&copy.name)?;
    let expected = spec.fingerprint.unwrap_or_default();
    if found != expected {
        let (block, target, expected) = (spec.block, spec.target.name.clone(), expected.to_owned());
        return Err(Error::Fingerprint { block, target, expected, found });
    }
    Ok(Some(copy))
}

/// Removes a copy that nobody uses any more.
pub(super) fn drop_copy(bench: &mut Bench, copy: Option<Copy>) -> Result<(), Error> {
    match (&mut bench.database, copy) {
        (Some(server), Some(copy)) => Ok(server.drop_copy(&copy.name)?),
        _ => Ok(()),
    }
}

/// The launch and all phases. The machine's noise is watched from the launch until the target is told to stop: what a tree
/// uses while it ends cannot be read any more, and would pass for a stranger's.
fn live(
    bench: &mut Bench,
    spec: TrialSpec<'_>,
    copy: Option<&Copy>,
    trial: &mut Trial,
    hook: &mut dyn FnMut(&TrialRun<'_, '_>),
) -> Result<(), Error> {
    if bench.interrupted() {
        return Ok(());
    }
    let label = format!("{}  {}  launch", block_label(spec.block), spec.target.name);
    bench.setup.observer.step(&label, Duration::from_secs(1));
    let (watch, before) = (NoiseWatch::start(bench.setup.roots), bench.own_cpu_ns());
    let mut life = TrialRun::begin(bench, spec, copy, trial)?;
    for phase in spec.phases {
        if !life.goes_on() {
            break;
        }
        life.phase(phase)?;
    }
    if life.goes_on() {
        hook(&life);
    }
    life.end(watch, before);
    Ok(())
}
