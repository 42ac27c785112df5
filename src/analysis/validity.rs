//! Which trials and loads may be counted, by evidence that is blind to the metric, and every threshold with its reason.
//!
//! Nothing is ever left out because of its value.

use crate::model::facts::Noise;
use crate::model::incident::Incident;
use crate::model::load::{Arrival, ErrorKind, LoadRecord};
use crate::model::plan::{Phase, subject};
use crate::model::record::{Ceiling, IdleReading, Run, Trial, TrialEnd};

use super::statistics::{mean, number};

/// Requests without a good answer above this share (percent) void a load: answers left out of the latency are no longer few.
pub const ERRORS_PERCENT: f64 = 0.1;
/// A generator thread that stood still for longer than this by its own doing voids a load: a frozen generator does so for
/// hundreds of milliseconds. What it waited for a CPU that others had, the target among them, is not in it.
pub const STALL_NS: u64 = 100_000_000;
/// Throughput above this share of what the generator makes against a null server is the generator's, not the target's.
pub const CEILING_SHARE: f64 = 0.8;
/// A generator that used more than this share of its threads' time cannot send much more.
pub const THREAD_SHARE: f64 = 0.9;
/// Send lateness (p99) up to this is nobody's concern, in ns.
pub const LATENESS_NS: f64 = 1e6;
/// Send lateness (p99) up to this share of the median latency changes no conclusion.
pub const LATENESS_SHARE: f64 = 0.1;
/// Generator threads that waited for a CPU during this share of the window were kept from sending on time by whoever shares
/// the CPUs with them: a wait that makes one request in a hundred late takes about as much of the time.
pub const WAITED_SHARE: f64 = 0.01;
/// The same, of a rate so low that few waits make it late: the waits add up to this share of all lateness.
pub const EXPLAINED_SHARE: f64 = 0.5;
/// A generator that sent less than this share of what was asked while connections were free did not do its work.
pub const SENT_SHARE: f64 = 0.99;
/// A side that serves less than this share of what was offered is overloaded.
pub const SERVED_SHARE: f64 = 0.99;
/// A backlog that grew by more than this time's worth of requests, in seconds, is a queue without an end.
pub const BACKLOG_S: f64 = 0.02;
/// More than this share of invalid trials: too noisy.
pub const TOO_NOISY: f64 = 0.3;

/// What of a trial is judged by itself: the noise of its window is known, and it can be done again alone.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part<'a> {
    /// The launch, and the first request after it.
    Launch,
    /// The idle window.
    Idle,
    /// A load, by its name and what its window is filed under.
    Load(&'a str, &'a str),
}

/// A trial, as far as it counts: of a block that was done again, each part of it comes from one attempt only.
#[derive(Clone, Debug)]
pub struct Counted<'a> {
    /// The trial.
    pub trial: &'a Trial,
    /// Why nothing of it is valid; empty when its parts may be.
    pub reasons: Vec<String>,
    /// The parts that count from this trial and from no other attempt.
    parts: Vec<Part<'a>>,
}

impl<'a> Counted<'a> {
    /// Whether anything of it may enter a comparison.
    #[must_use]
    pub fn valid(&self) -> bool {
        self.reasons.is_empty()
    }

    /// Whether its launch and first request count.
    #[must_use]
    pub fn has_launch(&self) -> bool {
        self.parts.contains(&Part::Launch)
    }

    /// The idle reading, if it counts, and whether it is valid.
    #[must_use]
    pub fn idle(&self) -> Option<(&'a IdleReading, bool)> {
        let reading = self.trial.idle.as_ref().filter(|_| self.parts.contains(&Part::Idle))?;
        Some((reading, self.valid() && disturbances(self.trial, &Part::Idle).is_empty()))
    }

    /// The loads that count.
    pub fn loads(&self) -> impl Iterator<Item = &'a LoadRecord> {
        let trial = self.trial;
        trial.loads.iter().filter(move |record| self.parts.contains(&part_of(trial, record)))
    }
}

