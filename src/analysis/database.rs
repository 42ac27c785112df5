//! What the database did for a target under a load: its CPU and memory, and its statements, rows and buffers per request.

use crate::model::load::LoadRecord;
use crate::model::record::{Group, Sample, Trial, Window};
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
    // Its processes share one large segment, which resident memory counts once for each of them.
    for (name, bytes) in [
        ("database_rss", typical(trial, record, |sample| Some(sample.rss))),
        ("database_pss", typical(trial, record, |sample| sample.pss)),
    ] {
        shares.extend(bytes.map(|bytes| (name, "MiB", bytes / MIB, MEMORY_MIB)));
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

/// Median of a figure of the database's processes in the load's window, bytes.
fn typical(trial: &Trial, record: &LoadRecord, figure: impl Fn(&Sample) -> Option<u64>) -> Option<f64> {
    let inside = |t_ns: u64| (record.started_ns..=record.ended_ns).contains(&t_ns);
    let samples = trial.samples.iter().filter(|sample| sample.group == Group::Database && inside(sample.t_ns));
    let alive = samples.filter(|sample| sample.rss > 0);
    median(&alive.filter_map(figure).map(number).collect::<Vec<f64>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run::SampleRun;

    #[test]
    fn memory_is_the_median_of_what_was_read_inside_the_load() {
        let mut trial = SampleRun::default().build().trials.remove(0);
        let (record, window) = (trial.loads[1].clone(), trial.windows[2].clone());
        let base = trial.samples[0].clone();
        let sample = |t_ns, rss, pss: Option<u64>| Sample { t_ns, group: Group::Database, rss, pss, ..base.clone() };
        let mib = 1 << 20;
        trial.samples = vec![
            sample(record.started_ns - 1, 900 * mib, Some(900 * mib)),
            sample(record.started_ns, 100 * mib, Some(40 * mib)),
            sample(record.started_ns + 1, 110 * mib, None),
            sample(record.started_ns + 2, 120 * mib, Some(44 * mib)),
        ];
        let of =
            |name| shares(&trial, &record, &window, 1.0).into_iter().find(|share| share.0 == name).map(|share| share.2);
        assert_eq!((of("database_rss"), of("database_pss")), (Some(110.0), Some(42.0)));
        trial.samples.iter_mut().for_each(|sample| sample.pss = None);
        assert!(shares(&trial, &record, &window, 1.0).iter().all(|share| share.0 != "database_pss"));
    }
}
