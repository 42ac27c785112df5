//! What was seen: the run, its trials, launches, windows and samples. Nothing here is a statistic.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::facts::{Caveat, DatabaseFacts, Environment, Noise, Placement, TargetFacts};
use super::incident::Incident;
use super::load::LoadRecord;
use super::opinion::Opinion;
use super::plan::Plan;
use super::trace::Trace;
use crate::clock::Nanos;
use crate::unit::plural;

/// The version of the stored form.
pub const FORMAT: u32 = 1;

/// Everything that one command did.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// [`FORMAT`].
    pub format: u32,
    /// The folder's name.
    pub id: String,
    /// The subcommand, for instance `run`.
    pub command: String,
    /// The version of the program that measured.
    pub version: String,
    /// RFC 3339.
    pub started: String,
    /// RFC 3339, of the last write.
    pub updated: String,
    /// Whether everything planned was done.
    pub complete: bool,
    /// What was to be done.
    pub plan: Plan,
    /// The planned look, in blocks, at which the session stopped because more blocks would decide no further claim; `None`
    /// when it did not stop early.
    #[serde(default)]
    pub stopped_at_look: Option<u32>,
    /// Facts of the machine by name, such as `cpu.model`; `None` for a fact that could not be read.
    pub environment: Environment,
    /// Who ran on which CPUs; `None` when nothing was pinned.
    #[serde(default)]
    pub placement: Option<Placement>,
    /// The targets, by name.
    pub targets: BTreeMap<String, TargetFacts>,
    /// The database, if any.
    pub database: Option<DatabaseFacts>,
    /// The corpus check, if one was done.
    pub parity: Option<ParityRecord>,
    /// The generator against a null server on this machine, if loads were run.
    pub ceiling: Option<Ceiling>,
    /// Closed-loop throughput of each target by request (1/s), measured before the first block for common rates.
    pub capacity: Vec<Capacity>,
    /// The experiment of startup: a trial is one launch, a block is one launch of each target. Empty in runs of versions that
    /// launched inside the trials.
    #[serde(default)]
    pub startup: Vec<Trial>,
    /// In-process benchmarks.
    pub benchmarks: Vec<HandlerBenchmark>,
    /// Every trial in the order it was done, invalid ones included.
    pub trials: Vec<Trial>,
    /// One more life of each target whose runtime is known, with its garbage collector traced, apart from the trials.
    #[serde(default)]
    pub traces: Vec<Trace>,
    /// One more life of each target, heard by another load tool as well, apart from the trials.
    #[serde(default)]
    pub opinions: Vec<Opinion>,
    /// Doubts that only the measuring side could see.
    pub caveats: Vec<Caveat>,
}

impl Run {
    /// The trials whose launches tell of startup: those of its own experiment where there is one.
    #[must_use]
    pub fn launched(&self) -> &[Trial] {
        if self.startup.is_empty() { &self.trials } else { &self.startup }
    }

    /// Whether it is the check of the corpus and nothing else.
    #[must_use]
    pub fn is_parity_alone(&self) -> bool {
        self.command == "parity"
    }

    /// Blocks that were begun.
    #[must_use]
    pub fn blocks_begun(&self) -> u32 {
        self.trials.iter().map(|trial| trial.block).max().unwrap_or(0)
    }
}

/// The generator's own limits on this machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Ceiling {
    /// Requests per second that one generator thread makes of a whole CPU against a null server.
    pub requests_per_s: f64,
    /// Median latency against the null server before the first load, one reading, ns. Each load has readings of its own
    /// (`loads[].floor_us`).
    pub floor_ns: Nanos,
    /// Generator CPU per request, ns.
    pub cpu_per_request_ns: Nanos,
}

/// Closed-loop throughput of one target on one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Capacity {
    /// The load whose rate depends on it.
    pub load: String,
    /// The request's name.
    pub request: String,
    /// The target's name.
    pub target: String,
    /// Good answers per second.
    pub per_second: f64,
}