/// How the machine disturbed the trial, where it is judged as a whole and not window by window.
#[must_use]
pub fn trial_disturbances(trial: &Trial) -> Vec<String> {
    let judged_by_window = trial.windows.iter().any(|window| window.noise.is_some());
    if judged_by_window { Vec::new() } else { trial.noise.disturbances() }
}

/// Why nothing of the trial is valid; empty when its parts may be.
#[must_use]
pub fn trial_reasons(trial: &Trial) -> Vec<String> {
    let mut reasons = trial_disturbances(trial);
    match &trial.end {
        TrialEnd::Died { phase, status, .. } => reasons.push(format!("the target died in {phase} ({status})")),
        TrialEnd::Interrupted => reasons.push("it was interrupted".to_owned()),
        TrialEnd::Stopped { .. } => {}
    }
    reasons.extend(trial.incidents.iter().map(|incident| match incident {
        Incident::Intruder { owner, .. } => format!("its port was also served by {owner}"),
        Incident::DatabaseRestarted { .. } => "PostgreSQL ended all its processes and began anew".to_owned(),
    }));
    reasons
}

fn part_of<'a>(trial: &'a Trial, record: &'a LoadRecord) -> Part<'a> {
    Part::Load(&record.load, &whole(trial, record).request)
}

/// The parts that a trial has.
fn parts(trial: &Trial) -> Vec<Part<'_>> {
    let launch = (!trial.launches.is_empty() || !trial.first_requests.is_empty()).then_some(Part::Launch);
    let idle = trial.idle.is_some().then_some(Part::Idle);
    let mut parts: Vec<Part<'_>> = launch.into_iter().chain(idle).collect();
    for record in &trial.loads {
        let part = part_of(trial, record);
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts
}

/// How the machine disturbed that part of the trial. A window too short to tell strangers by the clock ticks is judged by its
/// whole trial in this.
fn disturbances(trial: &Trial, part: &Part<'_>) -> Vec<String> {
    let window = match part {
        Part::Launch => None,
        Part::Idle => trial.windows.iter().find(|window| window.phase == "idle"),
        Part::Load(load, request) => trial.windows.iter().find(|window| window.is_of(load, request)),
    };
    let Some(noise) = window.and_then(|window| window.noise.as_ref()) else { return Vec::new() };
    let judged = Noise {
        steal_percent: noise.steal_percent.or(trial.noise.steal_percent),
        foreign_cpu_percent: noise.foreign_cpu_percent.or(trial.noise.foreign_cpu_percent),
        ..noise.clone()
    };
    judged.disturbances()
}

/// A window that the machine disturbed.
#[derive(Clone, Debug)]
pub struct Disturbed<'a> {
    /// Whose.
    pub trial: &'a Trial,
    /// Which: `idle`, or load and request.
    pub window: String,
    /// How.
    pub reasons: Vec<String>,
}

/// The windows of all attempts that do not count because the machine disturbed them, and how many windows there are.
#[must_use]
pub fn disturbed_windows(run: &Run) -> (Vec<Disturbed<'_>>, usize) {
    let windows = || run.trials.iter().flat_map(|trial| parts(trial).into_iter().map(move |part| (trial, part)));
    let windows = || windows().filter(|(_, part)| *part != Part::Launch);
    let disturbed = windows().filter_map(|(trial, part)| {
        let reasons = disturbances(trial, &part);
        let window = match part {
            Part::Load(load, request) => format!("{load} {request}"),
            Part::Launch | Part::Idle => "idle".to_owned(),
        };
        (!reasons.is_empty()).then_some(Disturbed { trial, window, reasons })
    });
    (disturbed.collect(), windows().count())
}

