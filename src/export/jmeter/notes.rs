//! The comment of a test plan: what it is, what may be set, and what JMeter cannot do as the config says.

use super::sampler::property;
use crate::export::rate;
use crate::export::value::HeaderValue;
use crate::model::plan::{ArrivalPlan, LoadPlan, LoadRequests, RequestPlan, StopRule};

/// The comment, a sentence or two per line.
pub(super) fn of(requests: &[(&RequestPlan, Option<f64>)], load: &LoadPlan) -> String {
    let open = matches!(load.arrival, ArrivalPlan::Open { .. });
    let end = if matches!(load.stop, StopRule::Requests(_)) { "loops" } else { "duration" };
    let rate_property = if open { " -Jrate= (per second)" } else { "" };
    let mut lines = vec![
        format!("Load profile {}, written by pianoprof.", load.name),
        format!(
            "Run: jmeter -n -t FILE -l results.jtl -Jhost= -Jport= -Jthreads= -Jramp= -J{end}={rate_property} (all optional)."
        ),
        "The port is that of a server that already runs: `pianoprof serve` starts the targets and prints theirs."
            .to_owned(),
    ];
    if let StopRule::Requests(count) = load.stop {
        lines.push(format!("{count} requests: every thread sends the same number, so the total is rounded up."));
    }
    if open {
        lines.push(
            "Open loop: JMeter sends when a thread is free, so a slow answer delays the next request, and the time that \
             a request waited for its turn is missing from its latency."
                .to_owned(),
        );
    }
    if open && rate(load).is_none() {
        lines
            .push("The rate is a share of measured throughput that only a run knows: give it with -Jrate=.".to_owned());
    }
    if matches!(load.requests, LoadRequests::Mix(_)) {
        lines.push(
            "Mix: each request has its share of the iterations, so one iteration may send none or several.".to_owned(),
        );
    }
    for (request, _) in requests {
        if request.expect.length.is_some() || request.expect.json.is_some() {
            lines.push(format!("The expected length or JSON value of {} is not checked here.", request.name));
        }
    }
    lines.extend(headers(requests));
    lines.join("\n")
}

/// Which headers can or must be given.
fn headers(requests: &[(&RequestPlan, Option<f64>)]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (name, value) in requests.iter().flat_map(|(request, _)| &request.headers) {
        let property = property(name);
        let line = match HeaderValue::of(name, value) {
            HeaderValue::Plain(_) => continue,
            HeaderValue::Drawn(_) => {
                format!("The values of {name} are drawn from seeded data; -J{property}= gives another.")
            }
            HeaderValue::Withheld => {
                format!("The value of {name} is a secret and not written here: give it with -J{property}=.")
            }
        };
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}
