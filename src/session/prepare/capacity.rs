//! The rate of equal work: a share of what the slowest side holds in a closed loop, measured once, the same for every
//! side and block.

use std::time::Duration;

use super::super::Error;
use super::super::bench::Bench;
use super::super::schedule::common_loads;
use super::with_target;
use crate::load::{self, Job, JobArrival};
use crate::model::plan::{LoadPlan, LoadRequests, RequestPlan, StopRule};
use crate::model::record::{Capacity, Run};

/// How long a closed loop runs to find a side's capacity, and before that to warm it up.
const WINDOW: Duration = Duration::from_secs(4);
const WARMUP: Duration = Duration::from_secs(2);

/// Requests with their weights.
type Weighted = Vec<(RequestPlan, f64)>;

/// Measures what the record lacks.
pub(super) fn measure(bench: &mut Bench, run: &mut Run) -> Result<(), Error> {
    let loads: Vec<LoadPlan> = common_loads(&run.plan).cloned().collect();
    for target in run.plan.targets.clone() {
        let missing: Vec<(&LoadPlan, Weighted, String)> = loads
            .iter()
            .flat_map(|load| jobs(run, load).into_iter().map(move |(requests, name)| (load, requests, name)))
            .filter(|(load, _, name)| of(run, &load.name, name).all(|capacity| capacity.target != target.name))
            .collect();
        if missing.is_empty() || bench.interrupted() {
            continue;
        }
        let step = format!("closed-loop capacity of {}, for equal work", target.name);
        bench.setup.observer.step(&step, (WINDOW + WARMUP) * u32::try_from(missing.len()).unwrap_or(1));
        let shorter = if run.plan.schedule.quick { 2 } else { 1 };
        let found = with_target(bench, run, &target, |bench, url, _| {
            missing
                .iter()
                .map(|(load, requests, name)| {
                    let failed = |source| Error::Load { load: load.name.clone(), target: target.name.clone(), source };
                    let job = |window: Duration| -> Result<Job, load::Error> {
                        Ok(Job {
                            load: load.name.clone(),
                            endpoint: load::Endpoint::parse(url)?,
                            requests: requests.clone(),
                            arrival: JobArrival::Closed,
                            connections: load.connections,
                            stop: StopRule::Duration(window / shorter),
                            ramp: Duration::ZERO,
                            timeout: load.timeout,
                            seed: run.plan.schedule.seed,
                            threads: 0,
                            cpus: bench.placement.as_ref().map(|sets| sets.generator.clone()),
                        })
                    };
                    let drive = |window| job(window).and_then(|job| load::run(&job, bench.setup.interrupt, None));
                    drive(WARMUP).map_err(failed)?;
                    let records = drive(WINDOW).map_err(failed)?;
                    let whole = records.last().expect("a load gives at least one record");
                    let per_second = as_f64(whole.good) / whole.seconds().max(1e-9);
                    Ok(Capacity {
                        load: load.name.clone(),
                        request: name.clone(),
                        target: target.name.clone(),
                        per_second,
                    })
                })
                .collect::<Result<Vec<_>, Error>>()
        })?;
        if !bench.interrupted() {
            run.capacity.extend(found);
        }
    }
    Ok(())
}

/// The rate that every side is asked for; `None` when some side held nothing.
pub(in super::super) fn common_rate(run: &Run, load: &str, request: &str, share: f64) -> Option<f64> {
    let slowest = of(run, load, request).map(|capacity| capacity.per_second).fold(f64::INFINITY, f64::min);
    let rate = (slowest * share).floor();
    (rate.is_finite() && rate >= 1.0).then_some(rate)
}

fn of<'a>(run: &'a Run, load: &'a str, request: &'a str) -> impl Iterator<Item = &'a Capacity> {
    run.capacity.iter().filter(move |capacity| capacity.load == load && capacity.request == request)
}

/// What a load sends, one after the other: requests with weights, and the name in the record.
fn jobs(run: &Run, load: &LoadPlan) -> Vec<(Weighted, String)> {
    let plan = |name: &String| run.plan.request(name).expect("loads name requests of the plan").clone();
    match &load.requests {
        LoadRequests::Each(names) => names.iter().map(|name| (vec![(plan(name), 1.0)], name.clone())).collect(),
        LoadRequests::Mix(weights) => {
            vec![(weights.iter().map(|(name, weight)| (plan(name), *weight)).collect(), "all".to_owned())]
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
