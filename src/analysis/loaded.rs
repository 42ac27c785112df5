//! Figures of a target under a load: latency, throughput, errors, memory and CPU.

use hdrhistogram::Histogram;

use crate::model::load::{Arrival, LoadRecord, requests_needed};
use crate::model::record::{Ceiling, Group, PeakSource, Sample, Trial, Window};
use crate::unit::{MIB, nanos_to_millis};

use super::database;
use super::launch::{LATENCY_SHARE, MEMORY_MIB, cpu_bound_ms};
use super::metric::{Better, Figure, Mark};
use super::statistics::{median, number};
use super::validity::{Counted, errors_percent, late, load_reasons, overloaded, whole};

/// How far from the load a PSS reading may lie to stand for it, ns: 5 s.
const AROUND_NS: u64 = 5_000_000_000;

/// Whether `figure` is a latency, which overload makes meaningless.
#[must_use]
pub fn is_latency(figure: &str) -> bool {
    requests_needed(figure) > 0
}

/// The figures of every load of one trial.
#[must_use]
pub fn figures(counted: &Counted<'_>, ceiling: Option<&Ceiling>) -> Vec<Figure> {
    counted.loads().flat_map(|record| of_load(counted, record, ceiling)).collect()
}

fn of_load(counted: &Counted<'_>, record: &LoadRecord, ceiling: Option<&Ceiling>) -> Vec<Figure> {
    let trial = counted.trial;
    let valid = counted.valid() && load_reasons(trial, record, ceiling).is_empty();
    let is_overloaded = overloaded(whole(trial, record));
    let mut figures = Vec::new();
    let mut push = |name: &str, unit: &'static str, value: f64, bound: f64| {
        let better = if matches!(name, "throughput" | "sent_rate") { Better::Higher } else { Better::Lower };
        // One lost answer of a thousand is within the limit on errors and must not cost the percentile.
        let few = record.good + record.good / 999 < requests_needed(name);
        let mark = match () {
            () if is_latency(name) && is_overloaded => Some(Mark::Overloaded),
            () if few => Some(Mark::FewRequests),
            () => None,
        };
        figures.push(Figure {
            metric: format!("{}.{}.{name}", record.load, record.request),
            unit,
            better,
            target: trial.target.clone(),
            block: trial.block,
            value,
            bound,
            // How many errors there were is a figure in itself, also where they void the others.
            valid: if name == "errors" { counted.valid() } else { valid },
            mark,
        });
    };
    if !record.latency.is_empty() {
        let told = |name: &&str| match *name {
            "p999" => record.engine.nines_told() >= 3.0,
            "mean" => record.engine.tells_every_latency(),
            _ => true,
        };
        for (name, value) in latencies(record).into_iter().filter(|(name, _)| told(name)) {
            push(name, "ms", value, value * LATENCY_SHARE + too_high_by(record, name));
        }
    }
    let seconds = record.seconds();
    if seconds > 0.0 {
        push("throughput", "1/s", number(record.good_in_window()) / seconds, 0.0);
    }
    if let Some(cpu) = record.generator_cpu_ns.filter(|_| seconds > 0.0) {
        push("generator_cpu", "%", number(cpu) / 1e7 / seconds, 0.0);
    }
    push("errors", "%", errors_percent(record), 0.0);
    for (name, mib) in memory(trial, record) {
        push(name, "MiB", mib, MEMORY_MIB);
    }
    if let Some(window) = window_of(trial, record) {
        let cpu = nanos_to_millis(window.target_cpu_ns);
        let off = cpu_bound_ms(cpu, window.cpu_in_ticks);
        let millis = nanos_to_millis(window.ended_ns.saturating_sub(window.started_ns));
        if millis > 0.0 {
            push("cpu", "%", cpu / millis * 100.0, off / millis * 100.0);
        }
        let good = number(answers_in(window, record));
        if good > 0.0 {
            push("cpu_per_request", "ms", cpu / good, off / good);
        }
        if good > 0.0 {
            // Where there is no database the target is the whole system.
            let all = cpu + nanos_to_millis(window.database_cpu_ns.unwrap_or(0));
            push("system_cpu_per_request", "ms", all / good, cpu_bound_ms(all, window.cpu_in_ticks) / good);
        }
        for (name, unit, value, bound) in database::shares(trial, record, window, good) {
            push(name, unit, value, bound);
        }
    }
    if record.arrival == Arrival::Open {
        if seconds > 0.0 {
            push("sent_rate", "1/s", number(record.sent_in_window()) / seconds, 0.0);
        }
        if !record.lateness.is_empty() {
            push("lateness_p99", "us", number(record.lateness.value_at_quantile(0.99)) / 1e3, 0.0);
        }
    }
    figures
}

/// The figures of latency by name.
const LATENCIES: [&str; 7] = ["p50", "p90", "p95", "p99", "p999", "max", "mean"];

