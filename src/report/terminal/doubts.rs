//! Reasons not to believe the run: failed checklist items and caveats, each with what helps.

use super::super::Findings;
use super::super::words::plain;
use super::page::{Page, Tone};

/// Writes the checklist: every item, or only what failed.
pub fn checklist(page: &mut Page, findings: &Findings, every: bool) {
    let items = findings.checklist;
    if items.is_empty() {
        return;
    }
    let passed = items.iter().filter(|item| item.passed).count();
    page.heading(&format!("Checklist: {passed} of {} passed", items.len()));
    for item in items.iter().filter(|item| every || !item.passed) {
        let (tone, mark) = if item.passed { (Tone::Good, "+") } else { (Tone::Bad, "-") };
        page.item(tone, mark, &format!("{}: {}", plain(&item.item), plain(&item.evidence)));
    }
}

/// Writes the caveats with their advice.
pub fn caveats(page: &mut Page, findings: &Findings) {
    let caveats = &findings.analysis.caveats;
    if caveats.is_empty() {
        return;
    }
    page.heading("Caveats");
    for caveat in caveats {
        page.item(Tone::Doubtful, "!", &format!("{}: {}", plain(&caveat.kind), plain(&caveat.text)));
        if !caveat.advice.is_empty() {
            page.item(Tone::Plain, "   ", &plain(&caveat.advice));
        }
    }
}
