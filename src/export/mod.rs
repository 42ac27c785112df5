//! A load profile in the words of another tool: for people who run it, and for `engine`, which runs it itself.
//!
//! Pure: a plan goes in, text comes out. What a tool cannot express is said in a comment of that text, never left out
//! silently. Header values are secrets here as everywhere: only those that identify nobody, or that are drawn from
//! seeded data, are written.

mod ab;
mod jmeter;
mod shell;
pub mod value;
mod wrk;

#[cfg(test)]
pub(crate) mod sample;

pub use ab::ab;
pub use jmeter::{header_property, jmeter};
pub use shell::variable;
pub use wrk::{wrk, wrk_script};

use std::time::Duration;

use url::Url;

use crate::model::plan::{ArrivalPlan, LoadPlan, LoadRequests, Plan, Rate, RequestPlan};

/// The port of the text's default address when no target of the plan already runs: every launch has a port of its own.
const PORT: u16 = 8000;

/// Where the load goes unless the caller of the text says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Address {
    scheme: String,
    host: String,
    port: u16,
}

impl Address {
    /// The first target that already runs, else a port on this machine.
    fn of(plan: &Plan) -> Self {
        let running = plan.targets.iter().find_map(|target| Url::parse(target.attach.as_ref()?.url.as_deref()?).ok());
        running.and_then(|url| Self::of_url(&url)).unwrap_or_else(|| Self {
            scheme: "http".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: PORT,
        })
    }

    fn of_url(url: &Url) -> Option<Self> {
        let known = matches!(url.scheme(), "http" | "https");
        let host = url.host_str().filter(|_| known)?.to_owned();
        Some(Self { scheme: url.scheme().to_owned(), host, port: url.port_or_known_default()? })
    }
}

/// The load's requests with their shares in percent: of each on its own `None`, of a mix `Some`.
fn sent<'a>(plan: &'a Plan, load: &LoadPlan) -> Vec<(&'a RequestPlan, Option<f64>)> {
    match &load.requests {
        LoadRequests::Each(names) => {
            names.iter().filter_map(|name| plan.request(name)).map(|request| (request, None)).collect()
        }
        LoadRequests::Mix(weights) => {
            let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
            let share = |weight: f64| Some(100.0 * weight / total);
            weights.iter().filter_map(|(name, weight)| Some((plan.request(name)?, share(*weight)))).collect()
        }
    }
}

/// The rate of an open loop per second, where the plan itself says it.
fn rate(load: &LoadPlan) -> Option<f64> {
    match load.arrival {
        ArrivalPlan::Open { rate: Rate::PerSecond(rate), .. } => Some(rate),
        _ => None,
    }
}

/// Whole seconds, as the tools count them, and at least one unless there is no time at all.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// Requests per connection, rounded up, so that none of `requests` is left out.
fn per_connection(requests: u64, connections: u32) -> u64 {
    requests.div_ceil(u64::from(connections.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::plan::AttachPlan;

    #[test]
    fn the_address_is_that_of_a_server_that_runs() {
        let mut plan = sample::plan();
        assert_eq!(Address::of(&plan).port, PORT);
        for (url, scheme, host, port) in [
            ("http://127.0.0.1:5000", "http", "127.0.0.1", 5000),
            ("https://h.example", "https", "h.example", 443),
            ("http://[::1]:9/x", "http", "[::1]", 9),
        ] {
            plan.targets[0].attach = Some(AttachPlan { url: Some(url.to_owned()), pid: None });
            assert_eq!(Address::of(&plan), Address { scheme: scheme.into(), host: host.into(), port }, "{url}");
        }
        plan.targets[0].attach = Some(AttachPlan { url: Some("unix:/run/x".to_owned()), pid: None });
        assert_eq!(Address::of(&plan).port, PORT, "a socket file has no address");
    }

    #[test]
    fn shares_of_a_mix_are_percent() {
        let plan = sample::plan();
        let load = LoadPlan {
            requests: LoadRequests::Mix(vec![("list".to_owned(), 3.0), ("insert".to_owned(), 1.0)]),
            ..sample::closed()
        };
        let shares: Vec<_> =
            sent(&plan, &load).iter().map(|(request, share)| (request.name.as_str(), *share)).collect();
        assert_eq!(shares, [("list", Some(75.0)), ("insert", Some(25.0))]);
    }

    #[test]
    fn times_and_counts_are_rounded_up() {
        assert_eq!([0, 1, 1000, 1001].map(|ms| whole_seconds(Duration::from_millis(ms))), [0, 1, 1, 2]);
        assert_eq!([(1000, 100), (1001, 100), (5, 0)].map(|(n, c)| per_connection(n, c)), [10, 11, 5]);
    }
}
