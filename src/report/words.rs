//! Metric names, figures and outside text in words: the one place where the report's vocabulary is decided.

use crate::analysis::Analysis;
use crate::analysis::comparison::Comparison;
use crate::claims::{Judgement, Verdict};
use crate::model::plan::{Bound, Plan, ReadyBy};
use crate::model::record::ParityRecord;
use crate::unit::{digits, plural, thousands, times};

/// What stands in place of a figure that the run does not have.
pub const NOT_MEASURED: &str = "not measured";

/// The answer of the corpus, and how far the baseline is from itself.
pub fn same_answers(parity: &ParityRecord) -> String {
    let noise = match parity.noise.len() {
        0 => "answered alike".to_owned(),
        count => format!("differed from itself in {}, which is noise", plural(count, "place")),
    };
    format!("{}. Played twice, the baseline {noise}.", parity.outcome())
}

/// Where a metric belongs and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The heading it stands under, for instance `Load closed, request list`.
    pub group: String,
    /// Whether it is of a load.
    pub load: bool,
    /// What it is, in words.
    pub name: String,
}

/// The words for a metric name of the JSON summary.
pub fn label(plan: &Plan, metric: &str) -> Label {
    let (prefix, suffix) = metric.rsplit_once('.').unwrap_or(("", metric));
    let mut is_load = false;
    let group = match prefix {
        "startup" => "Startup".to_owned(),
        "first_request" => "First request".to_owned(),
        "idle" => "Idle, no requests".to_owned(),
        _ => {
            if let Some(request) = prefix.strip_prefix("handler.") {
                format!("Handler {} alone, in process", plain(request))
            } else {
                is_load = true;
                let (load, request) = load_and_request(plan, prefix);
                format!("Load {}, request {}", plain(load), plain(request))
            }
        }
    };
    let name = match metric {
        "startup.first_ok" => Some(ready_mark(plan)),
        _ => name(prefix, suffix),
    };
    Label { group, load: is_load, name: name.map_or_else(|| plain(suffix), str::to_owned) }
}

/// What `startup.first_ok` is for the plan's targets, in words.
pub fn ready_mark(plan: &Plan) -> &'static str {
    let all = |is: fn(&ReadyBy) -> bool| plan.targets.iter().all(|target| is(&target.ready.by));
    if all(|by| matches!(by, ReadyBy::Page { .. })) {
        "first good answer"
    } else if all(|by| matches!(by, ReadyBy::Log(_))) {
        "ready by a line of its log"
    } else if all(|by| matches!(by, ReadyBy::Tcp)) {
        "ready, as its port accepts"
    } else {
        "ready, each in its own way"
    }
}

/// Splits `LOAD.REQUEST`; a dot inside a load's name is found by the plan.
pub fn load_and_request<'a>(plan: &Plan, prefix: &'a str) -> (&'a str, &'a str) {
    plan.loads
        .iter()
        .find_map(|load| {
            prefix.strip_prefix(&*load.name)?.strip_prefix('.').map(|rest| (&prefix[..load.name.len()], rest))
        })
        .or_else(|| prefix.split_once('.'))
        .unwrap_or((prefix, "all"))
}

/// What a metric is, in words; `None` for a name that no run has.
#[must_use]
pub fn meaning(metric: &str) -> Option<&'static str> {
    metric.rsplit_once('.').and_then(|(prefix, suffix)| name(prefix, suffix))
}

