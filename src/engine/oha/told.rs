//! What oha says in JSON, as <https://github.com/hatoo/oha/blob/master/schema.json> describes it: counts by status and by
//! the text of an error, and nine quantiles.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde::Deserialize;

use crate::clock::Nanos;
use crate::engine::quantiles;
use crate::model::load::ErrorKind;

/// What oha calls a request that the deadline cut off: no fault of the server.
const CUT_OFF: &str = "aborted due to deadline";

/// The figures of one run of oha. Where nothing was answered there is `null` for every time.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told {
    pub summary: Summary,
    #[serde(rename = "latencyPercentiles")]
    all: BTreeMap<String, Option<f64>>,
    #[serde(rename = "latencyPercentilesSuccessful", default)]
    within_2xx: BTreeMap<String, Option<f64>>,
    /// Upper bounds of equal steps, the first the smallest latency and the last the largest.
    #[serde(rename = "responseTimeHistogramSuccessful", default)]
    steps_within_2xx: BTreeMap<String, u64>,
    #[serde(rename = "statusCodeDistribution")]
    pub statuses: BTreeMap<u16, u64>,
    #[serde(rename = "errorDistribution")]
    errors: BTreeMap<String, u64>,
}

/// Times in seconds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    total: f64,
    slowest: Option<f64>,
    fastest: Option<f64>,
    pub total_data: u64,
}

/// Reads oha's output.
///
/// # Errors
/// In words, when it is no such document.
pub(super) fn read(text: &str) -> Result<Told, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

impl Told {
    /// From oha's own start to its end.
    pub fn taken_ns(&self) -> Nanos {
        nanos(self.summary.total)
    }

    /// Whole answers, of whatever status.
    pub fn answered(&self) -> u64 {
        self.statuses.values().sum()
    }

    /// Whole answers of a status that `good` accepts.
    pub fn of(&self, good: impl Fn(u16) -> bool) -> u64 {
        self.statuses.iter().filter(|(status, _)| good(**status)).map(|(_, count)| count).sum()
    }

    /// Requests that were in flight when the time was over.
    pub fn cut_off(&self) -> u64 {
        self.errors.get(CUT_OFF).copied().unwrap_or(0)
    }

    /// Requests without an answer, by kind.
    pub fn failures(&self) -> BTreeMap<ErrorKind, u64> {
        let mut failures = BTreeMap::new();
        for (text, count) in self.errors.iter().filter(|(text, _)| *text != CUT_OFF) {
            *failures.entry(kind(text)).or_default() += count;
        }
        failures
    }

    /// What oha says of the failures that have no kind of their own here.
    pub fn unexplained(&self) -> Vec<&str> {
        let unclear = |text: &&String| matches!(kind(text), ErrorKind::Socket | ErrorKind::Connect);
        self.errors.keys().filter(|text| *text != CUT_OFF).filter(unclear).map(String::as_str).collect()
    }

    /// The latency of every answer.
    pub fn latency(&self) -> Histogram<u64> {
        let bounds = (self.summary.fastest, self.summary.slowest);
        quantiles::spread(self.answered(), &table(&self.all, self.answered(), bounds))
    }

    /// The latency of answers within 2xx; `None` when oha does not tell it.
    pub fn latency_within_2xx(&self) -> Option<Histogram<u64>> {
        let count = self.of(within_2xx);
        let mut bounds: Vec<f64> = self.steps_within_2xx.keys().filter_map(|bound| bound.parse().ok()).collect();
        bounds.sort_by(f64::total_cmp);
        let table = table(&self.within_2xx, count, (bounds.first().copied(), bounds.last().copied()));
        (!table.is_empty()).then(|| quantiles::spread(count, &table))
    }
}

/// The statuses that oha calls a success.
pub(super) fn within_2xx(status: u16) -> bool {
    (200..300).contains(&status)
}

/// (share, latency in ns) from the smallest to the largest; empty where there are no quantiles.
fn table(
    quantiles: &BTreeMap<String, Option<f64>>,
    count: u64,
    (smallest, largest): (Option<f64>, Option<f64>),
) -> Vec<(f64, u64)> {
    let share = |name: &str| name.strip_prefix('p')?.parse::<f64>().ok().map(|percent| percent / 100.0);
    let mut table: Vec<(f64, u64)> =
        quantiles.iter().filter_map(|(name, seconds)| Some((share(name)?, nanos((*seconds)?)))).collect();
    if table.is_empty() {
        return table;
    }
    #[expect(clippy::cast_precision_loss, reason = "a count far below 2^53")]
    let one = 1.0 / count.max(1) as f64;
    table.extend(smallest.map(|seconds| (one, nanos(seconds))));
    table.extend(largest.map(|seconds| (1.0, nanos(seconds))));
    // Of few answers the smallest is a larger share than the first quantiles, whose values then lie above it.
    table.sort_by(|one, next| one.0.total_cmp(&next.0).then(one.1.cmp(&next.1)));
    table
}

