//! Judgements of made-up runs whose truth is known.

use proptest::prelude::*;

use super::Reason::{
    BeyondThisMachine, Decided, FewBlocks, FewRequests, IntervalHoldsClaim, Missing, Overloaded, Voided, Zero,
};
use super::*;
use crate::analysis::analyse;
use crate::sample_run::{SampleRun, at_least, claim};

fn judged(run: &mut Run, claims: Vec<ClaimPlan>) -> Vec<Judgement> {
    run.plan.claims = claims;
    judge(run, &analyse(run))
}

#[test]
fn a_true_claim_is_met_a_false_one_not_and_a_close_one_open() {
    // The truth is 240 / 12 = 20.
    let mut run = SampleRun::default().build();
    let found = judged(&mut run, [10.0, 40.0, 20.0].map(|f| at_least("startup.first_ok", f)).to_vec());
    let verdicts: Vec<Verdict> = found.iter().map(|j| j.verdict).collect();
    assert_eq!(verdicts, [Verdict::Met, Verdict::NotMet, Verdict::Inconclusive]);
    assert!(found[2].why.contains("blocks") && found[2].why.contains("20.0x"), "{}", found[2].why);
    let mirrored = [40.0, 10.0].map(|f| claim("startup.first_ok", Bound::AtMost(f))).to_vec();
    let verdicts: Vec<Verdict> = judged(&mut run, mirrored).iter().map(|j| j.verdict).collect();
    assert_eq!(verdicts, [Verdict::Met, Verdict::NotMet]);
}

#[test]
fn blocks_settle_what_they_can() {
    let mut run = SampleRun::default().build();
    let settled_with = |run: &mut Run, claims: Vec<ClaimPlan>| settled(&judged(run, claims));
    let (met, not_met, open) =
        (at_least("idle.rss", 2.0), at_least("idle.rss", 40.0), at_least("startup.first_ok", 20.0));
    assert!(settled_with(&mut run, vec![met.clone(), not_met]));
    assert!(!settled_with(&mut run, vec![met.clone(), open]), "a closer look at it would help");
    // 1,000 requests decide no p99 however often they are sent, and what is not measured will not be.
    let few = [at_least("latency.list.p99", 2.0), at_least("nothing.of_that", 2.0)];
    assert!(settled_with(&mut run, few.to_vec()));
    // Disturbed trials may be followed by quiet ones.
    run.trials.iter_mut().for_each(|trial| trial.noise.steal_percent = Some(50.0));
    assert!(!settled_with(&mut run, vec![met.clone()]));
    let mut early = SampleRun { blocks: 2, ..SampleRun::default() }.build();
    assert!(!settled_with(&mut early, vec![met]));
}

#[test]
fn rivals_stand_beside_the_verdict_and_do_not_move_it() {
    let mut run = SampleRun { wobble: 0.0, ..SampleRun::default() }.build();
    let claims = vec![
        at_least("idle.rss", 5.0),
        at_least("latency.list.p99", 2.0),
        claim("idle.rss", Bound::ValueAtMost { target: "gin".to_owned(), value: 50.0 }),
    ];
    let alone = judged(&mut run, claims.clone());
    // The same server under two more names, the second of them with a quarter of the memory.
    for (name, share) in [("twin", 1), ("lean", 4)] {
        let mut trials: Vec<_> = run.trials.iter().filter(|trial| trial.target == "flask").cloned().collect();
        for trial in &mut trials {
            trial.target = name.to_owned();
            trial.idle.iter_mut().for_each(|idle| idle.rss /= share);
        }
        run.trials.extend(trials);
        let sides = run.plan.comparison.as_mut().expect("two sides");
        sides.rivals.push(name.to_owned());
    }
    let found = judged(&mut run, claims);
    let without = |judged: &Judgement| Judgement { rivals: vec![], ..judged.clone() };
    assert_eq!(found.iter().map(without).collect::<Vec<_>>(), alone);
    let names: Vec<&str> = found[0].rivals.iter().map(|rival| rival.target.as_str()).collect();
    assert_eq!(names, ["twin", "lean"]);
    let best = found[0].best_rival().expect("two rivals");
    assert!(best.target == "lean" && (best.ratio - 2.0).abs() < 0.01 && best.low < Some(2.0) && best.high > Some(2.0));
    assert!(found[1].rivals.is_empty(), "1,000 requests give no p99 of a rival either");
    assert!(found[2].rivals.is_empty(), "a limit on one target's value has no rival");
    let sides_alone = SampleRun { wobble: 0.0, ..SampleRun::default() }.build();
    assert_eq!(analyse(&run).comparisons.len(), analyse(&sides_alone).comparisons.len());
}

