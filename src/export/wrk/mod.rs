//! A script that calls `wrk` 4, with a Lua script where the request is more than a GET of a fixed path.
//!
//! `wrk` knows closed loops that end after a time. What it cannot express is said in comments of the script.

mod lua;

use super::value::HeaderValue;
use super::{Address, rate, sent, shell, whole_seconds};
use crate::model::plan::{ArrivalPlan, LoadPlan, LoadRequests, Plan, RequestPlan, StopRule};
use crate::template::draws;

/// How long a load of a number of requests is run instead, seconds.
const INSTEAD_OF_A_COUNT: u64 = 10;

/// The script of one load.
#[must_use]
pub fn wrk(plan: &Plan, load: &LoadPlan) -> String {
    let address = Address::of(plan);
    let requests = sent(plan, load);
    let mut text = shell::head("wrk", &load.name, &address);
    for limit in limits(load, &requests) {
        text += &shell::note(&limit);
    }
    let together = matches!(load.requests, LoadRequests::Mix(_));
    let scripted = |request: &RequestPlan| together || is_scripted(request);
    if requests.iter().any(|(request, _)| scripted(request)) {
        text += "lua=$(mktemp)\ntrap 'rm -f \"$lua\"' EXIT\n";
    }
    let rounds: Vec<_> = if together { vec![requests.as_slice()] } else { requests.chunks(1).collect() };
    for round in rounds {
        let Some((first, _)) = round.first() else { continue };
        text.push('\n');
        let named = if together { "The mix.".to_owned() } else { format!("Request {}.", first.name) };
        text += &shell::note(&named);
        let path = if scripted(first) {
            text += &shell::here_document("\"$lua\"", &lua::script(round, plan.schedule.seed));
            "/"
        } else {
            &first.path
        };
        text += &command(load, scripted(first), &format!("\"{}://$HOST:$PORT\"{}", address.scheme, shell::word(path)));
    }
    text
}

/// A Lua script that makes wrk send these requests by their shares in percent, for a URL without a path.
#[must_use]
pub fn wrk_script(requests: &[(&RequestPlan, Option<f64>)], seed: u64) -> String {
    match requests {
        [(only, _)] if !lua::draws_anything(only) => lua::fixed(only),
        _ => lua::script(requests, seed),
    }
}

/// Whether the command line alone cannot say it.
fn is_scripted(request: &RequestPlan) -> bool {
    request.method != "GET" || request.body.is_some() || !request.headers.is_empty() || draws(&request.path)
}

fn limits(load: &LoadPlan, requests: &[(&RequestPlan, Option<f64>)]) -> Vec<String> {
    let mut limits = Vec::new();
    if !load.ramp.is_zero() {
        limits.push(format!("No ramp: wrk opens all connections at once, not over {} s.", whole_seconds(load.ramp)));
    }
    if let StopRule::Requests(count) = load.stop {
        limits.push(format!(
            "No number of requests: wrk ends after a time, here {INSTEAD_OF_A_COUNT} s instead of {count} requests."
        ));
    }
    if let ArrivalPlan::Open { .. } = load.arrival {
        let asked = rate(load).map_or_else(|| "a share of measured throughput".to_owned(), |rate| format!("{rate}/s"));
        limits.push(format!(
            "No open loop: wrk sends the next request when an answer is in, so it measures the throughput of {} busy \
             connections, not the latency at {asked}.",
            load.connections
        ));
    }
    for (request, _) in requests {
        if !matches!(request.expect.status, None | Some(200..=399)) {
            limits.push(format!("The answers of {} are counted by wrk as `Non-2xx or 3xx responses`.", request.name));
        }
        for (name, value) in &request.headers {
            if HeaderValue::of(name, value) == HeaderValue::Withheld {
                let variable = shell::variable(name);
                limits
                    .push(format!("The value of {name} is a secret and not written here: set and export {variable}."));
            }
        }
    }
    limits
}

fn command(load: &LoadPlan, scripted: bool, target: &str) -> String {
    let seconds = match load.stop {
        StopRule::Requests(_) => INSTEAD_OF_A_COUNT,
        StopRule::Duration(duration) => whole_seconds(duration).max(1),
    };
    format!(
        "wrk --latency -t {} -c {} -d {seconds}s --timeout {}s{} \\\n  {target}\n",
        load.connections.clamp(1, 2),
        load.connections,
        whole_seconds(load.timeout).max(1),
        if scripted { " -s \"$lua\"" } else { "" },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::sample::{closed, counted, mixed, open, plan};
    use crate::model::plan::{Rate, Spacing};

    #[test]
    fn a_plain_get_needs_no_script() {
        let text = wrk(&plan(), &closed());
        assert!(text.contains("wrk --latency -t 2 -c 100 -d 60s --timeout 10s \\\n"), "{text}");
        assert!(text.contains("'/items?page=1'") && !text.contains("lua"));
        assert!(text.contains("No ramp"));
    }

    #[test]
    fn a_mix_is_one_script() {
        let text = wrk(&plan(), &mixed());
        assert_eq!(text.matches("-s \"$lua\"").count(), 1);
        assert!(text.contains("if draw < 75.000 then"), "{text}");
    }

    #[test]
    fn counts_and_rates_are_said_to_be_missing() {
        assert!(wrk(&plan(), &counted()).contains("here 10 s instead of 1001 requests"));
        assert!(wrk(&plan(), &open(Rate::Common(0.7), Spacing::Poisson)).contains("a share of measured throughput"));
    }

    #[test]
    fn secrets_are_not_written() {
        let text = wrk(&plan(), &counted());
        assert!(!text.contains("sesame") && text.contains("os.getenv(\"X_API_KEY\")"));
    }

    #[test]
    fn the_whole_text() {
        insta::assert_snapshot!(wrk(&plan(), &counted()));
    }
}
