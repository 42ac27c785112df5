//! For GitHub Actions: the Markdown report as a step summary, and annotations of what is not in order.
//!
//! Both are one text for `| tee -a "$GITHUB_STEP_SUMMARY"`: the runner takes the annotations from the log, where each
//! stands at the start of a line, and the summary hides them in a comment.

use std::fmt::Write as _;

use super::Findings;
use super::markdown;
use super::words::{plain, reason};
use crate::claims::Verdict;

/// The step summary with its annotations.
pub fn render(findings: &Findings) -> String {
    let mut out = markdown::render(findings);
    let annotations = annotations(findings);
    if !annotations.is_empty() {
        let _ = write!(out, "\n<!-- annotations\n{annotations}-->\n");
    }
    out
}

fn annotations(findings: &Findings) -> String {
    let mut out = String::new();
    for one in findings.judgements {
        let (level, title) = match one.verdict {
            Verdict::Met => continue,
            Verdict::NotMet => ("error", "Claim not met"),
            Verdict::Inconclusive => ("warning", "Claim inconclusive"),
        };
        let text = format!("{}: {}", one.claim, reason(one, findings.analysis));
        annotation(&mut out, level, title, &text);
    }
    for item in findings.checklist.iter().filter(|item| !item.passed) {
        annotation(&mut out, "error", "Checklist item failed", &format!("{}: {}", item.item, item.evidence));
    }
    for caveat in &findings.analysis.caveats {
        annotation(
            &mut out,
            "warning",
            &format!("Caveat {}", caveat.kind),
            &format!("{} {}", caveat.text, caveat.advice),
        );
    }
    out
}

fn annotation(out: &mut String, level: &str, title: &str, text: &str) {
    let _ = writeln!(out, "::{level} title={}::{}", property(title), message(text.trim_end()));
}

/// Workflow commands take `%`, line breaks and, in properties, `:` and `,` in percent form. The end of a comment (`-->`,
/// `--!>`) is broken up, for the summary.
fn message(text: &str) -> String {
    plain(text).replace("->", "-\u{2060}>").replace("!>", "!\u{2060}>").replace('%', "%25")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_text_is_no_command() {
        assert_eq!(property("a:b,c%\n::error::"), "a%3Ab%2Cc%25 %3A%3Aerror%3A%3A");
        for end in ["-->", "--->", "--!>", "-- ->"] {
            let said = message(end);
            assert!(!said.contains("->") && !said.contains("!>"), "{said:?}");
        }
    }
}