/// Why that part does not count though nothing of the target is to blame: the machine's noise, the generator's own doing. Blind
/// to every figure, so that doing it again favours no side.
fn blind_reasons(trial: &Trial, part: &Part<'_>, ceiling: Option<&Ceiling>) -> Vec<String> {
    let mut reasons = disturbances(trial, part);
    if let Part::Load(load, request) = part {
        let record = trial.loads.iter().find(|record| record.load == *load && record.request == *request);
        reasons.extend(record.and_then(|record| generator_bound(record, ceiling)));
    }
    reasons
}

/// The sides whose trials must both be valid for a block to count; every target where nothing is compared.
fn sides(run: &Run) -> Vec<&str> {
    match &run.plan.comparison {
        Some(comparison) => vec![&comparison.baseline, &comparison.candidate],
        None => run.plan.targets.iter().map(|target| target.name.as_str()).collect(),
    }
}

/// The trials that count, in the order they were done: of a block that was done again, each part of the latest attempt in which it
/// is valid on both sides of the comparison, else of the latest that has it.
#[must_use]
pub fn counted(run: &Run) -> Vec<Counted<'_>> {
    counted_of(run, &run.trials)
}

/// The same of the launches of the startup experiment.
#[must_use]
pub fn counted_startup(run: &Run) -> Vec<Counted<'_>> {
    counted_of(run, &run.startup)
}

fn counted_of<'a>(run: &'a Run, trials: &'a [Trial]) -> Vec<Counted<'a>> {
    let sides = sides(run);
    let ceiling = run.ceiling.as_ref();
    let is_valid = |trial: &Trial, part: &Part<'_>| {
        parts(trial).contains(part) && trial_reasons(trial).is_empty() && blind_reasons(trial, part, ceiling).is_empty()
    };
    let is_whole = |trial: &Trial, part: &Part<'_>| {
        let own = [trial.target.as_str()];
        let needed: &[&str] = if sides.contains(&own[0]) { &sides } else { &own };
        needed.iter().all(|side| {
            let mut same = trials.iter().filter(|other| other.block == trial.block && other.attempt == trial.attempt);
            same.any(|other| other.target == *side && is_valid(other, part))
        })
    };
    let counts = |trial: &Trial, part: &Part<'_>| {
        let attempts = trials
            .iter()
            .filter(|other| other.block == trial.block && other.target == trial.target && parts(other).contains(part));
        let best = attempts.max_by_key(|other| (is_whole(other, part), other.attempt));
        best.is_some_and(|best| best.attempt == trial.attempt)
    };
    trials
        .iter()
        .map(|trial| {
            let parts = parts(trial).into_iter().filter(|part| counts(trial, part)).collect();
            Counted { trial, reasons: trial_reasons(trial), parts }
        })
        .filter(|counted: &Counted<'_>| {
            // A target that died at once left no part in any attempt: that it did is still to be said.
            let same = |other: &&Trial| other.block == counted.trial.block && other.target == counted.trial.target;
            let later = |other: &Trial| other.attempt > counted.trial.attempt || !parts(other).is_empty();
            !counted.parts.is_empty() || !trials.iter().filter(same).any(later)
        })
        .collect()
}

/// The phases of that block that are to be done again, with the first reason of each: the machine or the generator itself
/// voided them on one side of the comparison, in the attempt that counts.
#[must_use]
pub fn voided(run: &Run, block: u32) -> Vec<(Phase, String)> {
    let (sides, ceiling) = (sides(run), run.ceiling.as_ref());
    let mut found: Vec<(Phase, String)> = Vec::new();
    for counted in counted(run).iter().filter(|counted| counted.trial.block == block) {
        if !sides.contains(&counted.trial.target.as_str()) {
            continue;
        }
        for part in &counted.parts {
            let phase = match part {
                Part::Launch => continue,
                Part::Idle => Phase::Idle,
                Part::Load(load, _) => Phase::Load((*load).to_owned()),
            };
            let why = blind_reasons(counted.trial, part, ceiling).into_iter().next();
            if let Some(why) = why.filter(|_| found.iter().all(|(known, _)| *known != phase)) {
                found.push((phase, format!("{}: {why}", counted.trial.target)));
            }
        }
    }
    found
}

