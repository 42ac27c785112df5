//! After the measured trials: one more life of each target whose runtime is known, with its garbage collector traced.
//!
//! It is apart from everything that is compared. Its loads are those of the plan, cut short: pauses come often enough.

use std::time::Duration;

use super::bench::Bench;
use super::error::Error;
use super::life::TrialSpec;
use super::trial::run_trial;
use crate::model::load::LoadRecord;
use crate::model::plan::{LoadPlan, Phase, Plan, Runtime, StopRule, TargetPlan};
use crate::model::record::{Run, Trial, TrialEnd};
use crate::model::trace::{Collections, Trace, TracedLoad};
use crate::target::trace::{Told, tidy, told, traced};

/// The longest window of a load in a traced life, and its longest ramp.
const WINDOW: Duration = Duration::from_secs(5);
const RAMP: Duration = Duration::from_secs(1);

/// The plan of the traced lives: warm-up and loads of the targets whose runtime is known, one block; nothing in a quick
/// run, which shows only that everything works.
pub(super) fn plan(plan: &Plan) -> Plan {
    let short = |load: &LoadPlan| LoadPlan {
        ramp: load.ramp.min(RAMP),
        stop: match load.stop {
            StopRule::Duration(window) => StopRule::Duration(window.min(WINDOW)),
            requests @ StopRule::Requests(_) => requests,
        },
        repeat: 1,
        ..load.clone()
    };
    let mut short = Plan { loads: plan.loads.iter().map(short).collect(), ..plan.clone() };
    // One operating point is enough: pauses are counted here, not compared between rates.
    let has_points = |name: &str| short.load(name).is_some_and(|load| load.points().len() > 1);
    let traced: Vec<Phase> = short
        .phases
        .iter()
        .filter(|phase| match phase {
            Phase::Warmup => true,
            Phase::Load(name) => !has_points(name),
            _ => false,
        })
        .cloned()
        .collect();
    short.phases = traced;
    let loaded = short.phases.iter().any(|phase| matches!(phase, Phase::Load(_))) && !plan.schedule.quick;
    short.targets.retain(|target| loaded && target.runtime.is_some());
    short.schedule.blocks = 1;
    short.schedule.launches = 1;
    short
}

/// Performs the traced lives that the record lacks.
pub(super) fn all(bench: &mut Bench, run: &mut Run) -> Result<(), Error> {
    let short = plan(&run.plan);
    for (position, target) in (1..).zip(&short.targets) {
        let Some(runtime) = target.runtime.filter(|_| run.traces.iter().all(|trace| trace.target != target.name))
        else {
            continue;
        };
        if bench.interrupted() {
            return Ok(());
        }
        if let Some(trace) = life(bench, run, &short, target, runtime, position)? {
            run.traces.push(trace);
            bench.setup.folder.save(run)?;
        }
    }
    Ok(())
}

fn life(
    bench: &mut Bench,
    run: &Run,
    short: &Plan,
    target: &TargetPlan,
    runtime: Runtime,
    position: u32,
) -> Result<Option<Trace>, Error> {
    let name = format!("{}-traced", target.name);
    let output = bench.output(&name);
    let failed = |source| Error::Trace { target: target.name.clone(), source };
    let twin = TargetPlan { name, ..traced(target, runtime, &output).map_err(failed)? };
    let spec = TrialSpec {
        plan: short,
        target: &twin,
        phases: &short.phases,
        capacity: &run.capacity,
        fingerprint: run.database.as_ref().map(|facts| facts.fingerprint.as_str()),
        block: 0,
        position,
        attempt: 1,
    };
    let lived = run_trial(bench, spec);
    tidy(&output).map_err(failed)?;
    let lived = lived?;
    match &lived.end {
        TrialEnd::Stopped { .. } => {
            let t0_ns = lived.launches.last().map_or(0, |launch| launch.t0_ns);
            let told = told(runtime, &output, t0_ns).map_err(failed)?;
            Ok(Some(Trace { target: target.name.clone(), runtime, loads: loads(&lived, &told) }))
        }
        TrialEnd::Died { phase, status, .. } => {
            let text = format!("the traced life of {} ended in {phase} ({status}): it tells nothing", target.name);
            bench.setup.observer.note(&text);
            Ok(None)
        }
        TrialEnd::Interrupted => Ok(None),
    }
}

fn loads(lived: &Trial, told: &[Told]) -> Vec<TracedLoad> {
    let one = |record: &LoadRecord| {
        let inside = told.iter().filter(|(moment, _)| (record.started_ns..=record.ended_ns).contains(moment));
        TracedLoad {
            load: record.load.clone(),
            request: record.request.clone(),
            window_ns: record.ended_ns.saturating_sub(record.started_ns),
            good: record.good,
            p99_ns: record.latency.value_at_quantile(0.99),
            p999_ns: record.latency.value_at_quantile(0.999),
            max_ns: record.latency.max(),
            collector: inside.fold(Collections::default(), |sum, (_, one)| sum.with(*one)),
        }
    };
    lived.loads.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run::SampleRun;

    #[test]
    fn only_known_runtimes_are_traced_and_their_loads_are_short() {
        let mut run = SampleRun::default().build();
        assert_eq!(plan(&run.plan).targets, []);
        run.plan.targets[1].runtime = Some(Runtime::Go);
        let short = plan(&run.plan);
        assert_eq!(short.targets.iter().map(|target| &*target.name).collect::<Vec<_>>(), ["gin"]);
        assert_eq!(short.phases.iter().map(Phase::name).collect::<Vec<_>>(), ["warmup", "latency", "sustained"]);
        assert_eq!(short.loads[0].stop, StopRule::Requests(1000));
        assert_eq!(short.loads[1].stop, StopRule::Duration(WINDOW));
        run.plan.schedule.quick = true;
        assert_eq!(plan(&run.plan).targets, []);
    }

    #[test]
    fn a_pause_belongs_to_the_window_that_it_fell_into() {
        let run = SampleRun::default().build();
        let lived = &run.trials[0];
        let (first, second) = (&lived.loads[0], &lived.loads[1]);
        let pause = |longest_ns| Collections { collections: 1, pauses: 2, paused_ns: longest_ns + 1, longest_ns };
        let told = [
            (first.started_ns, pause(5)),
            (first.ended_ns, pause(9)),
            (first.ended_ns + 1, pause(100)),
            (second.started_ns + 1, pause(3)),
        ];
        let found: Vec<Collections> = loads(lived, &told).iter().map(|load| load.collector).collect();
        let expected = Collections { collections: 2, pauses: 4, paused_ns: 16, longest_ns: 9 };
        assert_eq!(found, [expected, pause(3)]);
    }
}
