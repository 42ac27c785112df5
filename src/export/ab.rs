//! A script that calls `ApacheBench` (`ab` 2.3) once for each request of a load.
//!
//! `ab` knows closed loops of one fixed request. What it cannot express is said in comments of the script.

use std::fmt::Write as _;

use super::{Address, rate, sent, shell, whole_seconds};
use crate::model::plan::{ArrivalPlan, LoadPlan, LoadRequests, Plan, RequestPlan, StopRule};
use crate::template::{draws, fixed};

/// The script of one load.
#[must_use]
pub fn ab(plan: &Plan, load: &LoadPlan) -> String {
    let address = Address::of(plan);
    let mut text = shell::head("ab (ApacheBench)", &load.name, &address);
    let requests = sent(plan, load);
    for limit in limits(load) {
        text += &shell::note(&limit);
    }
    if requests.iter().any(|(request, _)| request.body.is_some()) {
        text += "body=$(mktemp)\ntrap 'rm -f \"$body\"' EXIT\n";
    }
    for (request, share) in requests {
        text.push('\n');
        text += &command(request, share, load, &address.scheme);
    }
    text
}

/// What holds of the whole load.
fn limits(load: &LoadPlan) -> Vec<String> {
    let mut limits = vec![
        "ab speaks HTTP/1.0 and asks for keep-alive (-k): a server that closes after every answer pays for a new \
         connection each time, and one that stays without saying so makes ab wait for its timeout (then leave -k out)."
            .to_owned(),
    ];
    if !load.ramp.is_zero() {
        limits.push(format!("No ramp: ab opens all connections at once, not over {} s.", whole_seconds(load.ramp)));
    }
    if let ArrivalPlan::Open { .. } = load.arrival {
        let asked = rate(load).map_or_else(|| "a share of measured throughput".to_owned(), |rate| format!("{rate}/s"));
        limits.push(format!(
            "No open loop: ab sends the next request when an answer is in, so it measures the throughput of {} busy \
             connections, not the latency at {asked}.",
            load.connections
        ));
    }
    if let LoadRequests::Mix(_) = load.requests {
        limits.push("No mix: each request is sent alone, one after the other, for its share of the load.".to_owned());
    }
    limits
}

fn command(request: &RequestPlan, share: Option<f64>, load: &LoadPlan, scheme: &str) -> String {
    let mut text = String::new();
    if [Some(&request.path), request.body.as_ref()].into_iter().flatten().any(|part| draws(part)) {
        text += &shell::note("Nothing is drawn: every request has the first value of each range or choice.");
    }
    if !matches!(request.expect.status, None | Some(200..=299)) {
        text += &shell::note("The expected status is counted by ab as `Non-2xx responses`.");
    }
    let mut options = vec!["ab -q -k -r".to_owned(), format!("-c {}", load.connections)];
    options.push(format!("-s {}", whole_seconds(load.timeout).max(1)));
    options.push(end(load.stop, share.unwrap_or(100.0) / 100.0, load.connections));
    // -p and -u set a method of their own, so -m comes after them.
    if let Some(body) = &request.body {
        let _ = writeln!(text, "printf %s {} >\"$body\"", shell::word(&fixed(body)));
        options.push("-p \"$body\"".to_owned());
    }
    match (request.method.as_str(), request.body.is_some()) {
        ("GET", false) | ("POST", true) => {}
        (method, _) => options.push(format!("-m {}", shell::word(method))),
    }
    for (name, value) in &request.headers {
        if request.body.is_some() && name.eq_ignore_ascii_case("content-type") {
            options.push(format!("-T {}", shell::word(&fixed(value.reveal()))));
            continue;
        }
        let (word, note) = shell::header(name, value);
        text += &note.as_deref().map(shell::note).unwrap_or_default();
        options.push(format!("-H {word}"));
    }
    let target = format!("\"{scheme}://$HOST:$PORT\"{}", shell::word(&fixed(&request.path)));
    shell::note(&format!("Request {}.", request.name)) + &text + &options.join(" ") + " \\\n  " + &target + "\n"
}

/// When it ends. A time limit (-t) sets the count to 50,000, so the count that is never reached comes after it; ab
/// reserves 32 bytes for each, so it cannot be larger.
fn end(stop: StopRule, share: f64, connections: u32) -> String {
    match stop {
        StopRule::Requests(count) => {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a share of a count far below 2^53, rounded to a whole one"
            )]
            let count = (count as f64 * share).round() as u64;
            // ab refuses a concurrency above the count.
            format!("-n {}", count.max(u64::from(connections)))
        }
        StopRule::Duration(duration) => {
            format!("-t {} -n 10000000", whole_seconds(duration.mul_f64(share)).max(1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::sample::{closed, counted, mixed, open, plan};
    use crate::model::plan::{Rate, Spacing};

    #[test]
    fn a_timed_loop_says_that_there_is_no_ramp() {
        let text = ab(&plan(), &closed());
        assert!(text.contains("ab -q -k -r -c 100 -s 10 -t 60 -n 10000000 \\\n"), "{text}");
        assert!(text.contains("No ramp: ab opens all connections at once, not over 10 s."));
    }

    #[test]
    fn an_open_loop_and_a_mix_are_said_to_be_missing() {
        let text = ab(&plan(), &open(Rate::PerSecond(250.5), Spacing::Constant));
        assert!(text.contains("No open loop") && text.contains("250.5/s"));
        let text = ab(&plan(), &mixed());
        assert!(text.contains("No mix") && text.contains("-t 45 ") && text.contains("-t 15 "));
    }

    #[test]
    fn secrets_are_not_written() {
        assert!(!ab(&plan(), &counted()).contains("sesame"));
    }

    #[test]
    fn the_whole_text() {
        insta::assert_snapshot!(ab(&plan(), &counted()));
    }
}
