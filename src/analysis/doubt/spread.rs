//! Doubts about how a target's figures scatter: spikes, two kinds of launches, restless blocks.

use crate::model::facts::Caveat;
use crate::unit::digits;

use super::super::metric::Metric;
use super::super::statistics::{length, median};
use super::super::validity::Counted;
use super::caveat;

/// A launch slower than this many medians is a spike.
const SPIKE: f64 = 3.0;
/// The slowest and the fastest block further apart than this: the machine or the target was restless.
const RESTLESS: f64 = 1.5;
/// Fewest launches in which two kinds can be told from chance.
const BIMODAL_LAUNCHES: usize = 10;

pub(super) fn caveats(counted: &[Counted<'_>], metrics: &[Metric]) -> Vec<Caveat> {
    let mut found = Vec::new();
    for metric in metrics {
        if metric.metric == "startup.first_ok" {
            found.extend(spikes(metric));
            found.extend(two_kinds(metric));
        }
    }
    found.extend(restless(counted, metrics));
    found
}

fn spikes(metric: &Metric) -> Option<Caveat> {
    let spikes = metric.values.iter().filter(|value| **value > SPIKE * metric.median).count();
    (spikes > 0).then(|| {
        let text = format!(
            "{spikes} of {} launches of {} took more than 3 times the median of {} ms; the worst took {} ms.",
            metric.n,
            metric.target,
            digits(metric.median),
            digits(metric.high)
        );
        caveat("spikes", text, "The claim is about the typical launch; judge the worst one by itself.")
    })
}

/// Two clusters with an empty gap between them that is wider than both together, each with a fifth of the launches.
fn two_kinds(metric: &Metric) -> Option<Caveat> {
    if metric.n < BIMODAL_LAUNCHES {
        return None;
    }
    let mut sorted = metric.values.clone();
    sorted.sort_by(f64::total_cmp);
    let gap = |at: usize| sorted[at] - sorted[at - 1];
    let at = (1..sorted.len()).max_by(|a, b| gap(*a).total_cmp(&gap(*b)))?;
    let smaller = length(at.min(sorted.len() - at)) / length(sorted.len());
    let range = sorted[sorted.len() - 1] - sorted[0];
    let (fast, slow) = (median(&sorted[..at])?, median(&sorted[at..])?);
    (smaller >= 0.2 && gap(at) > 0.5 * range && slow > 1.2 * fast).then(|| {
        let text = format!(
            "Launches of {} are of two kinds, around {} ms ({at}) and around {} ms ({}): the median jumps between them.",
            metric.target,
            digits(fast),
            digits(slow),
            sorted.len() - at
        );
        caveat("two-kinds", text, "Find out what differs between launches, or compare the kinds apart.")
    })
}

/// The most restless steady figure of each target: p50, throughput, or the first good answer.
fn restless(counted: &[Counted<'_>], metrics: &[Metric]) -> Vec<Caveat> {
    let mut targets: Vec<&str> = Vec::new();
    for counted in counted {
        if !targets.contains(&counted.trial.target.as_str()) {
            targets.push(&counted.trial.target);
        }
    }
    let steady = |metric: &&Metric| {
        let figure = metric.parts().map_or(metric.metric.as_str(), |parts| parts.2);
        matches!(figure, "p50" | "throughput" | "startup.first_ok") && metric.marks.is_empty()
    };
    let range = |metric: &Metric| {
        let values = || metric.by_block.iter().map(|(_, value)| *value);
        values().fold(f64::NEG_INFINITY, f64::max) / values().fold(f64::INFINITY, f64::min)
    };
    let worst = |target: &&str| {
        let own = metrics.iter().filter(|metric| metric.target == *target).filter(steady);
        let (range, metric) = own
            .map(|metric| (range(metric), metric))
            .filter(|(range, _)| range.is_finite() && *range > RESTLESS)
            .max_by(|a, b| a.0.total_cmp(&b.0))?;
        let text = format!(
            "{target}: blocks differ by up to {} times ({}), more than the machine should change in one session.",
            digits(range),
            metric.metric
        );
        Some(caveat("restless", text, "Measure on a quieter machine, or with more blocks."))
    };
    targets.iter().filter_map(worst).collect()
}
