//! A run made up for tests: every true figure is known, so what is said of it can be checked.
//!
//! Two targets, `flask` and `gin`; startup, first request, idle, warm-up, a closed load `latency` (1000 requests) and an
//! open load `sustained` (1000/s for 20 s, both on `list`). A test changes what it needs in the finished [`Run`].

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::engine::Engine;
use crate::model::facts::{DatabaseFacts, Noise, TargetFacts};
use crate::model::load::{Arrival, LoadRecord, histogram};
use crate::model::plan::{
    ArrivalPlan, Bound, ClaimPlan, ComparisonPlan, DatabasePlan, ExpectPlan, LoadPlan, LoadRequests, Phase, Plan, Rate,
    ReadyBy, ReadyPlan, RequestPlan, Schedule, Spacing, StopPlan, StopRule, TargetPlan,
};
use crate::model::record::{
    Bracket, Ceiling, DatabaseWork, FORMAT, FirstRequest, Group, IdleReading, Launch, ListenProbe, Run, Sample, Trial,
    TrialEnd, Window, WriteCheck,
};

const MS: u64 = 1_000_000;
const S: u64 = 1_000_000_000;
const MIB: u64 = 1024 * 1024;

/// The true figures of one target.
#[derive(Clone, Debug)]
pub struct Truth {
    /// The target's name.
    pub name: &'static str,
    /// First good answer after t0, ms.
    pub start_ms: f64,
    /// Median latency in both loads, ms.
    pub latency_ms: f64,
    /// Summed resident memory, MiB.
    pub rss_mib: f64,
    /// CPU per request, ms.
    pub cpu_ms: f64,
    /// Processes of the tree.
    pub processes: u32,
}

/// What the run is made of.
#[derive(Clone, Debug)]
pub struct SampleRun {
    /// Blocks.
    pub blocks: u32,
    /// Launches per trial.
    pub launches: u32,
    /// Baseline.
    pub old: Truth,
    /// Candidate.
    pub new: Truth,
    /// By how much figures move from block to block, as a share: block k has 1 + wobble (k mod 3 - 1) on the candidate.
    pub wobble: f64,
}

impl Default for SampleRun {
    fn default() -> Self {
        Self {
            blocks: 5,
            launches: 5,
            old: Truth { name: "flask", start_ms: 240.0, latency_ms: 40.0, rss_mib: 280.0, cpu_ms: 1.2, processes: 5 },
            new: Truth { name: "gin", start_ms: 12.0, latency_ms: 4.0, rss_mib: 35.0, cpu_ms: 0.12, processes: 1 },
            wobble: 0.02,
        }
    }
}

/// A claim that the candidate's `metric` is at least `ratio` times better.
#[must_use]
pub fn at_least(metric: &str, ratio: f64) -> ClaimPlan {
    claim(metric, Bound::AtLeast(ratio))
}

/// A claim with any bound.
#[must_use]
pub fn claim(metric: &str, bound: Bound) -> ClaimPlan {
    ClaimPlan { text: format!("{metric} holds"), metric: metric.to_owned(), bound, expected: None }
}

impl SampleRun {
    /// The finished run.
    #[must_use]
    pub fn build(&self) -> Run {
        let names = [self.old.name, self.new.name];
        let mut trials = Vec::new();
        for block in 1..=self.blocks {
            let wobble = 1.0 + self.wobble * (f64::from(block % 3) - 1.0);
            // Whoever comes first alternates.
            let sides = [(&self.old, 1.0), (&self.new, wobble)];
            for (position, index) in [block % 2, 1 - block % 2].into_iter().enumerate() {
                let (truth, scale) = sides[index as usize];
                let begin = u64::from(block) * 1000 * S + position as u64 * 400 * S;
                trials.push(self.trial(truth, scale, block, u32::try_from(position).expect("two") + 1, begin));
            }
        }
        Run {
            format: FORMAT,
            id: "2026-01-02-030405".to_owned(),
            command: "run".to_owned(),
            version: "0.1.0".to_owned(),
            started: "2026-01-02T03:04:05Z".to_owned(),
            updated: "2026-01-02T03:34:05Z".to_owned(),
            complete: true,
            plan: self.plan(),
            placement: None,
            stopped_at_look: None,
            startup: vec![],
            traces: vec![],
            opinions: vec![],
            environment: [("cpu.model", "Sample CPU"), ("cpu.count", "8"), ("kernel", "6.1.0")]
                .into_iter()
                .map(|(key, value)| (key.to_owned(), Some(value.to_owned())))
                .collect(),
            targets: names.iter().map(|name| ((*name).to_owned(), TargetFacts::default())).collect(),
            database: Some(DatabaseFacts {
                settings: BTreeMap::new(),
                version: "15.18".to_owned(),
                source: "private: /usr/lib/postgresql/15/bin".to_owned(),
                fingerprint: "f00d".to_owned(),
                statements_unknown: None,
            }),
            parity: None,
            ceiling: Some(Ceiling { requests_per_s: 100_000.0, floor_ns: 60_000, cpu_per_request_ns: 8_000 }),
            capacity: Vec::new(),
            benchmarks: Vec::new(),
            trials,
            caveats: Vec::new(),
        }
    }

