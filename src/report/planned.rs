//! The plan of a run, as it is shown before it starts.

use std::fmt::Write as _;
use std::time::Duration;

use super::words::plain;
use crate::analysis::statistics::number;
use crate::claims::forecast::Forecast;
use crate::model::plan::Plan;
use crate::unit::{plural, span, thousands};

/// Columns of a terminal of the usual width.
const WIDTH: usize = 80;

/// What will be done and about how long it takes.
#[must_use]
pub fn planned(plan: &Plan, expected: Duration, forecasts: &[Forecast]) -> String {
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
        "{}\n      {blocks}, one trial of each target in balanced order (seed {}), about {time}{}",
        text.trim_end_matches([',', ':']),
        schedule.seed,
        forecasts.iter().map(claim).collect::<String>()
    )
}

/// What a claim will rest on, a line.
fn claim(forecast: &Forecast) -> String {
    let repeats = plural(forecast.blocks as usize, if forecast.pairs { "pair" } else { "block" });
    let requests =
        forecast.requests.map_or_else(String::new, |count| format!(" of {} requests", thousands(number(count))));
    let width = forecast.factor.map_or_else(
        || "width not known yet".to_owned(),
        |factor| format!("interval x/÷{factor:.2} as in the last run here"),
    );
    format!("\n      claim {}: {repeats}{requests}, {width}", plain(&forecast.metric))
}
