//! What a tool cannot do, said before anything is started.

use crate::export::value::HeaderValue;
use crate::model::engine::Engine;
use crate::model::plan::{ArrivalPlan, LoadPlan, LoadRequests, RequestPlan, Spacing, StopRule};
use crate::model::scrub::scrubbed;

/// Why that tool cannot make this load; `None` when it can. `url` is the server, when it already runs.
#[must_use]
pub fn refuse(engine: Engine, load: &LoadPlan, requests: &[&RequestPlan], url: Option<&str>) -> Option<String> {
    if engine.is_own() {
        return (!load.remote.is_empty()).then(|| "only jmeter runs a load on other machines".to_owned());
    }
    if url.is_some_and(|url| url.starts_with("unix:")) {
        return Some(format!("{engine} cannot connect to a Unix socket"));
    }
    if !load.remote.is_empty() && engine != Engine::Jmeter {
        return Some(format!("{engine} cannot run a load on other machines: only jmeter can"));
    }
    if let StopRule::Duration(duration) = load.stop
        && engine != Engine::Oha
        && duration.subsec_nanos() != 0
    {
        return Some(format!("{engine} counts whole seconds: a duration of {} s is none", duration.as_secs_f64()));
    }
    match engine {
        Engine::Wrk => wrk(load),
        Engine::Ab => ab(load, requests),
        Engine::Oha => oha(load, requests),
        Engine::Jmeter => jmeter(load),
        Engine::Pianoprof => None,
    }
}

fn wrk(load: &LoadPlan) -> Option<String> {
    closed(Engine::Wrk, load).or_else(|| {
        matches!(load.stop, StopRule::Requests(_))
            .then(|| "wrk ends after a time, not after a number of requests: give a duration".to_owned())
    })
}

fn ab(load: &LoadPlan, requests: &[&RequestPlan]) -> Option<String> {
    let status = || {
        let wanted = requests.iter().find_map(|request| {
            request.expect.status.filter(|status| !(200..300).contains(status)).map(|status| (&request.name, status))
        });
        wanted.map(|(name, status)| {
            format!(
                "ab calls every answer outside 2xx bad, and request {name} expects {status}: use wrk, oha or jmeter"
            )
        })
    };
    let few = || match load.stop {
        StopRule::Requests(count) if count < u64::from(load.connections) => {
            Some(format!("ab needs at least as many requests ({count}) as connections ({})", load.connections))
        }
        _ => None,
    };
    closed(Engine::Ab, load).or_else(|| one_known(Engine::Ab, load, requests)).or_else(status).or_else(few)
}

fn oha(load: &LoadPlan, requests: &[&RequestPlan]) -> Option<String> {
    let poisson = matches!(load.arrival, ArrivalPlan::Open { spacing: Spacing::Poisson, .. });
    let poisson = poisson.then(|| "oha sends at equal gaps, not at exponential ones".to_owned());
    flat(Engine::Oha, load).or(poisson).or_else(|| one_known(Engine::Oha, load, requests))
}

/// What tools cannot do that send one request, written on their command line.
fn one_known(engine: Engine, load: &LoadPlan, requests: &[&RequestPlan]) -> Option<String> {
    let secret = requests.iter().flat_map(|request| &request.headers).find_map(|(name, value)| {
        (HeaderValue::of(name, value) == HeaderValue::Withheld).then(|| {
            format!(
                "{engine} takes headers on its command line, where every user of this machine can read {name}: use wrk or \
                 jmeter"
            )
        })
    });
    let path = requests.iter().find(|request| scrubbed(&request.path) != request.path).map(|request| {
        format!(
            "{engine} takes the path on its command line, where every user of this machine can read the secret in that of \
             request {}: use wrk or jmeter",
            request.name
        )
    });
    secret.or(path).or_else(|| {
        matches!(load.requests, LoadRequests::Mix(_)).then(|| format!("{engine} sends one request, not a mix"))
    })
}

fn jmeter(load: &LoadPlan) -> Option<String> {
    let hosts = u64::try_from(load.remote.len()).unwrap_or(u64::MAX).max(1);
    let connections = u64::from(load.connections);
    if connections % hosts != 0 {
        return Some(format!("{connections} connections cannot be shared evenly by {hosts} machines"));
    }
    match load.stop {
        StopRule::Requests(count) if count % connections != 0 => Some(format!(
            "jmeter sends the same number on every connection: {count} requests are no multiple of {connections} connections"
        )),
        _ => (load.ramp.subsec_nanos() != 0)
            .then(|| format!("jmeter counts whole seconds: a ramp of {} s is none", load.ramp.as_secs_f64())),
    }
}