/// The record of the whole load that `record` is a part of: `all` of a mix, else itself.
#[must_use]
pub fn whole<'a>(trial: &'a Trial, record: &'a LoadRecord) -> &'a LoadRecord {
    let all = subject("all", record.utilisation);
    trial.loads.iter().find(|other| other.load == record.load && other.request == all).unwrap_or(record)
}

/// Requests without a good answer, percent of all that ended.
#[must_use]
pub fn errors_percent(record: &LoadRecord) -> f64 {
    share(record.errors.values().sum(), record.good)
}

fn share(errors: u64, good: u64) -> f64 {
    if errors == 0 { 0.0 } else { number(errors) / number(errors + good) * 100.0 }
}

/// Whether a connection was free at all times, so that nothing waited for the target before it was sent. They cannot have
/// run out when the offered rate times the longest service time (Little's law at its worst) stays below their number.
fn connections_were_free(record: &LoadRecord) -> bool {
    let rate = offered(record) / record.seconds().max(1e-9);
    // Requests that never got an answer held a connection for a time that no histogram knows.
    let known = record.errors.is_empty() && !record.service.is_empty();
    known && rate * number(record.service.max()) / 1e9 < f64::from(record.connections)
}

fn offered(record: &LoadRecord) -> f64 {
    number(record.sent + record.unsent)
}

/// Whether the target could not hold the offered rate (open loop): less than 99 % of it answered, or a backlog that grew
/// through the window, both while the connections were all busy (else the generator did not send).
#[must_use]
pub fn overloaded(record: &LoadRecord) -> bool {
    if record.arrival == Arrival::Closed || connections_were_free(record) {
        return false;
    }
    // What was in flight at the deadline and answered soon after is not a sign of overload.
    let late = record.drained.saturating_sub(u64::from(record.connections));
    let served = number(record.answered.saturating_sub(late));
    served < SERVED_SHARE * offered(record) || backlog_grew(record)
}

fn backlog_grew(record: &LoadRecord) -> bool {
    let backlog: Vec<f64> = record.backlog.iter().map(|waiting| number(*waiting)).collect();
    let third = backlog.len() / 3;
    let (Some(early), Some(late)) = (mean(&backlog[..third]), mean(&backlog[backlog.len() - third..])) else {
        return false;
    };
    // A pause in the middle leaves a backlog that goes away again: nearly every step must lead up.
    let ups = backlog.windows(2).filter(|pair| pair[1] >= pair[0]).count();
    let rate = record.rate_asked.unwrap_or_else(|| offered(record) / record.seconds().max(1e-9));
    late - early > (BACKLOG_S * rate).max(10.0) && ups * 5 >= (backlog.len() - 1) * 4
}

/// The send lateness of an open loop (p99, ns) where it may change a conclusion.
#[must_use]
pub fn late(record: &LoadRecord) -> Option<f64> {
    if record.arrival == Arrival::Closed || record.lateness.is_empty() {
        return None;
    }
    let late = number(record.lateness.value_at_quantile(0.99));
    let limit = (LATENESS_SHARE * number(record.latency.value_at_quantile(0.5))).max(LATENESS_NS);
    (late > limit).then_some(late)
}

/// Whether the generator was late because others, the target among them, had the CPUs. Where nobody counts how long it
/// waited for one, its lateness is its own.
fn shared_cpus_explain_lateness(record: &LoadRecord) -> bool {
    let Some(waited) = record.generator_waited_ns.map(number) else { return false };
    let threads = f64::from(record.generator_threads.max(1));
    let lateness = record.lateness.mean() * number(record.lateness.len());
    waited >= WAITED_SHARE * record.seconds() * 1e9 * threads || waited >= EXPLAINED_SHARE * lateness
}