/// One life of a target, seeded to stopped, with the extra launches before it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trial {
    /// The target's name.
    pub target: String,
    /// The block, from 1.
    pub block: u32,
    /// The place inside the block, from 1.
    pub position: u32,
    /// 1, or more when the block was done again.
    pub attempt: u32,
    /// RFC 3339.
    pub started: String,
    /// Fingerprint of the database before the trial.
    pub fingerprint: Option<String>,
    /// The launch of the trial's own life. Empty for a server that already ran.
    pub launches: Vec<Launch>,
    /// Idle memory at the end of the idle window.
    pub idle: Option<IdleReading>,
    /// The first request after ready, where there was one.
    pub first_requests: Vec<FirstRequest>,
    /// The phases of the trial's own life, in order.
    pub windows: Vec<Window>,
    /// The loads, in order.
    pub loads: Vec<LoadRecord>,
    /// Whether inserted rows equal good POSTs.
    pub writes: Vec<WriteCheck>,
    /// CPU time that the sampler itself used over the trial's life, ns.
    pub sampler_cpu_ns: Nanos,
    /// Bytes from the middle of its output that were not kept, because it was too long.
    #[serde(default)]
    pub output_left_out: u64,
    /// What else happened that no figure tells of.
    #[serde(default)]
    pub incidents: Vec<Incident>,
    /// How disturbed the machine was during the trial.
    pub noise: Noise,
    /// How the target's life ended.
    pub end: TrialEnd,
    /// Readings of `/proc` over the trial's own life, by time.
    #[serde(skip)]
    pub samples: Vec<Sample>,
}

/// How a trial ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "how")]
pub enum TrialEnd {
    /// All phases done, stopped by us.
    Stopped {
        /// Whether the grace ran out and the tree was killed.
        killed: bool,
    },
    /// The target ended before we stopped it.
    Died {
        /// The phase it happened in.
        phase: String,
        /// For instance `exit status 1` or `signal KILL`.
        status: String,
        /// The first and last lines of its standard error or, where that is empty, of its standard output.
        stderr: String,
    },
    /// Somebody pressed Ctrl-C; the phases finished until then are kept.
    Interrupted,
}

/// Between which two moments something happened, ns after t0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bracket {
    /// The last probe that did not see it yet (0 when the first probe saw it).
    pub last_miss_ns: Nanos,
    /// The first probe that saw it.
    pub first_hit_ns: Nanos,
}

/// One start of a target, until ready or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Launch {
    /// t0: just before `execve` in the child, monotonic ns.
    pub t0_ns: Nanos,
    /// When `execve` was seen to have succeeded, ns after t0.
    pub exec_ns: Nanos,
    /// TCP accepts.
    pub listen: Option<Bracket>,
    /// The first byte of any answer.
    pub first_byte: Option<Bracket>,
    /// The first good answer.
    pub first_ok: Option<Bracket>,
    /// The tree became quiet: its CPU below 2 % of a core for 200 ms and no process born or gone. `None` when nobody waited
    /// for it or it did not settle.
    #[serde(default)]
    pub settled: Option<Bracket>,
    /// CPU time of the whole tree until ready, ns.
    pub cpu_ns: Nanos,
    /// Whether children that exited are in it by clock ticks only: without a cgroup of its own nothing counts them better.
    #[serde(default)]
    pub cpu_in_ticks: bool,
    /// How listening was seen.
    pub listen_seen_by: ListenProbe,
    /// Whether the page cache was dropped before.
    pub cold: bool,
}

/// How listening was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListenProbe {
    /// Netlink `sock_diag`: exact, does not disturb.
    SockDiag,
    /// Connecting again and again.
    Connect,
}

/// Memory of the whole tree at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdleReading {
    /// Seconds after ready, in ns.
    pub after_ns: Nanos,
    /// Sum of resident sets, bytes.
    pub rss: u64,
    /// Sum of proportional set sizes, bytes.
    pub pss: Option<u64>,
    /// Sum of private (unique) memory, bytes.
    pub uss: Option<u64>,
    /// What the tree's own control group counts, bytes: page cache and kernel memory are in it. `None` where it has none.
    #[serde(default)]
    pub cgroup: Option<u64>,
    /// Processes in the tree.
    pub processes: u32,
}

/// The first request after ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstRequest {
    /// The name of the request that was sent, as the configuration calls it.
    pub request: String,
    /// From before connect to the last byte, ns.
    pub latency_ns: Nanos,
    /// The answer's status.
    pub status: u16,
}

