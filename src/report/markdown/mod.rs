//! GitHub-flavoured Markdown: the results template of a comparison, filled in completely, then all evidence.

mod escape;
mod evidence;
mod template;

use std::fmt::Write as _;

use super::Findings;
use super::groups::{groups, targets};
use super::headline::headline;
use super::words::{against_rival, demand, measured, unit_of, verdict};
use crate::claims::Verdict;
use escape::{escape, table};

/// The whole report.
pub fn render(findings: &Findings) -> String {
    let mut out = String::new();
    let names: Vec<String> = targets(findings.run).into_iter().map(escape).collect();
    let title = match &findings.run.plan.comparison {
        Some(sides) => format!("{} against {}", escape(&sides.candidate), escape(&sides.baseline)),
        None => names.join(", "),
    };
    let _ = write!(out, "# Results: {title}\n\n**{}**\n\n", escape(&headline(findings)));
    template::facts(&mut out, findings);
    template::results(&mut out, findings);
    claims(&mut out, findings);
    template::expected(&mut out, findings);
    evidence::parity(&mut out, findings);
    evidence::checklist(&mut out, findings);
    evidence::caveats(&mut out, findings);
    metrics(&mut out, findings, &names);
    evidence::loads(&mut out, findings);
    evidence::tail(&mut out, findings);
    evidence::opinion(&mut out, findings);
    evidence::environment(&mut out, findings);
    while out.ends_with("\n\n") {
        out.pop();
    }
    out
}

fn claims(out: &mut String, findings: &Findings) {
    if findings.judgements.is_empty() {
        return;
    }
    out.push_str("## Claims\n\n");
    let rivals = findings.judgements.iter().any(|one| !one.rivals.is_empty());
    let rows = findings
        .judgements
        .iter()
        .map(|one| {
            let unit = unit_of(findings.analysis, &one.metric);
            let mark = match one.verdict {
                Verdict::Met => "✅",
                Verdict::NotMet => "❌",
                Verdict::Inconclusive => "❔",
            };
            let mut row = vec![
                escape(&one.claim),
                escape(&demand(&one.bound, unit)),
                escape(&measured(one, findings.analysis)),
                format!("{mark} {}", verdict(one.verdict)),
                escape(&one.why),
            ];
            if rivals {
                row.push(escape(&against_rival(one)));
            }
            row
        })
        .collect();
    let header = ["Claim", "Demanded", "Measured [95 % interval]", "Verdict", "Why", "Best rival"];
    let columns = if rivals { 6 } else { 5 };
    table(out, &header[..columns], &"lrrlll"[..columns], rows);
}

/// Behind the name of a figure that decides no claim.
const MARK: &str = " \\*";

fn metrics(out: &mut String, findings: &Findings, names: &[String]) {
    out.push_str("## Every metric\n\n<details><summary>Median of each target; ratio is times better, above 1 the candidate is better</summary>\n\n");
    for group in groups(findings) {
        let _ = write!(out, "### {}\n\n", escape(&group.title));
        let mut header = vec!["Metric"];
        header.extend(names.iter().map(String::as_str));
        header.extend(["Ratio [95 % interval]", "Name"]);
        let align = format!("l{}rl", "r".repeat(names.len()));
        let rows = group
            .rows
            .iter()
            .map(|row| {
                let mut cells = vec![escape(&row.name) + if row.marked() { MARK } else { "" }];
                cells.extend(row.figures());
                cells.push(escape(&row.ratio()));
                cells.push(format!("`{}`", escape::code(row.metric)));
                cells
            })
            .collect();
        table(out, &header, &align, rows);
    }
    let _ = write!(out, "{MARK}: the figure decides no claim (see the caveats and the claims)\n\n");
    out.push_str("</details>\n\n");
}