/// Why the generator, and not the target, set the figures; `None` when it did not. Only what the generator did by itself
/// counts: a target that takes every CPU or every connection for a while must not void the load that shows it.
///
/// Lateness counts against the generator only when a connection was free (with all of them busy a request waits for the
/// target) and when shared CPUs do not explain it (then it widens what is known of the latency).
#[must_use]
pub fn generator_bound(record: &LoadRecord, ceiling: Option<&Ceiling>) -> Option<String> {
    if record.generator_stall_ns > STALL_NS {
        return Some(format!("a generator thread stood still for {:.0} ms", number(record.generator_stall_ns) / 1e6));
    }
    let seconds = record.seconds().max(1e-9);
    let used = record.generator_cpu_ns.map_or(0.0, |ns| number(ns) / 1e9) / seconds;
    let used = used / f64::from(record.generator_threads.max(1));
    if !record.engine.is_own() {
        // Another tool has a ceiling that nobody measured; what it used of its own threads is known.
        return (used > THREAD_SHARE).then(|| {
            format!("{} used {:.0} % of its {} thread(s)", record.engine, used * 100.0, record.generator_threads)
        });
    }
    if let Some(ceiling) = ceiling {
        let most = ceiling.requests_per_s * f64::from(record.generator_threads.max(1));
        let made = number(record.answered) / seconds;
        if most > 0.0 && made > CEILING_SHARE * most {
            return Some(format!("{made:.0}/s is more than 80 % of the generator's ceiling of {most:.0}/s"));
        }
    }
    // An open loop spins for its next send, so only in a closed one a busy thread is a thread that limits.
    if record.arrival == Arrival::Closed && used > THREAD_SHARE {
        return Some(format!("the generator was busy for {:.0} % of its time", used * 100.0));
    }
    if record.arrival == Arrival::Open && connections_were_free(record) {
        if let Some(late) = late(record).filter(|_| !shared_cpus_explain_lateness(record)) {
            return Some(format!("requests left {:.1} ms late (p99) though connections were free", late / 1e6));
        }
        if number(record.sent) < SENT_SHARE * offered(record) {
            return Some(format!("{} requests were never sent though connections were free", record.unsent));
        }
    }
    None
}

/// Requests without a good answer, percent of all that ended, where they are so many that they void the load. Under overload
/// requests time out because they queue; that is said once, as overload.
#[must_use]
pub fn voiding_errors(trial: &Trial, record: &LoadRecord) -> Option<f64> {
    let late = [ErrorKind::Timeout, ErrorKind::ConnectTimeout];
    let is_overloaded = overloaded(whole(trial, record));
    let counted = record.errors.iter().filter(|(kind, _)| !(is_overloaded && late.contains(kind)));
    let errors = share(counted.map(|(_, count)| count).sum(), record.good);
    (errors > ERRORS_PERCENT).then_some(errors)
}

/// Why a load of a valid trial may not be counted; empty when it may. The one answer for verdict, caveat and table.
#[must_use]
pub fn load_reasons(trial: &Trial, record: &LoadRecord, ceiling: Option<&Ceiling>) -> Vec<String> {
    let mut reasons = blind_reasons(trial, &part_of(trial, record), ceiling);
    reasons.extend(
        voiding_errors(trial, record)
            .map(|errors| format!("{errors:.2} % of the requests got no good answer (limit {ERRORS_PERCENT} %)")),
    );
    reasons
}

