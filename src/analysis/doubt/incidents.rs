//! Doubts about what happened to a target beside the work it was given.

use crate::model::facts::{Caveat, DatabaseFacts};
use crate::model::incident::Incident;
use crate::model::record::{Run, Trial};
use crate::unit::thousands;

use super::super::statistics::number;
use super::caveat;

/// Open files that a target may gain under a load beside one for each of its connections: logs, a pool of database
/// connections, sockets that it has not closed yet.
const FILES: u64 = 64;

pub(super) fn caveats(run: &Run) -> Vec<Caveat> {
    let mut found = Vec::new();
    for trial in &run.trials {
        for one in of(run, trial) {
            // Once per kind and target; the first one is told.
            if !found.iter().any(|(target, other): &(&str, Caveat)| *target == trial.target && other.kind == one.kind) {
                found.push((trial.target.as_str(), one));
            }
        }
    }
    found.into_iter().map(|(_, caveat)| caveat).collect()
}

fn of(run: &Run, trial: &Trial) -> Vec<Caveat> {
    let mut found: Vec<Caveat> = trial.incidents.iter().map(|incident| told(run, trial, incident)).collect();
    found.extend(out_of_memory(trial));
    found.extend(restarted(trial));
    found.extend(leaking(trial));
    found
}

fn told(run: &Run, trial: &Trial, incident: &Incident) -> Caveat {
    let (target, block) = (&trial.target, trial.block);
    match incident {
        Incident::Intruder { phase, owner } => caveat(
            "intruder",
            format!(
                "In {phase} of block {block} the port of {target} was also served by {owner}: it may have answered."
            ),
            "End it and measure again; the trial is not compared.",
        ),
        Incident::DatabaseRestarted { .. } => caveat(
            "database-restarted",
            format!("PostgreSQL ended all its processes and began anew while {target} was measured in block {block}."),
            if run.database.as_ref().is_some_and(DatabaseFacts::is_own) {
                "Read the log of the server behind [database] url; the trial is not compared."
            } else {
                "Read output/postgres.log in the run's folder; the trial is not compared."
            },
        ),
    }
}

fn out_of_memory(trial: &Trial) -> Option<Caveat> {
    let count = trial.noise.out_of_memory.filter(|count| *count > 0)?;
    let text = format!(
        "The kernel killed for lack of memory ({count} of this machine's processes) while {} was measured in block {}.",
        trial.target, trial.block
    );
    Some(caveat("out-of-memory", text, "Give the machine or the cgroup more memory, or the target fewer workers."))
}

/// Processes that ended while nothing, or only the warm-up, was asked of the target; under load that is worker churn.
fn restarted(trial: &Trial) -> Option<Caveat> {
    let window = trial.windows.iter().find(|window| window.request.is_none() && window.processes_gone > 0)?;
    let text = format!(
        "Processes of {} ended in {} of block {}: {} gone, {} new.",
        trial.target, window.phase, trial.block, window.processes_gone, window.processes_born
    );
    Some(caveat("restarted", text, "A worker that dies is part of the figures; read the target's standard error."))
}

fn leaking(trial: &Trial) -> Option<Caveat> {
    trial.windows.iter().find_map(|window| {
        let (before, after) = window.open_files?;
        let load = trial.loads.iter().find(|load| window.is_of(&load.load, &load.request))?;
        (after > before + u64::from(load.connections) + FILES).then(|| {
            let text = format!(
                "{} had {} files open before {} and {} after it, though its {} connections were closed.",
                trial.target,
                thousands(number(before)),
                window.phase,
                thousands(number(after)),
                load.connections
            );
            caveat("open-files", text, "It does not close what it opens: at its limit of open files it fails.")
        })
    })
}
