//! Which target is measured when, and how long it will take.
//!
//! Trials run in blocks: one trial of each target, adjacent in time, their order random per block from the stored seed.
//! With 15 % drift over a session an interval that should cover the truth 95 % of the time does so 34 % of the time when
//! all of one side runs before the other, and 95 % of the time in random order in pairs.

use std::collections::BTreeSet;
use std::time::Duration;

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

use crate::model::plan::{ArrivalPlan, LoadPlan, LoadRequests, Phase, Plan, StopRule};
use crate::model::record::{Run, Trial, TrialEnd};

/// What a launch, a stop and a fresh database take, roughly; only the estimate uses it.
const LAUNCH: Duration = Duration::from_millis(800);
const COPY: Duration = Duration::from_millis(1500);
/// What a counted load takes, roughly, per 1000 requests.
const PER_THOUSAND: Duration = Duration::from_millis(1500);

/// At most this share of the blocks is done again.
const REDO_SHARE: f64 = 0.3;

/// One trial to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// The block, from 1.
    pub block: u32,
    /// The place in the block, from 1.
    pub position: u32,
    /// The target's name.
    pub target: String,
}

/// Every trial of the plan by block, in order. The same plan and seed always give the same order.
pub(super) fn blocks(plan: &Plan) -> Vec<Vec<Duty>> {
    (1..=plan.schedule.blocks)
        .map(|block| {
            let mut random = ChaCha8Rng::seed_from_u64(plan.schedule.seed);
            random.set_stream(u64::from(block));
            let mut names: Vec<&str> = plan.targets.iter().map(|target| target.name.as_str()).collect();
            names.shuffle(&mut random);
            (1..).zip(names).map(|(position, name)| Duty { block, position, target: name.to_owned() }).collect()
        })
        .collect()
}

/// How many attempts at that block have a finished trial of every target: half an attempt, as an interruption leaves it, pairs
/// sides that were not adjacent in time.
pub(super) fn finished(run: &Run, block: &[Duty]) -> usize {
    (1..next_attempt(run, block)).filter(|attempt| is_finished(run, block, *attempt)).count()
}

fn is_finished(run: &Run, block: &[Duty], attempt: u32) -> bool {
    block.iter().all(|duty| of(run, duty).any(|trial| trial.attempt == attempt && trial.end != TrialEnd::Interrupted))
}

/// Why a block must be done once more, both sides of it: the machine disturbed one of its trials, which is known without
/// looking at any figure. Only so many blocks are done again; beyond that the machine is too noisy to be helped.
pub(super) fn must_redo(run: &Run, block: &[Duty]) -> Option<String> {
    if finished(run, block) != 1 {
        // It has yet to be done, or was done again already.
        return None;
    }
    if !is_finished(run, block, next_attempt(run, block) - 1) {
        return Some("an interruption cut that short".to_owned());
    }
    let again = run.trials.iter().filter(|trial| trial.attempt > 1).map(|trial| trial.block).collect::<BTreeSet<u32>>();
    // With planned looks the session may end at the next of them.
    let next = run.plan.schedule.looks.iter().find(|look| block.first().is_some_and(|duty| duty.block <= **look));
    let most = f64::from(*next.unwrap_or(&run.plan.schedule.blocks)) * REDO_SHARE;
    if f64::from(u32::try_from(again.len()).unwrap_or(u32::MAX)) + 1.0 > most.round() {
        return None;
    }
    block.iter().flat_map(|duty| of(run, duty)).flat_map(|trial| trial.noise.disturbances()).next()
}

/// The planned look that is due after that block, unless it is the last one, after which nothing is left to do. A resumed
/// session that is beyond the block already is not looked at in between: more blocks than planned would be judged.
pub(super) fn look(run: &Run, block: &[Duty]) -> Option<u32> {
    let number = block.first()?.block;
    let beyond = run.trials.iter().any(|trial| trial.block > number);
    let due = run.plan.schedule.looks.contains(&number) && number < run.plan.schedule.blocks && !beyond;
    due.then_some(number)
}

/// The number of the next attempt at that block, the same for each of its trials.
pub(super) fn next_attempt(run: &Run, block: &[Duty]) -> u32 {
    block.iter().flat_map(|duty| of(run, duty)).map(|trial| trial.attempt).max().unwrap_or(0) + 1
}

fn of<'a>(run: &'a Run, duty: &'a Duty) -> impl Iterator<Item = &'a Trial> {
    run.trials.iter().filter(|trial| trial.block == duty.block && trial.target == duty.target)
}

/// How long the trials of the plan will take, roughly, as the plan is shown before it starts.
#[must_use]
pub fn estimate(plan: &Plan) -> Duration {
    let of = |plan: &Plan| {
        let targets = u32::try_from(plan.targets.len()).unwrap_or(u32::MAX);
        trial(plan) * plan.schedule.blocks * targets
    };
    of(plan) + of(&super::traced::plan(plan)) + of(&super::opinion::plan(plan))
}

/// How long one trial will take, roughly.
fn trial(plan: &Plan) -> Duration {
    let copy = if plan.database.is_some() { COPY } else { Duration::ZERO };
    let launches = LAUNCH * plan.schedule.launches.max(1);
    plan.phases.iter().map(|name| phase(plan, name)).sum::<Duration>() + copy + launches
}

