//! What holds when a config does not say otherwise.

use std::time::Duration;

use crate::model::engine::Engine;
use crate::model::plan::{
    ArrivalPlan, ExpectPlan, LoadPlan, LoadRequests, Phase, Rate, ReadyBy, ReadyPlan, RequestPlan, Schedule, Spacing,
    StopPlan, StopRule,
};
use crate::model::scrub::scrubbed;

/// Connections of a load.
pub const CONNECTIONS: u32 = 100;

/// How long one exchange may take.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// Ready means a 200 for `/` within 30 s.
pub fn ready() -> ReadyPlan {
    ReadyPlan { by: page("/"), timeout: Duration::from_secs(30) }
}

/// A 200 for that path.
pub fn page(path: &str) -> ReadyBy {
    ReadyBy::Page { path: path.to_owned(), status: 200 }
}

/// TERM, then 10 s of grace.
pub fn stop() -> StopPlan {
    StopPlan { signal: "TERM".to_owned(), grace: Duration::from_secs(10) }
}

/// Six blocks: between blocks sd(ln ratio) is about 0.09, and t / sqrt n is 1.05 there where it is 2.48 at three.
pub fn schedule() -> Schedule {
    Schedule {
        blocks: 6,
        looks: Vec::new(),
        launches: 30,
        cold: false,
        idle_after: Duration::from_secs(10),
        idle_blocks: None,
        warmup: Duration::from_secs(3),
        seed: 1,
        sample_hz: 20.0,
        quick: false,
        no_pin: false,
        second_opinion: None,
    }
}

/// The request of a config that names none: what the target is asked for when it is ready, else `/`.
pub fn root_request(ready: &ReadyPlan) -> RequestPlan {
    let (path, status) = match &ready.by {
        ReadyBy::Page { path, status } => (path.as_str(), *status),
        ReadyBy::Log(_) | ReadyBy::Tcp => ("/", 200),
    };
    RequestPlan {
        name: "root".to_owned(),
        method: "GET".to_owned(),
        path: path.to_owned(),
        headers: Vec::new(),
        body: None,
        expect: ExpectPlan { status: Some(status), length: None, contains: None, json: None },
        inserts: None,
    }
}

/// The name of a request that has none: `root` for `/`, else its path in the letters that a name may have, without its query.
#[must_use]
pub fn request_name(path: &str) -> String {
    // A name is stored as it is, so what the path's words call secret must not get into it.
    let path = scrubbed(path.split('?').next().unwrap_or_default());
    let mut name = String::new();
    for letter in path.trim_matches('/').chars().take(60) {
        name.push(if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' });
    }
    match name.as_str() {
        "" => "root".to_owned(),
        // Reports call the sum of a mix so.
        "all" => "all_".to_owned(),
        _ => name,
    }
}

/// The phases that come before the loads.
pub fn phases() -> Vec<Phase> {
    vec![Phase::Startup, Phase::FirstRequest, Phase::Idle, Phase::Warmup]
}

/// The load profiles of a config that names none. All but `queries` send the first request only.
pub fn loads(requests: &[RequestPlan]) -> Vec<LoadPlan> {
    let every: Vec<String> = requests.iter().map(|request| request.name.clone()).collect();
    let first: Vec<String> = every.iter().take(1).cloned().collect();
    let load =
        |name: &str, arrival: ArrivalPlan, stop: StopRule| LoadPlan { arrival, stop, ..load(name, first.clone()) };
    let open = |rate: Rate, spacing: Spacing| ArrivalPlan::Open { rate, spacing };
    let lasting = |seconds: u64| StopRule::Duration(Duration::from_secs(seconds));
    let points = Rate::Utilisation(vec![0.2, 0.4, 0.6, 0.8]);
    vec![
        load("latency", ArrivalPlan::Closed, StopRule::Requests(1000)),
        LoadPlan { ramp: Duration::from_secs(1), ..load("sustained", ArrivalPlan::Closed, lasting(10)) },
        LoadPlan {
            connections: 50,
            requests: LoadRequests::Each(every.clone()),
            blocks: Some(3),
            ..load("queries", ArrivalPlan::Closed, StopRule::Requests(1000))
        },
        load("under_load", open(Rate::PerSecond(1000.0), Spacing::Constant), lasting(10)),
        load("points", open(points, Spacing::Poisson), lasting(5)),
    ]
}

/// A closed loop of 1,000 of each of these requests.
pub fn load(name: &str, requests: Vec<String>) -> LoadPlan {
    LoadPlan {
        name: name.to_owned(),
        arrival: ArrivalPlan::Closed,
        connections: CONNECTIONS,
        stop: StopRule::Requests(1000),
        ramp: Duration::ZERO,
        timeout: TIMEOUT,
        requests: LoadRequests::Each(requests),
        engine: Engine::Pianoprof,
        remote: vec![],
        repeat: 1,
        blocks: None,
        in_run: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_name() {
        for (path, name) in [
            ("/", "root"),
            ("", "root"),
            ("/?page=1", "root"),
            ("/health", "health"),
            ("/api/items/7?page=1", "api_items_7"),
            ("/a%20b.html", "a_20b_html"),
            ("/all", "all_"),
        ] {
            assert_eq!(request_name(path), name, "{path}");
        }
        assert!(
            !request_name("/reset/token=abc123def").contains("abc123"),
            "{}",
            request_name("/reset/token=abc123def")
        );
        assert_eq!(request_name(&format!("/{}", "x".repeat(100))).len(), 60);
    }
}
