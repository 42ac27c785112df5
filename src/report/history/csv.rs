//! A history as tidy CSV: one figure per line.

use super::super::csv::cell;
use super::Entry;

/// Every figure of every run.
pub fn render(entries: &[Entry]) -> String {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let mut write = |line: [&str; 10]| writer.write_record(line).expect("lines of one length go into memory");
    write(["started", "run", "command", "metric", "unit", "target", "median", "low", "high", "n"]);
    for entry in entries {
        for short in &entry.metrics {
            write([
                &cell(&entry.started),
                &cell(&entry.id),
                &cell(&entry.command),
                &cell(&short.metric),
                short.unit,
                &cell(&short.target),
                &short.median.to_string(),
                &short.low.to_string(),
                &short.high.to_string(),
                &short.n.to_string(),
            ]);
        }
    }
    String::from_utf8(writer.into_inner().expect("memory can be flushed")).expect("only text was written")
}