/// The text is that of the operating system, of hyper, or of oha itself.
fn kind(text: &str) -> ErrorKind {
    const KINDS: [(&str, ErrorKind); 10] = [
        ("Connection refused", ErrorKind::ConnectRefused),
        ("Connection reset", ErrorKind::Reset),
        ("Broken pipe", ErrorKind::Reset),
        ("connection closed before message completed", ErrorKind::ClosedEarly),
        ("end of file before message length reached", ErrorKind::ClosedEarly),
        ("invalid HTTP", ErrorKind::Malformed),
        ("message head is too large", ErrorKind::TooLarge),
        ("Cannot assign requested address", ErrorKind::Connect),
        ("Too many open files", ErrorKind::Connect),
        ("DNS", ErrorKind::Connect),
    ];
    // Both the time of a request and that of a connect end in this one word.
    if text == "timeout" {
        return ErrorKind::Timeout;
    }
    KINDS.iter().find(|(part, _)| text.contains(part)).map_or(ErrorKind::Socket, |(_, kind)| *kind)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time, held above 0")]
fn nanos(seconds: f64) -> Nanos {
    (seconds.max(0.0) * 1e9).round() as Nanos
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn counts_and_quantiles_are_read() {
        let told = read(include_str!("../captured/oha.json")).expect("captured from oha 1.16.0");
        let document: serde_json::Value = serde_json::from_str(include_str!("../captured/oha.json")).expect("JSON");
        assert_eq!(told.statuses.keys().copied().collect::<Vec<_>>(), [200, 500]);
        assert_eq!(told.of(within_2xx), document["statusCodeDistribution"]["200"].as_u64().expect("a count"));
        assert_eq!((told.cut_off(), told.failures().len()), (10, 0));
        let (all, good) = (told.latency(), told.latency_within_2xx().expect("told apart"));
        assert_eq!((all.len(), good.len()), (told.answered(), told.of(within_2xx)));
        for (histogram, told) in [(&all, "latencyPercentiles"), (&good, "latencyPercentilesSuccessful")] {
            for (quantile, name) in [(0.5, "p50"), (0.9, "p90"), (0.99, "p99"), (0.999, "p99.9")] {
                let wanted = document[told][name].as_f64().expect("seconds") * 1e9;
                #[expect(clippy::cast_precision_loss, reason = "nanoseconds of a short time")]
                let found = histogram.value_at_quantile(quantile) as f64;
                assert!((found / wanted - 1.0).abs() < 2e-3, "{told} {name}: {found} is not {wanted}");
            }
        }
    }

    #[test]
    fn where_nothing_was_answered_there_are_counts_only() {
        let told = read(include_str!("../captured/oha-refused.json")).expect("captured from oha 1.16.0");
        assert_eq!(told.failures(), BTreeMap::from([(ErrorKind::ConnectRefused, 100)]));
        assert_eq!((told.answered(), told.latency().len(), told.cut_off()), (0, 0, 0));
        assert!(told.latency_within_2xx().is_none() && told.unexplained().is_empty());
    }

    #[test]
    fn errors_have_the_kinds_of_our_own_engine() {
        for (text, expected) in [
            ("timeout", ErrorKind::Timeout),
            ("Connection reset by peer (os error 104)", ErrorKind::Reset),
            ("connection closed before message completed", ErrorKind::ClosedEarly),
            ("invalid HTTP version parsed", ErrorKind::Malformed),
            ("Cannot assign requested address (os error 99)", ErrorKind::Connect),
            ("connection error", ErrorKind::Socket),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_such_document_is_said() {
        assert!(read("").is_err() && read("{\"summary\": {}}").unwrap_err().contains("total"));
    }

    proptest! {
        #[test]
        fn no_figure_makes_it_fall(count in 0_u64..9, seconds in prop::option::of(-1e300_f64..1e300), name in "p?[0-9.a]{0,6}") {
            let told = Told {
                summary: Summary { total: seconds.unwrap_or(0.0), slowest: seconds, fastest: seconds, total_data: count },
                all: BTreeMap::from([(name.clone(), seconds)]),
                within_2xx: BTreeMap::from([(name, seconds)]),
                steps_within_2xx: BTreeMap::from([("NaN".to_owned(), count)]),
                statuses: BTreeMap::from([(200, count)]),
                errors: BTreeMap::new(),
            };
            let _ = (told.taken_ns(), told.latency(), told.latency_within_2xx());
        }
    }
}
