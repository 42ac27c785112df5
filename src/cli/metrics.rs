//! `metrics`: the names that claims, `history` and the JSON summary use.

use std::fmt::Write as _;

use serde::Serialize;

use super::failure::Failure;
use super::{World, plan, print};
use crate::config::{self, Metric};
use crate::report::meaning;

/// One metric in the JSON form.
#[derive(Serialize)]
struct Listed<'a> {
    metric: &'a str,
    unit: &'a str,
    meaning: &'a str,
    phase: &'a str,
    condition: Option<&'a str>,
    claimable: bool,
}

pub(super) fn metrics(world: &World) -> Result<u8, Failure> {
    let plan = plan::maybe_of_config(world)?;
    let metrics = plan.as_ref().map_or_else(config::metric_patterns, config::metrics);
    if world.global.json {
        let listed: Vec<Listed<'_>> = metrics.iter().map(listed).collect();
        return print(&(serde_json::to_string_pretty(&listed).expect("metrics have only string keys") + "\n"));
    }
    print(&table(&metrics, plan.is_some()))
}

/// A claim may use every metric that the plan gives.
fn listed(metric: &Metric) -> Listed<'_> {
    let Metric { name, unit, phase, condition } = metric;
    let meaning = meaning(name).unwrap_or_default();
    Listed { metric: name, unit, meaning, phase, condition: *condition, claimable: true }
}

/// The metrics by phase, those of patterns also by what a load must be for them.
fn table(metrics: &[Metric], of_file: bool) -> String {
    let mut text = String::new();
    let heading = |metric: &Metric| match metric.condition.filter(|_| !of_file) {
        Some(condition) => format!("{}, {condition}", metric.phase),
        None => metric.phase.clone(),
    };
    let width = metrics.iter().map(|metric| metric.name.len()).max().unwrap_or(0);
    for group in metrics.chunk_by(|one, next| heading(one) == heading(next)) {
        let _ = writeln!(text, "{}", heading(&group[0]));
        for metric in group {
            let unit = if metric.unit.is_empty() { "–" } else { metric.unit };
            let _ = writeln!(text, "  {:width$}  {unit:5}  {}", metric.name, meaning(&metric.name).unwrap_or_default());
        }
    }
    text.push_str("\nEvery one can be the `metric` of a [[claim]]: `at_least` or `at_most` (times better), or\n`value_at_most` in its unit.");
    if !of_file {
        text.push_str(
            " LOAD is a load's name (`pianoprof loads`), REQUEST a request's; a mix as a\nwhole is the request `all`.",
        );
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_meaning() {
        for metric in config::metric_patterns() {
            assert!(meaning(&metric.name).is_some(), "{metric:?}");
        }
    }
}