/// A phase of the trial's life, with exact readings at both ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// The phase's name.
    pub phase: String,
    /// The request's name, when the phase is a load.
    pub request: Option<String>,
    /// Monotonic ns.
    pub started_ns: Nanos,
    /// Monotonic ns.
    pub ended_ns: Nanos,
    /// CPU time of the target's tree inside the window, ns, threads and children that exited included.
    pub target_cpu_ns: Nanos,
    /// Whether children that exited are in it by clock ticks only: without a cgroup of its own nothing counts them better.
    #[serde(default)]
    pub cpu_in_ticks: bool,
    /// CPU time of PostgreSQL's tree inside the window, ns.
    pub database_cpu_ns: Option<Nanos>,
    /// What PostgreSQL did for the target inside the window, where it counts its statements.
    #[serde(default)]
    pub database_work: Option<DatabaseWork>,
    /// Processes of the target's tree that were new at the end.
    pub processes_born: u32,
    /// Processes of the target's tree that were gone at the end.
    pub processes_gone: u32,
    /// Files, sockets included, that the target's tree had open at the start and at the end, where they were counted.
    #[serde(default)]
    pub open_files: Option<(u64, u64)>,
    /// The most memory that the target's tree had resident inside a load's window.
    #[serde(default)]
    pub peak: Option<Peak>,
    /// What gunicorn's log told of its workers meanwhile; `None` when it told nothing.
    #[serde(default)]
    pub workers: Option<Workers>,
    /// How disturbed the machine was meanwhile; `None` in runs that judged whole trials.
    #[serde(default)]
    pub noise: Option<Noise>,
}

impl Window {
    /// Whether it is a window of that load and request; a mix is one window, named `all`.
    #[must_use]
    pub fn is_of(&self, load: &str, request: &str) -> bool {
        self.phase == load && self.request.as_deref().unwrap_or("all") == request
    }
}

/// The most memory that a tree had resident inside a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peak {
    /// Bytes, the sum over its processes.
    pub bytes: u64,
    /// How it was found.
    pub how: PeakSource,
}

/// How a peak was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeakSource {
    /// By the kernel's own mark of each process (VmHWM), reset at the window's start.
    Reset,
    /// The largest sample: the marks could not be reset, and a peak between two samples is not seen.
    Samples,
}

/// Events of gunicorn's workers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workers {
    /// Workers that were started.
    pub booted: u32,
    /// Workers that went after the requests they were allowed.
    pub recycled: u32,
    /// Workers that stood still for longer than the timeout and were killed.
    pub timed_out: u32,
    /// Workers that somebody killed or that ended with an error.
    pub died: u32,
}

/// The ends of the names of the metrics that tell what the database did for a target under a load.
pub const DATABASE_FIGURES: [&str; 8] = [
    "database_cpu",
    "database_cpu_per_request",
    "database_rss",
    "database_pss",
    "statements_per_request",
    "rows_per_request",
    "buffers_per_request",
    "buffers_read_per_request",
];

/// What PostgreSQL did in one database, as `pg_stat_statements` counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseWork {
    /// Statements executed, BEGIN, COMMIT and the like included.
    pub statements: u64,
    /// Rows that they returned or changed.
    pub rows: u64,
    /// Blocks of 8 KiB found in the shared buffers.
    pub buffers_hit: u64,
    /// Blocks of 8 KiB read into the shared buffers.
    pub buffers_read: u64,
}

/// Whose processes a sample is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// The target's tree.
    Target,
    /// PostgreSQL's tree.
    Database,
    /// Our own process: generator and sampler.
    Pianoprof,
}

/// One reading of `/proc` over a whole tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Monotonic ns.
    pub t_ns: Nanos,
    /// Whose tree.
    pub group: Group,
    /// Processes in it.
    pub processes: u32,
    /// Sum of resident sets, bytes.
    pub rss: u64,
    /// CPU time since the tree began, ns, exited threads and children included.
    pub cpu_ns: Nanos,
    /// Sum of proportional set sizes, bytes, where this sample took it.
    pub pss: Option<u64>,
    /// Sum of private memory, bytes, where this sample took it.
    pub uss: Option<u64>,
    /// Sum of each process's peak resident set (VmHWM), bytes, where this sample took it.
    pub peak: Option<u64>,
    /// What the tree's own control group counts, bytes, where it has one and this sample took it.
    #[serde(default)]
    pub cgroup: Option<u64>,
}

