//! The ratio of one metric between baseline and candidate, paired by block.

use std::mem::discriminant;

use serde::Serialize;

use crate::model::load::Arrival;
use crate::model::plan::{Plan, ReadyBy};
use crate::unit::{digits, thousands};

use super::load::LoadFigures;
use super::metric::{Better, Mark, Metric};
use super::statistics::{deviation, interval, mean, median, multiplier, number};
use crate::model::load::requests_needed;

/// A ratio with its interval. Ratios are 'times better': above 1 the candidate is better, whichever way the metric goes.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Comparison {
    /// The metric's name.
    pub metric: String,
    /// The metric's unit.
    pub unit: &'static str,
    /// The baseline's median over blocks.
    pub baseline: f64,
    /// The candidate's median over blocks.
    pub candidate: f64,
    /// exp(mean of the logs of the blocks' ratios); the ratio of the medians where no block has a valid pair, not a number
    /// (`null` in JSON) where a side is zero.
    #[schemars(with = "Option<f64>")]
    pub ratio: f64,
    /// Lower end of the 95 % interval, widened by the instrument; `None` below 3 blocks.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Pairs that went into it.
    pub blocks: usize,
    /// Standard deviation of the logs of the blocks' ratios; `None` below 2 blocks.
    #[serde(skip)]
    pub spread: Option<f64>,
    /// Why no claim may rest on it; `None` when one may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unusable: Option<Unusable>,
}

/// Why a figure decides no claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Unusable {
    /// The reason in words, with the figures.
    pub text: String,
    /// What kind of reason it is.
    #[serde(skip)]
    pub obstacle: Obstacle,
}

/// What keeps a figure from deciding a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It is no figure of the target, or not of the same work on both sides.
    OtherWork,
    /// Too few requests behind a percentile.
    FewRequests,
    /// A side could not hold the offered rate.
    Overloaded,
    /// No block has a valid figure of both sides.
    Voided,
    /// A figure is zero, and a ratio of it is none.
    Zero,
}

impl Unusable {
    fn new(obstacle: Obstacle, text: String) -> Self {
        Self { text, obstacle }
    }
}

/// Figures that describe the generator: no target is better or worse for them.
const OF_THE_GENERATOR: [&str; 3] = ["sent_rate", "lateness_p99", "generator_cpu"];

impl Comparison {
    /// Whether it is of a figure of the generator, of which no ratio is an improvement.
    #[must_use]
    pub fn is_of_the_generator(&self) -> bool {
        super::metric::parts(&self.metric).is_some_and(|(_, _, figure)| OF_THE_GENERATOR.contains(&figure))
    }
}

/// Compares one metric of both sides, block by block. `looks` are the planned ones of the schedule.
#[must_use]
pub fn compare(baseline: &Metric, candidate: &Metric, loads: &[LoadFigures], looks: &[u32]) -> Comparison {
    let pairs: Vec<(f64, f64)> = baseline
        .by_block
        .iter()
        .filter_map(|(block, old)| {
            let (_, new) = candidate.by_block.iter().find(|(other, _)| other == block)?;
            Some((*old, *new))
        })
        .collect();
    let old = median(&pairs.iter().map(|pair| pair.0).collect::<Vec<f64>>()).unwrap_or(baseline.median);
    let new = median(&pairs.iter().map(|pair| pair.1).collect::<Vec<f64>>()).unwrap_or(candidate.median);
    let times = |(old, new): (f64, f64)| if baseline.better == Better::Lower { old / new } else { new / old };
    let positive = old > 0.0 && new > 0.0 && pairs.iter().all(|(old, new)| *old > 0.0 && *new > 0.0);
    let logs: Vec<f64> = if positive { pairs.iter().map(|pair| times(*pair).ln()).collect() } else { Vec::new() };
    let (over, under) = match baseline.better {
        Better::Lower => (baseline.bound, candidate.bound),
        Better::Higher => (candidate.bound, baseline.bound),
    };
    let found = interval(&logs, multiplier(logs.len(), looks), over, under);
    let ratio = match mean(&logs) {
        Some(centre) => centre.exp(),
        None if positive => times((old, new)),
        None => f64::NAN,
    };
    let nothing = || {
        if pairs.is_empty() {
            return Some(Unusable::new(Obstacle::Voided, "no block has a valid trial of both sides".to_owned()));
        }
        (!positive).then(|| {
            let (unit, old, new) = (baseline.unit, digits(old), digits(new));
            let text = format!(
                "a ratio needs figures above zero in every block, these are {old} {unit} and {new} {unit} (medians)"
            );
            Unusable::new(Obstacle::Zero, text)
        })
    };
    Comparison {
        metric: baseline.metric.clone(),
        unit: baseline.unit,
        baseline: old,
        candidate: new,
        ratio,
        low: found.map(|found| found.low),
        high: found.map(|found| found.high),
        blocks: pairs.len(),
        spread: deviation(&logs),
        unusable: unlike_work(&baseline.metric, loads)
            .map(|text| Unusable::new(Obstacle::OtherWork, text))
            .or_else(|| why_marked(baseline, loads))
            .or_else(|| why_marked(candidate, loads))
            .or_else(nothing),
    }
}