#[test]
fn unlike_work_is_said_of_every_claim_of_its_load_and_of_no_other() {
    let mut run = SampleRun::default().build();
    let windows = run.trials.iter_mut().filter(|trial| trial.target == "flask").flat_map(|trial| &mut trial.windows);
    for window in windows.filter(|window| window.phase == "latency") {
        window.database_work.as_mut().expect("counted").statements *= 2;
    }
    let found = judged(&mut run, vec![at_least("latency.list.p50", 2.0), at_least("sustained.list.p99", 2.0)]);
    let said = "latency.list: 6.00 statements per request of the baseline, 3.00 of the candidate";
    assert!(found[0].why.contains(said), "{}", found[0].why);
    assert!(!found[1].why.contains("unlike work"), "{}", found[1].why);
}

#[test]
fn two_blocks_decide_nothing() {
    let mut run = SampleRun { blocks: 2, ..SampleRun::default() }.build();
    let found = judged(&mut run, vec![at_least("startup.first_ok", 1.0)]);
    assert_eq!(found[0].verdict, Verdict::Inconclusive);
    assert_eq!((found[0].low, found[0].high), (None, None));
    assert!(found[0].ratio.is_some_and(|ratio| (19.0..21.0).contains(&ratio)));
    assert!(found[0].why.contains("3 are needed"), "{}", found[0].why);
}

#[test]
fn few_requests_name_the_load_that_decides() {
    let mut run = SampleRun::default().build();
    let found = judged(&mut run, vec![at_least("latency.list.p99", 2.0), at_least("sustained.list.p99", 2.0)]);
    assert_eq!(found[0].verdict, Verdict::Inconclusive);
    assert!(found[0].why.contains("1,000 good answers") && found[0].why.contains("`sustained.list.p99`"));
    assert!(found[0].why.contains("measured 9.96x"), "{}", found[0].why);
    assert_eq!(found[1].verdict, Verdict::Met);
}

#[test]
fn an_overloaded_side_is_said_plainly() {
    let mut run = SampleRun::default().build();
    for trial in run.trials.iter_mut().filter(|trial| trial.target == "flask") {
        let load = &mut trial.loads[1];
        load.sent = 12_900;
        load.answered = 12_800;
        load.good = 12_800;
        load.unsent = 7_100;
        load.service.record(200_000_000).expect("in bounds");
    }
    let found = judged(&mut run, vec![at_least("sustained.list.p50", 2.0), at_least("sustained.list.rss", 2.0)]);
    assert_eq!(found[0].verdict, Verdict::Inconclusive);
    assert!(found[0].why.contains("1,000/s offered") && found[0].why.contains("640/s served"), "{}", found[0].why);
    assert_eq!(found[1].verdict, Verdict::Met, "memory stands");
}

#[test]
fn values_keep_their_unit() {
    let mut run = SampleRun::default().build();
    let bound = |value| Bound::ValueAtMost { target: "gin".to_owned(), value };
    let claims = [
        claim("startup.first_ok", bound(100.0)),
        claim("startup.first_ok", bound(5.0)),
        claim("startup.first_ok", bound(12.0)),
        claim("sustained.list.errors", bound(0.0)),
        claim("nothing.of_that", bound(1.0)),
    ];
    let found = judged(&mut run, claims.to_vec());
    let verdicts: Vec<Verdict> = found.iter().map(|j| j.verdict).collect();
    let open = Verdict::Inconclusive;
    assert_eq!(verdicts, [Verdict::Met, Verdict::NotMet, open, Verdict::Met, open]);
    assert!(found[0].why.contains("12.0 ms"), "{}", found[0].why);
    assert!(found[4].why.contains("was not measured"));
}

#[test]
fn figures_with_a_zero_are_not_given_up() {
    // A zero has no logarithm, and thus no spread over blocks.
    let found = Measured { centre: 0.02, low: 0.0, high: 0.08, blocks: 3, spread: f64::NAN };
    assert_eq!(more(&found, 0.05, &[]), "more blocks may decide it");
}

proptest! {
    #[test]
    fn a_smaller_claim_is_never_harder(
        low in 0.01..100.0, width in 1.0..10.0, bound in 0.01..1000.0, less in 0.01..1.0,
    ) {
        let rank = |side: Side, bound: f64| match side.verdict(low, low * width, bound) {
            Verdict::NotMet => 0,
            Verdict::Inconclusive => 1,
            Verdict::Met => 2,
        };
        prop_assert!(rank(Side::AtLeast, bound * less) >= rank(Side::AtLeast, bound));
        prop_assert!(rank(Side::AtMost, bound * less) <= rank(Side::AtMost, bound));
    }
}

