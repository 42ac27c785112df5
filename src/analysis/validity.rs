//! Which trials and loads may be counted, by evidence that is blind to the metric, and every threshold with its reason.
//!
//! Nothing is ever left out because of its value.

use crate::model::incident::Incident;
use crate::model::load::{Arrival, ErrorKind, LoadRecord};
use crate::model::record::{Ceiling, Run, Trial, TrialEnd};

use super::statistics::{mean, number};

/// Requests without a good answer above this share (percent) void a load: answers left out of the latency are no longer few.
pub const ERRORS_PERCENT: f64 = 0.1;
/// A generator thread that stood still for longer than this voids a load. Preemption on a busy machine gives 3-5 ms (seen
/// in the load engine's own trials), a frozen or starved generator hundreds.
pub const STALL_NS: u64 = 100_000_000;
/// Throughput above this share of what the generator makes against a null server is the generator's, not the target's.
pub const CEILING_SHARE: f64 = 0.8;
/// A generator that used more than this share of its threads' time cannot send much more.
pub const THREAD_SHARE: f64 = 0.9;
/// Send lateness (p99) up to this is nobody's concern, in ns.
pub const LATENESS_NS: f64 = 1e6;
/// Send lateness (p99) up to this share of the median latency changes no conclusion.
pub const LATENESS_SHARE: f64 = 0.1;
/// A side that serves less than this share of what was offered is overloaded.
pub const SERVED_SHARE: f64 = 0.99;
/// A backlog that grew by more than this time's worth of requests, in seconds, is a queue without an end.
pub const BACKLOG_S: f64 = 0.02;
/// More than this share of invalid trials: too noisy.
pub const TOO_NOISY: f64 = 0.3;

/// The trial that counts for one target in one block.
#[derive(Clone, Debug)]
pub struct Counted<'a> {
    /// The trial.
    pub trial: &'a Trial,
    /// Why it is not valid; empty when it is.
    pub reasons: Vec<String>,
}

impl Counted<'_> {
    /// Whether it may enter a comparison.
    #[must_use]
    pub fn valid(&self) -> bool {
        self.reasons.is_empty()
    }
}

/// Why the trial is not valid; empty when it is.
#[must_use]
pub fn trial_reasons(trial: &Trial) -> Vec<String> {
    let mut reasons = trial.noise.disturbances();
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

/// For each block and target the trial that counts: of a block that was done again, the latest attempt in which both sides
/// of the comparison are valid, else the latest. In the order they were done.
#[must_use]
pub fn counted(run: &Run) -> Vec<Counted<'_>> {
    let sides: Vec<&str> = match &run.plan.comparison {
        Some(comparison) => vec![&comparison.baseline, &comparison.candidate],
        None => run.plan.targets.iter().map(|target| target.name.as_str()).collect(),
    };
    let find = |block: u32, attempt: u32, target: &str| {
        run.trials.iter().find(|t| t.block == block && t.attempt == attempt && t.target == target)
    };
    let whole = |block: u32, attempt: u32| {
        sides.iter().all(|side| find(block, attempt, side).is_some_and(|trial| trial_reasons(trial).is_empty()))
    };
    run.trials
        .iter()
        .filter(|trial| {
            let attempts = run.trials.iter().filter(|t| t.block == trial.block && t.target == trial.target);
            let best = attempts.map(|t| t.attempt).max_by_key(|attempt| (whole(trial.block, *attempt), *attempt));
            best == Some(trial.attempt)
        })
        .map(|trial| Counted { trial, reasons: trial_reasons(trial) })
        .collect()
}

/// The record of the whole load that `record` is a part of: `all` of a mix, else itself.
#[must_use]
pub fn whole<'a>(trial: &'a Trial, record: &'a LoadRecord) -> &'a LoadRecord {
    trial.loads.iter().find(|other| other.load == record.load && other.request == "all").unwrap_or(record)
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

/// Why the generator, and not the target, set the figures; `None` when it did not.
///
/// Lateness counts against the generator only when a connection was free: with all of them busy a request waits for the
/// target.
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
    if record.arrival == Arrival::Open && !record.lateness.is_empty() {
        let late = number(record.lateness.value_at_quantile(0.99));
        let limit = (LATENESS_SHARE * number(record.latency.value_at_quantile(0.5))).max(LATENESS_NS);
        if late > limit && connections_were_free(record) {
            return Some(format!("requests left {:.1} ms late (p99) though connections were free", late / 1e6));
        }
    }
    None
}

/// Why a load of a valid trial may not be counted; empty when it may.
#[must_use]
pub fn load_reasons(trial: &Trial, record: &LoadRecord, ceiling: Option<&Ceiling>) -> Vec<String> {
    let all = whole(trial, record);
    let mut reasons: Vec<String> = generator_bound(all, ceiling).into_iter().collect();
    let late = [ErrorKind::Timeout, ErrorKind::ConnectTimeout];
    // Under overload requests time out because they queue; that is said once, as overload.
    let counted = record.errors.iter().filter(|(kind, _)| !(overloaded(all) && late.contains(kind)));
    let errors = share(counted.map(|(_, count)| count).sum(), record.good);
    if errors > ERRORS_PERCENT {
        reasons.push(format!("{errors:.2} % of the requests got no good answer (limit {ERRORS_PERCENT} %)"));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
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