/// Why a figure of that name says nothing about which target is better.
#[must_use]
pub fn unlike_work(metric: &str, loads: &[LoadFigures]) -> Option<String> {
    let (load, request, figure) = super::metric::parts(metric)?;
    let arrival = loads.iter().find(|other| other.load == load && other.request == request)?.arrival;
    unlike_figure(figure, arrival)
}

/// Why that figure of a closed or open loop says nothing about which target is better.
#[must_use]
pub fn unlike_figure(figure: &str, arrival: Arrival) -> Option<String> {
    match (figure, arrival) {
        (figure, _) if OF_THE_GENERATOR.contains(&figure) => Some("it describes the generator, not the target".to_owned()),
        ("throughput", Arrival::Open) => {
            Some("the schedule, not the target, sets the throughput of an open loop; a closed loop shows it".to_owned())
        }
        ("cpu" | "database_cpu", Arrival::Closed) => Some(
            "in a closed loop the faster side does more work; CPU is compared at equal rate in an open loop, or per request"
                .to_owned(),
        ),
        _ => None,
    }
}

/// Why a figure of that name, which ends when a target is ready, is not the same of both sides: one tells it by an answer and
/// the other by its log or its port.
#[must_use]
pub fn unlike_readiness(plan: &Plan, metric: &str, sides: [&str; 2]) -> Option<Unusable> {
    if !matches!(metric, "startup.first_ok" | "startup.cpu") {
        return None;
    }
    let [old, new] = sides.map(|name| plan.target(name).map(|target| &target.ready.by));
    let (old, new) = (old?, new?);
    (discriminant(old) != discriminant(new)).then(|| {
        let told = |by: &ReadyBy| match by {
            ReadyBy::Page { .. } => "by an answer",
            ReadyBy::Log(_) => "by a line of its log",
            ReadyBy::Tcp => "by its port",
        };
        let [baseline, candidate] = sides;
        let text = format!("{baseline} is ready {} and {candidate} {}, which are not the same", told(old), told(new));
        Unusable::new(Obstacle::OtherWork, text)
    })
}

