//! The load engine beside wrk, ab, oha and hey: `make compare-load`.
//!
//! Every series gives each generator one turn against the same server, in an order that is reversed from one series to the
//! next; what is compared is each generator's whole process against wrk's of the same series. Where there are two CPUs or
//! more the server has the first and the generator the second. `SERIES`, `SECONDS` and `CONNECTIONS` change the size.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a benchmark may panic; its counts are small")]

#[path = "../support/finished.rs"]
mod finished;
mod server;
mod tool;

use std::time::Duration;

use server::Server;
use tool::{Tool, Turn};

fn main() {
    let series = number("SERIES", 5).max(3);
    let duration = Duration::from_secs(number("SECONDS", 3).max(1));
    let connections = number("CONNECTIONS", 100).max(1);
    let tools: Vec<Tool> = Tool::ALL.into_iter().filter(|tool| tool.is_installed()).collect();
    for missing in Tool::ALL.iter().filter(|tool| !tools.contains(tool)) {
        println!("{} is not installed: left out", missing.name());
    }
    println!("{series} series of {duration:?} each, {connections} connections; medians (least to greatest)");
    for server in Server::all() {
        match server {
            Ok(server) => compare(&server, &tools, series, connections, duration),
            Err(why) => println!("\n{why}: left out"),
        }
    }
}

fn compare(server: &Server, tools: &[Tool], series: u64, connections: u64, duration: Duration) {
    let mut turns: Vec<Vec<Turn>> = vec![Vec::new(); tools.len()];
    for number in 0..series {
        let mut order: Vec<usize> = (0..tools.len()).collect();
        if number % 2 == 1 {
            order.reverse();
        }
        for place in order {
            turns[place].push(tools[place].drive(&server.url, connections, duration));
        }
    }
    println!("\n{}", server.name);
    println!(
        "{:<10} {:>23} {:>7} {:>23} {:>11} {:>10} {:>9}",
        "generator", "CPU per request, us", "of wrk", "series by series", "requests/s", "of wrk", "peak RSS"
    );
    let wrk = tools.iter().position(|tool| *tool == Tool::Wrk).map(|place| turns[place].clone());
    for (tool, turns) in tools.iter().zip(&turns) {
        let cost = Spread::of(turns.iter().map(Turn::cost_us));
        let rate = Spread::of(turns.iter().map(|turn| turn.answered as f64 / duration.as_secs_f64()));
        let rss = Spread::of(turns.iter().map(|turn| turn.peak_rss_mib));
        let paired = wrk.as_ref().map(|wrk| {
            let pairs = || turns.iter().zip(wrk);
            let cost = Spread::of(pairs().map(|(turn, wrk)| turn.cost_us() / wrk.cost_us()));
            (cost, Spread::of(pairs().map(|(turn, wrk)| turn.answered as f64 / wrk.answered as f64)))
        });
        let (ratio, range, faster) = paired.map_or_else(Default::default, |(cost, rate)| {
            let range = format!("{:.2} to {:.2}", cost.least, cost.greatest);
            (format!("{:.2}", cost.median), range, format!("{:.2}", rate.median))
        });
        let cost = format!("{:.1} ({:.1} to {:.1})", cost.median, cost.least, cost.greatest);
        println!(
            "{:<10} {cost:>23} {ratio:>7} {range:>23} {:>11.0} {faster:>10} {:>5.0} MiB",
            tool.name(),
            rate.median,
            rss.median
        );
    }
}

/// The size asked for in an environment variable.
fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

/// Median and range.
struct Spread {
    least: f64,
    median: f64,
    greatest: f64,
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let median =
            if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) };
        Self { least: values[0], median, greatest: values[values.len() - 1] }
    }
}
