//! The JSON summary, format 1: a run and what is said of it, for programs.
//!
//! The keys are part of the product's contract: none may be renamed or lost while `format` stays 1.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use super::{Findings, groups};
use crate::analysis::ceiling::RigCeiling;
use crate::analysis::comparison::Comparison;
use crate::analysis::load::LoadFigures;
use crate::analysis::metric::Metric;
use crate::analysis::opinion::{Disagreement, disagreements};
use crate::checklist::Item;
use crate::claims::Judgement;
use crate::model::facts::{Caveat, DatabaseFacts, Environment, Placement};
use crate::model::plan::Role;
use crate::model::record::{Bracket, Capacity, Ceiling, Launch, ParityRecord, Run};
use crate::model::trace::Trace;
use crate::unit::nanos_to_millis;

/// The version of this form; it changes when a key changes its meaning or goes away.
pub const FORMAT: u32 = 1;

/// The whole summary.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document<'a> {
    /// [`FORMAT`].
    pub format: u32,
    /// The run's folder.
    pub id: &'a str,
    /// The subcommand that measured.
    pub command: &'a str,
    /// The version of the program that measured.
    pub version: &'a str,
    /// When it began, RFC 3339.
    pub started: &'a str,
    /// When it was last written, RFC 3339.
    pub updated: &'a str,
    /// Whether everything planned was done.
    pub complete: bool,
    /// How many blocks were planned, and what ended them.
    pub schedule: ScheduleEntry<'a>,
    /// The implementations under test by name.
    pub targets: BTreeMap<&'a str, TargetEntry<'a>>,
    /// The database that the targets worked on.
    pub database: Option<&'a DatabaseFacts>,
    /// Every metric of every target.
    pub metrics: &'a [Metric],
    /// Every launch of the startup experiment (`trial` is its pair), or of the trials where there is none.
    pub launches: Vec<LaunchEntry<'a>>,
    /// Every load of every trial.
    pub loads: &'a [LoadFigures],
    /// Ratios between candidate and baseline, 'times better'.
    pub comparisons: &'a [Comparison],
    /// What no target whatever could pass on this machine, for each closed loop.
    pub rig_ceilings: &'a [RigCeiling],
    /// The judged claims.
    pub claims: &'a [Judgement],
    /// The verification checklist.
    pub checklist: &'a [Item],
    /// What the garbage collectors did, in one more life of each target whose runtime is known, apart from the trials.
    pub traces: &'a [Trace],
    /// What another load tool and other readers of memory said, figure by figure; empty when nobody asked for it.
    pub second_opinion: Vec<Disagreement>,
    /// Reasons to doubt the data.
    pub caveats: &'a [Caveat],
    /// Whether both sides answered the corpus alike.
    pub parity: Option<&'a ParityRecord>,
    /// The load generator's own limits on this machine.
    pub ceiling: Option<&'a Ceiling>,
    /// Who ran on which CPUs; `null` when that was left to the kernel.
    pub placement: Option<&'a Placement>,
    /// Closed-loop throughput that common rates were derived from.
    pub capacity: &'a [Capacity],
    /// Facts about the machine; `null` is 'unknown'.
    pub environment: &'a Environment,
}

/// How many blocks were planned, and what ended them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ScheduleEntry<'a> {
    /// Blocks planned; with planned looks the most there can be.
    pub blocks_planned: u32,
    /// Blocks begun.
    pub blocks_done: u32,
    /// Planned looks, in blocks; empty for a fixed number of blocks.
    pub looks: &'a [u32],
    /// The planned look at which the session stopped because more blocks would decide no further claim.
    pub stopped_at_look: Option<u32>,
}

/// One implementation under test.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TargetEntry<'a> {
    /// What it is in the comparison.
    pub role: Role,
    /// Its argv, placeholders not substituted; empty for a server that was loaded by its URL.
    pub command: &'a [String],
    /// Versions by the name of the thing.
    pub versions: BTreeMap<&'a str, &'a str>,
    /// Variables of its environment that were inherited by name or change speed: the latter by value, others by a checksum.
    pub environment: BTreeMap<&'a str, &'a str>,
    /// SHA-256 of the program file.
    pub program_sha256: Option<&'a str>,
    /// SHA-256 of the files in its folder that pin what it depends on, by name.
    pub locks: BTreeMap<&'a str, &'a str>,
}

