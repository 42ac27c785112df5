//! `JUnit` XML, as CI servers show it: one suite of claims, one of the checklist.
//!
//! A claim that is not met and an item that failed are failures; an inconclusive claim is skipped, because nothing was
//! shown either way, and so is an item that a quick run is not asked for.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Findings;
use super::caveats::folded;
use super::words::{demand, plain, reason, unit_of};
use crate::claims::Verdict;

/// Both suites.
pub fn render(findings: &Findings) -> String {
    let mut report = Report::new(format!("pianoprof {}", plain(&findings.run.id)));
    let mut claims = TestSuite::new("claims");
    for one in findings.judgements {
        let unit = unit_of(findings.analysis, &one.metric);
        let message = format!("{}: {}", demand(&one.bound, unit), reason(one, findings.analysis));
        let status = match one.verdict {
            Verdict::Met => TestCaseStatus::success(),
            Verdict::NotMet => failure(message),
            Verdict::Inconclusive => skipped(message),
        };
        let mut case = TestCase::new(plain(&one.claim), status);
        case.set_classname(plain(&one.metric));
        claims.add_test_case(case);
    }
    // A caveat is no test; whoever reads the results finds it beside the claims that it is about.
    let caveats: Vec<String> = folded(&findings.analysis.caveats)
        .iter()
        .map(|one| format!("caveat {}: {} {}\n", one.kind, one.texts.join(" "), one.advice))
        .collect();
    if !caveats.is_empty() {
        claims.set_system_out(caveats.concat());
    }
    let mut checklist = TestSuite::new("checklist");
    for item in findings.checklist {
        let status = match (item.passed, item.asked) {
            (false, _) => failure(plain(&item.evidence)),
            (true, true) => TestCaseStatus::success(),
            (true, false) => skipped(plain(&item.evidence)),
        };
        let mut case = TestCase::new(plain(&item.item), status);
        case.set_classname("checklist");
        checklist.add_test_case(case);
    }
    report.add_test_suites([claims, checklist]);
    let mut text = report.to_string().expect("a report of plain text can be written to memory");
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn skipped(message: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}

fn failure(message: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(message);
    status
}
