//! Doubts about the machine.

use crate::model::facts::Caveat;
use crate::model::record::Run;
use crate::unit::plural;

use super::{caveat, listed};

/// From this many CPUs on, generator, database and target can have CPUs of their own.
const CPUS_TO_PLACE: u32 = 4;
/// Facts that, when unknown, leave open whether the machine kept its speed.
const MATTER: [&str; 4] = ["governor", "turbo", "steal", "cpu_max"];

pub(super) fn caveats(run: &Run) -> Vec<Caveat> {
    let mut found = Vec::new();
    let facts = &run.environment;
    let cpus = facts.get("cpu.count").cloned().flatten().and_then(|text| text.trim().parse::<u32>().ok());
    let loaded = run.trials.iter().any(|trial| !trial.loads.is_empty());
    if loaded && let Some(cpus) = cpus.filter(|cpus| *cpus < CPUS_TO_PLACE) {
        let text = format!(
            "Generator, target and database share {}: each slows the others, and ratios differ from those of a machine with \
             CPUs for each.",
            plural(cpus as usize, "CPU")
        );
        found.push(caveat("shared-cpus", text, "Measure on 4 CPUs or more to give each its own."));
    } else if loaded && run.plan.schedule.no_pin {
        found.push(caveat(
            "shared-cpus",
            "Placement is left to the kernel: generator, target and database may share CPUs.",
            "Leave out the setting that turns placement off.",
        ));
    }
    let powersave = facts.iter().any(|(key, value)| key.contains("governor") && value.as_deref() == Some("powersave"));
    if powersave {
        found.push(caveat(
            "powersave",
            "The CPU governor is `powersave`: clock speed follows the load, and the idler side is measured at a lower clock.",
            "Set the governor to `performance` while measuring.",
        ));
    }
    let unknown: Vec<String> = facts
        .iter()
        .filter(|(key, value)| value.is_none() && MATTER.iter().any(|word| key.contains(word)))
        .map(|(key, _)| key.clone())
        .collect();
    if !unknown.is_empty() {
        let text = format!("Unknown on this machine: {}.", listed(&unknown));
        found.push(caveat(
            "unknown-facts",
            text,
            "Compare only figures of one session; the machine may change speed unseen.",
        ));
    }
    found
}
