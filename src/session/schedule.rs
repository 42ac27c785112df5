//! Which target is measured when.
//!
//! Trials run in blocks: one trial of each target, adjacent in time. With 15 % drift over a session an interval that should
//! cover the truth 95 % of the time does so 34 % of the time when all of one side runs before the other, and 95 % of the time in
//! random order in pairs. Orders are balanced: two blocks after each other have opposite orders, so that whoever comes first
//! gains nothing by it over a session; which orders, and which of the two is first, is drawn from the stored seed.

use std::collections::BTreeSet;

use rand::SeedableRng as _;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand_chacha::ChaCha8Rng;

use crate::model::plan::{Plan, Role};
use crate::model::record::{Trial, TrialEnd};

/// At most this share of the blocks is done again; beyond that the machine is too noisy to be helped.
pub(super) const REDO_SHARE: f64 = 0.3;

/// One trial to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ScheduledTrial {
    /// The block, from 1.
    pub block: u32,
    /// The place in the block, from 1.
    pub position: u32,
    /// The target's name.
    pub target: String,
}

/// That many blocks of the plan's targets, each with one trial of every target, in order. The same targets and seed always give
/// the same orders, and more blocks the same ones first.
pub(super) fn blocks(plan: &Plan, count: u32) -> Vec<Vec<ScheduledTrial>> {
    let mut orders: Vec<Vec<&str>> = Vec::new();
    let mut round = 0;
    while orders.len() < count as usize && !plan.targets.is_empty() {
        let mut random = ChaCha8Rng::seed_from_u64(plan.schedule.seed);
        random.set_stream(round);
        orders.extend(one_round(plan, &mut random));
        round += 1;
    }
    (1..=count)
        .zip(orders)
        .map(|(block, names)| {
            let trial = |(position, name): (u32, &str)| ScheduledTrial { block, position, target: name.to_owned() };
            (1..).zip(names).map(trial).collect()
        })
        .collect()
}

/// Orders in which every target has every place equally often, each followed or preceded by its opposite. The two sides of the
/// comparison stay next to each other, since the speed of a shared machine changes within minutes.
fn one_round<'a>(plan: &'a Plan, random: &mut ChaCha8Rng) -> Vec<Vec<&'a str>> {
    let is_side = |name: &&str| matches!(plan.role(name), Role::Baseline | Role::Candidate);
    let names = || plan.targets.iter().map(|target| target.name.as_str());
    let mut sides: Vec<&str> = names().filter(is_side).collect();
    sides.shuffle(random);
    let others = names().filter(|name| !is_side(name)).map(|name| vec![name]);
    let mut neighbours: Vec<Vec<&str>> = others.chain((!sides.is_empty()).then_some(sides)).collect();
    neighbours.shuffle(random);
    let mut turns: Vec<usize> = (0..neighbours.len()).collect();
    turns.shuffle(random);
    let mut orders = Vec::new();
    for turn in turns {
        neighbours.rotate_left(turn);
        let order = neighbours.concat();
        neighbours.rotate_right(turn);
        let opposite: Vec<&str> = order.iter().rev().copied().collect();
        if *[true, false].choose(random).expect("two ways") {
            orders.extend([order, opposite]);
        } else {
            orders.extend([opposite, order]);
        }
    }
    orders
}

/// How many attempts at that block have a finished trial of each of its targets: half an attempt, as an interruption leaves it,
/// pairs sides that were not adjacent in time.
pub(super) fn finished(trials: &[Trial], block: &[ScheduledTrial]) -> usize {
    let is_finished = |attempt: u32| {
        block.iter().all(|scheduled| {
            of(trials, scheduled).any(|trial| trial.attempt == attempt && trial.end != TrialEnd::Interrupted)
        })
    };
    (1..next_attempt(trials, block)).filter(|attempt| is_finished(*attempt)).count()
}

/// The number of the next attempt at that block, the same for each of its trials.
pub(super) fn next_attempt(trials: &[Trial], block: &[ScheduledTrial]) -> u32 {
    block.iter().flat_map(|scheduled| of(trials, scheduled)).map(|trial| trial.attempt).max().unwrap_or(0) + 1
}

/// Whether that block may be done once more, when `blocks` of them end the session: it was done once, and no more than
/// [`REDO_SHARE`] of the blocks are done again.
pub(super) fn may_redo(trials: &[Trial], block: &[ScheduledTrial], blocks: u32) -> bool {
    let Some(number) = block.first().map(|scheduled| scheduled.block) else { return false };
    let others = trials.iter().filter(|trial| trial.attempt > 1 && trial.block != number).map(|trial| trial.block);
    let again = u32::try_from(others.collect::<BTreeSet<u32>>().len()).unwrap_or(u32::MAX);
    finished(trials, block) == 1 && f64::from(again) + 1.0 <= (f64::from(blocks) * REDO_SHARE).round()
}

/// The planned look that is due after that block, unless it is the last one, after which nothing is left to do. A resumed
/// session that is beyond the block already is not looked at in between: more blocks than planned would be judged.
pub(super) fn look(trials: &[Trial], looks: &[u32], blocks: u32, number: u32) -> Option<u32> {
    let beyond = trials.iter().any(|trial| trial.block > number);
    let due = looks.contains(&number) && number < blocks && !beyond;
    due.then_some(number)
}

