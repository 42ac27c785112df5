//! JSON for `benchmark-action/github-action-benchmark`: a flat list, in one direction only, as that tool wants it
//! (`customSmallerIsBetter`, `customBiggerIsBetter`).

use serde::Serialize;

use super::Findings;
use super::caveats::grave;
use super::words::plain;
use crate::analysis::metric::{Better, Metric};

#[derive(Debug, Serialize)]
struct Benchmark {
    name: String,
    unit: &'static str,
    value: f64,
    /// Shown behind the value, as text.
    range: String,
    /// Shown when one points at the value.
    extra: String,
}

/// Every metric of every target that is better in this direction.
pub fn render(findings: &Findings, better: Better) -> String {
    let wanted = |metric: &&Metric| metric.better == better && metric.median.is_finite();
    let grave = grave(&findings.analysis.caveats);
    let doubts = if grave.is_empty() { grave } else { format!(", caveats: {grave}") };
    let one = |metric: &Metric| Benchmark {
        name: format!("{}/{}", plain(&metric.target), plain(&metric.metric)),
        // A chart without a unit has no axis.
        unit: if metric.unit.is_empty() { "count" } else { metric.unit },
        value: metric.median,
        range: format!("{} to {}", metric.low, metric.high),
        extra: format!("n = {}{}{doubts}", metric.n, marks(metric)),
    };
    let benchmarks: Vec<Benchmark> = findings.analysis.metrics.iter().filter(wanted).map(one).collect();
    serde_json::to_string_pretty(&benchmarks).expect("keys are strings and values are finite") + "\n"
}

fn marks(metric: &Metric) -> String {
    metric.marks.iter().map(|mark| format!(", {mark}")).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::super::synthetic::comparison;
    use super::*;

    #[test]
    fn each_list_has_one_direction_and_what_the_action_asks_for() {
        let synthetic = comparison();
        let list = |better| -> Vec<serde_json::Value> {
            serde_json::from_str(&render(&synthetic.findings(), better)).expect("a list")
        };
        let (smaller, bigger) = (list(Better::Lower), list(Better::Higher));
        assert_eq!(smaller.len() + bigger.len(), synthetic.analysis.metrics.len());
        assert!(bigger.iter().all(|one| one["name"].as_str().is_some_and(|name| name.ends_with(".throughput"))));
        for one in smaller.iter().chain(&bigger) {
            let texts =
                ["name", "unit", "range", "extra"].map(|key| one[key].as_str().is_some_and(|text| !text.is_empty()));
            assert!(texts.iter().all(|there| *there) && one["value"].is_number(), "{one}");
        }
        let few = smaller.iter().find(|one| one["name"] == "flask/closed.list.p99").expect("there");
        assert_eq!(
            (&few["value"], &few["unit"], &few["extra"]),
            (&210.0.into(), &"ms".into(), &"n = 5, few requests, caveats: queueing <b>[31m".into())
        );
    }
}
