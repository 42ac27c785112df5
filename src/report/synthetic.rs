//! A made-up comparison with every kind of evidence, and hostile names, for the tests of all forms.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Findings;
use crate::analysis::Analysis;
use crate::analysis::comparison::Comparison;
use crate::analysis::load::{Lateness, LoadFigures, Percentiles};
use crate::analysis::metric::{Better, Metric};
use crate::checklist::Item;
use crate::claims::{Judgement, Verdict};
use crate::model::facts::{Caveat, DatabaseFacts, Noise, TargetFacts};
use crate::model::load::{Arrival, LoadRecord, histogram};
use crate::model::plan::*;
use crate::model::record::*;

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
    let mut trials = Vec::new();
    for block in 1..=BLOCKS {
        for (position, (target, scale)) in (1..).zip(SIDES) {
            trials.push(trial(target, block, position, scale));
        }
    }
    let loads = trials
        .iter()
        .flat_map(|trial| trial.loads.iter().map(|load| figures(&trial.target, trial.block, load)))
        .collect();
    let metrics = metrics();
    let comparisons = comparisons(&metrics);
    Synthetic {
        run: run(trials),
        analysis: Analysis { metrics, comparisons, loads, caveats: caveats() },
        judgements: judgements(),
        checklist: vec![
            Item {
                item: "both sides answer alike".into(),
                passed: true,
                evidence: "60 requests, 1 allowed difference".into(),
            },
            Item {
                item: "errors below 0.1 % in every trial".into(),
                passed: false,
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

fn run(trials: Vec<Trial>) -> Run {
    Run {
        format: FORMAT,
        id: "20260101-120000-run".into(),
        command: "run".into(),
        version: "0.1.0".into(),
        started: "2026-01-01T12:00:00Z".into(),
        updated: "2026-01-01T12:30:00Z".into(),
        complete: true,
        plan: plan(),
        environment: BTreeMap::from([
            ("cpu.model".into(), Some("Model | \u{1b}[31mred <b>".into())),
            ("cpu.count".into(), Some("2".into())),
            ("cpu.governor".into(), None),
        ]),
        targets: SIDES
            .iter()
            .map(|(name, _)| {
                let versions = BTreeMap::from([("runtime".into(), format!("{name} 1.2.3"))]);
                ((*name).into(), TargetFacts { versions, program_sha256: None })
            })
            .collect(),
        database: Some(DatabaseFacts {
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
        capacity: vec![],
        benchmarks: vec![],
        trials,
        caveats: vec![],
    }
}

fn plan() -> Plan {
    let target = |name: &str| TargetPlan {
        name: name.into(),
        dir: "/srv".into(),
        attach: None,
        command: vec![name.into(), "{port}".into()],
        env: BTreeMap::new(),
        build: vec![],
        versions: BTreeMap::new(),
        ready: ReadyPlan { path: "/health".into(), status: 200, timeout: Duration::from_secs(30) },
        stop: StopPlan { signal: "TERM".into(), grace: Duration::from_secs(10) },
        cpus: None,
        benchmark: None,
    };
    let load = |name: &str, arrival| LoadPlan {
        name: name.into(),
        arrival,
        connections: 100,
        stop: StopRule::Duration(Duration::from_secs(10)),
        ramp: Duration::ZERO,
        timeout: Duration::from_secs(10),
        requests: LoadRequests::Each(vec!["list".into()]),
    };
    Plan {
        targets: SIDES.iter().map(|(name, _)| target(name)).collect(),
        comparison: Some(ComparisonPlan { baseline: "flask".into(), candidate: "gin".into() }),
        database: None,
        requests: vec![],
        phases: vec![Phase::Startup, Phase::Idle, Phase::Load("closed".into()), Phase::Load("rate".into())],
        loads: vec![
            load("closed", ArrivalPlan::Closed),
            load("rate", ArrivalPlan::Open { rate: Rate::PerSecond(1000.0), spacing: Spacing::Constant }),
        ],
        claims: vec![],
        parity: None,
        schedule: Schedule {
            blocks: BLOCKS,
            looks: vec![],
            launches: 3,
            cold: false,
            idle_after: Duration::from_secs(30),
            warmup: Duration::from_secs(5),
            seed: 7,
            sample_hz: 10.0,
            quick: false,
            no_pin: false,
        },
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small made-up figures")]
fn trial(target: &str, block: u32, position: u32, scale: f64) -> Trial {
    let ns = |millis: f64| (millis * 1e6) as u64;
    let start = ns(f64::from(block) * 100_000.0 + f64::from(position) * 50_000.0);
    let launches = (0..3)
        .map(|number| {
            let ok = 600.0 * scale + f64::from(block) * 7.0 * scale + f64::from(number) * 11.0 * scale;
            let mark = |part: f64| Some(Bracket { last_miss_ns: ns(ok * part - 0.5), first_hit_ns: ns(ok * part) });
            Launch {
                t0_ns: start + ns(f64::from(number) * 1000.0),
                exec_ns: 900_000,
                listen: mark(0.5),
                first_byte: mark(0.98),
                first_ok: mark(1.0),
                cpu_ns: ns(ok * 0.9),
                listen_seen_by: ListenProbe::SockDiag,
                cold: false,
            }
        })
        .collect();
    let window = |phase: &str, from: f64, to: f64| Window {
        phase: phase.into(),
        request: None,
        started_ns: start + ns(from),
        ended_ns: start + ns(to),
        target_cpu_ns: ns((to - from) * scale),
        database_cpu_ns: Some(ns((to - from) * 0.2)),
        processes_born: 0,
        processes_gone: 0,
    };
    let windows = vec![
        window("idle", 3000.0, 13_000.0),
        window("closed", 14_000.0, 24_000.0),
        window("rate", 25_000.0, 35_000.0),
    ];
    let samples = (0..350u32)
        .flat_map(|tick| {
            let at = f64::from(tick) * 100.0;
            let busy = (140..240).contains(&tick) || tick >= 250;
            let cpu = if tick < 140 { 0.0 } else { f64::from(tick - 140) * 90.0 };
            let rss = 180.0 + if busy { 40.0 } else { 0.0 } + f64::from(tick % 7);
            [
                (Group::Target, rss * scale, cpu * scale),
                (Group::Database, 60.0, cpu * 0.2),
                (Group::Pianoprof, 12.0, cpu * 0.1),
            ]
            .map(|(group, mib, cpu)| Sample {
                t_ns: start + ns(at),
                group,
                processes: if group == Group::Target { 5 } else { 1 },
                rss: (mib * 1_048_576.0) as u64,
                cpu_ns: ns(cpu),
                pss: (tick % 10 == 0).then_some((mib * 700_000.0) as u64),
                uss: None,
                peak: None,
            })
        })
        .collect();
    Trial {
        target: target.into(),
        block,
        position,
        attempt: 1,
        started: "2026-01-01T12:00:00Z".into(),
        fingerprint: Some("0123abcd".into()),
        launches,
        idle: None,
        first_requests: vec![],
        windows,
        loads: vec![
            load("closed", Arrival::Closed, start + ns(14_000.0), scale, block),
            load("rate", Arrival::Open, start + ns(25_000.0), scale, block),
        ],
        writes: vec![],
        sampler_cpu_ns: 9_000_000,
        noise: Noise::default(),
        end: TrialEnd::Stopped { killed: false },
        samples,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small made-up figures")]
fn load(name: &str, arrival: Arrival, start: u64, scale: f64, block: u32) -> LoadRecord {
    let mut latency = histogram();
    for step in 0..10_000u32 {
        // A body around 40 ms and a tail that grows towards the last requests.
        let tail = 1.0 + 6.0 * (f64::from(step) / 10_000.0).powi(40);
        let value = 40e6 * scale * tail * (1.0 + f64::from(step % 100) / 400.0 + f64::from(block) / 50.0);
        latency.record(value as u64).expect("in bounds");
    }
    let failed = u64::from(scale > 0.5 && block == 2) * 12;
    LoadRecord {
        load: name.into(),
        request: "list".into(),
        arrival,
        connections: 100,
        started_ns: start,
        ended_ns: start + 10_000_000_000,
        sent: 10_000 + failed,
        answered: 10_000 + failed,
        good: 10_000,
        ramped: 0,
        drained: 0,
        unsent: 0,
        good_total: 10_000,
        statuses: if failed > 0 {
            BTreeMap::from([(200, 10_000), (500, failed)])
        } else {
            BTreeMap::from([(200, 10_000)])
        },
        errors: if failed > 0 {
            BTreeMap::from([(crate::model::load::ErrorKind::BadStatus, failed)])
        } else {
            BTreeMap::new()
        },
        connections_opened: 100,
        body_bytes: 20_000_000,
        rate_asked: (arrival == Arrival::Open).then_some(1000.0),
        backlog: vec![0; 10],
        in_system_ns: 0,
        busy_ns: 0,
        generator_cpu_ns: 1_200_000_000,
        generator_stall_ns: 2_000_000,
        generator_threads: 1,
        service: latency.clone(),
        latency,
        connect: histogram(),
        lateness: histogram(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "small made-up figures")]
fn figures(target: &str, trial: u32, load: &LoadRecord) -> LoadFigures {
    let us = |quantile: f64| load.latency.value_at_quantile(quantile) as f64 / 1e3;
    let latency_us = Percentiles {
        p50: us(0.5),
        p90: us(0.9),
        p95: us(0.95),
        p99: us(0.99),
        p999: us(0.999),
        max: us(1.0),
        mean: load.latency.mean() / 1e3,
    };
    LoadFigures {
        target: target.into(),
        trial,
        load: load.load.clone(),
        request: load.request.clone(),
        arrival: load.arrival,
        connections: load.connections,
        sent: load.sent,
        answered: load.answered,
        good: load.good,
        seconds: load.seconds(),
        statuses: load.statuses.iter().map(|(status, count)| (status.to_string(), *count)).collect(),
        errors: load.errors.iter().map(|(kind, count)| (kind.name().to_owned(), *count)).collect(),
        connections_opened: load.connections_opened,
        requests_per_connection: load.answered as f64 / load.connections_opened as f64,
        rate_asked: load.rate_asked,
        rate_sent: load.sent as f64 / load.seconds(),
        rate_served: load.good as f64 / load.seconds(),
        latency_us,
        service_us: latency_us,
        connect_us: Percentiles::default(),
        lateness_us: Lateness { p50: 21.0, p99: 180.0, max: 900.0 },
        littles_law: (load.arrival == Arrival::Closed).then_some(1.002),
        generator_cpu_s: 1.2,
        generator_bound: false,
        overloaded: load.arrival == Arrival::Open && target == "flask" && trial == 3,
    }
}

/// Name, unit, which way is better, median of the baseline and of the candidate.
const METRICS: [(&str, &str, Better, f64, f64); 15] = [
    ("startup.listen", "ms", Better::Lower, 310.0, 31.0),
    ("startup.first_ok", "ms", Better::Lower, 623.0, 62.3),
    ("idle.rss", "MiB", Better::Lower, 183.0, 18.3),
    ("idle.pss", "MiB", Better::Lower, 120.0, 12.0),
    ("closed.list.p50", "ms", Better::Lower, 45.0, 4.5),
    ("closed.list.p95", "ms", Better::Lower, 60.0, 8.1),
    ("closed.list.p99", "ms", Better::Lower, 210.0, 21.0),
    ("closed.list.throughput", "1/s", Better::Higher, 1000.0, 9800.0),
    ("closed.list.errors", "%", Better::Lower, 0.02, 0.0),
    ("rate.list.p95", "ms", Better::Lower, 60.0, 6.0),
    ("rate.list.rss", "MiB", Better::Lower, 223.0, 22.3),
    ("rate.list.cpu", "%", Better::Lower, 92.0, 9.2),
    ("rate.list.cpu_per_request", "ms", Better::Lower, 0.9, 0.09),
    ("handler.list.time", "ns", Better::Lower, 850_000.0, 31_000.0),
    ("handler.list.bytes", "bytes", Better::Lower, 12_000.0, 4_000.0),
];

fn metrics() -> Vec<Metric> {
    METRICS
        .iter()
        .flat_map(|(name, unit, better, baseline, candidate)| {
            SIDES.iter().zip([baseline, candidate]).map(|((target, _), median)| {
                let values: Vec<f64> = [0.97, 0.99, 1.0, 1.01, 1.04].iter().map(|part| median * part).collect();
                Metric {
                    metric: (*name).to_owned(),
                    unit,
                    better: *better,
                    target: (*target).to_owned(),
                    median: *median,
                    low: values[0],
                    high: values[4],
                    n: values.len(),
                    by_block: (1..).zip(values.iter().copied()).collect(),
                    bound: 0.0,
                    values,
                    marks: if *name == "closed.list.p99" { vec!["few requests".to_owned()] } else { vec![] },
                }
            })
        })
        .collect()
}

fn comparisons(metrics: &[Metric]) -> Vec<Comparison> {
    metrics
        .chunks(2)
        .filter(|pair| pair[1].median > 0.0)
        .map(|pair| {
            let ratio = match pair[0].better {
                Better::Lower => pair[0].median / pair[1].median,
                Better::Higher => pair[1].median / pair[0].median,
            };
            Comparison {
                metric: pair[0].metric.clone(),
                unit: pair[0].unit,
                baseline: pair[0].median,
                candidate: pair[1].median,
                ratio,
                low: Some(ratio * 0.93),
                high: Some(ratio * 1.07),
                blocks: 5,
                spread: Some(0.05),
                unusable: None,
            }
        })
        .collect()
}

fn judgements() -> Vec<Judgement> {
    let judge = |claim: &str, metric: &str, verdict, ratio: f64, bound, expected| Judgement {
        claim: claim.into(),
        metric: metric.into(),
        verdict,
        ratio: Some(ratio),
        low: Some(ratio * 0.93),
        high: Some(ratio * 1.07),
        why: format!("the interval {:.2} to {:.2} against the bound", ratio * 0.93, ratio * 1.07),
        bound,
        expected,
    };
    let expected = Expected { baseline: "2000 ms".into(), candidate: "< 100 ms".into(), improvement: "20x".into() };
    vec![
        judge(
            "starts at least 20 times faster",
            "startup.first_ok",
            Verdict::NotMet,
            10.0,
            Bound::AtLeast(20.0),
            Some(expected),
        ),
        judge("uses a fifth of the memory when idle", "idle.rss", Verdict::Met, 10.0, Bound::AtLeast(5.0), None),
        judge(
            "answers 10 times faster | p50",
            "closed.list.p50",
            Verdict::Inconclusive,
            10.0,
            Bound::AtLeast(10.0),
            None,
        ),
        judge(
            "p95 at most 10 ms",
            "rate.list.p95",
            Verdict::Met,
            6.0,
            Bound::ValueAtMost { target: "gin".into(), value: 10.0 },
            None,
        ),
    ]
}

fn caveats() -> Vec<Caveat> {
    vec![
        Caveat {
            kind: "queueing".into(),
            text: "100 connections against 4 workers measure the queue in front of flask, not only its work.".into(),
            advice: "Compare latency at a rate that both sides hold.".into(),
        },
        Caveat { kind: "<b>\u{1b}[31m".into(), text: "hostile | kind".into(), advice: String::new() },
    ]
}