/// The block as progress names it; what comes before and after the blocks is apart from them.
pub(super) fn block_label(block: u32) -> String {
    if block == 0 { "apart".to_owned() } else { format!("block {block}") }
}

fn of<'a>(trials: &'a [Trial], scheduled: &'a ScheduledTrial) -> impl Iterator<Item = &'a Trial> {
    trials.iter().filter(|trial| trial.block == scheduled.block && trial.target == scheduled.target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::plan::{ComparisonPlan, TargetPlan};
    use crate::model::record::Run;
    use crate::sample_run::SampleRun;

    /// A plan of these targets, the first two its sides where there are more than one.
    fn plan(names: &[&str], seed: u64) -> Plan {
        let mut plan = SampleRun::default().build().plan;
        let model = plan.targets.remove(0);
        plan.targets = names.iter().map(|name| TargetPlan { name: (*name).to_owned(), ..model.clone() }).collect();
        plan.comparison = match names {
            [baseline, candidate, rivals @ ..] => Some(ComparisonPlan {
                baseline: (*baseline).to_owned(),
                candidate: (*candidate).to_owned(),
                rivals: rivals.iter().map(|rival| (*rival).to_owned()).collect(),
            }),
            _ => None,
        };
        plan.schedule.seed = seed;
        plan
    }

    fn orders(names: &[&str], count: u32, seed: u64) -> Vec<Vec<String>> {
        let order = |block: Vec<ScheduledTrial>| block.into_iter().map(|scheduled| scheduled.target).collect();
        blocks(&plan(names, seed), count).into_iter().map(order).collect()
    }

    #[test]
    fn orders_are_balanced_and_always_the_same() {
        for names in [&["a", "b"][..], &["a", "b", "c"], &["a", "b", "c", "d"]] {
            let found = orders(names, 24, 7);
            let place = |order: &[String], name: &str| order.iter().position(|other| other == name).expect("there");
            for first in names {
                for second in names.iter().filter(|second| *second != first) {
                    let before = found.iter().filter(|order| place(order, first) < place(order, second)).count();
                    assert_eq!(before, 12, "{first} before {second}");
                }
            }
            assert!(
                found.iter().all(|order| place(order, "a").abs_diff(place(order, "b")) == 1),
                "sides are neighbours"
            );
            assert!(found.chunks(2).all(|pair| pair[0].iter().rev().eq(&pair[1])), "opposites follow each other");
            assert_eq!(found, orders(names, 24, 7));
            assert_eq!(found[..6], orders(names, 6, 7), "more blocks begin like fewer");
        }
        assert_eq!(orders(&["a"], 3, 1), [["a"], ["a"], ["a"]]);
        assert_ne!(orders(&["a", "b"], 20, 1), orders(&["a", "b"], 20, 2));
    }

    #[test]
    fn a_block_is_done_again_once_and_not_every_one() {
        let mut run = SampleRun::default().build();
        let plan = blocks(&run.plan, 5);
        assert!(may_redo(&run.trials, &plan[0], 5));
        assert!(!may_redo(&run.trials, &plan[0], 1), "a single block is never doubled");
        for block in [1, 2] {
            let again: Vec<Trial> = run.trials.iter().filter(|trial| trial.block == block).cloned().collect();
            run.trials.extend(again.into_iter().map(|trial| Trial { attempt: 2, ..trial }));
        }
        assert!(!may_redo(&run.trials, &plan[0], 20), "it was done again");
        assert!(!may_redo(&run.trials, &plan[4], 5), "a third of five would be more than 30 %");
        assert!(may_redo(&run.trials, &plan[4], 10));
    }

    #[test]
    fn half_a_block_is_done_again_with_both_sides() {
        let mut run = SampleRun::default().build();
        let block = &blocks(&run.plan, 5)[0];
        assert_eq!((finished(&run.trials, block), next_attempt(&run.trials, block)), (1, 2));
        let first = run.trials.iter().position(|trial| trial.block == 1).expect("a block 1");
        let mut second = run.trials[first].clone();
        run.trials[first].end = TrialEnd::Interrupted;
        assert_eq!((finished(&run.trials, block), next_attempt(&run.trials, block)), (0, 2), "half is nothing");
        second.attempt = 2;
        run.trials.push(second);
        assert_eq!(finished(&run.trials, block), 0, "the two sides were done in different attempts");
        for trial in run.trials.iter_mut().filter(|trial| trial.block == 1) {
            trial.end = TrialEnd::Stopped { killed: false };
        }
        assert!(may_redo(&run.trials, block, 5), "its second attempt is half");
    }

    #[test]
    fn a_session_is_looked_at_where_it_was_planned_and_nowhere_else() {
        let mut run = SampleRun { blocks: 5, ..SampleRun::default() }.build();
        let at = |run: &Run, looks: &[u32]| -> Vec<u32> {
            (1..=20).filter_map(|number| look(&run.trials, looks, 20, number)).collect()
        };
        assert_eq!(at(&run, &[]), [0_u32; 0], "a fixed number of blocks");
        assert_eq!(at(&run, &[5, 10, 20]), [5, 10], "after the last one nothing is left to do");
        run.trials.last_mut().expect("some").block = 7;
        assert_eq!(at(&run, &[5, 10, 20]), [10], "seven blocks are no planned look");
    }
}
