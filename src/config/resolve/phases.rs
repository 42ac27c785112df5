//! The phases of a trial.

use crate::config::defaults;
use crate::config::problem::Problems;
use crate::config::written::{Config, Field};
use crate::model::plan::{LoadPlan, Phase, TargetPlan};

/// The phases that are no load.
pub const FIXED_PHASES: [&str; 4] = ["startup", "first_request", "idle", "warmup"];

/// The phases that the file asks for, or all: the fixed ones, then the loads in their order.
/// Targets that all take no port are not asked anything.
pub fn phases(config: &Config, targets: &[TargetPlan], loads: &[LoadPlan], problems: &mut Problems) -> Vec<Phase> {
    let asked = config.run.value().map_or(&Field::Absent, |run| &run.phases);
    let Some(asked) = asked.given() else {
        if !targets.is_empty() && !targets.iter().any(TargetPlan::takes_port) {
            return defaults::phases().into_iter().filter(|phase| !phase.asks()).collect();
        }
        let loads = loads.iter().filter(|load| load.in_run).map(|load| Phase::Load(load.name.clone()));
        return defaults::phases().into_iter().chain(loads).collect();
    };
    let names = known_names(config, loads);
    let mut phases = Vec::new();
    for name in &asked.value.0 {
        if !names.contains(&name.value.as_str()) {
            if config.load.is_refused() {
                // It may be one of the loads that could not be read.
                continue;
            }
            problems.unknown(&name.span, "phase", &name.value, &names);
            continue;
        }
        let phase = match name.value.as_str() {
            "startup" => Phase::Startup,
            "first_request" => Phase::FirstRequest,
            "idle" => Phase::Idle,
            "warmup" => Phase::Warmup,
            load => Phase::Load(load.to_owned()),
        };
        if phases.contains(&phase) {
            problems.add(&name.span, format!("the phase `{}` is named twice", name.value));
        } else {
            phases.push(phase);
        }
    }
    if asked.value.0.is_empty() {
        problems.advise(&asked.span, "a trial has at least one phase", "leave `phases` out for all of them");
    }
    phases
}

/// Fixed phases and loads, those that could not be read included.
fn known_names<'a>(config: &'a Config, loads: &'a [LoadPlan]) -> Vec<&'a str> {
    let written = config.load.value().map(crate::config::written::Named::names).unwrap_or_default();
    let default = loads.iter().map(|load| load.name.as_str()).filter(|_| written.is_empty());
    FIXED_PHASES.into_iter().chain(written.iter().copied()).chain(default).collect()
}