/// Why no figure of a load enters a comparison, as the figures of `counted` do not; empty when they do.
#[must_use]
pub fn void_reasons(
    counted: &[Counted<'_>],
    trial: &Trial,
    record: &LoadRecord,
    ceiling: Option<&Ceiling>,
) -> Vec<String> {
    let mut reasons = trial_reasons(trial);
    reasons.extend(load_reasons(trial, record, ceiling));
    let own = counted.iter().find(|counted| std::ptr::eq(counted.trial, trial));
    let is_taken = own.is_some_and(|counted| counted.loads().any(|other| std::ptr::eq(other, record)));
    if !is_taken {
        reasons.push("another attempt at this block counts instead".to_owned());
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::model::record::Window;
    use crate::sample_run::SampleRun;

    const MS: u64 = 1_000_000;

    fn open() -> LoadRecord {
        SampleRun::default().build().trials[0].loads[1].clone()
    }

    /// A second of standstill of the target: connections run out, requests wait, then all is caught up.
    fn paused_target() -> LoadRecord {
        let mut record = open();
        record.service.record_n(1000 * MS, 100).expect("in bounds");
        record.lateness.record_n(500 * MS, 900).expect("in bounds");
        record.backlog = vec![0, 0, 0, 0, 900, 0, 0, 0, 0, 0];
        record
    }

    #[test]
    fn a_steady_load_is_neither() {
        assert!(!overloaded(&open()));
        assert_eq!(generator_bound(&open(), None), None);
    }

    #[test]
    fn a_pause_of_the_target_is_its_latency_and_nobody_elses_fault() {
        assert!(!overloaded(&paused_target()));
        assert_eq!(generator_bound(&paused_target(), None), None);
    }

    #[test]
    fn a_frozen_generator_is_flagged() {
        let mut record = open();
        record.generator_stall_ns = 500 * MS;
        assert!(generator_bound(&record, None).expect("flagged").contains("500 ms"));
    }

    #[test]
    fn a_late_generator_is_flagged_only_with_free_connections() {
        let mut record = open();
        record.lateness.record_n(20 * MS, 1000).expect("in bounds");
        assert!(generator_bound(&record, None).expect("flagged").contains("20.0 ms late"));
        record.service.record(200 * MS).expect("in bounds");
        assert_eq!(generator_bound(&record, None), None);
    }

    #[test]
    fn lateness_by_shared_cpus_voids_nothing_and_is_known() {
        let mut record = open();
        record.lateness.record_n(20 * MS, 1000).expect("in bounds");
        let window = record.ended_ns - record.started_ns;
        for (waited, threads, voided) in
            [(None, 1, true), (Some(0), 1, true), (Some(window / 90), 1, false), (Some(window / 90), 2, true)]
        {
            (record.generator_waited_ns, record.generator_threads) = (waited, threads);
            assert_eq!(
                generator_bound(&record, None).is_some(),
                voided,
                "{waited:?} of {window} ns, {threads} threads"
            );
            assert_eq!(late(&record).map(|late| late > 19e6), Some(true));
        }
        assert_eq!(late(&open()), None);
    }

    #[test]
    fn few_waits_explain_the_lateness_of_a_low_rate() {
        let mut record = open();
        record.lateness.reset();
        record.lateness.record_n(2 * MS, 40).expect("in bounds");
        record.generator_waited_ns = Some(50 * MS);
        assert_eq!(generator_bound(&record, None), None);
        record.generator_waited_ns = Some(30 * MS);
        assert!(generator_bound(&record, None).is_some(), "80 ms of lateness");
    }

    #[test]
    fn a_generator_that_does_not_send_is_flagged_only_with_free_connections() {
        let mut record = open();
        record.unsent = record.sent / 200;
        assert_eq!(generator_bound(&record, None), None);
        record.unsent = record.sent / 50;
        assert!(generator_bound(&record, None).expect("flagged").contains("never sent"));
        record.service.record(200 * MS).expect("in bounds");
        assert_eq!(generator_bound(&record, None), None);
    }

    #[test]
    fn a_load_near_the_ceiling_is_the_generators() {
        let ceiling = |requests_per_s| Ceiling { requests_per_s, floor_ns: 0, cpu_per_request_ns: 0 };
        assert_eq!(generator_bound(&open(), Some(&ceiling(1300.0))), None);
        assert!(generator_bound(&open(), Some(&ceiling(1200.0))).is_some());
        let mut two = open();
        two.generator_threads = 2;
        assert_eq!(generator_bound(&two, Some(&ceiling(1200.0))), None);
    }

    #[test]
    fn a_generator_without_a_pause_is_the_limit_of_a_closed_loop() {
        let mut record = open();
        record.generator_cpu_ns = Some((record.ended_ns - record.started_ns) * 95 / 100);
        assert_eq!(generator_bound(&record, None), None, "an open loop spins");
        record.arrival = Arrival::Closed;
        assert!(generator_bound(&record, None).expect("flagged").contains("95 %"));
        record.generator_threads = 2;
        assert_eq!(generator_bound(&record, None), None);
    }

    #[test]
    fn a_backlog_without_an_end_is_overload() {
        let mut record = paused_target();
        record.backlog = vec![10, 20, 35, 45, 60, 70, 80, 90, 100, 110];
        assert!(overloaded(&record));
        record.backlog = vec![10, 20, 15, 5, 20, 10, 15, 20, 10, 20];
        assert!(!overloaded(&record));
    }

    #[test]
    fn what_the_generator_did_not_send_is_not_the_targets_overload() {
        let mut record = open();
        record.unsent = 5_000;
        assert!(!overloaded(&record), "connections were free");
        record.service.record_n(150 * MS, 10).expect("in bounds");
        assert!(overloaded(&record));
    }

    #[test]
    fn a_block_done_again_counts_once() {
        let mut run = SampleRun::default().build();
        run.trials[0].noise.steal_percent = Some(40.0);
        let again: Vec<Trial> = run.trials[..2].iter().cloned().map(|t| Trial { attempt: 2, ..t }).collect();
        let mut clean = again.clone();
        clean[0].noise.steal_percent = Some(0.0);
        assert_eq!(analyse(&run).comparison("startup.first_ok").expect("measured").blocks, 4);
        run.trials.extend(clean);
        assert_eq!(counted(&run).len(), 10);
        assert!(counted(&run).iter().all(|c| c.valid() && (c.trial.block > 1 || c.trial.attempt == 2)));
        assert_eq!(analyse(&run).comparison("startup.first_ok").expect("measured").blocks, 5);
        // A third attempt that was disturbed again does not undo the second.
        run.trials.extend(again.into_iter().map(|t| Trial { attempt: 3, ..t }));
        assert!(counted(&run).iter().all(Counted::valid));
    }

    #[test]
    fn an_interrupted_trial_never_stands_for_the_one_that_was_done_after_it() {
        let mut run = SampleRun::default().build();
        let again = Trial { attempt: 2, ..run.trials[1].clone() };
        run.trials[1].end = TrialEnd::Interrupted;
        assert_eq!(analyse(&run).comparison("startup.first_ok").expect("measured").blocks, 4);
        run.trials.push(again);
        assert!(counted(&run).iter().all(|c| c.valid() && c.trial.end != TrialEnd::Interrupted));
    }

    #[test]
    fn errors_void_their_load_and_nothing_else() {
        let mut run = SampleRun::default().build();
        run.trials[0].loads[0].errors.insert(ErrorKind::Reset, 2);
        let analysis = analyse(&run);
        let blocks = |metric: &str| analysis.comparison(metric).expect("measured").blocks;
        assert_eq!(blocks("latency.list.p50"), 4);
        assert_eq!(blocks("latency.list.rss"), 4);
        assert_eq!(blocks("latency.list.errors"), 5);
        assert_eq!(blocks("sustained.list.p50"), 5);
        assert_eq!(blocks("startup.first_ok"), 5);
    }

    /// The sample with the noise of every window known, and none.
    fn watched() -> Run {
        let mut run = SampleRun::default().build();
        for trial in &mut run.trials {
            let idle = Window { phase: "idle".to_owned(), request: None, ..trial.windows[0].clone() };
            trial.windows.push(idle);
            trial.windows.iter_mut().for_each(|window| window.noise = Some(Noise::default()));
        }
        run
    }

    fn disturb(trial: &mut Trial, phase: &str) {
        let window = trial.windows.iter_mut().find(|window| window.phase == phase).expect("there is such a window");
        window.noise = Some(Noise { foreign_cpu_percent: Some(90.0), ..Noise::default() });
    }

    #[test]
    fn noise_voids_the_window_that_it_fell_into_and_no_other() {
        let mut run = watched();
        // What the whole trial saw is judged no more where its windows were.
        run.trials[0].noise.throttled = Some(1000);
        disturb(&mut run.trials[0], "latency");
        let blocks = |run: &Run, metric: &str| analyse(run).comparison(metric).expect("measured").blocks;
        assert_eq!((blocks(&run, "latency.list.p50"), blocks(&run, "latency.list.cpu_per_request")), (4, 4));
        assert_eq!((blocks(&run, "sustained.list.p50"), blocks(&run, "idle.pss")), (5, 5));
        assert_eq!(voided(&run, 2), []);
        let again = voided(&run, 1);
        assert_eq!(again.iter().map(|(phase, _)| phase.name()).collect::<Vec<_>>(), ["latency"]);
        assert!(again[0].1.contains("other programs used 90 % of a core"), "{}", again[0].1);
        disturb(&mut run.trials[1], "idle");
        assert_eq!(blocks(&run, "idle.pss"), 4);
        assert_eq!(voided(&run, 1).len(), 2);
    }

    #[test]
    fn a_load_done_again_stands_beside_the_rest_of_its_block() {
        let mut run = watched();
        disturb(&mut run.trials[0], "latency");
        let again = |trial: &Trial| {
            let mut trial = Trial { attempt: 2, idle: None, first_requests: vec![], ..trial.clone() };
            trial.loads.retain(|record| record.load == "latency");
            trial.windows.retain(|window| window.phase == "latency");
            trial.windows[0].noise = Some(Noise::default());
            trial
        };
        let second = [again(&run.trials[0]), again(&run.trials[1])];
        run.trials.extend(second);
        let analysis = analyse(&run);
        for metric in ["latency.list.p50", "sustained.list.p50", "idle.pss"] {
            assert_eq!(analysis.comparison(metric).expect("measured").blocks, 5, "{metric}");
            assert_eq!(analysis.metric(metric, "gin").expect("measured").n, 5, "{metric}");
        }
        assert_eq!(voided(&run, 1), []);
        let loads = |attempt: u32| {
            let of = counted(&run).into_iter().filter(|c| c.trial.block == 1 && c.trial.attempt == attempt);
            of.flat_map(|c| c.loads().map(|record| record.load.clone()).collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        assert_eq!((loads(1), loads(2)), (vec!["sustained".to_owned(); 2], vec!["latency".to_owned(); 2]));
    }

    #[test]
    fn pairs_of_launches_are_paired_by_their_own_number() {
        let mut run = SampleRun::default().build();
        for pair in 1..=12 {
            for trial in &run.trials[..2] {
                let (windows, loads) = (vec![], vec![]);
                let launches = trial.launches[..1].to_vec();
                run.startup.push(Trial { block: pair, launches, windows, loads, idle: None, ..trial.clone() });
            }
        }
        run.startup[2..4].iter_mut().for_each(|trial| trial.noise.steal_percent = Some(50.0));
        let found = analyse(&run);
        assert_eq!(found.comparison("startup.first_ok").expect("measured").blocks, 11);
        assert_eq!(found.comparison("idle.pss").expect("measured").blocks, 5);
        assert_eq!(found.metric("startup.first_ok", "gin").expect("measured").n, 11);
    }

    #[test]
    fn every_kind_of_disturbance_voids_a_trial() {
        let trial = SampleRun::default().build().trials.remove(0);
        assert!(trial_reasons(&trial).is_empty());
        let mut disturbed = trial.clone();
        disturbed.noise.steal_percent = Some(5.1);
        disturbed.noise.foreign_cpu_percent = Some(21.0);
        disturbed.noise.throttled = Some(11);
        disturbed.end =
            TrialEnd::Died { phase: "latency".to_owned(), status: "signal KILL".to_owned(), stderr: String::new() };
        assert_eq!(trial_reasons(&disturbed).len(), 4);
    }
}
