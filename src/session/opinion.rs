//! After the measured trials, when asked for: one more life of each target, in which another load tool makes the same load
//! between two of our own, and other readers look at the memory of the same living tree.
//!
//! It is apart from everything that is compared. A tool that fails costs its opinion, not the run.

use std::time::Duration;

use super::bench::Bench;
use super::error::Error;
use super::life::TrialSpec;
use super::trial::run_trial_with_hook;
use crate::engine::Tool;
use crate::model::engine::Engine;
use crate::model::facts::Caveat;
use crate::model::load::LoadRecord;
use crate::model::opinion::{Heard, MemoryTwice, Opinion};
use crate::model::plan::{ArrivalPlan, LoadPlan, LoadRequests, Phase, Plan, Role, StopRule, TargetPlan};
use crate::model::record::{Run, Trial, TrialEnd};

/// The longest window of a load here, and the window of a load that counts requests.
const LONGEST: Duration = Duration::from_secs(10);
const COUNTED: Duration = Duration::from_secs(5);

/// The load that another tool can make as well: the plan's first closed loop, its first request alone, timed in whole
/// seconds and without a ramp. `None` when no phase is a closed loop.
#[must_use]
pub fn load(plan: &Plan) -> Option<LoadPlan> {
    let loads = plan.phases.iter().filter_map(|phase| match phase {
        Phase::Load(name) => plan.load(name),
        _ => None,
    });
    let chosen = loads.into_iter().find(|load| load.arrival == ArrivalPlan::Closed)?;
    let requests = match &chosen.requests {
        LoadRequests::Each(names) => LoadRequests::Each(names.first().cloned().into_iter().collect()),
        mix @ LoadRequests::Mix(_) => mix.clone(),
    };
    let window = match chosen.stop {
        StopRule::Duration(window) => Duration::from_secs(window.min(LONGEST).as_secs().max(1)),
        StopRule::Requests(_) => COUNTED,
    };
    Some(LoadPlan { stop: StopRule::Duration(window), ramp: Duration::ZERO, requests, ..chosen.clone() })
}

/// The plan of these lives: warm-up, our own load, the tool's, our own; no target when no second opinion is asked for.
pub(super) fn plan(plan: &Plan) -> Plan {
    let mut apart = plan.clone();
    apart.schedule.blocks = 1;
    apart.schedule.launches = 1;
    apart.loads.clear();
    apart.phases.retain(|phase| *phase == Phase::Warmup);
    apart.targets.retain(|target| plan.role(&target.name) != Role::Rival);
    match (plan.schedule.second_opinion, load(plan)) {
        (Some(engine), Some(load)) => {
            for (place, engine) in [("before", Engine::Pianoprof), ("second", engine), ("after", Engine::Pianoprof)] {
                let name = format!("{}-{place}", load.name);
                apart.phases.push(Phase::Load(name.clone()));
                apart.loads.push(LoadPlan { name, engine, ..load.clone() });
            }
        }
        _ => apart.targets.clear(),
    }
    apart
}

/// Hears the opinions that the record lacks.
pub(super) fn all(bench: &mut Bench, run: &mut Run) -> Result<(), Error> {
    let apart = plan(&run.plan);
    for (position, target) in (1..).zip(&apart.targets) {
        if bench.interrupted() {
            return Ok(());
        }
        if run.opinions.iter().any(|opinion| opinion.target == target.name) {
            continue;
        }
        match life(bench, run, &apart, target, position) {
            Ok(Some(opinion)) => run.opinions.push(opinion),
            Ok(None) => {}
            Err(error @ Error::Engine { .. }) => {
                let text = format!("There is no second opinion of {}: {}", target.name, with_cause(&error));
                bench.setup.observer.note(&text);
                run.caveats.push(Caveat {
                    kind: "no-second-opinion".to_owned(),
                    text,
                    advice: "Try the tool alone: `pianoprof load --engine`.".to_owned(),
                });
            }
            Err(error) => return Err(error),
        }
        bench.setup.folder.save(run)?;
    }
    Ok(())
}

fn with_cause(error: &Error) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}