    fn plan(&self) -> Plan {
        let load = |name: &str, arrival, stop| LoadPlan {
            name: name.to_owned(),
            arrival,
            connections: 100,
            stop,
            ramp: Duration::ZERO,
            timeout: Duration::from_secs(10),
            requests: LoadRequests::Each(vec!["list".to_owned()]),
            engine: Engine::Pianoprof,
            remote: vec![],
            repeat: 1,
            blocks: None,
            in_run: true,
        };
        let open = ArrivalPlan::Open { rate: Rate::PerSecond(1000.0), spacing: Spacing::Constant };
        Plan {
            targets: [&self.old, &self.new].into_iter().map(target).collect(),
            comparison: Some(ComparisonPlan {
                baseline: self.old.name.to_owned(),
                candidate: self.new.name.to_owned(),
                rivals: vec![],
            }),
            database: Some(DatabasePlan {
                url: None,
                schema: vec![],
                seed: vec![],
                scale: 1.0,
                seed_number: 1,
                statements: true,
            }),
            requests: vec![RequestPlan {
                name: "list".to_owned(),
                method: "GET".to_owned(),
                path: "/api/piano/exercises".to_owned(),
                headers: vec![],
                body: None,
                expect: ExpectPlan { status: Some(200), length: None, contains: None, json: None },
                inserts: None,
            }],
            phases: vec![
                Phase::Startup,
                Phase::FirstRequest,
                Phase::Idle,
                Phase::Warmup,
                Phase::Load("latency".to_owned()),
                Phase::Load("sustained".to_owned()),
            ],
            loads: vec![
                load("latency", ArrivalPlan::Closed, StopRule::Requests(1000)),
                load("sustained", open, StopRule::Duration(Duration::from_secs(20))),
            ],
            claims: vec![at_least("startup.first_ok", 10.0), at_least("sustained.list.p99", 8.0)],
            parity: None,
            schedule: Schedule {
                blocks: self.blocks,
                looks: vec![],
                launches: self.launches,
                cold: false,
                idle_after: Duration::from_secs(30),
                idle_blocks: None,
                warmup: Duration::from_secs(5),
                seed: 7,
                sample_hz: 20.0,
                quick: false,
                no_pin: false,
                second_opinion: None,
            },
        }
    }

    fn trial(&self, truth: &Truth, scale: f64, block: u32, position: u32, begin: u64) -> Trial {
        let start = truth.start_ms * scale;
        let launch = |index: u32| {
            // Launches of a trial lie symmetrically around the truth.
            let shift = 1.0 + 0.01 * (f64::from(index) - f64::from(self.launches - 1) / 2.0);
            let bracket = |share: f64| {
                let hit = nanos(start * share * shift);
                Some(Bracket { last_miss_ns: hit.saturating_sub(250_000), first_hit_ns: hit })
            };
            Launch {
                t0_ns: begin + u64::from(index) * S,
                exec_ns: 100_000,
                listen: bracket(0.5),
                first_byte: bracket(1.0),
                first_ok: bracket(1.0),
                settled: bracket(1.5),
                cpu_ns: nanos(start * 0.8),
                cpu_in_ticks: false,
                listen_seen_by: ListenProbe::SockDiag,
                cold: false,
            }
        };
        let rss = nanos(truth.rss_mib * scale) / MS * MIB;
        let idle = IdleReading {
            after_ns: 30 * S,
            rss: rss / 2,
            pss: Some(rss / 3),
            uss: Some(rss / 4),
            cgroup: None,
            processes: truth.processes,
        };
        let closed = closed(truth, scale, begin + 100 * S);
        let open = open(truth, scale, begin + 200 * S);
        let warm = Window { phase: "warmup".to_owned(), request: None, ..window(&closed, truth, scale, 5 * S) };
        let windows = vec![warm, window(&closed, truth, scale, 0), window(&open, truth, scale, 0)];
        let samples = [&closed, &open]
            .into_iter()
            .flat_map(|load| (0..20).map(move |tick| load.started_ns + tick * (load.ended_ns - load.started_ns) / 20))
            .map(|t_ns| Sample {
                t_ns,
                group: Group::Target,
                processes: truth.processes,
                rss,
                cpu_ns: 0,
                pss: Some(rss / 2),
                uss: Some(rss / 3),
                peak: Some(rss + rss / 10),
                cgroup: None,
            })
            .collect();
        Trial {
            target: truth.name.to_owned(),
            block,
            position,
            attempt: 1,
            started: "2026-01-02T03:04:05Z".to_owned(),
            fingerprint: Some("f00d".to_owned()),
            launches: (0..self.launches).map(launch).collect(),
            idle: Some(idle),
            first_requests: vec![FirstRequest {
                request: "list".to_owned(),
                latency_ns: nanos(truth.latency_ms * 2.0 * scale),
                status: 200,
            }],
            windows,
            loads: vec![closed, open],
            writes: Vec::<WriteCheck>::new(),
            sampler_cpu_ns: 200 * MS,
            output_left_out: 0,
            incidents: vec![],
            noise: Noise {
                steal_percent: Some(0.1),
                foreign_cpu_percent: Some(1.0),
                cpu_pressure_percent: Some(5.0),
                throttled: Some(0),
                out_of_memory: Some(0),
            },
            end: TrialEnd::Stopped { killed: false },
            samples,
        }
    }
}

