//! A made-up comparison with every kind of evidence, and hostile names, for the tests of all forms.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Findings;
use crate::analysis::Analysis;
use crate::checklist::Item;
use crate::claims::Judgement;
use crate::model::facts::{DatabaseFacts, TargetFacts};
use crate::model::plan::*;
use crate::model::record::*;
use crate::sample_run::SampleRun;

mod said;
mod trial;

use said::{caveats, comparisons, judgements, metrics};
use trial::{figures, trial};

/// Owns what [`Findings`] borrows.
pub struct Synthetic {
    pub run: Run,
    pub analysis: Analysis,
    pub judgements: Vec<Judgement>,
    pub checklist: Vec<Item>,
}

impl Synthetic {
    pub fn findings(&self) -> Findings<'_> {
        Findings { run: &self.run, analysis: &self.analysis, judgements: &self.judgements, checklist: &self.checklist }
    }
}

const SIDES: [(&str, f64); 2] = [("flask", 1.0), ("gin", 0.1)];
const BLOCKS: u32 = 5;

/// A whole comparison of five blocks.
pub fn comparison() -> Synthetic {
    let sample = SampleRun { blocks: BLOCKS, launches: 3, ..SampleRun::default() }.build();
    let mut trials = Vec::new();
    for block in 1..=BLOCKS {
        for (position, (target, scale)) in (1..).zip(SIDES) {
            trials.push(trial(&sample.trials[0], target, block, position, scale));
        }
    }
    let loads = trials
        .iter()
        .flat_map(|trial| trial.loads.iter().map(|load| figures(&trial.target, trial.block, load)))
        .collect();
    let metrics = metrics();
    let comparisons = comparisons(&metrics);
    Synthetic {
        run: run(sample, trials),
        analysis: Analysis { metrics, ceilings: vec![], comparisons, rivals: vec![], loads, caveats: caveats() },
        judgements: judgements(),
        checklist: vec![
            Item {
                item: "both sides answer alike".into(),
                passed: true,
                asked: true,
                evidence: "60 requests, 1 allowed difference".into(),
            },
            Item {
                item: "errors below 0.1 % in every trial".into(),
                passed: false,
                asked: true,
                evidence: "flask: 12 of 10,000 (0.12 %) in block 2".into(),
            },
        ],
    }
}

/// One target, one load, nothing compared.
pub fn single() -> Synthetic {
    let mut whole = comparison();
    whole.run.command = "load".into();
    whole.run.plan.comparison = None;
    whole.run.plan.claims.clear();
    whole.run.plan.targets.remove(1);
    whole.run.parity = None;
    whole.run.environment.clear();
    whole.run.trials.truncate(1);
    whole.analysis.loads.truncate(1);
    whole.analysis.comparisons.clear();
    whole.analysis.caveats.clear();
    whole.analysis.metrics.retain(|metric| metric.target == "flask" && metric.metric.starts_with("closed."));
    for metric in &mut whole.analysis.metrics {
        metric.values.truncate(1);
        metric.n = 1;
    }
    whole.judgements.clear();
    whole.checklist.clear();
    whole
}

fn run(sample: Run, trials: Vec<Trial>) -> Run {
    Run {
        id: "20260101-120000-run".into(),
        started: "2026-01-01T12:00:00Z".into(),
        updated: "2026-01-01T12:30:00Z".into(),
        plan: plan(sample.plan),
        environment: BTreeMap::from([
            ("cpu.model".into(), Some("Model | \u{1b}[31mred <b>".into())),
            ("cpu.count".into(), Some("2".into())),
            ("cpu.governor".into(), None),
        ]),
        targets: SIDES
            .iter()
            .map(|(name, _)| {
                let versions = BTreeMap::from([("runtime".into(), format!("{name} 1.2.3"))]);
                ((*name).into(), TargetFacts { versions, ..TargetFacts::default() })
            })
            .collect(),
        database: Some(DatabaseFacts {
            statements_unknown: None,
            settings: std::collections::BTreeMap::new(),
            version: "15.18".into(),
            source: "private".into(),
            fingerprint: "0123abcd".into(),
        }),
        parity: Some(ParityRecord {
            requests: 60,
            differences: vec![ParityDifference {
                request: "user_missing".into(),
                at: "/error".into(),
                baseline: "</script><script>alert(1)</script>".into(),
                candidate: "a | b\u{1b}[2J".into(),
                allowed: true,
            }],
            noise: vec![],
            tables: vec![],
        }),
        ceiling: Some(Ceiling { requests_per_s: 42_000.0, floor_ns: 31_000, cpu_per_request_ns: 11_000 }),
        trials,
        ..sample
    }
}

fn plan(sample: Plan) -> Plan {
    let mut plan = Plan {
        database: None,
        requests: vec![],
        phases: vec![Phase::Startup, Phase::Idle, Phase::Load("closed".into()), Phase::Load("rate".into())],
        claims: vec![],
        schedule: Schedule { sample_hz: 10.0, ..sample.schedule },
        ..sample
    };
    for target in &mut plan.targets {
        target.command[0].clone_from(&target.name);
    }
    for (load, name) in plan.loads.iter_mut().zip(["closed", "rate"]) {
        load.name = name.into();
        load.stop = StopRule::Duration(Duration::from_secs(10));
    }
    plan
}
