//! Judging what somebody claims against what was measured.
//!
//! A claim is met when the whole interval lies on its side, not met when the whole interval lies on the other, else
//! inconclusive, with the reason and what would decide it. Exit codes are the command line's business.

pub mod forecast;

use std::fmt::Write as _;

use serde::Serialize;

use crate::analysis::comparison::{Comparison, Obstacle, why_marked};
use crate::analysis::doubt::unlike_work;
use crate::analysis::metric::{Mark, Metric, parts};
use crate::analysis::statistics::{
    FEW_TRIALS, FEWEST_BLOCKS, ONE_SIDED, blocks_needed, deviation, holm, interval, length, mean, multiplier, number,
    one_sided_p,
};
use crate::analysis::{Analysis, Rivalry};
use crate::model::load::requests_needed;
use crate::model::plan::{Bound, ClaimPlan, Expected};
use crate::model::record::Run;
use crate::unit::{digits, plural, thousands, times};

/// The judgement of one claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub enum Verdict {
    /// The whole interval lies on the claim's side.
    #[serde(rename = "met")]
    Met,
    /// The whole interval lies on the other side.
    #[serde(rename = "not met")]
    NotMet,
    /// The data cannot tell.
    #[serde(rename = "inconclusive")]
    Inconclusive,
}

/// Why a claim was judged so, for programs to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It is met or not met.
    Decided,
    /// The interval holds the claimed value.
    IntervalHoldsClaim,
    /// Generator and database alone need so much CPU that no target whatever could reach the claimed value here.
    BeyondThisMachine,
    /// Too few requests behind a percentile.
    FewRequests,
    /// Too few blocks for an interval.
    FewBlocks,
    /// A side could not hold the offered rate.
    Overloaded,
    /// No block has a valid figure of both sides.
    Voided,
    /// A figure is zero.
    Zero,
    /// It was not measured, or is no figure that could be compared.
    Missing,
}

impl Reason {
    fn of(obstacle: Obstacle) -> Self {
        match obstacle {
            Obstacle::OtherWork => Self::Missing,
            Obstacle::FewRequests => Self::FewRequests,
            Obstacle::Overloaded => Self::Overloaded,
            Obstacle::Voided => Self::Voided,
            Obstacle::Zero => Self::Zero,
        }
    }

    /// Whether more blocks would change nothing: fewer requests than needed, a rate that is too high, a bound beyond the
    /// machine stay what they are; the next blocks may be valid.
    #[must_use]
    pub fn is_beyond_blocks(self) -> bool {
        matches!(self, Self::BeyondThisMachine | Self::FewRequests | Self::Overloaded | Self::Zero | Self::Missing)
    }
}

/// One claim with its judgement: the `claims` entry of the JSON summary.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Judgement {
    /// The claim in words.
    pub claim: String,
    /// The metric it is about.
    pub metric: String,
    /// Met, not met or inconclusive.
    pub verdict: Verdict,
    /// The measured ratio, or the value for a claim on one target's value.
    pub ratio: Option<f64>,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// Why, in one sentence with the figures.
    pub why: String,
    /// The same as a code.
    pub reason: Reason,
    /// The one-sided p of what was measured if the claim held, the instruments' bounds granted to it; `null` without an interval.
    pub p: Option<f64>,
    /// The same by Holm's correction over all claims: at most 0.025 where the claim is still not met when all are looked at
    /// together, which is what exit code 1 needs.
    pub p_family: Option<f64>,
    /// How much better the candidate is than each rival whose figure of this metric can be compared, in the order of the plan.
    /// The verdict does not rest on them; empty for a claim on one target's value.
    pub rivals: Vec<RivalRatio>,
    /// What must hold.
    pub bound: Bound,
    /// What the claimant expects, in his words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
}

/// How much better the candidate is than one rival, 'times better'.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct RivalRatio {
    /// The rival's name.
    pub target: String,
    /// exp(mean of the logs of the blocks' ratios); above 1 the candidate is better.
    pub ratio: f64,
    /// Lower end of its interval; `null` below 3 blocks.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl Judgement {
    /// Whether it is not met, also when all claims are looked at together.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.verdict == Verdict::NotMet && self.p_family.is_none_or(|p| p <= ONE_SIDED)
    }

    /// The rival that the candidate has the hardest time with.
    #[must_use]
    pub fn best_rival(&self) -> Option<&RivalRatio> {
        self.rivals.iter().min_by(|a, b| a.ratio.total_cmp(&b.ratio))
    }
}

