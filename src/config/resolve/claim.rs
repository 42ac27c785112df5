//! Claims.

use super::metric::{self, Known};
use super::target_names;
use crate::config::problem::{Problems, shown};
use crate::config::written::{At, Claim, Config, Expected as WrittenExpected};
use crate::model::plan::{Bound, ClaimPlan, Expected, LoadPlan, Phase, RequestPlan};

/// The claims of the file.
pub fn claims(
    config: &Config,
    requests: &[RequestPlan],
    loads: &[LoadPlan],
    phases: &[Phase],
    problems: &mut Problems,
) -> Vec<ClaimPlan> {
    let Some(written) = config.claim.value() else { return Vec::new() };
    let known = Known::new(config, requests, loads, phases);
    written.0.iter().filter_map(|claim| resolve(claim, config, &known, problems)).collect()
}

fn resolve(claim: &At<Claim>, config: &Config, known: &Known<'_>, problems: &mut Problems) -> Option<ClaimPlan> {
    let written = &claim.value;
    if let Some(name) = written.metric.given()
        && let Err((message, hint)) = metric::check(&name.value, known)
    {
        problems.advise(&name.span, message, hint);
    }
    let bound = bound(claim, config, problems);
    let metric = written.metric.value()?.clone();
    let bound = bound?;
    Some(ClaimPlan {
        text: written.text.value().cloned().unwrap_or_else(|| sentence(&metric, &bound)),
        metric,
        bound,
        expected: written.expected.value().and_then(expected),
    })
}

fn bound(claim: &At<Claim>, config: &Config, problems: &mut Problems) -> Option<Bound> {
    let written = &claim.value;
    let bounds = [&written.at_least, &written.at_most, &written.value_at_most];
    match bounds.iter().filter(|bound| !bound.is_absent()).count() {
        1 => {}
        0 => {
            problems.advise(
                &claim.span,
                "this claim has no bound",
                "add `at_least` or `at_most` (times better), or `value_at_most` with `target`",
            );
            return None;
        }
        _ => {
            let spans = bounds.iter().filter_map(|bound| bound.given()).map(|at| &at.span);
            let last = spans.max_by_key(|span| span.start).unwrap_or(&claim.span);
            problems.advise(last, "a claim has one bound only", "write one [[claim]] for each");
            return None;
        }
    }
    if let Some(value) = written.value_at_most.given() {
        return Some(Bound::ValueAtMost {
            target: value_target(value.span.clone(), written, config, problems)?,
            value: value.value.0,
        });
    }
    if let Some(target) = written.target.given() {
        problems.advise(&target.span, "a ratio speaks of both targets", "`target` belongs to `value_at_most`");
    }
    let (bound, at) = match (written.at_least.given(), written.at_most.given()) {
        (Some(at), _) => (Bound::AtLeast(at.value.0), at),
        (None, Some(at)) => (Bound::AtMost(at.value.0), at),
        (None, None) => return None,
    };
    if config.comparison.is_absent() {
        problems.advise(
            &at.span,
            "a ratio needs a [comparison], and there is none",
            "add [comparison] with baseline and candidate, or use `value_at_most` with `target`",
        );
    }
    Some(bound)
}

fn value_target(
    value: std::ops::Range<usize>,
    claim: &Claim,
    config: &Config,
    problems: &mut Problems,
) -> Option<String> {
    let names = target_names(config);
    match claim.target.given() {
        Some(target) if names.contains(&target.value.as_str()) || config.target.is_refused() => {
            Some(target.value.clone())
        }
        Some(target) => {
            problems.unknown(&target.span, "target", &target.value, &names);
            None
        }
        None if claim.target.is_refused() => None,
        None => {
            problems.advise(&value, "`value_at_most` needs `target`", "say whose value it is: `target = \"NAME\"`");
            None
        }
    }
}

/// The claim as a sentence, where the claimant gave none.
fn sentence(metric: &str, bound: &Bound) -> String {
    match bound {
        Bound::AtLeast(ratio) => format!("{} is at least {ratio} times better", shown(metric)),
        Bound::AtMost(ratio) => format!("{} is at most {ratio} times better", shown(metric)),
        Bound::ValueAtMost { target, value } => {
            let unit = metric::unit(metric);
            let blank = if unit.is_empty() { "" } else { " " };
            format!("{} of {target} is at most {value}{blank}{unit}", shown(metric))
        }
    }
}

fn expected(written: &WrittenExpected) -> Option<Expected> {
    Some(Expected {
        baseline: written.baseline.value()?.clone(),
        candidate: written.candidate.value()?.clone(),
        improvement: written.improvement.value()?.clone(),
    })
}
