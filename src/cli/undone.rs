//! What a target, or somebody in its place, did that leaves a command undone though nothing else stopped it.

use super::failure::Failure;
use crate::model::incident::Incident;
use crate::model::record::{Run, TrialEnd};

/// The first thing that a target did which leaves the command undone, in words.
pub(super) fn undone(run: &Run) -> Option<Failure> {
    let died = run.trials.iter().find_map(|trial| match &trial.end {
        TrialEnd::Died { phase, status, stderr } => {
            let said = if stderr.is_empty() { String::new() } else { format!("; it printed:\n{stderr}") };
            Some(Failure::new(format!("target {} died in {phase} ({status}){said}", trial.target)))
        }
        _ => None,
    });
    // A load without one good answer has measured nothing but how fast the target fails.
    let failed = || {
        let mut loads = run.trials.iter().flat_map(|trial| trial.loads.iter().map(move |load| (trial, load)));
        let (trial, load) = loads.find(|(_, load)| load.sent > 0 && load.good_total == 0)?;
        let text =
            format!("target {} gave not one good answer to {} of load {}", trial.target, load.request, load.load);
        Some(Failure::new(text).hint("`expect` of the request says which answers are good; without it any 2xx is"))
    };
    // Whoever else answered on the port, the figures are not the target's alone.
    let intruder = || {
        run.trials.iter().find_map(|trial| {
            let (phase, owner) = trial.incidents.iter().find_map(|incident| match incident {
                Incident::Intruder { phase, owner } => Some((phase, owner)),
                Incident::DatabaseRestarted { .. } => None,
            })?;
            let text = format!("in {phase} the port of target {} was also served by {owner}", trial.target);
            Some(
                Failure::new(text)
                    .hint("end that process and measure again; no figure of that trial is sure to be the target's"),
            )
        })
    };
    died.or_else(intruder).or_else(failed)
}