/// What tools of closed loops without a ramp cannot do.
fn closed(engine: Engine, load: &LoadPlan) -> Option<String> {
    if let ArrivalPlan::Open { .. } = load.arrival {
        return Some(format!(
            "{engine} has no open loop: it sends when an answer is in, whatever the rate; use oha or jmeter, or leave the rate out"
        ));
    }
    flat(engine, load)
}

/// What tools without a ramp cannot do.
fn flat(engine: Engine, load: &LoadPlan) -> Option<String> {
    (!load.ramp.is_zero())
        .then(|| format!("{engine} opens all connections at once: it has no ramp; use jmeter or leave the ramp out"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::sample::{closed, counted, mixed, open, plan};
    use crate::model::plan::Rate;
    use std::time::Duration;

    #[test]
    fn each_tool_says_what_it_cannot_do() {
        let plan = plan();
        let all: Vec<&RequestPlan> = plan.requests.iter().collect();
        let (list, insert) = (&all[..1], &all[1..2]);
        let flat = LoadPlan { ramp: Duration::ZERO, ..closed() };
        let rated = open(Rate::PerSecond(5.0), Spacing::Constant);
        let said = |engine, load: &LoadPlan, requests: &[&RequestPlan]| refuse(engine, load, requests, None);
        for (engine, load, requests, words) in [
            (Engine::Wrk, &closed(), list, "no ramp"),
            (Engine::Wrk, &rated, list, "no open loop"),
            (Engine::Wrk, &counted(), list, "ends after a time"),
            (
                Engine::Wrk,
                &LoadPlan { stop: StopRule::Duration(Duration::from_millis(1500)), ..flat.clone() },
                list,
                "whole seconds",
            ),
            (Engine::Wrk, &LoadPlan { remote: vec!["a".to_owned()], ..flat.clone() }, list, "other machines"),
            (Engine::Pianoprof, &LoadPlan { remote: vec!["a".to_owned()], ..flat.clone() }, list, "other machines"),
            (Engine::Ab, &rated, list, "no open loop"),
            (Engine::Ab, &flat, &all[2..], "X-Api-Key"),
            (Engine::Ab, &LoadPlan { ramp: Duration::ZERO, ..mixed() }, list, "not a mix"),
            (Engine::Ab, &LoadPlan { stop: StopRule::Requests(99), ..counted() }, list, "at least as many"),
            (Engine::Oha, &closed(), list, "no ramp"),
            (Engine::Oha, &open(Rate::PerSecond(5.0), Spacing::Poisson), list, "equal gaps"),
            (Engine::Oha, &flat, &all[2..], "X-Api-Key"),
            (Engine::Oha, &LoadPlan { ramp: Duration::ZERO, ..mixed() }, list, "not a mix"),
            (Engine::Oha, &LoadPlan { remote: vec!["a".to_owned()], ..flat.clone() }, list, "other machines"),
            (Engine::Jmeter, &counted(), list, "no multiple of 100"),
            (Engine::Jmeter, &LoadPlan { remote: vec!["a".to_owned(); 3], ..closed() }, list, "shared evenly"),
        ] {
            let refusal = said(engine, load, requests).unwrap_or_else(|| panic!("{engine} should not: {words}"));
            assert!(refusal.contains(words), "{refusal}");
        }
        let mut teapot = all[0].clone();
        teapot.expect.status = Some(418);
        assert!(said(Engine::Ab, &flat, &[&teapot]).expect("refused").contains("418"));
        for (engine, load, requests) in [
            (Engine::Wrk, &flat, &all[..]),
            (Engine::Ab, &flat, insert),
            (Engine::Oha, &rated, list),
            (Engine::Oha, &LoadPlan { stop: StopRule::Duration(Duration::from_millis(1500)), ..flat.clone() }, insert),
            (Engine::Jmeter, &closed(), &all[..]),
            (Engine::Jmeter, &rated, &all[..]),
            (Engine::Jmeter, &mixed(), &all[..]),
            (Engine::Pianoprof, &rated, &all[..]),
        ] {
            assert_eq!(said(engine, load, requests), None, "{engine}");
        }
        assert!(refuse(Engine::Wrk, &flat, list, Some("unix:/run/x")).expect("refused").contains("Unix"));
    }
}
