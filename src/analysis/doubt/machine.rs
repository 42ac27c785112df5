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
    found.extend(unequal(run));
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

/// Sides that are given different CPUs: part of any ratio is then the machine's.
fn unequal(run: &Run) -> Option<Caveat> {
    let sides = run.plan.comparison.as_ref()?;
    let cpus = |name: &str| run.plan.target(name).and_then(|target| target.cpus.as_deref()).unwrap_or("any");
    let (old, new) = (cpus(&sides.baseline), cpus(&sides.candidate));
    (old != new).then(|| {
        let text = format!(
            "{} runs on CPUs {old} and {} on {new}: part of the ratios is the machine's, not the programs'.",
            sides.baseline, sides.candidate
        );
        caveat("unequal-cpus", text, "Give both the same `cpus`, or neither.")
    })
}
