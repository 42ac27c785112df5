//! The plan of a run, as it is shown before it starts.

use std::fmt::Write as _;

use super::words::plain;
use crate::model::plan::Plan;
use crate::unit::plural;

/// Columns of a terminal that nobody has widened.
const WIDTH: usize = 80;

/// What will be done and about how long it takes.
#[must_use]
pub fn planned(plan: &Plan, expected: &str) -> String {
    let names: Vec<String> = plan.targets.iter().map(|target| plain(&target.name)).collect();
    let phases: Vec<String> = plan.phases.iter().map(|phase| plain(phase.name())).collect();
    let mut lines = vec![format!("Plan: {}:", names.join(", "))];
    for phase in phases {
        let line = lines.last_mut().expect("there is a first line");
        if line.chars().count() + 1 + phase.chars().count() < WIDTH {
            let _ = write!(line, " {phase},");
        } else {
            lines.push(format!("      {phase},"));
        }
    }
    let text = lines.join("\n");
    let blocks = plan.schedule.blocks;
    format!(
        "{}\n      {}, one trial of each target in random order (seed {}), about {expected}",
        text.trim_end_matches([',', ':']),
        plural(blocks as usize, "block"),
        plan.schedule.seed
    )
}