/// Judges every claim of the plan, in its order.
#[must_use]
pub fn judge(run: &Run, analysis: &Analysis) -> Vec<Judgement> {
    let mut judged: Vec<Judgement> = run
        .plan
        .claims
        .iter()
        .map(|claim| match &claim.bound {
            Bound::AtLeast(factor) => of_ratio(run, analysis, claim, Side::AtLeast, *factor),
            Bound::AtMost(factor) => of_ratio(run, analysis, claim, Side::AtMost, *factor),
            Bound::ValueAtMost { target, value } => of_value(run, analysis, claim, target, *value),
        })
        .map(|judged| Judgement {
            rivals: rivals(analysis, &judged),
            why: judged.why.clone() + &unlike(analysis, &judged),
            ..judged
        })
        .collect();
    as_a_family(&mut judged);
    judged
}

/// Corrects the p of all claims for being looked at together, and says of each claim that is not met whether it stays so.
fn as_a_family(judged: &mut [Judgement]) {
    let p: Vec<f64> = judged.iter().filter_map(|one| one.p).collect();
    let mut corrected = holm(&p).into_iter();
    for one in judged.iter_mut().filter(|one| one.p.is_some()) {
        one.p_family = corrected.next();
        if one.verdict == Verdict::NotMet && p.len() > 1 {
            let stays = if one.fails() { "; so it is" } else { "; it is open" };
            let _ = write!(one.why, "{stays} when all {} claims are looked at together", p.len());
        }
    }
}

/// A sentence for claims on a load whose two sides ask the database for unlike work.
fn unlike(analysis: &Analysis, judged: &Judgement) -> String {
    let load = judged.metric.split('.').next();
    let found = unlike_work(&analysis.comparisons);
    found
        .iter()
        .find(|one| load == Some(&*one.load))
        .map_or_else(String::new, |one| format!("; unlike work in {}", one.text))
}

fn rivals(analysis: &Analysis, judged: &Judgement) -> Vec<RivalRatio> {
    if matches!(judged.bound, Bound::ValueAtMost { .. }) {
        return Vec::new();
    }
    let of_metric = analysis.rivals.iter().filter(|one| one.comparison.metric == judged.metric);
    of_metric
        .filter(|one| one.comparison.unusable.is_none())
        .map(|Rivalry { rival, comparison }| RivalRatio {
            target: rival.clone(),
            ratio: comparison.ratio,
            low: comparison.low,
            high: comparison.high,
        })
        .collect()
}

/// Whether more blocks would decide nothing further: every claim is met or not met, or waits for something else than
/// blocks. This is when a session with planned looks stops.
#[must_use]
pub fn settled(judgements: &[Judgement]) -> bool {
    judgements.iter().all(|one| one.verdict != Verdict::Inconclusive || one.reason.is_beyond_blocks())
}

/// On which side of its bound a claim wants the figure.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    AtLeast,
    AtMost,
}

/// What was measured, as a judgement needs it.
struct Measured {
    centre: f64,
    low: f64,
    high: f64,
    blocks: usize,
    /// Standard deviation of the logs over blocks.
    spread: f64,
}

impl Side {
    fn words(self) -> &'static str {
        match self {
            Self::AtLeast => "at least",
            Self::AtMost => "at most",
        }
    }

    /// `met iff low >= bound`, `not met iff high < bound`; mirrored for 'at most'.
    fn verdict(self, low: f64, high: f64, bound: f64) -> Verdict {
        let (met, not_met) = match self {
            Self::AtLeast => (low >= bound, high < bound),
            Self::AtMost => (high <= bound, low > bound),
        };
        match (met, not_met) {
            (true, _) => Verdict::Met,
            (false, true) => Verdict::NotMet,
            (false, false) => Verdict::Inconclusive,
        }
    }
}

fn judgement(claim: &ClaimPlan, verdict: Verdict, figures: [Option<f64>; 3], reason: Reason, why: String) -> Judgement {
    let [ratio, low, high] = figures.map(|figure| figure.filter(|figure| figure.is_finite()));
    Judgement {
        claim: claim.text.clone(),
        metric: claim.metric.clone(),
        verdict,
        ratio,
        low,
        high,
        why,
        reason,
        p: None,
        p_family: None,
        rivals: Vec::new(),
        bound: claim.bound.clone(),
        expected: claim.expected.clone(),
    }
}

/// The judgement of a claim that the data cannot decide.
fn undecided(claim: &ClaimPlan, figures: [Option<f64>; 3], reason: Reason, why: String) -> Judgement {
    judgement(claim, Verdict::Inconclusive, figures, reason, why)
}