/// Whether a load's good POSTs are in the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteCheck {
    /// The table that the request's `inserts` names.
    pub table: String,
    /// Rows that good answers promise.
    pub promised: u64,
    /// Rows that came.
    pub inserted: u64,
    /// Requests without an answer, each of which may have added a row.
    pub unknown: u64,
}

/// One in-process benchmark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct HandlerBenchmark {
    /// The target's name.
    pub target: String,
    /// The request whose handler it measures.
    pub request: String,
    /// Time per call, ns.
    pub time_ns: f64,
    /// Allocations per call, where the runtime tells.
    pub allocs: Option<f64>,
    /// Bytes allocated per call, where the runtime tells.
    pub bytes: Option<f64>,
}

/// The corpus check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ParityRecord {
    /// Requests in the corpus.
    pub requests: u32,
    /// Differences between baseline and candidate.
    pub differences: Vec<ParityDifference>,
    /// Differences between the baseline and itself: the noise level of the rules.
    pub noise: Vec<ParityDifference>,
    /// Tables whose rows differ afterwards.
    pub tables: Vec<String>,
}

impl ParityRecord {
    /// Whether every difference is allowed and both sides left the same tables.
    #[must_use]
    pub fn is_alike(&self) -> bool {
        self.tables.is_empty() && self.differences.iter().all(|one| one.allowed)
    }

    /// The answer of the check as a sentence without its full stop, such as `8 requests answered alike`.
    #[must_use]
    pub fn outcome(&self) -> String {
        let (open_requests, open) = self.count(false);
        let (allowed_requests, allowed) = self.count(true);
        let all = plural(self.requests as usize, "request");
        let mut said = if open == 0 {
            format!("{all} answered alike")
        } else {
            let verb = if open_requests == 1 { "differs" } else { "differ" };
            format!("{open_requests} of {all} {verb}, in {}", plural(open, "place"))
        };
        if allowed > 0 {
            let (places, of) = (plural(allowed, "place"), plural(allowed_requests, "request"));
            let _ = write!(said, ", not counting {places} in {of} that `allow` names");
        }
        if !self.tables.is_empty() {
            let verb = if self.tables.len() == 1 { "holds" } else { "hold" };
            let _ = write!(said, "; {} {verb} other rows afterwards", plural(self.tables.len(), "table"));
        }
        said
    }

    /// Requests with a difference of that kind, and such differences.
    fn count(&self, allowed: bool) -> (usize, usize) {
        let found: Vec<&str> =
            self.differences.iter().filter(|one| one.allowed == allowed).map(|one| one.request.as_str()).collect();
        (found.iter().collect::<BTreeSet<_>>().len(), found.len())
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ParityDifference {
    /// The corpus request's name.
    pub request: String,
    /// Where in the answer: `status`, `header NAME` or a JSON pointer.
    pub at: String,
    /// What the baseline gave.
    pub baseline: String,
    /// What the candidate gave.
    pub candidate: String,
    /// Whether the plan allows it by name.
    pub allowed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outcome_of_a_corpus_is_said_in_requests_and_places() {
        let difference = |request: &str, allowed| ParityDifference {
            request: request.to_owned(),
            at: "status".to_owned(),
            baseline: "200".to_owned(),
            candidate: "404".to_owned(),
            allowed,
        };
        let said = |requests, differences: Vec<ParityDifference>, tables: &[&str]| {
            let tables = tables.iter().map(|table| (*table).to_owned()).collect();
            let record = ParityRecord { requests, differences, noise: vec![], tables };
            (record.is_alike(), record.outcome())
        };
        for (found, alike, words) in [
            (said(8, vec![], &[]), true, "8 requests answered alike"),
            (said(1, vec![], &[]), true, "1 request answered alike"),
            (
                said(8, vec![difference("a", false), difference("a", false), difference("a", false)], &[]),
                false,
                "1 of 8 requests differs, in 3 places",
            ),
            (
                said(8, vec![difference("a", false), difference("b", false), difference("c", true)], &[]),
                false,
                "2 of 8 requests differ, in 2 places, not counting 1 place in 1 request that `allow` names",
            ),
            (said(8, vec![], &["notes"]), false, "8 requests answered alike; 1 table holds other rows afterwards"),
        ] {
            assert_eq!(found, (alike, words.to_owned()));
        }
    }
}
