//! Figures of launches: startup, the first request, idle memory.

use crate::model::record::{Bracket, IdleReading, Launch, Trial};
use crate::unit::{MIB, nanos_to_millis};

use super::metric::{Better, Figure};
use super::statistics::number;
use super::validity::Counted;

/// What the stamp t0 may be off beside the gap between two probes, ms.
const STAMP_MS: f64 = 0.1;
/// A CPU clock is off by 0.2 % or by 1 ms, whichever is more (0.13 % was seen over 50 ms, 0.002 % over 2 s).
const CPU_SHARE: f64 = 0.002;
/// See [`CPU_SHARE`].
const CPU_MS: f64 = 1.0;
/// Children that exited are counted in clock ticks at both ends of a window where no cgroup counts them (10.5 to 13.1 ms were seen).
const TICKS_MS: f64 = 20.0;
/// What a reading of memory may be off, MiB: pages that the kernel has not yet booked per CPU.
pub const MEMORY_MIB: f64 = 128.0 / 1024.0;
/// Share of a latency that the histogram's three digits may hide.
pub const LATENCY_SHARE: f64 = 0.001;

/// By how much that much CPU time may be off, ms.
#[must_use]
pub fn cpu_bound_ms(cpu: f64, in_ticks: bool) -> f64 {
    (cpu * CPU_SHARE).max(if in_ticks { TICKS_MS } else { CPU_MS })
}

/// Figures of the launch and of the first request after it.
#[must_use]
pub fn starts(counted: &Counted<'_>) -> Vec<Figure> {
    if !counted.has_launch() {
        return Vec::new();
    }
    let trial = counted.trial;
    let mut figures = Vec::new();
    let mut push = |metric: &str, value: f64, bound: f64| {
        figures.push(figure(trial, metric, "ms", value, bound, counted.valid()));
    };
    for launch in &trial.launches {
        let marks = [
            ("startup.listen", launch.listen),
            ("startup.first_byte", launch.first_byte),
            ("startup.first_ok", launch.first_ok),
            ("startup.settled", launch.settled),
        ];
        for (name, mark) in marks {
            if let Some(mark) = mark {
                push(name, nanos_to_millis(mark.first_hit_ns), gap_ms(launch, mark) + STAMP_MS);
            }
        }
        if launch.first_ok.is_some() {
            let cpu = nanos_to_millis(launch.cpu_ns);
            let in_ticks = launch.cpu_in_ticks || trial.windows.iter().any(|window| window.cpu_in_ticks);
            push("startup.cpu", cpu, cpu_bound_ms(cpu, in_ticks));
        }
    }
    for first in &trial.first_requests {
        let latency = nanos_to_millis(first.latency_ns);
        push("first_request.latency", latency, latency * LATENCY_SHARE);
    }
    figures
}

/// Memory and processes at the end of the idle window.
#[must_use]
pub fn idle(counted: &Counted<'_>) -> Vec<Figure> {
    let Some((reading, valid)) = counted.idle() else { return Vec::new() };
    let memory = memory(reading).map(|(name, bytes)| (name, "MiB", bytes / MIB, MEMORY_MIB));
    memory
        .chain([("idle.processes", "", f64::from(reading.processes), 0.0)])
        .map(|(name, unit, value, bound)| figure(counted.trial, name, unit, value, bound, valid))
        .collect()
}

fn figure(trial: &Trial, metric: &str, unit: &'static str, value: f64, bound: f64, valid: bool) -> Figure {
    Figure {
        metric: metric.to_owned(),
        unit,
        better: Better::Lower,
        target: trial.target.clone(),
        block: trial.block,
        value,
        bound,
        valid,
        mark: None,
    }
}

fn memory(reading: &IdleReading) -> impl Iterator<Item = (&'static str, f64)> {
    let IdleReading { rss, pss, uss, cgroup, .. } = *reading;
    [("idle.rss", Some(rss)), ("idle.pss", pss), ("idle.uss", uss), ("idle.cgroup", cgroup)]
        .into_iter()
        .filter_map(|(name, bytes)| Some((name, number(bytes?))))
}

/// How long before the first hit it may have happened, ms. Where the first probe hit at once, it still cannot have been
/// before exec nor, where an answer says ready, before the last moment at which nothing listened.
fn gap_ms(launch: &Launch, mark: Bracket) -> f64 {
    let silent = launch.listen.filter(|_| launch.first_byte.is_some()).map_or(0, |listen| listen.last_miss_ns);
    let earliest = mark.last_miss_ns.max(silent).max(launch.exec_ns).min(mark.first_hit_ns);
    nanos_to_millis(mark.first_hit_ns - earliest)
}

#[cfg(test)]
mod tests {
    use super::super::validity::counted;
    use super::*;
    use crate::sample_run::SampleRun;

    #[test]
    fn a_first_probe_that_hits_is_bounded_by_the_last_silence() {
        let mut launch = SampleRun::default().build().trials[0].launches[0].clone();
        launch.listen = Some(Bracket { last_miss_ns: 9_500_000, first_hit_ns: 9_750_000 });
        let mark = Bracket { last_miss_ns: 0, first_hit_ns: 10_000_000 };
        assert!((gap_ms(&launch, mark) - 0.5).abs() < 1e-12);
        launch.listen = None;
        assert!((gap_ms(&launch, mark) - 9.9).abs() < 1e-12);
        // A line may say ready long before the port listens.
        launch.first_byte = None;
        launch.listen = Some(Bracket { last_miss_ns: 70_000_000, first_hit_ns: 70_250_000 });
        assert!((gap_ms(&launch, Bracket { last_miss_ns: 9_000_000, ..mark }) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn cpu_counted_in_ticks_is_known_to_two_of_them() {
        for (cpu, in_ticks, bound) in [(100.0, false, 1.0), (100.0, true, 20.0), (20_000.0, true, 40.0)] {
            assert!((cpu_bound_ms(cpu, in_ticks) - bound).abs() < 1e-9);
        }
        let bound = |in_ticks: bool| {
            let mut run = SampleRun::default().build();
            run.trials
                .iter_mut()
                .flat_map(|trial| &mut trial.windows)
                .for_each(|window| window.cpu_in_ticks = in_ticks);
            let figures = starts(&counted(&run)[0]);
            figures.iter().find(|figure| figure.metric == "startup.cpu").unwrap().bound
        };
        assert!((bound(true) - bound(false) - 19.0).abs() < 1e-9);
    }
}
