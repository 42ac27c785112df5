//! Memory and CPU over the life of each trial: the target's whole tree, PostgreSQL and the generator apart, thinned out so
//! that a report stays small, and the same as a table per phase.

use serde::Serialize;
use serde_json::{Value, json};

use super::super::Findings;
use super::super::groups::targets;
use super::super::words::plain;
use super::colour::class;
use crate::model::record::{Group, Sample, Trial, Window};
use crate::unit::{Bytes, digits};

/// Points over all trials; six figures each keep the page well below 2 MB.
const POINTS: usize = 30_000;

/// The most points of one trial.
const POINTS_PER_TRIAL: usize = 480;

const GROUPS: [(Group, &str); 3] =
    [(Group::Target, "tree"), (Group::Database, "database"), (Group::Pianoprof, "pianoprof")];

/// What the script draws: one entry per trial that has samples.
pub fn data(findings: &Findings) -> Value {
    let order = targets(findings.run);
    let sampled: Vec<&Trial> = findings.run.trials.iter().filter(|trial| trial.samples.len() > 1).collect();
    let points = (POINTS / sampled.len().max(1)).clamp(20, POINTS_PER_TRIAL);
    sampled
        .into_iter()
        .map(|trial| {
            let grid = Grid::new(trial, points);
            let mut entry = json!({
                "target": plain(&trial.target),
                "class": class(findings.run, &trial.target),
                "order": order.iter().position(|name| *name == trial.target),
                "block": trial.block,
                "attempt": trial.attempt,
                "t": (0..points).map(|bucket| grid.seconds(bucket)).collect::<Vec<_>>(),
                "phases": trial.windows.iter().map(|window| json!({
                    "name": name(window),
                    "from": grid.since(window.started_ns),
                    "to": grid.since(window.ended_ns),
                })).collect::<Vec<_>>(),
            });
            for (group, key) in GROUPS {
                let (memory, cpu) = grid.thin(trial, group);
                if memory.iter().any(Option::is_some) {
                    entry[key] = json!({ "memory": memory, "cpu": cpu });
                }
            }
            entry
        })
        .collect()
}

/// Equal stretches of a trial's life.
struct Grid {
    start: u64,
    step: u64,
    points: usize,
}

impl Grid {
    fn new(trial: &Trial, points: usize) -> Self {
        let start = trial.samples.iter().map(|sample| sample.t_ns).min().unwrap_or(0);
        let end = trial.samples.iter().map(|sample| sample.t_ns).max().unwrap_or(0);
        Self { start, step: ((end - start) / points as u64).max(1), points }
    }

    fn bucket(&self, at: u64) -> usize {
        usize::try_from((at - self.start) / self.step).unwrap_or(usize::MAX).min(self.points - 1)
    }

    /// The middle of a stretch, s.
    fn seconds(&self, bucket: usize) -> f64 {
        self.since(self.start + self.step * bucket as u64 + self.step / 2)
    }

    #[expect(clippy::cast_precision_loss, reason = "2^53 ns is 104 days")]
    fn since(&self, at: u64) -> f64 {
        (at.saturating_sub(self.start) as f64 / 1e7).round() / 100.0
    }

    /// The largest memory (MiB) and the mean CPU (% of one core) in each stretch, so that no peak is thinned away.
    #[expect(clippy::cast_precision_loss, reason = "2^53 ns is 104 days")]
    fn thin(&self, trial: &Trial, group: Group) -> (Vec<Option<f64>>, Vec<Option<f64>>) {
        let mut memory: Vec<Option<f64>> = vec![None; self.points];
        let mut cpu = vec![None; self.points];
        let mut before: Option<&Sample> = None;
        let mut samples = trial.samples.iter().filter(|sample| sample.group == group).peekable();
        while let Some(sample) = samples.next() {
            let bucket = self.bucket(sample.t_ns);
            let mib = (Bytes(sample.rss).mib() * 10.0).round() / 10.0;
            memory[bucket] = Some(memory[bucket].map_or(mib, |seen: f64| seen.max(mib)));
            if samples.peek().is_some_and(|next| self.bucket(next.t_ns) == bucket) {
                continue;
            }
            if let Some(before) = before.filter(|before| sample.t_ns > before.t_ns) {
                let used = sample.cpu_ns.saturating_sub(before.cpu_ns) as f64;
                let percent = used / (sample.t_ns - before.t_ns) as f64 * 100.0;
                cpu[bucket] = Some((percent * 10.0).round() / 10.0);
            }
            before = Some(sample);
        }
        (memory, cpu)
    }
}

/// One phase of one trial.
#[derive(Debug, Serialize)]
pub struct PhaseRow {
    target: String,
    block: u32,
    phase: String,
    seconds: String,
    memory: String,
    cpu: String,
    database: String,
}

/// Every phase of every trial.
#[expect(clippy::cast_precision_loss, reason = "2^53 ns is 104 days")]
pub fn phases(findings: &Findings) -> Vec<PhaseRow> {
    let row = |trial: &Trial, window: &Window| {
        let length = window.ended_ns.saturating_sub(window.started_ns) as f64;
        let percent =
            |cpu: u64| if length > 0.0 { format!("{} %", digits(cpu as f64 / length * 100.0)) } else { "–".into() };
        let most = trial
            .samples
            .iter()
            .filter(|sample| sample.group == Group::Target)
            .filter(|sample| sample.t_ns >= window.started_ns && sample.t_ns <= window.ended_ns)
            .map(|sample| sample.rss)
            .max();
        PhaseRow {
            target: plain(&trial.target),
            block: trial.block,
            phase: name(window),
            seconds: digits(length / 1e9),
            memory: most.map_or_else(|| "–".to_owned(), |bytes| Bytes(bytes).to_string()),
            cpu: percent(window.target_cpu_ns),
            database: window.database_cpu_ns.map_or_else(|| "–".to_owned(), percent),
        }
    };
    findings.run.trials.iter().flat_map(|trial| trial.windows.iter().map(move |window| row(trial, window))).collect()
}

fn name(window: &Window) -> String {
    match &window.request {
        Some(request) => format!("{} / {}", plain(&window.phase), plain(request)),
        None => plain(&window.phase),
    }
}