fn life(
    bench: &mut Bench,
    run: &Run,
    apart: &Plan,
    target: &TargetPlan,
    position: u32,
) -> Result<Option<Opinion>, Error> {
    let twin = TargetPlan { name: format!("{}-opinion", target.name), ..target.clone() };
    let spec = TrialSpec {
        plan: apart,
        target: &twin,
        phases: &apart.phases,
        capacity: &run.capacity,
        fingerprint: run.database.as_ref().map(|facts| facts.fingerprint.as_str()),
        block: 0,
        position,
        attempt: 1,
    };
    let mut memory = None;
    let lived = run_trial_with_hook(bench, spec, &mut |life| memory = life.memory_twice())?;
    if let TrialEnd::Died { phase, status, .. } = &lived.end {
        let text = format!("{} ended in {phase} ({status}): there is no second opinion of it", target.name);
        bench.setup.observer.note(&text);
    }
    let tool = bench.setup.tools.iter().find(|tool| Some(tool.engine) == run.plan.schedule.second_opinion);
    Ok(opinion(run, target, &lived, tool, memory))
}

fn opinion(
    run: &Run,
    target: &TargetPlan,
    lived: &Trial,
    tool: Option<&Tool>,
    memory: Option<MemoryTwice>,
) -> Option<Opinion> {
    // Of a mix the record of the whole is the last one of its load.
    let of = |place: &str| lived.loads.iter().rfind(|record| record.load.ends_with(place)).map(heard);
    let record = lived.loads.iter().rfind(|record| record.load.ends_with("-second"))?;
    Some(Opinion {
        target: target.name.clone(),
        load: load(&run.plan)?.name,
        request: record.request.clone(),
        engine: record.engine,
        version: tool.and_then(|tool| tool.version.clone()),
        ours: [of("-before")?, of("-after")?],
        theirs: heard(record),
        memory,
        disturbances: lived.noise.disturbances(),
    })
}

fn heard(record: &LoadRecord) -> Heard {
    Heard {
        window_ns: record.ended_ns.saturating_sub(record.started_ns),
        good: record.good_in_window(),
        p50_ns: record.latency.value_at_quantile(0.5),
        p99_ns: record.latency.value_at_quantile(0.99),
        generator_cpu_ns: record.generator_cpu_ns,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run::SampleRun;

    #[test]
    fn the_first_closed_loop_is_made_three_times_and_only_when_asked() {
        let mut run = SampleRun::default().build();
        assert_eq!(plan(&run.plan).targets, []);
        run.plan.schedule.second_opinion = Some(Engine::Wrk);
        let apart = plan(&run.plan);
        let phases: Vec<&str> = apart.phases.iter().map(Phase::name).collect();
        assert_eq!(phases, ["warmup", "latency-before", "latency-second", "latency-after"]);
        let engines: Vec<Engine> = apart.loads.iter().map(|load| load.engine).collect();
        assert_eq!(engines, [Engine::Pianoprof, Engine::Wrk, Engine::Pianoprof]);
        assert!(apart.loads.iter().all(|load| load.stop == StopRule::Duration(COUNTED) && load.ramp.is_zero()));
        run.plan.phases.retain(|phase| phase.name() != "latency");
        assert_eq!(load(&run.plan), None, "an open loop is nothing for wrk");
        assert_eq!(plan(&run.plan).targets, []);
    }

    #[test]
    fn an_opinion_needs_all_three_loads() {
        let run = SampleRun::default().build();
        let mut lived = run.trials[0].clone();
        let made = |place: &str| LoadRecord { load: format!("latency-{place}"), ..lived.loads[0].clone() };
        let three = ["before", "second", "after"].map(made);
        lived.loads = three[..2].to_vec();
        let target = &run.plan.targets[0];
        assert_eq!(opinion(&run, target, &lived, None, None), None);
        lived.loads = three.to_vec();
        let found = opinion(&run, target, &lived, None, None).expect("all three");
        assert_eq!((found.load.as_str(), found.ours[0]), ("latency", found.theirs));
        assert_eq!(found.theirs.good, lived.loads[0].good_in_window());
    }
}
