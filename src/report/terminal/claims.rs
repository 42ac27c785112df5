//! The claims: what was claimed, what was measured, the verdict, and why where it is not plainly met.

use super::super::Findings;
use super::super::blocks::looks;
use super::super::words::{against_rival, measured, plain, verdict};
use super::page::{Page, Tone};
use crate::claims::{Judgement, Verdict};

/// Writes the claims, with the reason of every one or only of those not met.
pub fn write(page: &mut Page, findings: &Findings, reasons: bool) {
    if findings.judgements.is_empty() {
        return;
    }
    page.heading("Claims");
    let rivals = findings.judgements.iter().any(|one| !one.rivals.is_empty());
    let rows = findings
        .judgements
        .iter()
        .map(|one| {
            let mut row = vec![plain(&one.claim), measured(one, findings.analysis), verdict(one.verdict).to_owned()];
            if rivals {
                row.push(against_rival(one));
            }
            row
        })
        .collect();
    let tones: Vec<Tone> = findings.judgements.iter().map(|one| one.verdict.into()).collect();
    let header = ["claim", "measured [95 % interval]", "verdict", "best rival"];
    page.table(&header[..if rivals { 4 } else { 3 }], rows, &tones);
    if let Some(looks) = looks(findings) {
        page.note(&looks);
    }
    for (reason, of) in why(findings.judgements, reasons) {
        let mark = if of[0].verdict == Verdict::Met { "+" } else { "-" };
        let names: Vec<String> = of.iter().map(|one| plain(&one.metric)).collect();
        let names = match (of.len(), findings.judgements.len()) {
            (1, _) => names.join(""),
            (some, all) if some == all => format!("all {all} claims"),
            _ => names.join(", "),
        };
        page.item(of[0].verdict.into(), mark, &format!("{names}: {}", plain(&reason)));
    }
}

/// The reasons, one for all claims that share it. The figure that a reason begins with stands in the table already.
fn why(judgements: &[Judgement], every: bool) -> Vec<(String, Vec<&Judgement>)> {
    let mut found: Vec<(&str, Verdict, Vec<&Judgement>)> = Vec::new();
    for one in judgements.iter().filter(|one| every || one.verdict != Verdict::Met) {
        let reason = reason(&one.why);
        match found.iter_mut().find(|(known, verdict, _)| *verdict == one.verdict && first(known) == first(reason)) {
            Some((_, _, of)) => of.push(one),
            None => found.push((reason, one.verdict, vec![one])),
        }
    }
    found
        .into_iter()
        .map(|(reason, _, of)| (if of.len() == 1 { reason } else { first(reason) }.to_owned(), of))
        .collect()
}

/// `measured 4.85x, but no trial is valid` without what was measured; a reason that judges its interval stays whole.
fn reason(why: &str) -> &str {
    let rest = why.strip_prefix("measured ").and_then(|rest| {
        rest.split_once(", but ").or_else(|| rest.split_once(" over ").filter(|(figure, _)| !figure.contains('(')))
    });
    rest.map_or(why, |(_, reason)| reason)
}

/// What is true of every claim that shares a reason; what follows is advice on one figure.
fn first(reason: &str) -> &str {
    reason.split_once("; ").map_or(reason, |(first, _)| first)
}
