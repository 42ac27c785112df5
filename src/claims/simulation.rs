//! The stopping rule under simulated noise: sessions of known truth, looked at and stopped by the very code that judges.
//!
//! A claim that is exactly true may be called met, or not met, in at most 2.6 % of the sessions each, whatever else the
//! session waits for.

use super::{Verdict, judge, settled};
use crate::analysis::Analysis;
use crate::analysis::comparison::compare;
use crate::analysis::metric::{Better, Metric};
use crate::analysis::simulation::{Machine, Noise, SCENARIOS, TRUTH, session};
use crate::analysis::statistics::length;
use crate::model::plan::LOOKS;
use crate::model::record::Run;
use crate::sample_run::{SampleRun, at_least};

const SESSIONS: u32 = 1_000;
/// Three claims on figures that scatter alike: the exact truth, one that every look shows, and one that needs many blocks.
const CLAIMS: [(&str, f64); 3] = [("exact", 0.0), ("plain", -1.0), ("near", -0.06)];

fn metric(name: &str, target: &str, values: &[f64]) -> Metric {
    Metric {
        metric: name.to_owned(),
        unit: "ms",
        better: Better::Lower,
        target: target.to_owned(),
        values: values.to_vec(),
        median: values[0],
        low: values[0],
        high: values[0],
        n: values.len(),
        by_block: (1..).zip(values.iter().copied()).collect(),
        bound: 0.0,
        marks: vec![],
    }
}

/// What is said of the first blocks of each claim's own figures.
fn analysis(blocks: u32, looks: &[u32], logs: &[Vec<f64>]) -> Analysis {
    let comparisons = CLAIMS.iter().zip(logs).map(|((name, _), logs)| {
        let old: Vec<f64> = logs[..blocks as usize].iter().map(|log| log.exp()).collect();
        compare(&metric(name, "flask", &old), &metric(name, "gin", &vec![1.0; old.len()]), &[], looks)
    });
    Analysis {
        metrics: vec![],
        comparisons: comparisons.collect(),
        ceilings: vec![],
        rivals: vec![],
        loads: vec![],
        caveats: vec![],
    }
}

/// The blocks that a session of that seed does, and what is said of the claim that is exactly true.
fn one(run: &Run, seed: u64, noise: Noise) -> (u32, Verdict) {
    let logs: Vec<Vec<f64>> = (0..).zip(CLAIMS).map(|(n, _)| session(Machine::new(seed, 100 + n), 20, noise)).collect();
    let at = |look: u32| judge(run, &analysis(look, &run.plan.schedule.looks, &logs));
    let stop = LOOKS.into_iter().find(|look| settled(&at(*look))).unwrap_or(20);
    (stop, at(stop)[0].verdict)
}

#[test]
fn stopping_when_every_claim_is_decided_misjudges_no_true_claim() {
    let mut run = SampleRun::default().build();
    run.plan.schedule.looks = LOOKS.to_vec();
    run.plan.claims = CLAIMS.iter().map(|(name, off)| at_least(name, (TRUTH + off).exp())).collect();
    let slack = 3.0 * (0.025 * 0.975 / f64::from(SESSIONS)).sqrt();
    for (name, noise) in SCENARIOS {
        let found: Vec<(u32, Verdict)> = (0..u64::from(SESSIONS)).map(|seed| one(&run, seed, noise)).collect();
        let share =
            |wanted| length(found.iter().filter(|(_, verdict)| *verdict == wanted).count()) / f64::from(SESSIONS);
        let (met, not_met) = (share(Verdict::Met), share(Verdict::NotMet));
        println!("{name}: met {met:.4}, not met {not_met:.4}");
        assert!(met.max(not_met) <= 0.026 + slack, "{name}: met {met}, not met {not_met}");
    }
}

#[test]
fn plain_claims_need_few_blocks_and_close_ones_more() {
    let mut run = SampleRun::default().build();
    run.plan.schedule.looks = LOOKS.to_vec();
    let (_, noise) = SCENARIOS[0];
    let stops = |run: &Run| -> Vec<u32> { (0..100).map(|seed| one(run, seed, noise).0).collect() };
    // Far from every figure: decided at the first look, always.
    run.plan.claims = CLAIMS.iter().map(|(name, _)| at_least(name, (TRUTH - 1.0).exp())).collect();
    assert_eq!(stops(&run), vec![5; 100]);
    // The exact truth can only be decided by mistake, so that nearly every session goes to its end.
    run.plan.claims[0] = at_least("exact", TRUTH.exp());
    assert!(stops(&run).iter().filter(|blocks| **blocks == 20).count() >= 90);
}