fn name(prefix: &str, suffix: &str) -> Option<&'static str> {
    Some(match (prefix, suffix) {
        ("startup", "listen") => "port accepts connections",
        ("startup", "first_byte") => "first byte of an answer",
        ("startup", "first_ok") => "first good answer",
        ("startup", "settled") => "all workers up and quiet",
        ("startup", "cpu") => "CPU time until ready",
        ("first_request", "latency") => "latency of the first request",
        ("idle", "rss") => "memory, resident (RSS)",
        ("idle", "pss") => "memory, shared pages split (PSS)",
        ("idle", "uss") => "memory, private (USS)",
        ("idle", "cgroup") => "memory of its control group",
        ("idle", "processes") => "processes",
        (_, "p50") => "latency p50 (median)",
        (_, "p90") => "latency p90",
        (_, "p95") => "latency p95",
        (_, "p99") => "latency p99",
        (_, "p999") => "latency p99.9",
        (_, "max") => "latency, largest",
        (_, "mean") => "latency, mean",
        (_, "throughput") => "throughput, good answers",
        (_, "generator_cpu") => "generator CPU, of one core",
        (_, "errors") => "error rate",
        (_, "rss") => "memory under load (RSS)",
        (_, "pss") => "memory under load (PSS)",
        (_, "cgroup") => "memory of its control group under load",
        (_, "rss_peak") => "memory peak (RSS)",
        (_, "cpu") => "CPU, of one core",
        (_, "cpu_per_request") => "CPU per request",
        (_, "system_cpu_per_request") => "CPU per request with PostgreSQL",
        (_, "database_cpu") => "PostgreSQL CPU, of one core",
        (_, "database_cpu_per_request") => "PostgreSQL CPU per request",
        (_, "database_rss") => "PostgreSQL memory (RSS)",
        (_, "database_pss") => "PostgreSQL memory (PSS)",
        (_, "statements_per_request") => "statements per request",
        (_, "rows_per_request") => "rows per request",
        (_, "buffers_per_request") => "buffers of 8 KiB per request",
        (_, "buffers_read_per_request") => "of these not yet in memory",
        (_, "sent_rate") => "rate sent",
        (_, "lateness_p99") => "send lateness p99",
        (_, "time") => "time per call",
        (_, "allocs") => "allocations per call",
        (_, "bytes") => "bytes allocated per call",
        _ => return None,
    })
}

/// A figure with its unit: `12.3 ms`, `1,234/s`, `0.50 %`.
pub fn figure(value: f64, unit: &str) -> String {
    let number = digits(value);
    match unit {
        // A count is whole; only a median between two of them is not.
        "" if value.fract() == 0.0 => thousands(value),
        "" => number,
        "1/s" => format!("{number}/s"),
        _ => format!("{number} {unit}"),
    }
}

/// Microseconds in ms, or a dash where the tool does not report the figure.
pub fn millis(us: Option<f64>) -> String {
    us.map_or_else(|| "–".to_owned(), |us| digits(us / 1e3))
}

/// A count with separators of thousands.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn count(number: u64) -> String {
    thousands(number as f64)
}

/// The unit of a metric; empty where no target of the run has that metric.
pub fn unit_of(analysis: &Analysis, metric: &str) -> &'static str {
    analysis.metrics.iter().find(|one| one.metric == metric).map_or("", |one| one.unit)
}

/// A ratio with its interval: `6.20x [5.80, 6.60]`; a dash where a side is zero.
pub fn ratio(comparison: &Comparison) -> String {
    if !comparison.ratio.is_finite() {
        return "–".to_owned();
    }
    match (comparison.low, comparison.high) {
        (Some(low), Some(high)) => format!("{} [{}, {}]", times(comparison.ratio), digits(low), digits(high)),
        _ => times(comparison.ratio),
    }
}

/// The candidate against the best rival of a claim: `against tuned 4.10x [3.90, 4.31]`; nothing where no rival was measured.
pub fn against_rival(judgement: &Judgement) -> String {
    judgement.best_rival().map_or_else(String::new, |rival| {
        let interval = rival
            .low
            .zip(rival.high)
            .map_or_else(String::new, |(low, high)| format!(" [{}, {}]", digits(low), digits(high)));
        format!("against {} {}{interval}", plain(&rival.target), times(rival.ratio))
    })
}

