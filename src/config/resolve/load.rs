//! Load profiles.

use std::time::Duration;

use super::phases::FIXED_PHASES;
use crate::config::defaults;
use crate::config::problem::{Problems, Span};
use crate::config::written::{Arrival, At, Config, Field, List, Load, Named, Share};
use crate::model::engine::Engine;
use crate::model::load::requests_needed;
use crate::model::plan::{ArrivalPlan, ClaimPlan, LoadPlan, LoadRequests, Rate, RequestPlan, Spacing, StopRule};

/// Names that metrics or records use for something else.
const TAKEN: [&str; 2] = ["handler", "adhoc"];

/// Whether phases or metrics use that name for something else.
pub fn is_taken(name: &str) -> bool {
    FIXED_PHASES.contains(&name) || TAKEN.contains(&name)
}

/// The loads of the file, in its order.
pub fn loads(written: &Named<Load>, requests: &[RequestPlan], problems: &mut Problems) -> Vec<LoadPlan> {
    for (name, _) in &written.0 {
        if is_taken(&name.value) {
            let message = format!("no load can be called `{}`: the name is taken", name.value);
            problems.advise(&name.span, message, format!("for instance [load.my_{}]", name.value));
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
        repeat: repeat(written, problems),
        blocks: written.blocks.value().map(|count| count.0),
        in_run: written.in_run.value().copied().unwrap_or(true),
    })
}

/// Repetitions that the file asks for; once where it does not say.
fn repeat(load: &Load, problems: &mut Problems) -> u32 {
    let Some(repeat) = load.repeat.given() else { return 1 };
    if load.requests.is_absent() && !load.duration.is_absent() {
        problems.advise(&repeat.span, "a load that lasts for a time is not repeated", "make its `duration` longer");
    }
    repeat.value.0
}

/// Repeats counted loads whose file does not say how often until every percentile that a claim names rests on enough answers.
pub fn repeat_for_claims(loads: &mut [LoadPlan], config: &Config, claims: &[ClaimPlan]) {
    let says = |name: &str| {
        let mut written = config.load.value().into_iter().flat_map(Named::entries);
        written.any(|(other, load)| other.value == name && !load.value.repeat.is_absent())
    };
    for load in loads.iter_mut().filter(|load| !says(&load.name)) {
        let StopRule::Requests(requests) = load.stop else { continue };
        let figure = |claim: &ClaimPlan| {
            let rest = claim.metric.strip_prefix(load.name.as_str())?.strip_prefix('.')?;
            rest.rsplit_once('.').map(|(_, figure)| requests_needed(figure))
        };
        let needed = claims.iter().filter_map(figure).max().unwrap_or(0);
        load.repeat = u32::try_from(needed.div_ceil(requests.max(1))).unwrap_or(u32::MAX).max(1);
    }
}

fn arrival(load: &Load, name: &Span, problems: &mut Problems) -> Option<ArrivalPlan> {
    let rates = [
        load.rate.given().map(|at| &at.span),
        load.common_rate.given().map(|at| &at.span),
        load.utilisation.given().map(|at| &at.span),
    ];
    let refused = load.rate.is_refused() || load.common_rate.is_refused() || load.utilisation.is_refused();
    let mut given = rates.into_iter().flatten();
    let (first, second) = (given.next(), given.next());
    let arrival = match &load.arrival {
        Field::Given(arrival) => arrival.value,
        Field::Refused => return None,
        Field::Absent if first.is_some() || refused => Arrival::Open,
        Field::Absent => Arrival::Closed,
    };
    if arrival == Arrival::Closed {
        if let Some(span) = first.or(load.gaps.given().map(|at| &at.span)) {
            problems.advise(
                span,
                "a closed loop has no rate: its connections send when their answers are in",
                "write arrival = \"open\", or leave the rate out",
            );
        }
        return Some(ArrivalPlan::Closed);
    }
    if let Some(second) = second {
        problems.add(second, "`rate`, `common_rate` and `utilisation` exclude each other");
        return None;
    }
    let rate = match (&load.rate, &load.common_rate, &load.utilisation) {
        (Field::Given(rate), ..) => Rate::PerSecond(rate.value.0),
        (_, Field::Given(share), _) => Rate::Common(share.value.0),
        (.., Field::Given(shares)) => Rate::Utilisation(points(shares, problems)),
        _ if refused => return None,
        _ => {
            problems.advise(
                name,
                "an open loop needs its rate",
                "add `rate = 1000` (per second), or `utilisation = [0.2, 0.4, 0.6, 0.8]` (shares of what the slower side sustains)",
            );
            return None;
        }
    };
    let usual = if matches!(rate, Rate::PerSecond(_)) { Spacing::Constant } else { Spacing::Poisson };
    Some(ArrivalPlan::Open { rate, spacing: load.gaps.value().copied().unwrap_or(usual) })
}

/// Operating points in whole percent, each once, which is what their metrics are named by.
fn points(shares: &At<List<Share>>, problems: &mut Problems) -> Vec<f64> {
    let found: Vec<f64> = shares.value.0.iter().map(|share| share.value.0).collect();
    let mut names: Vec<String> = found.iter().map(|share| format!("{:.0}", share * 100.0)).collect();
    let whole = found.iter().all(|share| (share * 100.0 - (share * 100.0).round()).abs() < 1e-6);
    names.dedup();
    if !whole || names.len() < found.len() || !found.is_sorted() || found.is_empty() {
        problems.advise(
            &shares.span,
            "operating points are shares in whole percent, each once, the smallest first",
            "for instance `utilisation = [0.2, 0.4, 0.6, 0.8]`",
        );
    }
    found
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
