//! Reasons not to believe the run: failed checklist items and caveats, each with what helps.

use super::super::Findings;
use super::super::caveats::folded;
use super::super::words::plain;
use super::page::{Page, Tone};
use crate::unit::plural;

/// Kinds of caveats that a summary shows: more is not read.
const SHOWN: usize = 6;

/// Writes the checklist: every item, or only what failed.
pub fn checklist(page: &mut Page, findings: &Findings, every: bool) {
    let items = findings.checklist;
    if items.is_empty() {
        return;
    }
    let asked: Vec<_> = items.iter().filter(|item| item.asked).collect();
    let passed = asked.iter().filter(|item| item.passed).count();
    let left_out = match items.len() - asked.len() {
        0 => String::new(),
        count => format!(", {count} not asked for in a quick run"),
    };
    page.heading(&format!("Checklist: {passed} of {} passed{left_out}", asked.len()));
    for item in items.iter().filter(|item| every || !item.passed) {
        let (tone, mark) = match (item.passed, item.asked) {
            (false, _) => (Tone::Bad, "-"),
            (true, true) => (Tone::Good, "+"),
            (true, false) => (Tone::Faint, " "),
        };
        page.item(tone, mark, &format!("{}: {}", plain(&item.item), plain(&item.evidence)));
    }
}

/// Writes the caveats with their advice: every one, or the gravest with one example each.
pub fn caveats(page: &mut Page, findings: &Findings, every: bool) {
    let caveats = folded(&findings.analysis.caveats);
    if caveats.is_empty() {
        return;
    }
    page.heading("Caveats");
    let shown = if every { caveats.len() } else { SHOWN };
    for caveat in caveats.iter().take(shown) {
        for (index, text) in caveat.texts.iter().enumerate() {
            match index {
                0 if every || caveat.texts.len() == 1 => {
                    page.item(Tone::Doubtful, "!", &format!("{}: {text}", caveat.kind));
                }
                0 => {
                    let more = caveat.texts.len() - 1;
                    page.item(Tone::Doubtful, "!", &format!("{}: {text} ({more} more)", caveat.kind));
                }
                _ if every => page.item(Tone::Doubtful, " ", text),
                _ => {}
            }
        }
        if !caveat.advice.is_empty() {
            page.item(Tone::Faint, " ", &caveat.advice);
        }
    }
    if let Some(hidden) = caveats.len().checked_sub(shown).filter(|hidden| *hidden > 0) {
        page.note(&format!("  and {} more: `pianoprof report RUN`", plural(hidden, "kind")));
    }
}
