//! The rig's own ceiling: the rate that no target could exceed on this machine, however fast it is.
//!
//! Each request costs the generator and the database CPU time that the target cannot have. CPUs over that time per request is a
//! rate that even a target which costs nothing could not be driven beyond on this machine.

use serde::Serialize;

use crate::model::load::{Arrival, LoadRecord};
use crate::model::record::{Run, Trial};
use crate::unit::nanos_to_millis;

use super::statistics::{median, number};
use super::validity::counted;

/// The ceiling of one closed loop: the `rig_ceilings` entry of the JSON summary.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct RigCeiling {
    /// The load profile.
    pub load: String,
    /// The request, or `all` for a mix.
    pub request: String,
    /// CPUs that this run may use.
    pub cpus: usize,
    /// Connections of the load.
    pub connections: u32,
    /// CPU time of the generator for each good answer of the candidate, ms, median over blocks.
    pub generator_ms_per_request: f64,
    /// CPU time of the database for each, ms; 0 where there is none.
    pub database_ms_per_request: f64,
    /// Requests per second that no target could pass.
    pub most_per_s: f64,
    /// How many times the baseline's throughput that is, where there is a baseline.
    pub times_baseline: Option<f64>,
}

/// One for each closed loop that the candidate (without a comparison: the first target) went through.
#[must_use]
pub fn ceilings(run: &Run) -> Vec<RigCeiling> {
    let Some(cpus) = cpus(run) else { return Vec::new() };
    let plan = run.plan.comparison.as_ref();
    let first = run.plan.targets.first().map(|target| target.name.as_str());
    let Some(candidate) = plan.map(|plan| plan.candidate.as_str()).or(first) else { return Vec::new() };
    let trials: Vec<&Trial> = counted(run).iter().map(|counted| counted.trial).collect();
    let records = |target: &str| {
        let own = trials.iter().filter(|trial| trial.target == target).copied().collect::<Vec<&Trial>>();
        own.into_iter().flat_map(|trial| trial.loads.iter().map(move |record| (trial, record)))
    };
    let mut found: Vec<RigCeiling> = Vec::new();
    for (_, record) in records(candidate).filter(|(_, record)| record.arrival == Arrival::Closed) {
        if found.iter().any(|one| one.load == record.load && one.request == record.request) {
            continue;
        }
        let same = |other: &LoadRecord| other.load == record.load && other.request == record.request;
        let of = |figure: &dyn Fn(&Trial, &LoadRecord) -> Option<f64>, target: &str| {
            let values =
                records(target).filter(|(_, other)| same(other)).filter_map(|(trial, other)| figure(trial, other));
            median(&values.collect::<Vec<f64>>())
        };
        let Some(generator) = of(&|_, record| generator_ms(record), candidate) else { continue };
        let database = of(&database_ms, candidate).unwrap_or(0.0);
        let most_per_s = match &run.placement {
            // Generator and database have CPUs of their own: the one that saturates first sets the limit.
            Some(sets) => {
                let rate = |cpus: usize, ms: f64| number(cpus as u64) / (ms / 1e3);
                rate(sets.generator.len(), generator).min(rate(sets.database.len(), database))
            }
            None => number(cpus as u64) / ((generator + database) / 1e3),
        };
        let baseline = plan.and_then(|plan| of(&|_, record| throughput(record), &plan.baseline));
        found.push(RigCeiling {
            load: record.load.clone(),
            request: record.request.clone(),
            cpus,
            connections: record.connections,
            generator_ms_per_request: generator,
            database_ms_per_request: database,
            most_per_s,
            times_baseline: baseline.map(|baseline| most_per_s / baseline),
        });
    }
    found
}

fn cpus(run: &Run) -> Option<usize> {
    run.environment.get("cpu.count")?.as_ref()?.parse().ok()
}

fn throughput(record: &LoadRecord) -> Option<f64> {
    (record.seconds() > 0.0 && record.good > 0).then(|| number(record.good) / record.seconds())
}

fn generator_ms(record: &LoadRecord) -> Option<f64> {
    let cpu = record.generator_cpu_ns.filter(|_| record.good > 0)?;
    Some(nanos_to_millis(cpu) / number(record.good))
}

fn database_ms(trial: &Trial, record: &LoadRecord) -> Option<f64> {
    let window = trial.windows.iter().find(|window| window.is_of(&record.load, &record.request))?;
    let cpu = window.database_cpu_ns.filter(|_| record.good_total > 0)?;
    Some(nanos_to_millis(cpu) / number(record.good_total))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run::SampleRun;

    #[test]
    fn cpus_over_the_cost_of_a_request() {
        let mut run = SampleRun { wobble: 0.0, ..SampleRun::default() }.build();
        for trial in &mut run.trials {
            let record = &mut trial.loads[0];
            // 20 us of the generator for each of 1,000 good answers, and 0.08 ms of the database.
            record.generator_cpu_ns = Some(20_000 * record.good);
            let window = trial.windows.iter_mut().find(|window| window.phase == "latency").expect("there is one");
            window.database_cpu_ns = Some(80_000 * record.good_total);
        }
        let found = &ceilings(&run)[0];
        assert_eq!((found.load.as_str(), found.request.as_str(), found.cpus), ("latency", "list", 8));
        // 8 CPUs over 0.1 ms; the baseline serves 2,500/s.
        assert!((found.most_per_s - 80_000.0).abs() < 1.0, "{found:?}");
        assert!((found.times_baseline.expect("a baseline") - 32.0).abs() < 0.1, "{found:?}");
        run.placement =
            Some(crate::model::facts::Placement { generator: vec![0], database: vec![1, 2], target: vec![3] });
        assert!((ceilings(&run)[0].most_per_s - 25_000.0).abs() < 1.0, "two CPUs over 0.08 ms are full first");
    }
}
