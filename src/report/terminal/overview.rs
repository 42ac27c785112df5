//! Many loads at a glance: one block of lines per load and request, the main figures in columns.

use super::super::groups::{Group, Row};
use super::super::words::plain;
use super::page::Page;
use crate::analysis::metric::Metric;
use crate::unit::{digits, times};

/// The suffix of the metric and its column; the unit is in the column's title.
const COLUMNS: [(&str, &str); 6] = [
    ("p50", "p50 ms"),
    ("p99", "p99 ms"),
    ("throughput", "good/s"),
    ("errors", "error %"),
    ("rss", "RSS MiB"),
    ("cpu_per_request", "CPU ms"),
];

/// Writes the loads among the groups; `names` are the targets in the order of the cells.
pub fn write(page: &mut Page, groups: &[Group], names: &[String], stars: &str) {
    let mut rows = Vec::new();
    for group in groups.iter().filter(|group| group.load) {
        let columns = COLUMNS.map(|(suffix, _)| {
            group.rows.iter().find(|row| row.metric.rsplit('.').next().is_some_and(|own| own == suffix))
        });
        let name = group.rows.first().and_then(|row| row.metric.rsplit_once('.')).map_or("", |(prefix, _)| prefix);
        let mut first = vec![plain(name)];
        first.extend(columns.map(|row| row.map_or_else(String::new, |row| ratio(row, stars))));
        if names.len() == 1 {
            first.truncate(1);
            first.extend(columns.map(|row| {
                let mark = if row.is_some_and(Row::marked) { stars } else { "" };
                cell(row.and_then(|row| row.cells.first().copied().flatten())) + mark
            }));
        }
        rows.push(first);
        for (index, target) in names.iter().enumerate().filter(|_| names.len() > 1) {
            let mut line = vec![format!("  {target}")];
            line.extend(columns.map(|row| cell(row.and_then(|row| row.cells.get(index).copied().flatten()))));
            rows.push(line);
        }
    }
    page.heading("Loads");
    let mut header = vec!["load.request"];
    header.extend(COLUMNS.map(|(_, title)| title));
    page.table(&header, rows, &[]);
    page.note("  good/s: good answers per second; CPU ms: processor time per request");
}

fn cell(metric: Option<&Metric>) -> String {
    metric.map_or_else(|| "–".to_owned(), |metric| digits(metric.median))
}

fn ratio(row: &Row, stars: &str) -> String {
    let Some(one) = row.comparable().filter(|one| one.ratio.is_finite()) else { return String::new() };
    let mark = if row.marked() { stars } else { "" };
    format!("{}{mark}", times(one.ratio))
}