fn nanos(millis: f64) -> u64 {
    u64::try_from(Duration::from_secs_f64(millis / 1e3).as_nanos()).expect("short")
}

fn target(truth: &Truth) -> TargetPlan {
    TargetPlan {
        name: truth.name.to_owned(),
        dir: "/srv".into(),
        attach: None,
        command: vec![format!("./{}", truth.name), "{port}".to_owned()],
        env: BTreeMap::new(),
        build: vec![],
        versions: BTreeMap::new(),
        ready: ReadyPlan {
            by: ReadyBy::Page { path: "/health".to_owned(), status: 200 },
            timeout: Duration::from_secs(30),
        },
        stop: StopPlan { signal: "TERM".to_owned(), grace: Duration::from_secs(10) },
        cpus: None,
        benchmark: None,
        runtime: None,
        inherit_env: vec![],
    }
}

/// 1000 requests over 100 connections that all keep busy.
fn closed(truth: &Truth, scale: f64, started_ns: u64) -> LoadRecord {
    let mean = nanos(truth.latency_ms * scale);
    let mut record = record("latency", Arrival::Closed, started_ns, started_ns + mean * 10, 1000, mean);
    record.in_system_ns = mean * 1000;
    record.busy_ns = mean * 1000;
    record
}

/// 1000/s for 20 s.
fn open(truth: &Truth, scale: f64, started_ns: u64) -> LoadRecord {
    let mean = nanos(truth.latency_ms * scale);
    let mut record = record("sustained", Arrival::Open, started_ns, started_ns + 20 * S, 20_000, mean);
    record.rate_asked = Some(1000.0);
    record.backlog = vec![0; 10];
    record.lateness.record_n(20_000, 20_000).expect("in bounds");
    record
}

/// `count` good answers: 90 % at `mean`, 8 % at twice, 2 % at three times that.
fn record(load: &str, arrival: Arrival, started_ns: u64, ended_ns: u64, count: u64, mean: u64) -> LoadRecord {
    let mut latency = histogram();
    for (times, percent) in [(1, 90), (2, 8), (3, 2)] {
        latency.record_n(mean * times, count * percent / 100).expect("in bounds");
    }
    LoadRecord {
        load: load.to_owned(),
        request: "list".to_owned(),
        engine: Engine::Pianoprof,
        arrival,
        connections: 100,
        started_ns,
        ended_ns,
        sent: count,
        answered: count,
        good: count,
        ramped: 0,
        drained: 0,
        unsent: 0,
        good_total: count,
        statuses: BTreeMap::from([(200, count)]),
        errors: BTreeMap::new(),
        connections_opened: Some(100),
        body_bytes: count * 2000,
        rate_asked: None,
        utilisation: None,
        ceiling_rate: None,
        repetitions: 1,
        between_ns: 0,
        backlog: vec![],
        in_system_ns: mean * count,
        busy_ns: mean * count,
        generator_cpu_ns: Some(count * 8_000),
        generator_stall_ns: 2 * MS,
        generator_waited_ns: Some(3 * MS),
        generator_threads: 1,
        notes: vec![],
        floor_ns: vec![60_000; 20],
        service: latency.clone(),
        connect: histogram(),
        lateness: histogram(),
        latency,
    }
}

fn window(load: &LoadRecord, truth: &Truth, scale: f64, before_ns: u64) -> Window {
    let ended_ns = if before_ns == 0 { load.ended_ns } else { load.started_ns };
    let cpu = nanos(truth.cpu_ms * scale) * load.good;
    Window {
        phase: load.load.clone(),
        request: Some(load.request.clone()),
        started_ns: load.started_ns - before_ns,
        ended_ns,
        target_cpu_ns: cpu,
        database_cpu_ns: Some(cpu / 4),
        peak: None,
        database_work: Some(DatabaseWork {
            statements: 3 * load.good,
            rows: 20 * load.good,
            buffers_hit: 7 * load.good,
            buffers_read: load.good,
        }),
        processes_born: 0,
        cpu_in_ticks: false,
        processes_gone: 0,
        open_files: None,
        workers: None,
        noise: None,
    }
}
