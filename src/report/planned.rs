//! The plan of a run, as it is shown before it starts.

use std::fmt::Write as _;
use std::time::Duration;

use super::words::plain;
use crate::model::plan::Plan;
use crate::unit::{plural, span};

/// Columns of a terminal that nobody has widened.
const WIDTH: usize = 80;

/// What will be done and about how long it takes.
#[must_use]
pub fn planned(plan: &Plan, expected: Duration) -> String {
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
    let schedule = &plan.schedule;
    let (blocks, time) = match schedule.looks.as_slice() {
        [first, .., last] => (
            format!("{first} to {}", plural(*last as usize, "block")),
            format!("{} to {}", span(expected / schedule.blocks.max(1) * *first), span(expected)),
        ),
        _ => (plural(schedule.blocks as usize, "block"), span(expected)),
    };
    format!(
        "{}\n      {blocks}, one trial of each target in random order (seed {}), about {time}",
        text.trim_end_matches([',', ':']),
        schedule.seed
    )
}
