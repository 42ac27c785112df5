//! The plan of a run, as it is shown before it starts.

use std::fmt::Write as _;

use super::words::plain;
use crate::model::plan::Plan;

/// What will be done and about how long it takes.
#[must_use]
pub fn planned(plan: &Plan, expected: &str) -> String {
    let names: Vec<String> = plan.targets.iter().map(|target| plain(&target.name)).collect();
    let phases: Vec<String> = plan.phases.iter().map(|phase| plain(phase.name())).collect();
    let mut text = format!("Plan: {} ({})", names.join(", "), phases.join(", "));
    let blocks = plan.schedule.blocks;
    let _ = write!(
        text,
        "\n      {blocks} {}, one trial of each target in random order (seed {}), about {expected}",
        if blocks == 1 { "block" } else { "blocks" },
        plan.schedule.seed
    );
    text
}
