//! `OpenMetrics` 1.0 text: medians with their range, ratios, verdicts and latency summaries, in base units where the name
//! says so.

use std::fmt::Write as _;

use super::Findings;
use super::caveats::folded;
use super::words::{plain, verdict};
use crate::model::plan::Role;
use crate::unit::MIB;

/// Every family, each once, with `# EOF` at the end.
pub fn render(findings: &Findings) -> String {
    let mut out = String::new();
    info(&mut out, findings);
    metrics(&mut out, findings);
    comparisons(&mut out, findings);
    claims(&mut out, findings);
    checklist(&mut out, findings);
    caveats(&mut out, findings);
    latencies(&mut out, findings);
    out.push_str("# EOF\n");
    out
}

fn info(out: &mut String, findings: &Findings) {
    let run = findings.run;
    family(out, "pianoprof_run", "info", "The run that the figures are of.");
    let labels =
        labels(&[("id", &run.id), ("command", &run.command), ("version", &run.version), ("started", &run.started)]);
    let _ = writeln!(out, "pianoprof_run_info{labels} 1");
}

fn metrics(out: &mut String, findings: &Findings) {
    family(out, "pianoprof_metric", "gauge", "A metric over the trials of one target, in its base unit.");
    for metric in &findings.analysis.metrics {
        let (unit, factor) = base(metric.unit);
        let role = match findings.run.plan.role(&metric.target) {
            Role::Baseline => "baseline",
            Role::Candidate => "candidate",
            Role::Rival => "rival",
            Role::Other => "other",
        };
        for (statistic, value) in [("median", metric.median), ("lowest", metric.low), ("highest", metric.high)] {
            let labels = labels(&[
                ("metric", &metric.metric),
                ("target", &metric.target),
                ("role", role),
                ("unit", unit),
                ("statistic", statistic),
            ]);
            let _ = writeln!(out, "pianoprof_metric{labels} {}", number(value * factor));
        }
    }
}

fn comparisons(out: &mut String, findings: &Findings) {
    family(out, "pianoprof_times_better", "gauge", "Candidate against baseline, above 1 the candidate is better.");
    for one in findings.analysis.comparisons.iter().filter(|one| one.unusable.is_none()) {
        for (statistic, value) in
            [("ratio", Some(one.ratio).filter(|ratio| ratio.is_finite())), ("low", one.low), ("high", one.high)]
        {
            if let Some(value) = value {
                let labels = labels(&[("metric", &one.metric), ("statistic", statistic)]);
                let _ = writeln!(out, "pianoprof_times_better{labels} {}", number(value));
            }
        }
    }
}

fn claims(out: &mut String, findings: &Findings) {
    family(out, "pianoprof_claim", "stateset", "The verdict of each claim.");
    for (index, one) in findings.judgements.iter().enumerate() {
        for state in ["met", "not met", "inconclusive"] {
            let index = (index + 1).to_string();
            let labels = labels(&[
                ("number", &index),
                ("claim", &one.claim),
                ("metric", &one.metric),
                ("pianoprof_claim", state),
            ]);
            let _ = writeln!(out, "pianoprof_claim{labels} {}", u8::from(verdict(one.verdict) == state));
        }
    }
}

fn checklist(out: &mut String, findings: &Findings) {
    family(out, "pianoprof_checklist_passed", "gauge", "1 where the run fulfils the item, or was not asked to.");
    for item in findings.checklist {
        let labels = labels(&[("item", &item.item)]);
        let _ = writeln!(out, "pianoprof_checklist_passed{labels} {}", u8::from(item.passed));
    }
}

/// Doubts about the data, by kind: an alert can be made of them.
fn caveats(out: &mut String, findings: &Findings) {
    family(out, "pianoprof_caveats", "gauge", "Reasons to doubt the data, by kind.");
    let mut counts = std::collections::BTreeMap::<_, usize>::new();
    for one in folded(&findings.analysis.caveats) {
        *counts.entry(one.kind).or_default() += one.texts.len();
    }
    for (kind, count) in counts {
        let _ = writeln!(out, "pianoprof_caveats{} {count}", labels(&[("kind", &kind)]));
    }
}

fn latencies(out: &mut String, findings: &Findings) {
    family(out, "pianoprof_latency_seconds", "summary", "Latency of good answers in one load of one trial.");
    // The unit line belongs between type and samples.
    out.push_str("# UNIT pianoprof_latency_seconds seconds\n");
    // A block done again has more than one load of the same name.
    let mut seen = std::collections::BTreeMap::new();
    for figures in &findings.analysis.loads {
        let key = (&figures.target, figures.trial, &figures.load, &figures.request);
        let attempt = seen.entry(key).and_modify(|attempt| *attempt += 1).or_insert(1_u32);
        let (trial, attempt) = (figures.trial.to_string(), attempt.to_string());
        let own = [
            ("target", &*figures.target),
            ("load", &*figures.load),
            ("request", &*figures.request),
            ("trial", &*trial),
            ("attempt", &*attempt),
        ];
        let of = figures.latency_us;
        for (quantile, value) in [
            ("0.5", Some(of.p50)),
            ("0.9", Some(of.p90)),
            ("0.95", Some(of.p95)),
            ("0.99", Some(of.p99)),
            ("0.999", of.p999),
        ] {
            let Some(value) = value.filter(|_| figures.good > 0) else { continue };
            let labels = labels(&[own.as_slice(), &[("quantile", quantile)]].concat());
            let _ = writeln!(out, "pianoprof_latency_seconds{labels} {}", number(value / 1e6));
        }
        let _ = writeln!(out, "pianoprof_latency_seconds_count{} {}", labels(&own), figures.good);
    }
}

fn family(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# TYPE {name} {kind}\n# HELP {name} {help}");
}

fn labels(pairs: &[(&str, &str)]) -> String {
    let inner: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", plain(value).replace('\\', "\\\\").replace('"', "\\\"")))
        .collect();
    format!("{{{}}}", inner.join(","))
}

/// The base unit and what to multiply by.
fn base(unit: &str) -> (&str, f64) {
    match unit {
        "ms" => ("seconds", 1e-3),
        "us" => ("seconds", 1e-6),
        "ns" => ("seconds", 1e-9),
        "MiB" => ("bytes", MIB),
        "%" => ("ratio", 0.01),
        "1/s" => ("per_second", 1.0),
        other => (other, 1.0),
    }
}

fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() }
    } else {
        // Unit factors leave dust in the last digits.
        let rounded: f64 = format!("{value:.9e}").parse().unwrap_or(value);
        rounded.to_string()
    }
}
