//! How many blocks were done, and why no more: fixed, or planned looks and the one at which the session stopped.

use super::Findings;
use super::words::plain;
use crate::claims::{Judgement, Verdict};
use crate::model::record::Run;
use crate::unit::plural;

/// `5, 10 and 20`, `5, 10 or 20`.
fn joined(looks: &[u32], word: &str) -> String {
    let words: Vec<String> = looks.iter().map(u32::to_string).collect();
    match words.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("{} {word} {last}", rest.join(", ")),
        words => words.concat(),
    }
}

/// The blocks of a run in words: `3 done, 3 planned`, or what became of the planned looks.
pub fn blocks(findings: &Findings) -> String {
    let run = findings.run;
    let schedule = &run.plan.schedule;
    if schedule.looks.is_empty() {
        let quick = if schedule.quick { ", shortened by `--quick`" } else { "" };
        return format!("{} done, {} planned{quick}", run.blocks_begun(), schedule.blocks);
    }
    format!("{} done, looks planned at {}{}", run.blocks_begun(), joined(&schedule.looks, "and"), outcome(findings))
}

/// What became of the planned looks, as a sentence; `None` where a fixed number of blocks was planned.
pub fn looks(findings: &Findings) -> Option<String> {
    let run = findings.run;
    let schedule = &run.plan.schedule;
    (!schedule.looks.is_empty()).then(|| {
        format!(
            "Looks were planned at {} blocks, and the intervals are as wide as looking that often needs{}.",
            joined(&schedule.looks, "and"),
            outcome(findings)
        )
    })
}

fn outcome(findings: &Findings) -> String {
    let run = findings.run;
    let open = open(findings.judgements);
    match run.stopped_at_look {
        Some(look) => format!("; stopped at the planned look of {look} blocks: {}", settled(findings.judgements)),
        None if !run.complete => "; it was not finished".to_owned(),
        None if open == 0 => "; every claim was decided at the last of them".to_owned(),
        None => format!("; {} open after the last of them", are(open)),
    }
}

/// Why a session stopped.
fn settled(judgements: &[Judgement]) -> String {
    match open(judgements) {
        0 => "every claim decided".to_owned(),
        open => format!("{} undecided for want of something else than blocks", are(open)),
    }
}

fn open(judgements: &[Judgement]) -> usize {
    judgements.iter().filter(|one| one.verdict == Verdict::Inconclusive).count()
}

fn are(claims: usize) -> String {
    format!("{} {}", plural(claims, "claim"), if claims == 1 { "is" } else { "are" })
}

/// What a session says at a planned look, before it goes on or stops.
#[must_use]
pub fn looked(run: &Run, judgements: &[Judgement]) -> String {
    let waiting: Vec<String> = judgements
        .iter()
        .filter(|one| one.verdict == Verdict::Inconclusive && !one.reason.is_beyond_blocks())
        .map(|one| plain(&one.metric))
        .collect();
    let look = format!("look after {} blocks: ", run.blocks_begun());
    if waiting.is_empty() {
        return format!("{look}{}", settled(judgements));
    }
    let decided = judgements.len() - open(judgements);
    format!("{look}{decided} of {} decided, going on for {}", plural(judgements.len(), "claim"), waiting.join(", "))
}
