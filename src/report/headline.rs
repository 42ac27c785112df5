//! The verdict of a run in one sentence.

use std::fmt::Write as _;

use super::Findings;
use super::groups::targets;
use super::words::plain;
use crate::claims::Verdict;

/// What the run says of its claims, and whether the checklist lets it be believed.
pub fn headline(findings: &Findings) -> String {
    let mut sentence = verdict(findings);
    let failed = findings.checklist.iter().filter(|item| !item.passed).count();
    if failed > 0 {
        let _ =
            write!(sentence, " Read it with care: {failed} of {} checklist items failed.", findings.checklist.len());
    }
    if !findings.run.complete {
        sentence.push_str(" The run is not complete.");
    }
    sentence
}

fn verdict(findings: &Findings) -> String {
    let plan = &findings.run.plan;
    let claims = findings.judgements.len();
    let count = |verdict| findings.judgements.iter().filter(|one| one.verdict == verdict).count();
    let (met, not_met, open) = (count(Verdict::Met), count(Verdict::NotMet), count(Verdict::Inconclusive));
    let subject = match &plan.comparison {
        Some(sides) => format!("{} against {}", plain(&sides.candidate), plain(&sides.baseline)),
        None => targets(findings.run).into_iter().map(plain).collect::<Vec<_>>().join(", "),
    };
    if claims == 0 {
        return match (&plan.comparison, findings.analysis.comparisons.len()) {
            (Some(_), 1) => format!("{subject}: 1 figure compared, no claims to judge."),
            (Some(_), compared) => format!("{subject}: {compared} figures compared, no claims to judge."),
            (None, _) => format!("{subject}: measured on its own, nothing to compare."),
        };
    }
    if met == claims {
        let all = if claims == 1 { "the claim is met".to_owned() } else { format!("all {claims} claims are met") };
        return format!("{subject}: {all}.");
    }
    let mut parts = vec![format!("{met} of {claims} claims met")];
    if not_met > 0 {
        parts.push(format!("{not_met} not met"));
    }
    if open > 0 {
        parts.push(format!("{open} inconclusive"));
    }
    format!("{subject}: {}.", parts.join(", "))
}