#[test]
fn each_reason_has_its_code() {
    let mut run = SampleRun::default().build();
    let claims = vec![
        at_least("startup.first_ok", 10.0),
        at_least("startup.first_ok", 20.0),
        at_least("latency.list.p99", 2.0),
        at_least("nothing.of_that", 2.0),
        at_least("latency.list.errors", 2.0),
        at_least("sustained.list.throughput", 2.0),
    ];
    let reasons = |judged: Vec<Judgement>| judged.iter().map(|one| one.reason).collect::<Vec<_>>();
    let found = reasons(judged(&mut run, claims));
    assert_eq!(found, [Decided, IntervalHoldsClaim, FewRequests, Missing, Zero, Missing]);
    let mut early = SampleRun { blocks: 2, ..SampleRun::default() }.build();
    assert_eq!(reasons(judged(&mut early, vec![at_least("idle.rss", 2.0)])), [FewBlocks]);
    early.trials.iter_mut().for_each(|trial| trial.noise.steal_percent = Some(50.0));
    assert_eq!(reasons(judged(&mut early, vec![at_least("idle.rss", 2.0)])), [Voided]);
    let mut over = SampleRun::default().build();
    for load in over.trials.iter_mut().filter(|trial| trial.target == "flask").map(|trial| &mut trial.loads[1]) {
        (load.answered, load.good, load.unsent) = (12_800, 12_800, 7_100);
        load.service.record(200_000_000).expect("in bounds");
    }
    let value = |metric: &str| claim(metric, Bound::ValueAtMost { target: "flask".to_owned(), value: 60_000.0 });
    let claims = [at_least("sustained.list.p50", 2.0), value("sustained.list.p50"), value("sustained.list.rss")];
    assert_eq!(reasons(judged(&mut over, claims.to_vec())), [Overloaded, Overloaded, Decided]);
    let claims = [value("latency.list.p99"), value("nothing.of_that"), value("latency.list.errors")];
    assert_eq!(reasons(judged(&mut run, claims.to_vec())), [FewRequests, Missing, Decided]);
    assert_eq!(reasons(judged(&mut early, vec![value("idle.rss")])), [Voided]);
    // 0.8 % of a core for 2,500/s is nothing; the database's share sets the ceiling.
    for window in run.trials.iter_mut().flat_map(|trial| &mut trial.windows).filter(|one| one.phase == "latency") {
        window.database_cpu_ns = Some(1_000 * 250_000);
    }
    let found = judged(&mut run, [5.0, 14.0].map(|factor| at_least("latency.list.throughput", factor)).to_vec());
    assert_eq!(reasons(found.clone()), [Decided, BeyondThisMachine], "{found:#?}");
    assert!(
        found[1].why.contains("is beyond this machine") && found[1].why.contains("8 CPUs serve"),
        "{}",
        found[1].why
    );
    assert_eq!(json_of(&found[1]), ("inconclusive".into(), "beyond-this-machine".into()));
}

fn json_of(judged: &Judgement) -> (serde_json::Value, serde_json::Value) {
    let written = serde_json::to_value(judged).expect("plain values");
    (written["verdict"].clone(), written["reason"].clone())
}

#[test]
fn one_alarm_of_many_claims_is_open_and_a_clear_one_is_not() {
    let mut run = SampleRun { wobble: 0.05, ..SampleRun::default() }.build();
    let of = |run: &Run, metric: &str| analyse(run).comparison(metric).expect("measured").high.expect("5 blocks");
    // Just above the interval, so that its p is a little below 0.025.
    let edge = at_least("idle.pss", of(&run, "idle.pss") * 1.001);
    let alone = judged(&mut run, vec![edge.clone()]);
    assert!(alone[0].verdict == Verdict::NotMet && alone[0].fails());
    let many = [vec![edge], vec![at_least("idle.pss", 1.5); 9]].concat();
    let found = judged(&mut run, many);
    assert_eq!(found[0].verdict, Verdict::NotMet, "its own verdict stays");
    assert!(!found[0].fails() && found[0].why.contains("it is open when all 10 claims"), "{}", found[0].why);
    assert!(found[0].p.expect("known") < 0.025 && found[0].p_family.expect("known") > 0.025);
    let clear = judged(&mut run, [vec![at_least("idle.pss", 80.0)], vec![at_least("idle.pss", 1.5); 9]].concat());
    assert!(clear[0].fails() && clear[0].why.contains("so it is when all 10"), "{}", clear[0].why);
}