/// Why that metric decides no claim, in a sentence with the figures; `None` when it may.
#[must_use]
pub fn why_marked(metric: &Metric, loads: &[LoadFigures]) -> Option<Unusable> {
    let target = &metric.target;
    if metric.marked(Mark::NoValidTrial) {
        return Some(Unusable::new(Obstacle::Voided, format!("no trial of {target} is valid")));
    }
    let (load, request, figure) = metric.parts()?;
    let own = || loads.iter().filter(|f| &f.target == target && f.load == load && f.request == request);
    if metric.marked(Mark::Overloaded) {
        let over: Vec<&LoadFigures> = own().filter(|figures| figures.overloaded).collect();
        let middle = |of: fn(&LoadFigures) -> f64| {
            thousands(median(&over.iter().map(|f| of(f)).collect::<Vec<f64>>()).unwrap_or(f64::NAN))
        };
        let (asked, sent) = (middle(|f| f.rate_asked.unwrap_or(f.rate_sent)), middle(|f| f.rate_sent));
        let served = middle(|f| f.rate_served);
        let text = format!(
            "{target} is overloaded in {load}.{request}: of {asked}/s offered, {sent}/s were sent and {served}/s served, so its \
             latency is that of a growing queue and is not compared"
        );
        return Some(Unusable::new(Obstacle::Overloaded, text));
    }
    if metric.marked(Mark::FewRequests) {
        let fewest = own().map(|figures| figures.good).min().unwrap_or(0);
        let text = format!(
            "{figure} of {load}.{request} rests on {} good answers per trial, {} are needed",
            thousands(number(fewest)),
            thousands(number(requests_needed(figure)))
        );
        return Some(Unusable::new(Obstacle::FewRequests, text));
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn metric(better: Better, values: &[f64], bound: f64) -> Metric {
        Metric {
            metric: "startup.first_ok".to_owned(),
            unit: "ms",
            better,
            target: "any".to_owned(),
            values: values.to_vec(),
            median: median(values).expect("some"),
            low: 0.0,
            high: 0.0,
            n: values.len(),
            by_block: (1..).zip(values.iter().copied()).collect(),
            bound,
            marks: vec![],
        }
    }

    fn near(left: f64, right: f64) -> bool {
        (left - right).abs() <= 1e-9 * left.abs().max(right.abs()).max(1e-300)
    }

    fn any_better() -> impl Strategy<Value = Better> {
        prop_oneof![Just(Better::Lower), Just(Better::Higher)]
    }

    proptest! {
        #[test]
        fn swapping_the_sides_inverts_everything(
            better in any_better(),
            pairs in prop::collection::vec((0.01..1e4, 0.01..1e4), 3..12),
            bounds in (0.0..0.5, 0.0..0.5),
        ) {
            let (old, new): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let (old, new) = (metric(better, &old, bounds.0), metric(better, &new, bounds.1));
            let (there, back) = (compare(&old, &new, &[], &[]), compare(&new, &old, &[], &[]));
            prop_assert!(near(there.ratio, 1.0 / back.ratio));
            prop_assert!(near(there.low.expect("n >= 3"), 1.0 / back.high.expect("n >= 3")));
            prop_assert!(near(there.high.expect("n >= 3"), 1.0 / back.low.expect("n >= 3")));
        }

        #[test]
        fn the_unit_does_not_matter(
            better in any_better(),
            pairs in prop::collection::vec((0.01..1e4, 0.01..1e4), 3..12),
            factor in 1e-3..1e3,
        ) {
            let (old, new): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let scaled = |values: &[f64]| metric(better, &values.iter().map(|v| v * factor).collect::<Vec<f64>>(), 0.01);
            let plain = compare(&metric(better, &old, 0.01), &metric(better, &new, 0.01), &[], &[5, 10, 20]);
            let other = compare(&scaled(&old), &scaled(&new), &[], &[5, 10, 20]);
            prop_assert!(near(plain.ratio, other.ratio));
            prop_assert!(near(plain.low.expect("n >= 3"), other.low.expect("n >= 3")));
            prop_assert!(near(plain.high.expect("n >= 3"), other.high.expect("n >= 3")));
        }
    }

    #[test]
    fn blocks_pair_by_number() {
        let mut old = metric(Better::Lower, &[10.0, 20.0, 40.0], 0.0);
        let mut new = metric(Better::Lower, &[99.0, 2.0, 4.0], 0.0);
        old.by_block.remove(0);
        new.by_block[0].0 = 9;
        let found = compare(&old, &new, &[], &[]);
        assert_eq!(found.blocks, 2);
        assert!(near(found.ratio, 10.0));
        assert_eq!(found.low, None);
        assert_eq!(found.unusable, None);
        old.by_block.clear();
        let none = compare(&old, &new, &[], &[]);
        assert!(none.unusable.expect("a reason").text.contains("no block"));
    }

    #[test]
    fn zero_has_no_ratio() {
        let found = compare(&metric(Better::Lower, &[0.0; 3], 0.0), &metric(Better::Lower, &[0.0; 3], 0.0), &[], &[]);
        assert!(found.ratio.is_nan());
        assert!(found.unusable.expect("a reason").text.contains("above zero"));
    }
}
