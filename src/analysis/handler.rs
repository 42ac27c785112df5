//! Figures of in-process benchmarks.

use crate::model::record::HandlerBenchmark;

use super::metric::{Better, Figure};

/// The figures of all benchmarks. A target's k-th benchmark of a request pairs with the other target's k-th.
#[must_use]
pub fn figures(benchmarks: &[HandlerBenchmark]) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (index, benchmark) in benchmarks.iter().enumerate() {
        let earlier = benchmarks[..index]
            .iter()
            .filter(|other| other.target == benchmark.target && other.request == benchmark.request)
            .count();
        let rows = [
            ("time", "ns", Some(benchmark.time_ns)),
            ("allocs", "", benchmark.allocs),
            ("bytes", "bytes", benchmark.bytes),
        ];
        for (name, unit, value) in rows {
            if let Some(value) = value {
                figures.push(Figure {
                    metric: format!("handler.{}.{name}", benchmark.request),
                    unit,
                    better: Better::Lower,
                    target: benchmark.target.clone(),
                    block: u32::try_from(earlier + 1).unwrap_or(u32::MAX),
                    value,
                    bound: 0.0,
                    valid: true,
                    mark: None,
                });
            }
        }
    }
    figures
}