/// Why no target whatever could reach that many times the baseline's figure here; `None` when one could, or when the figure has no
/// such limit. Throughput has one, and so has the mean latency of a closed loop: by Little's law it is at least connections over
/// throughput.
fn beyond_this_machine(analysis: &Analysis, found: &Comparison, factor: f64) -> Option<String> {
    let (load, request, figure) = parts(&found.metric)?;
    let ceiling = analysis.ceilings.iter().find(|one| one.load == load && one.request == request)?;
    let most = match figure {
        "throughput" => ceiling.times_baseline?,
        "mean" => found.baseline / (f64::from(ceiling.connections) / ceiling.most_per_s * 1e3),
        _ => return None,
    };
    (most < factor).then(|| {
        format!(
            "measured {}, but {} is beyond this machine: each request costs generator and database {} ms of CPU, so that {} serve at \
             most {}/s, which is {}",
            times(found.ratio),
            times(factor),
            digits(ceiling.generator_ms_per_request + ceiling.database_ms_per_request),
            plural(ceiling.cpus, "CPU"),
            thousands(ceiling.most_per_s),
            times(most)
        )
    })
}

fn of_ratio(run: &Run, analysis: &Analysis, claim: &ClaimPlan, side: Side, factor: f64) -> Judgement {
    let Some(found) = analysis.comparison(&claim.metric) else {
        return undecided(claim, [None; 3], Reason::Missing, not_measured(run, analysis, &claim.metric));
    };
    let figures = [Some(found.ratio), found.low, found.high];
    if let Some(unusable) = &found.unusable {
        let seen = if found.ratio.is_finite() {
            format!("measured {}, but {}", times(found.ratio), unusable.text)
        } else {
            unusable.text.clone()
        };
        let reason = Reason::of(unusable.obstacle);
        return undecided(claim, figures, reason, format!("{seen}{}", instead(run, analysis, found)));
    }
    if side == Side::AtLeast
        && let Some(why) = beyond_this_machine(analysis, found, factor)
    {
        return undecided(claim, figures, Reason::BeyondThisMachine, why);
    }
    let (Some(low), Some(high), Some(spread)) = (found.low, found.high, found.spread) else {
        let why = format!("measured {} over {}", times(found.ratio), too_few(found.blocks));
        return undecided(claim, figures, Reason::FewBlocks, why);
    };
    let measured = Measured { centre: found.ratio, low, high, blocks: found.blocks, spread };
    let (verdict, why) = decide(&measured, side, factor, &run.plan.schedule.looks, &times);
    let p = p_value(&measured, side, factor, &run.plan.schedule.looks);
    Judgement { p, ..judgement(claim, verdict, figures, reason_of(verdict), why) }
}

fn of_value(run: &Run, analysis: &Analysis, claim: &ClaimPlan, target: &str, bound: f64) -> Judgement {
    let Some(metric) = analysis.metric(&claim.metric, target) else {
        let why = format!("{} of {target} was not measured in this run", claim.metric);
        return undecided(claim, [None; 3], Reason::Missing, why);
    };
    let values: Vec<f64> = metric.by_block.iter().map(|(_, value)| *value).collect();
    let unit = |value: f64| format!("{} {}", digits(value), metric.unit).trim_end().to_owned();
    let looks = &run.plan.schedule.looks;
    let found = measured_value(metric, &values, looks);
    let figures = match &found {
        Some(found) => [Some(found.centre), Some(found.low), Some(found.high)],
        None => [Some(metric.median), None, None],
    };
    if let Some(unusable) = why_marked(metric, &analysis.loads) {
        let why = format!("measured {}, but {}", unit(metric.median), unusable.text);
        return undecided(claim, figures, Reason::of(unusable.obstacle), why);
    }
    let Some(found) = found else {
        let why = format!("measured {} over {}", unit(metric.median), too_few(values.len()));
        return undecided(claim, figures, Reason::FewBlocks, why);
    };
    let (verdict, why) = decide(&found, Side::AtMost, bound, looks, &unit);
    let p = p_value(&found, Side::AtMost, bound, looks);
    Judgement { p, ..judgement(claim, verdict, figures, reason_of(verdict), why) }
}

/// The one-sided p of what was measured if the claim held; the instruments' bounds are granted to the claim. `None` where there are no
/// logarithms.
fn p_value(found: &Measured, side: Side, bound: f64, looks: &[u32]) -> Option<f64> {
    let half = multiplier(found.blocks, looks) * found.spread / length(found.blocks).sqrt();
    let distance = match side {
        Side::AtLeast => bound.ln() - (found.high.ln() - half),
        Side::AtMost => found.low.ln() + half - bound.ln(),
    };
    distance.is_finite().then(|| one_sided_p(distance, half, found.blocks))
}