/// One launch: its marks after the moment just before `execve`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LaunchEntry<'a> {
    /// The target's name.
    pub target: &'a str,
    /// The block of the trial, from 1.
    pub trial: u32,
    /// 1, or more when the block was done again.
    pub attempt: u32,
    /// Just before `execve`, on the monotonic clock.
    pub t0_monotonic_ns: u64,
    /// When `execve` was seen to have succeeded.
    pub exec_ms: f64,
    /// When the port accepted connections; `null` when it never did.
    pub listen_ms: Option<f64>,
    /// When the first byte of any answer came.
    pub first_byte_ms: Option<f64>,
    /// When it was ready: its first good answer or, where `ready` names a line of its log or its port, that.
    pub first_ok_ms: Option<f64>,
    /// When the tree became quiet; `null` when that was not waited for or did not happen.
    pub settled_ms: Option<f64>,
    /// CPU time of the whole tree until ready.
    pub cpu_ms: f64,
    /// The last probe without and the first with a good answer.
    pub bracket_ms: Option<[f64; 2]>,
    /// Whether the page cache was dropped before.
    pub cold: bool,
}

impl<'a> Document<'a> {
    /// The summary of these findings.
    #[must_use]
    pub fn new(findings: &Findings<'a>) -> Self {
        let run = findings.run;
        Self {
            format: FORMAT,
            id: &run.id,
            command: &run.command,
            version: &run.version,
            started: &run.started,
            updated: &run.updated,
            complete: run.complete,
            schedule: ScheduleEntry {
                blocks_planned: run.plan.schedule.blocks,
                blocks_done: run.blocks_begun(),
                looks: &run.plan.schedule.looks,
                stopped_at_look: run.stopped_at_look,
            },
            targets: targets(run),
            database: run.database.as_ref(),
            metrics: &findings.analysis.metrics,
            launches: launches(run),
            loads: &findings.analysis.loads,
            comparisons: &findings.analysis.comparisons,
            rig_ceilings: &findings.analysis.ceilings,
            claims: findings.judgements,
            checklist: findings.checklist,
            traces: &run.traces,
            second_opinion: disagreements(run),
            caveats: &findings.analysis.caveats,
            parity: run.parity.as_ref(),
            ceiling: run.ceiling.as_ref(),
            placement: run.placement.as_ref(),
            capacity: &run.capacity,
            environment: &run.environment,
        }
    }
}

/// The JSON Schema of [`Document`], of what is written: an optional key that is left out when empty is not required.
#[must_use]
pub fn schema() -> serde_json::Value {
    SchemaSettings::default().for_serialize().into_generator().into_root_schema_for::<Document<'static>>().to_value()
}

/// The summary as indented JSON with a newline at its end.
pub(super) fn json(findings: &Findings) -> String {
    let mut text =
        serde_json::to_string_pretty(&Document::new(findings)).expect("keys are strings and values are plain");
    text.push('\n');
    text
}

fn targets(run: &Run) -> BTreeMap<&str, TargetEntry<'_>> {
    groups::targets(run)
        .into_iter()
        .map(|name| {
            let facts = run.targets.get(name);
            let entry = TargetEntry {
                role: run.plan.role(name),
                command: run.plan.target(name).map_or(&[], |target| &target.command),
                versions: facts
                    .map(|facts| facts.versions.iter().map(|(thing, version)| (&**thing, &**version)).collect())
                    .unwrap_or_default(),
                environment: facts
                    .map(|facts| facts.environment.iter().map(|(name, value)| (&**name, &**value)).collect())
                    .unwrap_or_default(),
                program_sha256: facts.and_then(|facts| facts.program_sha256.as_deref()),
                locks: facts
                    .map(|facts| facts.locks.iter().map(|(file, sum)| (&**file, &**sum)).collect())
                    .unwrap_or_default(),
            };
            (name, entry)
        })
        .collect()
}

fn launches(run: &Run) -> Vec<LaunchEntry<'_>> {
    let entry = |target, trial, attempt, launch: &Launch| LaunchEntry {
        target,
        trial,
        attempt,
        t0_monotonic_ns: launch.t0_ns,
        exec_ms: nanos_to_millis(launch.exec_ns),
        listen_ms: launch.listen.map(hit_ms),
        first_byte_ms: launch.first_byte.map(hit_ms),
        first_ok_ms: launch.first_ok.map(hit_ms),
        settled_ms: launch.settled.map(hit_ms),
        cpu_ms: nanos_to_millis(launch.cpu_ns),
        bracket_ms: launch
            .first_ok
            .map(|bracket| [nanos_to_millis(bracket.last_miss_ns), nanos_to_millis(bracket.first_hit_ns)]),
        cold: launch.cold,
    };
    run.launched()
        .iter()
        .flat_map(|trial| {
            trial.launches.iter().map(move |launch| entry(&*trial.target, trial.block, trial.attempt, launch))
        })
        .collect()
}

fn hit_ms(bracket: Bracket) -> f64 {
    nanos_to_millis(bracket.first_hit_ns)
}
