//! What is said of the made-up run: metrics, ratios, verdicts and doubts.

use super::SIDES;
use crate::analysis::comparison::Comparison;
use crate::analysis::metric::{Better, Metric};
use crate::claims::{Judgement, Reason, RivalRatio, Verdict};
use crate::model::facts::Caveat;
use crate::model::plan::{Bound, Expected};

/// Name, unit, which way is better, median of the baseline and of the candidate.
const METRICS: [(&str, &str, Better, f64, f64); 15] = [
    ("startup.listen", "ms", Better::Lower, 310.0, 31.0),
    ("startup.first_ok", "ms", Better::Lower, 623.0, 62.3),
    ("idle.rss", "MiB", Better::Lower, 183.0, 18.3),
    ("idle.pss", "MiB", Better::Lower, 120.0, 12.0),
    ("closed.list.p50", "ms", Better::Lower, 45.0, 4.5),
    ("closed.list.p95", "ms", Better::Lower, 60.0, 8.1),
    ("closed.list.p99", "ms", Better::Lower, 210.0, 21.0),
    ("closed.list.throughput", "1/s", Better::Higher, 1000.0, 9800.0),
    ("closed.list.errors", "%", Better::Lower, 0.02, 0.0),
    ("rate.list.p95", "ms", Better::Lower, 60.0, 6.0),
    ("rate.list.rss", "MiB", Better::Lower, 223.0, 22.3),
    ("rate.list.cpu", "%", Better::Lower, 92.0, 9.2),
    ("rate.list.cpu_per_request", "ms", Better::Lower, 0.9, 0.09),
    ("handler.list.time", "ns", Better::Lower, 850_000.0, 31_000.0),
    ("handler.list.bytes", "bytes", Better::Lower, 12_000.0, 4_000.0),
];

pub fn metrics() -> Vec<Metric> {
    METRICS
        .iter()
        .flat_map(|(name, unit, better, baseline, candidate)| {
            SIDES.iter().zip([baseline, candidate]).map(|((target, _), median)| {
                let values: Vec<f64> = [0.97, 0.99, 1.0, 1.01, 1.04].iter().map(|part| median * part).collect();
                Metric {
                    metric: (*name).to_owned(),
                    unit,
                    better: *better,
                    target: (*target).to_owned(),
                    median: *median,
                    low: values[0],
                    high: values[4],
                    n: values.len(),
                    by_block: (1..).zip(values.iter().copied()).collect(),
                    bound: 0.0,
                    values,
                    marks: if *name == "closed.list.p99" { vec!["few requests".to_owned()] } else { vec![] },
                }
            })
        })
        .collect()
}

pub fn comparisons(metrics: &[Metric]) -> Vec<Comparison> {
    metrics
        .chunks(2)
        .filter(|pair| pair[1].median > 0.0)
        .map(|pair| {
            let ratio = match pair[0].better {
                Better::Lower => pair[0].median / pair[1].median,
                Better::Higher => pair[1].median / pair[0].median,
            };
            Comparison {
                metric: pair[0].metric.clone(),
                unit: pair[0].unit,
                baseline: pair[0].median,
                candidate: pair[1].median,
                ratio,
                low: Some(ratio * 0.93),
                high: Some(ratio * 1.07),
                blocks: 5,
                spread: Some(0.05),
                unusable: None,
            }
        })
        .collect()
}

pub fn judgements() -> Vec<Judgement> {
    let judge = |claim: &str, metric: &str, verdict, ratio: f64, bound, expected| Judgement {
        claim: claim.into(),
        metric: metric.into(),
        verdict,
        ratio: Some(ratio),
        low: Some(ratio * 0.93),
        high: Some(ratio * 1.07),
        why: format!("the interval {:.2} to {:.2} against the bound", ratio * 0.93, ratio * 1.07),
        rivals: if metric == "idle.rss" {
            vec![
                RivalRatio { target: "flask_tuned".into(), ratio: 4.1, low: Some(3.9), high: Some(4.31) },
                RivalRatio { target: "flask_threads".into(), ratio: 9.0, low: None, high: None },
            ]
        } else {
            vec![]
        },
        p: None,
        p_family: None,
        reason: match verdict {
            Verdict::Inconclusive => Reason::IntervalHoldsClaim,
            _ => Reason::Decided,
        },
        bound,
        expected,
    };
    let expected = Expected { baseline: "2000 ms".into(), candidate: "< 100 ms".into(), improvement: "20x".into() };
    vec![
        judge(
            "starts at least 20 times faster",
            "startup.first_ok",
            Verdict::NotMet,
            10.0,
            Bound::AtLeast(20.0),
            Some(expected),
        ),
        judge("uses a fifth of the memory when idle", "idle.rss", Verdict::Met, 10.0, Bound::AtLeast(5.0), None),
        judge(
            "answers 10 times faster | p50",
            "closed.list.p50",
            Verdict::Inconclusive,
            10.0,
            Bound::AtLeast(10.0),
            None,
        ),
        judge(
            "p95 at most 10 ms",
            "rate.list.p95",
            Verdict::Met,
            6.0,
            Bound::ValueAtMost { target: "gin".into(), value: 10.0 },
            None,
        ),
    ]
}

pub fn caveats() -> Vec<Caveat> {
    vec![
        Caveat {
            kind: "queueing".into(),
            text: "100 connections against 4 workers measure the queue in front of flask, not only its work.".into(),
            advice: "Compare latency at a rate that both sides hold.".into(),
        },
        Caveat { kind: "<b>\u{1b}[31m".into(), text: "hostile | kind".into(), advice: String::new() },
    ]
}
