//! Doubts about single loads, folded over trials and requests.

use crate::model::facts::Caveat;
use crate::model::load::{Arrival, ErrorKind, LoadRecord};
use crate::model::record::{Run, Trial, Workers};
use crate::unit::{digits, thousands};

use super::super::floor::{self, Found};
use super::super::loaded::{peak_from_samples, pss_from_around, samples_in};
use super::super::statistics::{median, number};
use super::super::validity::{
    Counted, ERRORS_PERCENT, errors_percent, generator_bound, overloaded, voiding_errors, whole,
};
use super::{caveat, listed};

/// The network floor above this share of the median latency is no longer negligible.
const FLOOR_SHARE: f64 = 0.1;
/// p99.5 above this many times p98.5: p99 stands on a cliff and jumps between trials.
const CLIFF: f64 = 2.0;
/// Good answers below which p98.5 and p99.5 themselves are chance.
const CLIFF_REQUESTS: u64 = 2_000;
/// Little's law must hold within this share, or the record disagrees with itself.
const LITTLE: f64 = 0.01;

/// One load of one counted trial.
struct Case<'a> {
    trial: &'a Trial,
    record: &'a LoadRecord,
}

pub(super) fn caveats(run: &Run, counted: &[Counted<'_>]) -> Vec<Caveat> {
    let cases: Vec<Case<'_>> = counted
        .iter()
        .flat_map(|counted| counted.loads().map(|record| Case { trial: counted.trial, record }))
        .collect();
    let ceiling = run.ceiling.as_ref();
    let mut found = Vec::new();
    let mut say = |kind: &str, advice: &str, rule: &dyn Fn(&Case<'_>) -> Option<String>| {
        found.extend(fold(&cases, kind, advice, rule));
    };
    say("overloaded", "Compare latency at a rate that both sides hold, and throughput in a closed loop.", &overload);
    say(
        "generator-bound",
        "The load is not counted. Use more generator threads, fewer connections or a lower rate, or a quieter machine.",
        &|case| generator_bound(whole(case.trial, case.record), ceiling),
    );
    say("errors", "The load is not counted. Read the target's standard error in the run's folder.", &|case| {
        voiding_errors(case.trial, case.record).map(|percent| {
            let kinds: Vec<String> =
                case.record.errors.iter().map(|(kind, count)| format!("{count} {}", kind.name())).collect();
            format!("{} % of the requests got no good answer ({})", digits(percent), listed(&kinds))
        })
    });
    say(
        "timeouts",
        "A closed loop sends nothing while it waits, so the percentiles leave the standstill out: read throughput, or use `--rate`.",
        &timeouts,
    );
    say("queueing", "Compare at a concurrency that both sides can hold as well.", &queueing);
    say("worker-churn", "Worker recycling or crashes are part of the figures; read the target's log.", &churn);
    say("network-floor", "Read small latencies as differences above the floor.", &|case| {
        let floor = floor::found(&[case.record]).filter(Found::is_stable)?.known()?;
        let p50 = number(case.record.latency.value_at_quantile(0.5)) / 1e3;
        (floor.median > FLOOR_SHARE * p50).then(|| {
            format!(
                "the network floor of {} us (middle half of {} readings {} to {}) is {:.0} % of the median latency",
                digits(floor.median),
                floor.n,
                digits(floor.low),
                digits(floor.high),
                floor.median / p50 * 100.0
            )
        })
    });
    say("cliff", "Read p98 and p99.5 beside p99; small shifts in the mix of answers move it a lot.", &cliff);
    say(
        "littles-law",
        "The record disagrees with itself by more than 1 %: errors and reconnects explain it, or the generator did.",
        &|case| {
            let record = case.record;
            let law = number(record.in_system_ns) / number(record.busy_ns.max(1));
            let closed = record.arrival == Arrival::Closed && record.busy_ns > 0 && record.good > 0;
            let alone = std::ptr::eq(whole(case.trial, record), record);
            (closed && alone && (law - 1.0).abs() > LITTLE)
                .then(|| format!("X·R / N is {law:.3} where Little's law says 1"))
        },
    );
    say("engine", "Read the figures as what that tool says; without --engine they are this program's own.", &|case| {
        (!case.record.notes.is_empty())
            .then(|| format!("made by {}: {}", case.record.engine, case.record.notes.join("; ")))
    });
    say("pss-around", "PSS is read outside the load because reading it stalls the target.", &|case| {
        pss_from_around(case.trial, case.record)
            .then(|| "PSS comes from readings right before and after the load, none lies inside".to_owned())
    });
    say("peak-from-samples", "Measure as root or as the target's own user.", &|case| {
        peak_from_samples(case.trial, case.record)
            .then(|| "the memory peak is the largest sample, what lies between two samples is not in it".to_owned())
    });
    found
}

/// One caveat per target and finding: the loads and requests it is about, the first finding of each load, and in how many
/// trials.
fn fold(cases: &[Case<'_>], kind: &str, advice: &str, rule: &dyn Fn(&Case<'_>) -> Option<String>) -> Vec<Caveat> {
    let mut groups: Vec<(&str, &str)> = Vec::new();
    for case in cases {
        let key = (case.trial.target.as_str(), case.record.load.as_str());
        if !groups.contains(&key) {
            groups.push(key);
        }
    }
    let about = |(target, load): (&str, &str)| {
        let own: Vec<&Case<'_>> =
            cases.iter().filter(|case| case.trial.target == target && case.record.load == load).collect();
        let hits: Vec<(&Case<'_>, String)> = own.iter().filter_map(|case| Some((*case, rule(case)?))).collect();
        let (first, finding) = hits.first()?;
        let mut requests: Vec<String> = Vec::new();
        for (case, _) in &hits {
            if !requests.contains(&case.record.request) {
                requests.push(case.record.request.clone());
            }
        }
        let times = |of: &mut dyn Iterator<Item = &Case<'_>>| {
            of.filter(|case| case.record.request == first.record.request).count()
        };
        let (hit, all) = (times(&mut hits.iter().map(|hit| hit.0)), times(&mut own.iter().copied()));
        let often = if hit == all { String::new() } else { format!(" (in {hit} of {all} trials)") };
        Some((target.to_owned(), format!("{load} ({})", listed(&requests)), format!("{finding}{often}")))
    };
    let mut said: Vec<(String, Vec<String>, String)> = Vec::new();
    for (target, place, finding) in groups.into_iter().filter_map(about) {
        match said.iter_mut().find(|one| one.0 == target && one.2 == finding) {
            Some((_, places, _)) => places.push(place),
            None => said.push((target, vec![place], finding)),
        }
    }
    said.into_iter()
        .map(|(target, places, finding)| caveat(kind, format!("{target}, {}: {finding}.", places.join(", ")), advice))
        .collect()
}

fn overload(case: &Case<'_>) -> Option<String> {
    let record = whole(case.trial, case.record);
    overloaded(record).then(|| {
        let rate = |count: u64| thousands(number(count) / record.seconds().max(1e-9));
        let asked = record.rate_asked.map_or_else(|| rate(record.sent + record.unsent), thousands);
        format!(
            "of {asked}/s offered, {}/s were sent and {}/s served; its latency is not compared, its memory and CPU are those of \
             an overloaded server",
            rate(record.sent_in_window()),
            rate(record.good_in_window())
        )
    })
}

/// Requests that timed out, too few to void the load: what they waited for is in no percentile.
fn timeouts(case: &Case<'_>) -> Option<String> {
    let record = case.record;
    let late = record.errors.get(&ErrorKind::Timeout).copied().unwrap_or(0);
    let few = late > 0 && errors_percent(record) <= ERRORS_PERCENT;
    (few && record.arrival == Arrival::Closed && !overloaded(whole(case.trial, record)))
        .then(|| format!("{late} requests got no answer before their timeout: the target stood still"))
}

/// Many connections against few workers that answer once per connection: what is measured is mostly the wait for a worker.
fn queueing(case: &Case<'_>) -> Option<String> {
    let record = whole(case.trial, case.record);
    let processes: Vec<f64> = samples_in(case.trial, record).map(|sample| f64::from(sample.processes)).collect();
    let processes = median(&processes)?;
    let closes = number(record.answered) / number(record.connections_opened?.max(1)) < 1.1;
    // One process may serve any number at once with threads or an event loop; several that close after every answer are
    // workers that serve one connection each.
    (record.arrival == Arrival::Closed && closes && processes > 1.0 && f64::from(record.connections) > processes).then(|| {
        format!(
            "{} connections wait for a tree of {} processes that closes after every answer, so most of the latency is queueing",
            record.connections, processes
        )
    })
}

fn churn(case: &Case<'_>) -> Option<String> {
    let (load, request) = (&case.record.load, &case.record.request);
    let windows = || case.trial.windows.iter().filter(|window| window.is_of(load, request));
    let (born, gone) =
        windows().fold((0, 0), |sum, window| (sum.0 + window.processes_born, sum.1 + window.processes_gone));
    let log = windows().filter_map(|window| window.workers).fold(Workers::default(), |sum, one| Workers {
        booted: sum.booted + one.booted,
        recycled: sum.recycled + one.recycled,
        timed_out: sum.timed_out + one.timed_out,
        died: sum.died + one.died,
    });
    let tree = (born + gone > 0).then(|| format!("{born} processes were born and {gone} gone during the load"));
    let told: Vec<String> = [
        (log.booted, "booted"),
        (log.recycled, "recycled after their requests"),
        (log.timed_out, "killed at their timeout"),
        (log.died, "dead"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    let told = (!told.is_empty()).then(|| format!("its log tells of workers: {}", listed(&told)));
    let both: Vec<String> = tree.into_iter().chain(told).collect();
    (!both.is_empty()).then(|| both.join("; "))
}

fn cliff(case: &Case<'_>) -> Option<String> {
    let latency = &case.record.latency;
    let at = |quantile: f64| number(latency.value_at_quantile(quantile)) / 1e6;
    let (before, after) = (at(0.985), at(0.995));
    // Of a tool that tells a few quantiles p99.5 is not known.
    let known = case.record.engine.tells_every_latency();
    (known && case.record.good >= CLIFF_REQUESTS && after > CLIFF * before)
        .then(|| format!("p99 stands on a cliff: p98.5 is {} ms and p99.5 is {} ms", digits(before), digits(after)))
}
