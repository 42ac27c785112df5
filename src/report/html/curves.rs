//! Latency by percentile for each load and request: one curve per trial of every target, and the table of the middle trials.

use hdrhistogram::Histogram;
use serde::Serialize;
use serde_json::{Value, json};

use super::super::groups::targets;
use super::super::loads::{LoadView, record, views};
use super::super::words::{self, plain};
use super::super::{Findings, loads};
use super::colour::class;
use crate::model::load::LoadRecord;

/// Trials drawn beside the middle one, per target, so that a long run keeps the file small.
const TRIALS: usize = 12;

/// Points per decade of `1 / (1 - quantile)`; three decades end at p99.9.
const POINTS_PER_DECADE: u32 = 16;

/// The table of one load and request.
#[derive(Debug, Serialize)]
pub struct Table {
    title: String,
    rows: Vec<[String; 9]>,
}

/// Percentiles of the middle trial of each target.
pub fn tables(findings: &Findings) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for view in views(findings) {
        let title = title(&view);
        if tables.last().is_none_or(|table| table.title != title) {
            tables.push(Table { title, rows: Vec::new() });
        }
        let of = view.figures.latency_us;
        let [p50, p90, p95, p99, p999, max, mean] =
            [Some(of.p50), Some(of.p90), Some(of.p95), Some(of.p99), of.p999, Some(of.max), of.mean]
                .map(|value| words::millis(value.filter(|_| view.figures.good > 0)));
        let block = format!("{} of {}", view.figures.trial, view.trials);
        let row = [plain(&view.figures.target), p50, p90, p95, p99, p999, max, mean, block];
        tables.last_mut().expect("one was pushed when there was none").rows.push(row);
    }
    tables
}

/// What the script draws.
pub fn data(findings: &Findings) -> Value {
    let decades: Vec<f64> =
        (0..=3 * POINTS_PER_DECADE).map(|step| f64::from(step) / f64::from(POINTS_PER_DECADE)).collect();
    let order = targets(findings.run);
    let mut charts: Vec<(String, Vec<Value>)> = Vec::new();
    for view in views(findings) {
        let title = title(&view);
        if charts.last().is_none_or(|(last, _)| *last != title) {
            charts.push((title, Vec::new()));
        }
        let series = &mut charts.last_mut().expect("one was pushed when there was none").1;
        let mut others = 0;
        for figures in &findings.analysis.loads {
            let same = loads::same(figures, view.figures);
            let main = std::ptr::eq(figures, view.figures);
            if !same || (!main && others == TRIALS) {
                continue;
            }
            others += usize::from(!main);
            let Some(record) = record(findings, figures) else { continue };
            series.push(json!({
                "target": plain(&figures.target),
                "class": class(findings.run, &figures.target),
                "order": order.iter().position(|name| *name == figures.target),
                "main": main,
                "block": figures.trial,
                "values": decades.iter().map(|decade| told(record, *decade)).collect::<Vec<_>>(),
            }));
        }
    }
    json!({
        "decades": decades,
        "charts": charts.into_iter().map(|(title, series)| json!({ "title": title, "series": series })).collect::<Vec<_>>(),
    })
}

fn title(view: &LoadView) -> String {
    format!("{} / {}", plain(&view.figures.load), plain(&view.figures.request))
}

/// Nothing beyond the last quantile that the engine which made the load tells.
fn told(record: &LoadRecord, decade: f64) -> Option<f64> {
    (decade <= record.engine.nines_told()).then(|| millis(&record.latency, decade))?
}

/// Latency at the quantile `1 - 10^-decade`, ms to three digits; `None` beyond what the answers can tell (fewer than ten
/// lie above).
#[expect(clippy::cast_precision_loss, reason = "counts and latencies stay far below 2^53")]
fn millis(latency: &Histogram<u64>, decade: f64) -> Option<f64> {
    let above = 10_f64.powf(-decade);
    if latency.is_empty() || (decade > 0.0 && latency.len() as f64 * above < 9.999) {
        return None;
    }
    let ms = latency.value_at_quantile(1.0 - above) as f64 / 1e6;
    let size = 10_f64.powf(3.0 - ms.max(1e-6).log10().ceil());
    Some((ms * size).round() / size)
}
