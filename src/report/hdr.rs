//! An `HdrHistogram` interval log (version 1.3, V2 compressed histograms) of every latency histogram, one tag each, for
//! `HistogramLogAnalyzer`, `HistogramLogProcessor -tag` and every library of the family. Values are nanoseconds; the
//! interval's maximum is printed in milliseconds, as the log's readers expect.

use std::time::{Duration, UNIX_EPOCH};

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

use super::Findings;
use super::words::plain;

/// The whole log: one interval for each histogram of each load of each trial.
pub fn render(findings: &Findings) -> String {
    let mut bytes = Vec::new();
    write(findings, &mut bytes).expect("histograms with constant bounds can be written to memory");
    String::from_utf8(bytes).expect("the log is text")
}

fn write(findings: &Findings, bytes: &mut Vec<u8>) -> Result<(), Box<dyn std::error::Error>> {
    let run = findings.run;
    let start = run.started.parse::<jiff::Timestamp>().ok().and_then(|time| u64::try_from(time.as_second()).ok());
    let records = || run.trials.iter().flat_map(|trial| trial.loads.iter().map(move |load| (trial, load)));
    let origin = records().map(|(_, load)| load.started_ns).min().unwrap_or(0);
    let mut serializer = V2DeflateSerializer::new();
    let mut log = IntervalLogWriterBuilder::new()
        .add_comment(&format!(
            "pianoprof run {}: latency in ns, tagged TARGET:BLOCK:ATTEMPT:LOAD:REQUEST",
            plain(&run.id)
        ))
        .with_start_time(UNIX_EPOCH + Duration::from_secs(start.unwrap_or(0)))
        .with_max_value_divisor(1e6)
        .begin_log_with(bytes, &mut serializer)?;
    for (trial, load) in records() {
        let name = format!("{}:{}:{}:{}:{}", trial.target, trial.block, trial.attempt, load.load, load.request);
        let name = tag(&name);
        log.write_histogram(
            &load.latency,
            Duration::from_nanos(load.started_ns - origin),
            Duration::from_nanos(load.ended_ns.saturating_sub(load.started_ns)),
            Tag::new(&name),
        )
        .map_err(|error| format!("{error:?}"))?;
    }
    Ok(())
}

/// A tag must have no comma, no space and no line break.
fn tag(name: &str) -> String {
    plain(name).replace([',', ' '], "_")
}

#[cfg(test)]
mod tests {
    use hdrhistogram::Histogram;
    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    use super::super::synthetic::comparison;
    use super::*;

    #[test]
    fn the_log_gives_back_every_histogram() {
        let synthetic = comparison();
        let text = render(&synthetic.findings());
        let mut found = 0;
        let records: Vec<_> = synthetic.run.trials.iter().flat_map(|trial| &trial.loads).collect();
        for entry in IntervalLogIterator::new(text.as_bytes()) {
            let LogEntry::Interval(interval) = entry.unwrap() else { continue };
            let bytes =
                base64::Engine::decode(&base64::engine::general_purpose::STANDARD, interval.encoded_histogram())
                    .unwrap();
            let read: Histogram<u64> = Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap();
            assert_eq!(read.len(), records[found].latency.len());
            assert_eq!(read.value_at_quantile(0.99), records[found].latency.value_at_quantile(0.99));
            found += 1;
        }
        assert_eq!(found, 20);
        assert!(text.contains("Tag=flask:1:1:closed:list,"));
    }
}
