//! The claims: what was claimed, what was measured, the verdict, and why where it is not plainly met.

use super::super::Findings;
use super::super::words::{measured, plain, verdict};
use super::page::{Page, Tone};
use crate::claims::Verdict;

/// Writes the claims, with the reason of every one or only of those not met.
pub fn write(page: &mut Page, findings: &Findings, reasons: bool) {
    if findings.judgements.is_empty() {
        return;
    }
    page.heading("Claims");
    let rows = findings
        .judgements
        .iter()
        .map(|one| vec![plain(&one.claim), measured(one, findings.analysis), verdict(one.verdict).to_owned()])
        .collect();
    let tones: Vec<Tone> = findings.judgements.iter().map(|one| one.verdict.into()).collect();
    page.table(&["claim", "measured [95 % interval]", "verdict"], rows, &tones);
    for one in findings.judgements {
        if reasons || one.verdict != Verdict::Met {
            let mark = if one.verdict == Verdict::Met { "+" } else { "-" };
            page.item(one.verdict.into(), mark, &format!("{}: {}", plain(&one.metric), plain(&one.why)));
        }
    }
}
