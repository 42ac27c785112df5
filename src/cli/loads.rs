//! `loads`: the load profiles of the configuration, or those that there are without one.

use super::failure::Failure;
use super::{World, plan, print};
use crate::config;
use crate::model::plan::{ArrivalPlan, LoadPlan, LoadRequests, Rate, Spacing, StopRule};

/// What the words of the table mean.
const LEGEND: &str = "
closed: each connection sends when its last answer is in. open: requests go out at a fixed rate,
whatever the answers do; a rate of `0.7 of capacity` is that share of what the slower side served
in a closed loop of this run. `ramp` opens the connections over that time, before the clock starts.
Each request that a load sends is measured alone, those of a mix together.
";

pub(super) fn loads(world: &World) -> Result<u8, Failure> {
    let loads = match plan::maybe_of_config(world)? {
        Some(plan) => plan.loads,
        None => config::from_argv(&[vec!["built-in".to_owned(), "{port}".to_owned()]], "/", &world.cwd)?.loads,
    };
    if world.global.json {
        return print(&(serde_json::to_string_pretty(&loads).expect("loads have only string keys") + "\n"));
    }
    print(&(table(&loads) + LEGEND))
}

fn table(loads: &[LoadPlan]) -> String {
    let header = ["load", "loop", "rate", "connections", "ends after", "ramp", "sends"].map(str::to_owned);
    let rows: Vec<[String; 7]> = std::iter::once(header).chain(loads.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 7] = std::array::from_fn(width);
    let line = |row: &[String; 7]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

fn row(load: &LoadPlan) -> [String; 7] {
    let (kind, rate) = match &load.arrival {
        ArrivalPlan::Closed => ("closed", "–".to_owned()),
        ArrivalPlan::Open { rate, spacing } => {
            let rate = match rate {
                Rate::PerSecond(rate) => format!("{rate}/s"),
                Rate::Common(share) => format!("{share} of capacity"),
                Rate::Utilisation(shares) => {
                    let shares: Vec<String> = shares.iter().map(ToString::to_string).collect();
                    format!("{} of capacity", shares.join(", "))
                }
            };
            ("open", if *spacing == Spacing::Poisson { rate + ", poisson" } else { rate })
        }
    };
    let ends = match load.stop {
        StopRule::Requests(count) => format!("{count} requests"),
        StopRule::Duration(duration) => format!("{duration:?}"),
    };
    let sends = match &load.requests {
        LoadRequests::Each(names) => names.join(", "),
        LoadRequests::Mix(weights) => {
            let parts: Vec<String> = weights.iter().map(|(name, weight)| format!("{name} {weight}")).collect();
            format!("mix of {}", parts.join(", "))
        }
    };
    let ramp = if load.ramp.is_zero() { "–".to_owned() } else { format!("{:?}", load.ramp) };
    [load.name.clone(), kind.to_owned(), rate, load.connections.to_string(), ends, ramp, sends]
}