/// How long a phase will take, roughly.
pub(super) fn phase(plan: &Plan, phase: &Phase) -> Duration {
    match phase {
        Phase::Startup | Phase::FirstRequest => Duration::ZERO,
        Phase::Idle => plan.schedule.idle_after,
        Phase::Warmup => plan.schedule.warmup,
        Phase::Load(name) => plan.load(name).map_or(Duration::ZERO, |load| one(load) * requests(load)),
    }
}

/// How long one request's load will take, roughly.
pub(super) fn one(load: &LoadPlan) -> Duration {
    let measured = match (load.stop, load.arrival) {
        (StopRule::Duration(duration), _) => duration,
        (StopRule::Requests(count), _) => PER_THOUSAND.mul_f64(as_f64(count) / 1000.0),
    };
    load.ramp + measured
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

fn requests(load: &LoadPlan) -> u32 {
    match &load.requests {
        LoadRequests::Each(names) => u32::try_from(names.len()).unwrap_or(u32::MAX),
        LoadRequests::Mix(_) => 1,
    }
}

/// Whether any phase sends an open loop at a rate that must be found first.
pub(super) fn common_loads(plan: &Plan) -> impl Iterator<Item = &LoadPlan> {
    use crate::model::plan::Rate;
    plan.phases.iter().filter_map(|phase| match phase {
        Phase::Load(name) => {
            plan.load(name).filter(|load| matches!(load.arrival, ArrivalPlan::Open { rate: Rate::Common(_), .. }))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run::SampleRun;

    #[test]
    fn the_order_in_blocks_is_random_and_always_the_same() {
        let mut plan = SampleRun::default().build().plan;
        plan.schedule.blocks = 20;
        let first: Vec<String> = blocks(&plan).iter().map(|block| block[0].target.clone()).collect();
        assert_eq!(blocks(&plan), blocks(&plan));
        assert!(plan.targets.iter().all(|target| first.contains(&target.name)), "each side comes first at times");
        let other = {
            plan.schedule.seed += 1;
            blocks(&plan).iter().map(|block| block[0].target.clone()).collect::<Vec<_>>()
        };
        assert_ne!(first, other);
    }

    #[test]
    fn a_disturbed_block_is_done_again_but_not_every_one() {
        let mut run = SampleRun::default().build();
        run.plan.schedule.blocks = 5;
        let plan = blocks(&run.plan);
        assert_eq!(must_redo(&run, &plan[0]), None);
        for trial in &mut run.trials {
            trial.noise.steal_percent = Some(50.0);
        }
        assert!(must_redo(&run, &plan[0]).is_some_and(|why| why.contains("hypervisor")));
        for block in [1, 2] {
            let mut again: Vec<Trial> = run.trials.iter().filter(|trial| trial.block == block).cloned().collect();
            for trial in &mut again {
                trial.attempt = 2;
            }
            run.trials.append(&mut again);
        }
        assert_eq!(must_redo(&run, &plan[4]), None, "two of five were done again, a third would be more than 30 %");
        run.plan.schedule.blocks = 20;
        run.plan.schedule.looks = vec![5, 10, 20];
        assert_eq!(must_redo(&run, &plan[4]), None, "the session may end at the look of 5 blocks");
        run.plan.schedule.looks.clear();
        run.plan.schedule.blocks = 1;
        assert_eq!(must_redo(&run, &plan[4]), None, "a single block is never doubled");
    }

    #[test]
    fn half_a_block_is_done_again_with_both_sides() {
        let mut run = SampleRun::default().build();
        run.plan.schedule.blocks = 5;
        let block = &blocks(&run.plan)[0];
        assert_eq!((finished(&run, block), next_attempt(&run, block)), (1, 2));
        let first = run.trials.iter().position(|trial| trial.block == 1).expect("a block 1");
        let mut second = run.trials[first].clone();
        run.trials[first].end = TrialEnd::Interrupted;
        assert_eq!((finished(&run, block), next_attempt(&run, block)), (0, 2), "the other side alone is nothing");
        assert_eq!(must_redo(&run, block), None, "it has to be done first");
        second.attempt = 2;
        run.trials.push(second);
        assert_eq!(finished(&run, block), 0, "the two sides were done in different attempts");
        for trial in run.trials.iter_mut().filter(|trial| trial.block == 1) {
            trial.end = TrialEnd::Stopped { killed: false };
        }
        assert!(must_redo(&run, block).is_some_and(|why| why.contains("interruption")), "its second attempt is half");
    }

    #[test]
    fn a_session_is_looked_at_where_it_was_planned_and_nowhere_else() {
        let mut run = SampleRun { blocks: 5, ..SampleRun::default() }.build();
        run.plan.schedule.blocks = 20;
        let plan = blocks(&run.plan);
        assert_eq!(look(&run, &plan[4]), None, "a fixed number of blocks");
        run.plan.schedule.looks = vec![5, 10, 20];
        let looks: Vec<u32> = plan.iter().filter_map(|block| look(&run, block)).collect();
        assert_eq!(looks, [5, 10], "after the last one nothing is left to do");
        run.trials.last_mut().expect("some").block = 7;
        let looks: Vec<u32> = plan.iter().filter_map(|block| look(&run, block)).collect();
        assert_eq!(looks, [10], "seven blocks are no planned look");
    }
}