/// A thing with its version as its own tool words it, without saying the name twice: `go version go1.26.8` is `go 1.26.8`.
pub fn version(thing: &str, version: &str) -> String {
    let clean = plain(version);
    let words = clean.split_whitespace().map(|word| word.trim_matches(['(', ')']));
    // A module path ends in the thing's name.
    let named = |word: &str| word.eq_ignore_ascii_case(thing) || word.ends_with(&format!("/{thing}"));
    let mut name = plain(thing);
    let mut rest = Vec::new();
    for word in words {
        if named(word) {
            if !word.contains('/') {
                word.clone_into(&mut name);
            }
        } else if word != "version" {
            let bare = word.strip_prefix(thing).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            rest.push(bare.unwrap_or(word));
        }
    }
    format!("{name} {}", rest.join(" ")).trim_end().to_owned()
}

/// What was measured for a claim: `6.20x [5.80, 6.60]`, or a value with its unit.
pub fn measured(judgement: &Judgement, analysis: &Analysis) -> String {
    let Some(ratio) = judgement.ratio else { return NOT_MEASURED.to_owned() };
    let (value, low, high) = match &judgement.bound {
        Bound::ValueAtMost { target, .. } => {
            let unit = analysis
                .metrics
                .iter()
                .find(|metric| metric.metric == judgement.metric && metric.target == *target)
                .map_or("", |metric| metric.unit);
            (figure(ratio, unit), judgement.low.map(digits), judgement.high.map(digits))
        }
        Bound::AtLeast(_) | Bound::AtMost(_) => (times(ratio), judgement.low.map(digits), judgement.high.map(digits)),
    };
    match (low, high) {
        (Some(low), Some(high)) => format!("{value} [{low}, {high}]"),
        _ => value,
    }
}

/// Why a claim was judged so, with what was measured: most reasons begin with it already.
pub fn reason(judgement: &Judgement, analysis: &Analysis) -> String {
    let why = plain(&judgement.why);
    if why.starts_with("measured ") {
        return why;
    }
    match judgement.ratio {
        None => format!("{NOT_MEASURED}: {why}"),
        Some(_) => format!("measured {}: {why}", measured(judgement, analysis)),
    }
}

/// What a claim demands: `at least 5.00x`.
pub fn demand(bound: &Bound, unit: &str) -> String {
    match bound {
        Bound::AtLeast(ratio) => format!("at least {}", times(*ratio)),
        Bound::AtMost(ratio) => format!("at most {}", times(*ratio)),
        Bound::ValueAtMost { value, .. } => format!("at most {}", figure(*value, unit)),
    }
}

/// The verdict as it is written in JSON.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::NotMet => "not met",
        Verdict::Inconclusive => "inconclusive",
    }
}

/// Outside text on one line without control characters (escape sequences, line breaks) and without the marks that
/// reorder text, so that a name or a server's output cannot command the terminal or disguise itself.
pub fn plain(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => clean.push(' '),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {}
            other if other.is_control() => {}
            other => clean.push(other),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_text_cannot_command_a_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\u{9b}2J\r\nc\u{202e}d\u{7}"), "a[31mb2J  cd");
    }

    #[test]
    fn figures_carry_their_unit() {
        assert_eq!(figure(12.34, "ms"), "12.3 ms");
        assert_eq!(figure(1234.0, "1/s"), "1,234/s");
        assert_eq!(figure(5.0, ""), "5");
        assert_eq!(figure(2.5, ""), "2.50");
    }

    #[test]
    fn a_version_does_not_say_its_name_twice() {
        for (thing, version, said) in [
            ("flask", "3.1.3", "flask 3.1.3"),
            ("python", "Python 3.11.7", "Python 3.11.7"),
            ("gunicorn", "gunicorn (version 27.0.1)", "gunicorn 27.0.1"),
            ("go", "go version go1.26.8 linux/amd64", "go 1.26.8 linux/amd64"),
            ("gin", "github.com/gin-gonic/gin v1.12.0", "gin v1.12.0"),
        ] {
            assert_eq!(super::version(thing, version), said);
        }
    }
}