fn latencies(record: &LoadRecord) -> [(&'static str, f64); 7] {
    LATENCIES.map(|name| (name, figure_of(&record.latency, name)))
}

/// One figure of a histogram of nanoseconds, ms.
fn figure_of(histogram: &Histogram<u64>, name: &str) -> f64 {
    let at = |quantile: f64| nanos_to_millis(histogram.value_at_quantile(quantile));
    match name {
        "p50" => at(0.5),
        "p90" => at(0.9),
        "p95" => at(0.95),
        "p99" => at(0.99),
        "p999" => at(0.999),
        "max" => nanos_to_millis(histogram.max()),
        _ => histogram.mean() / 1e6,
    }
}

/// By how much a latency figure may be too high because the generator sent late, ms: by the lateness at the same quantile, and
/// by no more than what lies above the service time, which begins with the send.
fn too_high_by(record: &LoadRecord, name: &str) -> f64 {
    if late(record).is_none() {
        return 0.0;
    }
    let of = |histogram| figure_of(histogram, name);
    of(&record.lateness).min((of(&record.latency) - of(&record.service)).max(0.0))
}

/// The exact readings that belong to a load. A mix is read as a whole, so its parts have none.
fn window_of<'a>(trial: &'a Trial, record: &LoadRecord) -> Option<&'a Window> {
    let overlaps = |window: &&Window| window.started_ns < record.ended_ns && window.ended_ns > record.started_ns;
    trial.windows.iter().filter(|window| window.is_of(&record.load, &record.request)).find(overlaps)
}

/// Good answers inside a window of CPU readings: when it spans the ramp as well, so must the answers.
fn answers_in(window: &Window, record: &LoadRecord) -> u64 {
    let measured = record.ended_ns.saturating_sub(record.started_ns);
    let early = record.started_ns.saturating_sub(window.started_ns);
    if early > measured / 100 { record.good_total } else { record.good }
}

/// The samples of the target's tree inside the load's window.
pub fn samples_in<'a>(trial: &'a Trial, record: &LoadRecord) -> impl Iterator<Item = &'a Sample> {
    let (from, to) = (record.started_ns, record.ended_ns);
    // A tree without memory has ended: that it uses none is no figure of it.
    trial.samples.iter().filter(move |s| s.group == Group::Target && s.rss > 0 && s.t_ns >= from && s.t_ns <= to)
}

/// Whether PSS had to be taken from readings around the load because none lies inside.
#[must_use]
pub fn pss_from_around(trial: &Trial, record: &LoadRecord) -> bool {
    samples_in(trial, record).all(|sample| sample.pss.is_none()) && !pss(trial, record).is_empty()
}

/// Whether the peak is the largest sample because the kernel's marks could not be reset.
#[must_use]
pub fn peak_from_samples(trial: &Trial, record: &LoadRecord) -> bool {
    let peak = window_of(trial, record).and_then(|window| window.peak);
    peak.is_some_and(|peak| peak.how == PeakSource::Samples)
}

fn pss(trial: &Trial, record: &LoadRecord) -> Vec<f64> {
    let inside: Vec<f64> = samples_in(trial, record).filter_map(|sample| sample.pss).map(number).collect();
    if !inside.is_empty() {
        return inside;
    }
    let readings = || trial.samples.iter().filter(|s| s.group == Group::Target && s.pss.is_some());
    let before = readings().rfind(|s| s.t_ns < record.started_ns && record.started_ns - s.t_ns <= AROUND_NS);
    let after = readings().find(|s| s.t_ns > record.ended_ns && s.t_ns - record.ended_ns <= AROUND_NS);
    before.into_iter().chain(after).filter_map(|sample| sample.pss).map(number).collect()
}

/// Memory of the tree in the load's window, MiB.
fn memory(trial: &Trial, record: &LoadRecord) -> Vec<(&'static str, f64)> {
    let rss: Vec<f64> = samples_in(trial, record).map(|sample| number(sample.rss)).collect();
    let high = |values: Vec<f64>| values.into_iter().reduce(f64::max);
    let window = window_of(trial, record).and_then(|window| window.peak).map(|peak| number(peak.bytes));
    let mark = high(samples_in(trial, record).filter_map(|sample| sample.peak).map(number).collect());
    // Runs of before peaks were reset, and parts of a mix, have the marks of the processes' whole lives.
    let peak = window.or(mark);
    let cgroup: Vec<f64> = samples_in(trial, record).filter_map(|sample| sample.cgroup).map(number).collect();
    let (middle, shares) = (median(&rss), median(&pss(trial, record)));
    [("rss", middle), ("pss", shares), ("rss_peak", peak.or_else(|| high(rss))), ("cgroup", median(&cgroup))]
        .into_iter()
        .filter_map(|(name, bytes)| Some((name, bytes? / MIB)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::validity::counted;
    use crate::sample_run::SampleRun;

    #[test]
    fn lateness_that_matters_widens_latency_down_to_the_service_time() {
        let mut run = SampleRun::default().build();
        let bound = |run: &crate::model::record::Run, name: &str| {
            let figures = figures(&counted(run)[0], None);
            let figure = figures.iter().find(|figure| figure.metric == format!("sustained.list.{name}"));
            figure.map(|figure| figure.bound - figure.value * LATENCY_SHARE).expect("measured")
        };
        assert!(bound(&run, "p99").abs() < 1e-9, "on time");
        let record = &mut run.trials[0].loads[1];
        record.lateness.reset();
        record.lateness.record_n(3_000_000, 1_000).expect("in bounds");
        record.latency.reset();
        record.latency.record_n(20_000_000, 1_000).expect("in bounds");
        record.service.reset();
        record.service.record_n(10_000_000, 1_000).expect("in bounds");
        assert!((bound(&run, "p99") - 3.0).abs() < 0.01);
        assert!((bound(&run, "mean") - 3.0).abs() < 0.01);
        let record = &mut run.trials[0].loads[1];
        record.service.reset();
        record.service.record_n(19_000_000, 1_000).expect("in bounds");
        assert!((bound(&run, "p99") - 1.0).abs() < 0.05, "more cannot be the generator's");
    }
}
