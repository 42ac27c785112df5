//! A small plan for the tests of every tool.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::engine::Engine;
use crate::model::plan::{
    ArrivalPlan, ExpectPlan, LoadPlan, LoadRequests, Phase, Plan, Rate, ReadyBy, ReadyPlan, RequestPlan, Schedule,
    Spacing, StopPlan, StopRule, TargetPlan,
};
use crate::model::secret::Secret;

fn request(name: &str, method: &str, path: &str) -> RequestPlan {
    RequestPlan {
        name: name.to_owned(),
        method: method.to_owned(),
        path: path.to_owned(),
        headers: vec![],
        body: None,
        expect: ExpectPlan { status: Some(200), length: None, contains: None, json: None },
        inserts: None,
    }
}

/// Three requests: plain, drawn with a body and tokens, and one with a secret and awkward characters.
pub(crate) fn plan() -> Plan {
    let mut insert = request("insert", "POST", "/attempts?kind={pick:a&b|<c>}");
    insert.headers = vec![
        ("Authorization".to_owned(), Secret::new("Bearer token-{int:1..1000}, (x)")),
        ("Content-Type".to_owned(), Secret::new("application/json")),
    ];
    insert.body = Some(r#"{"id":{int:1..500},"price":"${5} 'n \\ \"é\""}"#.to_owned());
    insert.expect.status = Some(201);
    let mut secret = request("secret", "GET", "/secret?a=1&b=$2");
    secret.headers = vec![("X-Api-Key".to_owned(), Secret::new("sesame"))];
    secret.expect.status = None;
    Plan {
        targets: vec![TargetPlan {
            name: "old".to_owned(),
            dir: "/srv".into(),
            attach: None,
            command: vec!["./old".to_owned(), "{port}".to_owned()],
            env: BTreeMap::new(),
            build: vec![],
            versions: BTreeMap::new(),
            ready: ReadyPlan {
                by: ReadyBy::Page { path: "/".to_owned(), status: 200 },
                timeout: Duration::from_secs(30),
            },
            stop: StopPlan { signal: "TERM".to_owned(), grace: Duration::from_secs(10) },
            cpus: None,
            benchmark: None,
            runtime: None,
            inherit_env: vec![],
        }],
        comparison: None,
        database: None,
        requests: vec![request("list", "GET", "/items?page=1"), insert, secret],
        phases: vec![Phase::Load("sustained".to_owned())],
        loads: vec![closed(), counted(), open(Rate::PerSecond(250.5), Spacing::Constant)],
        claims: vec![],
        parity: None,
        schedule: Schedule {
            blocks: 3,
            looks: vec![],
            launches: 5,
            cold: false,
            idle_after: Duration::ZERO,
            idle_blocks: None,
            warmup: Duration::ZERO,
            seed: 7,
            sample_hz: 20.0,
            quick: false,
            no_pin: false,
            second_opinion: None,
        },
    }
}

/// 100 connections for a minute after a ramp of 10 s.
pub(crate) fn closed() -> LoadPlan {
    LoadPlan {
        name: "sustained".to_owned(),
        arrival: ArrivalPlan::Closed,
        connections: 100,
        stop: StopRule::Duration(Duration::from_mins(1)),
        ramp: Duration::from_secs(10),
        timeout: Duration::from_secs(10),
        requests: LoadRequests::Each(vec!["list".to_owned()]),
        engine: Engine::Pianoprof,
        remote: vec![],
        repeat: 1,
        blocks: None,
        in_run: true,
    }
}

/// 1,001 requests of each kind over 100 connections.
pub(crate) fn counted() -> LoadPlan {
    LoadPlan {
        name: "latency".to_owned(),
        stop: StopRule::Requests(1001),
        ramp: Duration::ZERO,
        requests: LoadRequests::Each(vec!["list".to_owned(), "insert".to_owned(), "secret".to_owned()]),
        ..closed()
    }
}

/// A rate for half a minute.
pub(crate) fn open(rate: Rate, spacing: Spacing) -> LoadPlan {
    LoadPlan {
        name: "steady".to_owned(),
        arrival: ArrivalPlan::Open { rate, spacing },
        stop: StopRule::Duration(Duration::from_secs(30)),
        ramp: Duration::ZERO,
        ..closed()
    }
}

/// Three lists for every insert.
pub(crate) fn mixed() -> LoadPlan {
    LoadPlan {
        name: "mixed".to_owned(),
        requests: LoadRequests::Mix(vec![("list".to_owned(), 3.0), ("insert".to_owned(), 1.0)]),
        ..closed()
    }
}