/// The target's own value with its interval: t on logs, or on the values themselves when one is zero (errors, allocations).
fn measured_value(metric: &Metric, values: &[f64], looks: &[u32]) -> Option<Measured> {
    if values.len() < FEWEST_BLOCKS {
        return None;
    }
    let multiplier = multiplier(values.len(), looks);
    let logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
    if logs.iter().all(|log| log.is_finite()) {
        let found = interval(&logs, multiplier, metric.bound, 0.0)?;
        let (centre, low, high) = (found.centre, found.low, found.high);
        return Some(Measured { centre, low, high, blocks: values.len(), spread: deviation(&logs)? });
    }
    let (centre, spread) = (mean(values)?, deviation(values)?);
    let half = multiplier * spread / length(values.len()).sqrt();
    // No spread in logs: how many more blocks a zero needs cannot be said.
    Some(Measured { centre, low: centre - half, high: centre + half, blocks: values.len(), spread: f64::NAN })
}

fn reason_of(verdict: Verdict) -> Reason {
    if verdict == Verdict::Inconclusive { Reason::IntervalHoldsClaim } else { Reason::Decided }
}

fn decide(found: &Measured, side: Side, bound: f64, looks: &[u32], show: &dyn Fn(f64) -> String) -> (Verdict, String) {
    let verdict = side.verdict(found.low, found.high, bound);
    let few = if found.blocks < FEW_TRIALS { " (few trials)" } else { "" };
    let measured = format!(
        "measured {} (95 % interval {} to {}) over {} blocks{few}",
        show(found.centre),
        show(found.low),
        show(found.high),
        found.blocks
    );
    let claimed = format!("{} {}", side.words(), show(bound));
    let why = match verdict {
        Verdict::Met => format!("{measured}: all of the interval is {claimed}"),
        Verdict::NotMet => format!("{measured}: none of the interval is {claimed}"),
        Verdict::Inconclusive => {
            format!("{measured}: the interval holds the claimed {}; {}", show(bound), more(found, bound, looks))
        }
    };
    (verdict, why)
}

/// What it would take to decide: blocks, or a finer instrument.
fn more(found: &Measured, bound: f64, looks: &[u32]) -> String {
    if found.spread.is_nan() {
        // A zero among the figures has no logarithm.
        return "more blocks may decide it".to_owned();
    }
    let half = multiplier(found.blocks, looks) * found.spread / length(found.blocks).sqrt();
    // The end of the interval towards the bound, taken apart into chance (half) and instrument (the rest).
    let instrument = if found.centre > bound {
        found.centre.ln() - half - found.low.ln()
    } else {
        found.high.ln() - half - found.centre.ln()
    };
    let distance = (found.centre.ln() - bound.ln()).abs() - instrument.max(0.0);
    if distance <= 0.0 {
        return "the distance is within what the instrument may be off, so more blocks will not decide it".to_owned();
    }
    match blocks_needed(found.spread, distance, looks) {
        Some(needed) => {
            format!("about {} blocks would decide it if the figures stay as they are", needed.max(found.blocks + 1))
        }
        None => "more than 1,000 blocks would be needed to decide it".to_owned(),
    }
}

fn too_few(blocks: usize) -> String {
    format!("{}, {FEWEST_BLOCKS} are needed for an interval", plural(blocks, "valid block"))
}

fn not_measured(run: &Run, analysis: &Analysis, metric: &str) -> String {
    let Some(plan) = &run.plan.comparison else {
        return "no comparison is configured, so there is no ratio to judge".to_owned();
    };
    let has = |target: &str| analysis.metric(metric, target).is_some();
    match (has(&plan.baseline), has(&plan.candidate)) {
        (true, false) => format!("{metric} was measured for {} only", plan.baseline),
        (false, true) => format!("{metric} was measured for {} only", plan.candidate),
        _ => format!("{metric} was not measured in this run"),
    }
}

/// Where a claim on an unusable figure could be decided: the same figure of the same request under another load of this
/// run, else what that load lacks.
fn instead(run: &Run, analysis: &Analysis, found: &Comparison) -> String {
    let Some((load, request, figure)) = parts(&found.metric) else {
        return String::new();
    };
    let usable = |other: &&Comparison| {
        let same = parts(&other.metric).is_some_and(|(l, r, f)| l != load && r == request && f == figure);
        same && other.unusable.is_none()
    };
    let others: Vec<&Comparison> = analysis.comparisons.iter().filter(usable).collect();
    if let Some(other) = others.first() {
        return format!("; `{}` would decide it (measured {} there)", other.metric, times(other.ratio));
    }
    let few = [&run.plan.comparison].into_iter().flatten().any(|plan| {
        let marked = |target: &str| analysis.metric(&found.metric, target).is_some_and(|m| m.marked(Mark::FewRequests));
        marked(&plan.baseline) || marked(&plan.candidate)
    });
    if few {
        let needed = thousands(number(requests_needed(figure)));
        format!("; a load of {needed} requests on {request} would decide it, none in this run is usable")
    } else {
        String::new()
    }
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
