//! Load profiles.

use std::time::Duration;

use super::phases::FIXED_PHASES;
use crate::config::defaults;
use crate::config::problem::{Problems, Span};
use crate::config::written::{Arrival, At, Field, Load, Named};
use crate::model::engine::Engine;
use crate::model::plan::{ArrivalPlan, LoadPlan, LoadRequests, Rate, RequestPlan, StopRule};

/// Names that metrics or records use for something else.
const TAKEN: [&str; 2] = ["handler", "adhoc"];

/// The loads of the file, in its order.
pub fn loads(written: &Named<Load>, requests: &[RequestPlan], problems: &mut Problems) -> Vec<LoadPlan> {
    for (name, _) in &written.0 {
        if FIXED_PHASES.contains(&name.value.as_str()) || TAKEN.contains(&name.value.as_str()) {
            problems.add(&name.span, format!("no load can be called `{}`: the name is taken", name.value));
        }
    }
    written.entries().filter_map(|(name, load)| resolve(name, load, requests, problems)).collect()
}

fn resolve(name: &At<String>, load: &At<Load>, requests: &[RequestPlan], problems: &mut Problems) -> Option<LoadPlan> {
    let written = &load.value;
    let arrival = arrival(written, &name.span, problems);
    let stop = stop(written, &name.span, problems);
    let requests = sent(written, requests, problems);
    Some(LoadPlan {
        name: name.value.clone(),
        arrival: arrival?,
        connections: written.connections.value().map_or(defaults::CONNECTIONS, |count| count.0),
        stop: stop?,
        ramp: written.ramp.value().map_or(Duration::ZERO, |pause| pause.0),
        timeout: written.timeout.value().map_or(defaults::TIMEOUT, |length| length.0),
        requests: requests?,
        engine: Engine::Pianoprof,
        remote: vec![],
    })
}

fn arrival(load: &Load, name: &Span, problems: &mut Problems) -> Option<ArrivalPlan> {
    let rated = !load.rate.is_absent() || !load.common_rate.is_absent();
    let arrival = match &load.arrival {
        Field::Given(arrival) => arrival.value,
        Field::Refused => return None,
        Field::Absent if rated => Arrival::Open,
        Field::Absent => Arrival::Closed,
    };
    if arrival == Arrival::Closed {
        let rate = load.rate.given().map(|at| &at.span).or(load.common_rate.given().map(|at| &at.span));
        if let Some(span) = rate.or(load.spacing.given().map(|at| &at.span)) {
            problems.advise(
                span,
                "a closed loop has no rate: its connections send when their answers are in",
                "write arrival = \"open\", or leave the rate out",
            );
        }
        return Some(ArrivalPlan::Closed);
    }
    let rate = match (&load.rate, &load.common_rate) {
        (Field::Absent, Field::Absent) => {
            problems.advise(
                name,
                "an open loop needs its rate",
                "add `rate = 1000` (per second) or `common_rate = 0.7` (a share of what the slower side serves)",
            );
            return None;
        }
        (Field::Given(_), Field::Given(common)) => {
            problems.add(&common.span, "`rate` and `common_rate` exclude each other");
            return None;
        }
        (Field::Given(rate), _) => Rate::PerSecond(rate.value.0),
        (_, Field::Given(share)) => Rate::Common(share.value.0),
        _ => return None,
    };
    Some(ArrivalPlan::Open { rate, spacing: load.spacing.value().copied().unwrap_or_default() })
}

fn stop(load: &Load, name: &Span, problems: &mut Problems) -> Option<StopRule> {
    match (&load.requests, &load.duration) {
        (Field::Absent, Field::Absent) => {
            problems.advise(name, "nothing ends this load", "add `requests = 1000` or `duration = \"60s\"`");
            None
        }
        (Field::Given(_), Field::Given(duration)) => {
            problems.add(&duration.span, "`requests` and `duration` exclude each other: one of them ends the load");
            None
        }
        (Field::Given(count), _) => Some(StopRule::Requests(u64::from(count.value.0))),
        (_, Field::Given(duration)) => Some(StopRule::Duration(duration.value.0)),
        _ => None,
    }
}

fn sent(load: &Load, requests: &[RequestPlan], problems: &mut Problems) -> Option<LoadRequests> {
    let known: Vec<&str> = requests.iter().map(|request| request.name.as_str()).collect();
    let mut check = |name: &At<String>, seen: &[String]| {
        if !known.contains(&name.value.as_str()) {
            problems.unknown(&name.span, "request", &name.value, &known);
        } else if seen.contains(&name.value) {
            problems.add(&name.span, format!("`{}` is named twice", name.value));
        }
    };
    if let Some(list) = load.send.given() {
        let mut names: Vec<String> = Vec::new();
        for name in &list.value.0 {
            check(name, &names);
            names.push(name.value.clone());
        }
        if let Some(mix) = load.mix.given() {
            problems.add(&mix.span, "`send` and `mix` exclude each other");
        } else if names.is_empty() {
            problems.add(&list.span, "names no request");
        }
        return Some(LoadRequests::Each(names));
    }
    if let Some(mix) = load.mix.given() {
        let mut weights = Vec::new();
        for (name, weight) in mix.value.entries() {
            check(name, &[]);
            weights.push((name.value.clone(), weight.value.0));
        }
        if mix.value.0.is_empty() {
            problems.add(&mix.span, "names no request");
        }
        return Some(LoadRequests::Mix(weights));
    }
    known.first().map(|first| LoadRequests::Each(vec![(*first).to_owned()]))
}
