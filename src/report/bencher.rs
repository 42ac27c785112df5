//! Bencher Metric Format: benchmark, measure, value with its range. Measures have Bencher's own slugs and units where it has
//! them (`latency` in ns, `throughput` in operations per second). The benchmark `caveats` counts the kinds of grave doubts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Findings;
use super::caveats::grave;
use super::words::plain;
use crate::analysis::statistics::number;
use crate::unit::MIB;

#[derive(Debug, Serialize)]
struct Measured {
    value: f64,
    lower_value: f64,
    upper_value: f64,
}

/// One benchmark per target and metric.
pub fn render(findings: &Findings) -> String {
    let mut benchmarks: BTreeMap<String, BTreeMap<&str, Measured>> = BTreeMap::new();
    for metric in findings.analysis.metrics.iter().filter(|metric| metric.median.is_finite()) {
        let (measure, factor) = measure(metric.unit);
        let measured = Measured {
            value: metric.median * factor,
            lower_value: metric.low * factor,
            upper_value: metric.high * factor,
        };
        let name = format!("{}/{}", plain(&metric.target), plain(&metric.metric));
        benchmarks.entry(name).or_default().insert(measure, measured);
    }
    // The format has numbers alone: a threshold on this one tells that the others are in doubt.
    let grave = number(grave(&findings.analysis.caveats).split_whitespace().count() as u64);
    let doubts = Measured { value: grave, lower_value: grave, upper_value: grave };
    benchmarks.entry("caveats".to_owned()).or_default().insert("count", doubts);
    let mut text = serde_json::to_string_pretty(&benchmarks).expect("keys are strings and values are finite");
    text.push('\n');
    text
}

/// The measure's slug and what to multiply by.
fn measure(unit: &str) -> (&'static str, f64) {
    match unit {
        "ms" => ("latency", 1e6),
        "us" => ("latency", 1e3),
        "ns" => ("latency", 1.0),
        "1/s" => ("throughput", 1.0),
        "MiB" => ("memory", MIB),
        "bytes" => ("memory", 1.0),
        "%" => ("percent", 1.0),
        _ => ("count", 1.0),
    }
}
