//! What each side sustains: a closed loop over a window as long as the load's own, after a warm-up, in two lives of each side
//! with the other's between them. The slower side's figure sets the rates that both are asked for.

use std::time::Duration;

use super::super::bench::Bench;
use super::super::error::Error;
use super::with_target;
use crate::load::{self, Job, JobArrival};
use crate::model::plan::{ArrivalPlan, LoadPlan, Phase, Plan, Rate, RequestPlan, StopRule, TargetPlan};
use crate::model::record::{Capacity, Run};

/// The window beside a load that counts requests, and the warm-up before each.
const WINDOW: Duration = Duration::from_secs(4);
const WARMUP: Duration = Duration::from_secs(2);
/// Lives of each side.
const LIVES: usize = 2;

/// Requests with their weights.
type Weighted = Vec<(RequestPlan, f64)>;

/// Measures what the record lacks.
pub(super) fn measure(bench: &mut Bench, run: &mut Run) -> Result<(), Error> {
    let loads: Vec<LoadPlan> = loads_at_a_share(&run.plan).cloned().collect();
    let is_known = |target: &TargetPlan| run.capacity.iter().any(|capacity| capacity.target == target.name);
    let sides: Vec<TargetPlan> = sides(&run.plan).filter(|target| !is_known(target)).cloned().collect();
    if loads.is_empty() || sides.is_empty() {
        return Ok(());
    }
    let mut found: Vec<Capacity> = Vec::new();
    for life in 0..LIVES {
        for target in &sides {
            let step = format!("what {} sustains in a closed loop ({} of {LIVES})", target.name, life + 1);
            let windows: Duration = loads.iter().map(|load| window(load) + WARMUP).sum();
            bench.setup.observer.step(&step, windows);
            found.extend(one_life(bench, run, &loads, target)?);
            if bench.interrupted() {
                return Ok(());
            }
        }
    }
    run.capacity.extend(averaged(&found));
    Ok(())
}

/// How long that takes, roughly, when the record holds nothing of it.
pub(in super::super) fn time(plan: &Plan) -> Duration {
    let one: Duration = loads_at_a_share(plan).map(|load| window(load) + WARMUP).sum();
    let lives = u32::try_from(sides(plan).count() * LIVES).unwrap_or(u32::MAX);
    one * lives
}

fn one_life(bench: &mut Bench, run: &Run, loads: &[LoadPlan], target: &TargetPlan) -> Result<Vec<Capacity>, Error> {
    let shorter = if run.plan.schedule.quick { 2 } else { 1 };
    with_target(bench, run, target, |bench, url, _| {
        let mut found = Vec::new();
        for (load, requests, name) in loads
            .iter()
            .flat_map(|load| jobs(run, load).into_iter().map(move |(requests, name)| (load, requests, name)))
        {
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
            let records = drive(window(load)).map_err(failed)?;
            let whole = records.last().expect("a load gives at least one record");
            let per_second = as_f64(whole.good) / whole.seconds().max(1e-9);
            found.push(Capacity { load: load.name.clone(), request: name, target: target.name.clone(), per_second });
        }
        Ok(found)
    })
}

/// The window of what is sustained: the load's own, without its ramp.
fn window(load: &LoadPlan) -> Duration {
    match load.stop {
        StopRule::Duration(duration) => duration,
        StopRule::Requests(_) => WINDOW,
    }
}

/// The sides of the comparison, or every target where there is none.
fn sides(plan: &Plan) -> impl Iterator<Item = &TargetPlan> {
    let compared = |name: &str| {
        plan.comparison
            .as_ref()
            .is_none_or(|comparison| [&comparison.baseline, &comparison.candidate].iter().any(|side| *side == name))
    };
    plan.targets.iter().filter(move |target| compared(&target.name))
}

/// Loads of the plan's phases whose rate is a share of what the slower side sustains.
fn loads_at_a_share(plan: &Plan) -> impl Iterator<Item = &LoadPlan> {
    let at_a_share = |load: &&LoadPlan| {
        matches!(load.arrival, ArrivalPlan::Open { rate: Rate::Common(_) | Rate::Utilisation(_), .. })
    };
    let load_of = |phase: &Phase| if let Phase::Load(name) = phase { plan.load(name) } else { None };
    plan.phases.iter().filter_map(load_of).filter(at_a_share)
}

/// The mean over lives of each load, request and target.
fn averaged(found: &[Capacity]) -> Vec<Capacity> {
    let key = |one: &Capacity| (one.load.clone(), one.request.clone(), one.target.clone());
    let mut means: Vec<Capacity> = Vec::new();
    for one in found {
        if means.iter().all(|mean| key(mean) != key(one)) {
            let own: Vec<f64> = found.iter().filter(|other| key(other) == key(one)).map(|own| own.per_second).collect();
            let per_second = own.iter().sum::<f64>() / as_f64(own.len() as u64);
            means.push(Capacity { per_second, ..one.clone() });
        }
    }
    means
}

/// What a load sends, whatever the rate: requests with weights, and the name in the record.
fn jobs(run: &Run, load: &LoadPlan) -> Vec<(Weighted, String)> {
    let plan = |name: &String| run.plan.request(name).expect("loads name requests of the plan").clone();
    let mut jobs: Vec<(Weighted, String)> = Vec::new();
    for part in load.parts() {
        if jobs.iter().all(|(_, name)| name != part.request()) {
            let requests = part.requests.iter().map(|(name, weight)| (plan(name), *weight)).collect();
            jobs.push((requests, part.request().to_owned()));
        }
    }
    jobs
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sustained_is_the_mean_over_lives_of_each_side() {
        let capacity = |target: &str, per_second| Capacity {
            load: "points".to_owned(),
            request: "list".to_owned(),
            target: target.to_owned(),
            per_second,
        };
        let lives = [capacity("old", 100.0), capacity("new", 900.0), capacity("old", 140.0), capacity("new", 1100.0)];
        assert_eq!(averaged(&lives), [capacity("old", 120.0), capacity("new", 1000.0)]);
    }
}
