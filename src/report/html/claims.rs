//! The claims as a forest plot: each measured interval against the claimed value on one logarithmic axis.

use serde::Serialize;

use super::super::Findings;
use super::super::chart::Scale;
use super::super::words::{NOT_MEASURED, against_rival, demand, figure, measured, plain, unit_of, verdict};
use crate::claims::{Judgement, Verdict};
use crate::model::plan::Bound;

/// The plot with its rows.
#[derive(Debug, Serialize)]
pub struct Claims {
    ticks: Vec<(f64, String)>,
    even: Option<f64>,
    rows: Vec<Row>,
    has_limits: bool,
    has_expected: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    claim: String,
    metric: String,
    demand: String,
    measured: String,
    verdict: &'static str,
    class: &'static str,
    why: String,
    rival: String,
    point: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    required: Option<f64>,
    expected: Option<[String; 5]>,
    limit: bool,
}

/// What is drawn of one claim, as ratios: point, low, high, required. A limit on a value is drawn as limit over value, so
/// that to the right is better for it too.
fn ratios(one: &Judgement) -> (Option<f64>, Option<f64>, Option<f64>, f64) {
    match &one.bound {
        Bound::AtLeast(required) | Bound::AtMost(required) => (one.ratio, one.low, one.high, *required),
        Bound::ValueAtMost { value, .. } => {
            let over =
                |measured: Option<f64>| measured.filter(|measured| *measured > 0.0).map(|measured| value / measured);
            (over(one.ratio), over(one.high), over(one.low), 1.0)
        }
    }
}

/// The plot, if anything is claimed.
pub fn claims(findings: &Findings) -> Option<Claims> {
    if findings.judgements.is_empty() {
        return None;
    }
    let values = findings.judgements.iter().flat_map(|one| {
        let (point, low, high, required) = ratios(one);
        [point, low, high, Some(required), Some(1.0)]
    });
    let scale = Scale::log(values.flatten())?;
    let rows: Vec<Row> = findings.judgements.iter().map(|one| row(findings, one, &scale)).collect();
    Some(Claims {
        ticks: scale.ticks(),
        even: Some(scale.percent(1.0)),
        has_limits: rows.iter().any(|row| row.limit),
        has_expected: rows.iter().any(|row| row.expected.is_some()),
        rows,
    })
}

fn row(findings: &Findings, one: &Judgement, scale: &Scale) -> Row {
    let (point, low, high, required) = ratios(one);
    let unit = unit_of(findings.analysis, &one.metric);
    let place = |value: Option<f64>| value.map(|value| scale.percent(value));
    Row {
        claim: plain(&one.claim),
        metric: plain(&one.metric),
        demand: demand(&one.bound, unit),
        measured: measured(one, findings.analysis),
        verdict: verdict(one.verdict),
        class: match one.verdict {
            Verdict::Met => "met",
            Verdict::NotMet => "not-met",
            Verdict::Inconclusive => "open",
        },
        why: plain(&one.why),
        rival: against_rival(one),
        point: place(point),
        low: place(low),
        high: place(high),
        required: Some(scale.percent(required)),
        expected: one.expected.as_ref().zip(findings.run.plan.comparison.as_ref()).map(|(expected, sides)| {
            let median = |target: &str| {
                let metric = findings.analysis.metric(&one.metric, target);
                metric.map_or_else(|| NOT_MEASURED.to_owned(), |metric| figure(metric.median, metric.unit))
            };
            [
                plain(&expected.baseline),
                median(&sides.baseline),
                plain(&expected.candidate),
                median(&sides.candidate),
                plain(&expected.improvement),
            ]
        }),
        limit: matches!(one.bound, Bound::ValueAtMost { .. }),
    }
}
