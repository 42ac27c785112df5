//! How long a plan will take, roughly: what is shown before it starts and beside each step.

use std::time::Duration;

use crate::model::plan::{LoadPlan, Phase, Plan, StopRule};

/// What a launch, a stop and a fresh database take, roughly.
const LAUNCH: Duration = Duration::from_millis(800);
const COPY: Duration = Duration::from_millis(1500);
/// What playing a corpus three times takes, and an in-process benchmark.
const PARITY: Duration = Duration::from_secs(10);
const BENCHMARK: Duration = Duration::from_secs(8);
/// What a counted load takes, roughly, per 1000 requests.
const PER_THOUSAND: Duration = Duration::from_millis(700);
/// The longest that the network floor is read on either side of a load, and its share of a shorter one.
const FLOOR: Duration = Duration::from_millis(100);
const FLOOR_SHARE: f64 = 0.05;

/// The trials of a plan and its startup experiment.
pub(super) fn of_plan(plan: &Plan) -> Duration {
    let trials: Duration = (1..=plan.trial_blocks())
        .map(|block| plan.targets.iter().map(|target| trial(plan, &target.name, block)).sum::<Duration>())
        .sum();
    let targets = u32::try_from(plan.targets.len()).unwrap_or(u32::MAX);
    let launches = if plan.startup_is_apart() { plan.schedule.launches + 1 } else { 0 };
    trials + LAUNCH * launches * targets
}

/// What comes before the first launch that counts: parity, benchmarks, and what each side sustains. Builds are not reckoned.
pub(super) fn of_preparation(plan: &Plan) -> Duration {
    let parity = if plan.corpus_to_play().is_some() { PARITY } else { Duration::ZERO };
    let benchmarks = plan.targets.iter().filter(|target| target.benchmark.is_some()).count();
    parity + BENCHMARK * u32::try_from(benchmarks).unwrap_or(u32::MAX)
}

/// One trial of that target in that block.
fn trial(plan: &Plan, target: &str, block: u32) -> Duration {
    let copy = if plan.database.is_some() { COPY } else { Duration::ZERO };
    plan.phases_in(target, block).iter().map(|name| phase(plan, target, name)).sum::<Duration>() + copy + LAUNCH
}

/// One phase of that target's trial.
pub(super) fn phase(plan: &Plan, target: &str, phase: &Phase) -> Duration {
    match phase {
        Phase::Startup | Phase::FirstRequest => Duration::ZERO,
        Phase::Idle => plan.schedule.idle_after,
        Phase::Warmup => plan.schedule.warmup,
        Phase::Load(name) => plan.load(name).map_or(Duration::ZERO, |load| {
            (one(load) + floor(load) * 2) * u32::try_from(plan.parts_of(target, load).len()).unwrap_or(u32::MAX)
        }),
    }
}

/// How long the network floor is read on either side of a load.
pub(super) fn floor(load: &LoadPlan) -> Duration {
    one(load).mul_f64(FLOOR_SHARE).min(FLOOR)
}

/// One request's load at one of its rates, all repetitions.
pub(super) fn one(load: &LoadPlan) -> Duration {
    let measured = match load.stop {
        StopRule::Duration(duration) => duration,
        StopRule::Requests(count) => PER_THOUSAND.mul_f64(as_f64(count) / 1000.0),
    };
    (load.ramp + measured) * load.repeat
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
