//! The loads: what was sent and answered, the percentiles, the errors, and the checks that say whether to believe them.

use super::super::Findings;
use super::super::loads::{LoadView, views};
use super::super::path::floor_in_short;
use super::super::words::{count, figure, millis, plain};
use super::distribution;
use super::page::{Page, Tone};
use crate::analysis::load::Percentiles;
use crate::model::load::Arrival;
use crate::unit::{digits, plural};

/// Writes each load: everything of it, or one line. The doubts about it stand among the caveats.
pub fn write(page: &mut Page, findings: &Findings, detailed: bool) {
    let views = views(findings);
    if views.is_empty() {
        return;
    }
    if detailed {
        for view in &views {
            details(page, view);
        }
        return;
    }
    page.heading("Requests and errors");
    let rows = views
        .iter()
        .map(|view| {
            vec![
                format!("{}.{}{}", plain(&view.figures.load), plain(&view.figures.request), star(view)),
                plain(&view.figures.target),
                count(view.sent),
                count(view.errors.values().sum()),
                figure(view.figures.rate_served, "1/s"),
            ]
        })
        .collect();
    page.table(&["load", "target", "sent", "errors", "served"], rows, &[]);
    if views.iter().any(|view| view.void > 0) {
        page.note("*: some of its trials are not counted (see the caveats)");
    }
}

fn star(view: &LoadView) -> &'static str {
    if view.void > 0 { " *" } else { "" }
}

fn details(page: &mut Page, view: &LoadView) {
    let figures = view.figures;
    let arrival = match figures.arrival {
        Arrival::Closed => "closed loop",
        Arrival::Open => "open loop",
    };
    page.heading(&format!(
        "{}: load {}, request {}",
        plain(&figures.target),
        plain(&figures.load),
        plain(&figures.request)
    ));
    let trial = if view.trials > 1 {
        format!("; figures of block {}, the middle one of {}", figures.trial, view.trials)
    } else {
        String::new()
    };
    let by = if figures.engine.is_own() { String::new() } else { format!("made by {}, ", figures.engine) };
    page.note(&format!(
        "{by}{arrival}, {}, {} s{trial}",
        plural(figures.connections as usize, "connection"),
        digits(figures.seconds)
    ));
    for doubt in view.doubts() {
        page.item(Tone::Doubtful, "!", &doubt);
    }
    let asked = figures.rate_asked.map_or(String::new(), |rate| format!("{} asked, ", figure(rate, "1/s")));
    let row = |name: &str, text: String| vec![name.to_owned(), text];
    let told = figures.engine.is_own() || !view.statuses.is_empty();
    let requests =
        format!("{} sent, {} answered, {} good", count(figures.sent), count(figures.answered), count(figures.good));
    let rates =
        format!("{asked}{} sent, {} served", figure(figures.rate_sent, "1/s"), figure(figures.rate_served, "1/s"));
    let errors = if view.errors.is_empty() { Tone::Plain } else { Tone::Bad };
    page.table(
        &[],
        vec![
            row("requests", requests),
            row("rates", rates),
            row("statuses", if told { counts(&view.statuses) } else { "not told".to_owned() }),
            row("errors", counts(&view.errors)),
        ],
        &[Tone::Plain, Tone::Plain, Tone::Plain, errors],
    );
    percentiles(page, view);
    // Between a few quantiles there is nothing to draw.
    if let Some(record) = view.record.filter(|record| record.engine.tells_every_latency()) {
        distribution::write(page, &record.latency);
    }
    checks(page, view);
}

fn percentiles(page: &mut Page, view: &LoadView) {
    let row = |name: &str, of: &Percentiles| {
        let mut cells = vec![name.to_owned()];
        let known = [Some(of.p50), Some(of.p90), Some(of.p95), Some(of.p99), of.p999, Some(of.max), of.mean];
        cells.extend(known.map(millis));
        cells
    };
    let mut rows = Vec::new();
    if view.figures.good > 0 {
        rows.push(row("latency", &view.figures.latency_us));
    }
    if let (Arrival::Open, Some(service), 1..) = (view.figures.arrival, &view.figures.service_us, view.figures.good) {
        rows.push(row("service", service));
    }
    // A server that keeps its connections open has too few connects in the window for a line of them.
    if let Some(connect) = view.figures.connect_us.as_ref().filter(|connect| connect.max > 0.0) {
        rows.push(row("connect", connect));
    }
    if !rows.is_empty() {
        page.table(&["ms", "p50", "p90", "p95", "p99", "p99.9", "max", "mean"], rows, &[]);
    }
}

fn checks(page: &mut Page, view: &LoadView) {
    let figures = view.figures;
    let mut parts = Vec::new();
    if let (Some(opened), Some(each)) = (figures.connections_opened, figures.requests_per_connection) {
        let opened = plural(usize::try_from(opened).unwrap_or(usize::MAX), "connection");
        parts.push(format!("{opened} opened ({} requests each)", digits(each)));
    }
    if let (Arrival::Open, Some(late)) = (figures.arrival, figures.lateness_us) {
        parts.push(format!(
            "sent late by p50 {} / p99 {} / max {} us",
            digits(late.p50),
            digits(late.p99),
            digits(late.max)
        ));
    }
    if let Some(little) = figures.littles_law {
        parts.push(format!("Little's law {little:.3} (1 when the figures fit together)"));
    }
    if let Some(floor) = &view.floor {
        parts.push(format!("network floor {}", floor_in_short(floor)));
    }
    let who = if figures.engine.is_own() { "generator" } else { figures.engine.name() };
    parts.push(match figures.generator_cpu_s {
        Some(cpu) => format!("{who} CPU {} s of {} s", digits(cpu), digits(figures.seconds)),
        None => format!("{who} ran on other machines, its CPU is not known here"),
    });
    page.item(Tone::Faint, " ", &parts.join("; "));
}

fn counts(of: &std::collections::BTreeMap<&str, u64>) -> String {
    if of.is_empty() {
        return "none".to_owned();
    }
    of.iter().map(|(key, number)| format!("{} × {}", plain(key), count(*number))).collect::<Vec<_>>().join(", ")
}
