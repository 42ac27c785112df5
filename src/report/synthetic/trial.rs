//! One made-up trial: launches, phases, samples and loads, and the figures of a load.

use std::collections::BTreeMap;

use crate::analysis::floor::{self, Found};
use crate::analysis::load::{Lateness, LoadFigures, Percentiles};
use crate::model::facts::Noise;
use crate::model::load::{Arrival, ErrorKind, LoadRecord, histogram};
use crate::model::record::*;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small made-up figures")]
pub fn trial(sample: &Trial, target: &str, block: u32, position: u32, scale: f64) -> Trial {
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
                settled: mark(1.25),
                cpu_ns: ns(ok * 0.9),
                ..sample.launches[0].clone()
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
        database_work: None,
        ..sample.windows[0].clone()
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
                cgroup: None,
            })
        })
        .collect();
    Trial {
        target: target.into(),
        block,
        position,
        started: "2026-01-01T12:00:00Z".into(),
        fingerprint: Some("0123abcd".into()),
        launches,
        idle: None,
        first_requests: vec![],
        windows,
        loads: vec![
            load(&sample.loads[0], "closed", Arrival::Closed, start + ns(14_000.0), scale, block),
            load(&sample.loads[0], "rate", Arrival::Open, start + ns(25_000.0), scale, block),
        ],
        sampler_cpu_ns: 9_000_000,
        noise: Noise::default(),
        samples,
        ..sample.clone()
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small made-up figures")]
fn load(sample: &LoadRecord, name: &str, arrival: Arrival, start: u64, scale: f64, block: u32) -> LoadRecord {
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
        arrival,
        started_ns: start,
        ended_ns: start + 10_000_000_000,
        sent: 10_000 + failed,
        answered: 10_000 + failed,
        good: 10_000,
        good_total: 10_000,
        statuses: if failed > 0 {
            BTreeMap::from([(200, 10_000), (500, failed)])
        } else {
            BTreeMap::from([(200, 10_000)])
        },
        errors: if failed > 0 { BTreeMap::from([(ErrorKind::BadStatus, failed)]) } else { BTreeMap::new() },
        body_bytes: 20_000_000,
        rate_asked: (arrival == Arrival::Open).then_some(1000.0),
        backlog: vec![0; 10],
        in_system_ns: 0,
        busy_ns: 0,
        generator_cpu_ns: Some(1_200_000_000),
        floor_ns: (0..20).map(|step| 30_000 + step * 100).collect(),
        service: latency.clone(),
        latency,
        ..sample.clone()
    }
}

#[expect(clippy::cast_precision_loss, reason = "small made-up figures")]
pub fn figures(target: &str, trial: u32, load: &LoadRecord) -> LoadFigures {
    let us = |quantile: f64| load.latency.value_at_quantile(quantile) as f64 / 1e3;
    let latency_us = Percentiles {
        p50: us(0.5),
        p90: us(0.9),
        p95: us(0.95),
        p99: us(0.99),
        p999: Some(us(0.999)),
        max: us(1.0),
        mean: Some(load.latency.mean() / 1e3),
    };
    let floor = floor::found(&[load]);
    LoadFigures {
        target: target.into(),
        trial,
        load: load.load.clone(),
        request: load.request.clone(),
        engine: load.engine,
        arrival: load.arrival,
        connections: load.connections,
        sent: load.sent,
        answered: load.answered,
        good: load.good,
        seconds: load.seconds(),
        statuses: load.statuses.iter().map(|(status, count)| (status.to_string(), *count)).collect(),
        errors: load.errors.iter().map(|(kind, count)| (kind.name().to_owned(), *count)).collect(),
        connections_opened: load.connections_opened,
        requests_per_connection: load.connections_opened.map(|opened| load.answered as f64 / opened as f64),
        rate_asked: load.rate_asked,
        utilisation: None,
        ceiling_rate: None,
        repetitions: 1,
        rate_sent: load.sent as f64 / load.seconds(),
        rate_served: load.good as f64 / load.seconds(),
        latency_us,
        service_us: Some(latency_us),
        connect_us: Some(Percentiles { p999: Some(0.0), mean: Some(0.0), ..Percentiles::default() }),
        lateness_us: Some(Lateness { p50: 21.0, p99: 180.0, max: 900.0 }),
        floor_us: floor.as_ref().and_then(Found::known),
        floor_at_most_us: floor.as_ref().and_then(Found::at_most),
        littles_law: (load.arrival == Arrival::Closed).then_some(1.002),
        generator_cpu_s: Some(1.2),
        generator_waited_s: Some(0.003),
        generator_bound: false,
        overloaded: load.arrival == Arrival::Open && target == "flask" && trial == 3,
        void: vec![],
    }
}
