//! What the database did for a target under a load: its CPU and memory, and its statements, rows and buffers per request.

use crate::model::load::LoadRecord;
use crate::model::record::{Group, Trial, Window};
use crate::unit::{MIB, nanos_to_millis};

use super::launch::{MEMORY_MIB, cpu_bound_ms};
use super::statistics::{median, number};

/// One figure: the end of its metric's name, unit, value, and by how much the instrument may be off.
pub type Share = (&'static str, &'static str, f64, f64);

/// The figures of the database in the window of one load, in which it gave `good` good answers.
#[must_use]
pub fn shares(trial: &Trial, record: &LoadRecord, window: &Window, good: f64) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    let millis = nanos_to_millis(window.ended_ns.saturating_sub(window.started_ns));
    if let Some(cpu) = window.database_cpu_ns.map(nanos_to_millis) {
        let off = cpu_bound_ms(cpu, window.cpu_in_ticks);
        if millis > 0.0 {
            shares.push(("database_cpu", "%", cpu / millis * 100.0, off / millis * 100.0));
        }
        if good > 0.0 {
            shares.push(("database_cpu_per_request", "ms", cpu / good, off / good));
        }
    }
    if let Some(rss) = rss(trial, record) {
        shares.push(("database_rss", "MiB", rss / MIB, MEMORY_MIB));
    }
    // The counters are read before the first request and after the last answer, ramp and drain included.
    let answered = number(record.good_total);
    if let Some(work) = window.database_work.filter(|_| answered > 0.0) {
        let buffers = work.buffers_hit + work.buffers_read;
        for (name, count) in [
            ("statements_per_request", work.statements),
            ("rows_per_request", work.rows),
            ("buffers_per_request", buffers),
            ("buffers_read_per_request", work.buffers_read),
        ] {
            shares.push((name, "", number(count) / answered, 0.0));
        }
    }
    shares
}

/// Median resident memory of the database's processes in the load's window, bytes.
fn rss(trial: &Trial, record: &LoadRecord) -> Option<f64> {
    let inside = |t_ns: u64| (record.started_ns..=record.ended_ns).contains(&t_ns);
    let samples = trial.samples.iter().filter(|sample| sample.group == Group::Database && inside(sample.t_ns));
    median(&samples.filter(|sample| sample.rss > 0).map(|sample| number(sample.rss)).collect::<Vec<f64>>())
}
