//! What the results rest on: parity, checklist, caveats, loads, environment.

use std::fmt::Write as _;

use super::super::Findings;
use super::super::caveats::folded;
use super::super::loads::views;
use super::super::opinion;
use super::super::path::floor_in_short;
use super::super::tail;
use super::super::words::{count, figure, plain, same_answers};
use super::escape::{escape, table};
use crate::model::load::Arrival;
use crate::unit::digits;

/// Differences shown; the JSON form has all.
const DIFFERENCES: usize = 20;

/// Whether both sides answered alike.
pub fn parity(out: &mut String, findings: &Findings) {
    let Some(parity) = &findings.run.parity else { return };
    let _ = write!(out, "## Same answers\n\n{}\n\n", same_answers(parity));
    if parity.differences.is_empty() {
        return;
    }
    let rows = parity
        .differences
        .iter()
        .take(DIFFERENCES)
        .map(|one| {
            vec![
                escape(&one.request),
                escape(&one.at),
                escape(&one.baseline),
                escape(&one.candidate),
                if one.allowed { "yes" } else { "no" }.to_owned(),
            ]
        })
        .collect();
    table(out, &["Request", "At", "Baseline", "Candidate", "Allowed"], "lllll", rows);
}

/// The checklist with its evidence.
pub fn checklist(out: &mut String, findings: &Findings) {
    if findings.checklist.is_empty() {
        return;
    }
    out.push_str("## Verification checklist\n\n");
    for item in findings.checklist {
        let mark = match (item.passed, item.asked) {
            (false, _) => "[ ] ",
            (true, true) => "[x] ",
            (true, false) => "",
        };
        let _ = writeln!(out, "- {mark}**{}** – {}", escape(&item.item), escape(&item.evidence));
    }
    out.push('\n');
}

/// Reasons to doubt the data.
pub fn caveats(out: &mut String, findings: &Findings) {
    if findings.analysis.caveats.is_empty() {
        return;
    }
    out.push_str("## Caveats\n\n");
    for caveat in folded(&findings.analysis.caveats) {
        let texts: Vec<String> = caveat.texts.iter().map(|text| escape(text)).collect();
        let _ = write!(out, "- **{}**: {}", escape(&caveat.kind), texts.join("<br>"));
        if !caveat.advice.is_empty() {
            let _ = write!(out, " *{}*", escape(&caveat.advice));
        }
        out.push('\n');
    }
    out.push('\n');
}

/// What was sent and what came of it.
pub fn loads(out: &mut String, findings: &Findings) {
    let views = views(findings);
    if views.is_empty() {
        return;
    }
    out.push_str("## Loads\n\n");
    let rows = views
        .iter()
        .map(|view| {
            let figures = view.figures;
            let by = if figures.engine.is_own() { String::new() } else { format!(", by {}", figures.engine) };
            let arrival = match figures.arrival {
                Arrival::Closed => format!("closed, {} connections", figures.connections),
                Arrival::Open => format!("open, {} asked", figure(figures.rate_asked.unwrap_or(0.0), "1/s")),
            };
            let errors = if view.errors.is_empty() {
                "none".to_owned()
            } else {
                view.errors
                    .iter()
                    .map(|(kind, count)| format!("{} {count}", escape(kind)))
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            vec![
                escape(&format!("{} / {}", plain(&figures.load), plain(&figures.request))),
                escape(&figures.target),
                arrival + &by,
                count(view.sent),
                count(view.good),
                errors,
                figure(figures.rate_served, "1/s"),
                figures.littles_law.map_or_else(|| "–".to_owned(), |law| format!("{law:.3}")),
                // In a closed loop nothing can be late: a request leaves when the one before it is answered.
                match figures.arrival {
                    Arrival::Open => {
                        figures.lateness_us.map_or_else(|| "–".to_owned(), |late| format!("{} us", digits(late.p99)))
                    }
                    Arrival::Closed => "–".to_owned(),
                },
                view.floor.as_ref().map_or_else(|| "–".to_owned(), floor_in_short),
                escape(&view.doubts().join("; ")),
            ]
        })
        .collect();
    let header = [
        "Load / request",
        "Target",
        "Arrival",
        "Sent",
        "Good",
        "Errors",
        "Served",
        "Little's law",
        "Lateness p99",
        "Network floor",
        "Doubts",
    ];
    table(out, &header, "lllrrlrrrrl", rows);
}

/// The tail beside the collector's pauses.
pub fn tail(out: &mut String, findings: &Findings) {
    let rows = tail::rows(findings);
    if !rows.is_empty() {
        out.push_str("## The tail, and what the garbage collectors did\n\n");
        table(
            out,
            &tail::HEADER,
            "llrrrrrrr",
            rows.iter().map(|row| row.iter().map(|cell| escape(cell)).collect()).collect(),
        );
        let _ = write!(out, "{}\n\n", escape(tail::LEGEND));
    }
    if let Some(advice) = tail::advice(findings) {
        let _ = write!(out, "{}\n\n", escape(&advice));
    }
}

/// The second opinion, figure by figure.
pub fn opinion(out: &mut String, findings: &Findings) {
    let Some(driven) = opinion::driven(findings) else { return };
    let _ = write!(out, "## Second opinion: {}\n\n", escape(&driven));
    let rows = opinion::rows(findings)
        .iter()
        .map(|(row, doubtful)| {
            let mut cells: Vec<String> = row.iter().map(|cell| escape(cell)).collect();
            if *doubtful {
                cells[5] = format!("**{}**", cells[5]);
            }
            cells
        })
        .collect();
    table(out, &opinion::HEADER, "llrrlrr", rows);
    let _ = write!(out, "{}\n\n", escape(opinion::LEGEND));
}

/// Writes every fact of the machine as a table, an unknown one as such.
pub fn environment(out: &mut String, findings: &Findings) {
    if findings.run.environment.is_empty() {
        return;
    }
    out.push_str("## Environment\n\n<details><summary>Facts about the machine</summary>\n\n");
    let rows = findings
        .run
        .environment
        .iter()
        .map(|(fact, value)| vec![escape(fact), value.as_deref().map_or_else(|| "unknown".to_owned(), escape)])
        .collect();
    table(out, &["Fact", "Value"], "ll", rows);
    out.push_str("</details>\n\n");
}
