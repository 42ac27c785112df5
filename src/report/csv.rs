//! Tidy CSV: one figure per line, for data frames.
//!
//! A metric with one figure per block names the block; startup and first requests have one per launch, counted from 1. `marks` says why a
//! figure decides no claim; `caveats` are the grave doubts about the run as a whole, the same in every line. Cells
//! that a spreadsheet would take for a formula get an apostrophe in front.

use super::Findings;
use super::caveats::grave;
use super::words::plain;
use crate::analysis::metric::Metric;
use crate::model::plan::Role;

/// Every figure of every metric.
pub fn render(findings: &Findings) -> String {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let mut write = |line: [&str; 8]| writer.write_record(line).expect("lines of one length go into memory");
    write(["metric", "unit", "target", "counted", "number", "value", "marks", "caveats"]);
    let caveats = cell(&grave(&findings.analysis.caveats));
    for metric in &findings.analysis.metrics {
        let marks = cell(&marks(findings, metric));
        for (counted, number, value) in figures(metric) {
            let (name, target) = (cell(&metric.metric), cell(&metric.target));
            let (number, value) = (number.to_string(), value.to_string());
            write([&name, metric.unit, &target, counted, &number, &value, &marks, &caveats]);
        }
    }
    let bytes = writer.into_inner().expect("memory can be flushed");
    String::from_utf8(bytes).expect("only text was written")
}

/// Why a figure decides no claim: its own marks, else what keeps it from being compared.
fn marks(findings: &Findings, metric: &Metric) -> String {
    if !metric.marks.is_empty() {
        return metric.marks.join("; ");
    }
    let is_side = matches!(findings.run.plan.role(&metric.target), Role::Baseline | Role::Candidate);
    let unusable =
        findings.analysis.comparison(&metric.metric).filter(|_| is_side).and_then(|one| one.unusable.as_ref());
    unusable.map_or_else(String::new, |why| why.text.clone())
}

/// Each figure with what is counted: the block where there is one figure per block, else the launch or the trial.
fn figures(metric: &Metric) -> Vec<(&'static str, u32, f64)> {
    let per_block = metric.by_block.len() == metric.values.len();
    if per_block {
        metric.by_block.iter().map(|(block, value)| ("block", *block, *value)).collect()
    } else {
        let per_launch = metric.metric.starts_with("startup.") || metric.metric.starts_with("first_request.");
        let counted = if per_launch { "launch" } else { "trial" };
        (1..).zip(&metric.values).map(|(number, value)| (counted, number, *value)).collect()
    }
}

/// Text that no spreadsheet takes for a formula.
pub fn cell(text: &str) -> String {
    let clean = plain(text);
    if clean.starts_with(['=', '+', '-', '@']) { format!("'{clean}") } else { clean }
}

#[cfg(test)]
mod tests {
    use super::super::synthetic::comparison;
    use super::*;

    #[test]
    fn hostile_names_stay_cells() {
        let mut synthetic = comparison();
        synthetic.analysis.metrics.truncate(1);
        synthetic.analysis.metrics[0].target = "=cmd(\"a\",1)\n".into();
        let text = render(&synthetic.findings());
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let lines: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(lines.len(), 5);
        assert_eq!(&lines[0][2], "'=cmd(\"a\",1) ");
    }
}
