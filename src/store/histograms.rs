//! A trial's histograms as one `HdrHistogram` interval log, the format that its plotter and other tools read.
//!
//! Each histogram has the tag `NUMBER.LOAD.REQUEST.NAME`; NUMBER is the load's place in the trial, so that a load done
//! twice keeps its histograms apart. Values are nanoseconds.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, IntervalLogWriterBuilder, LogEntry, Tag};
use hdrhistogram::serialization::{Deserializer, V2DeflateSerializer};

use crate::model::load::LoadRecord;
use crate::model::record::Trial;

/// The log's text.
pub(super) fn text(trial: &Trial) -> Vec<u8> {
    let mut log = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    let mut writer = IntervalLogWriterBuilder::new()
        .add_comment("values in nanoseconds")
        .begin_log_with(&mut log, &mut serializer)
        .expect("memory does not fail");
    for (number, load) in trial.loads.iter().enumerate() {
        for (name, histogram) in load.histograms() {
            let text = tag(number, load, name);
            writer
                .write_histogram(
                    histogram,
                    Duration::from_nanos(load.started_ns),
                    Duration::from_nanos(load.ended_ns.saturating_sub(load.started_ns)),
                    Tag::new(&text),
                )
                .expect("memory does not fail");
        }
    }
    log
}

/// Puts the log's histograms into the trial's loads.
pub(super) fn fill(trial: &mut Trial, log: &[u8]) -> Result<(), String> {
    let mut found: HashMap<String, Histogram<u64>> = HashMap::new();
    let mut deserializer = Deserializer::new();
    for entry in IntervalLogIterator::new(log) {
        let LogEntry::Interval(interval) = entry.map_err(|error| format!("{error:?}"))? else { continue };
        let encoded = base64::engine::general_purpose::STANDARD
            .decode(interval.encoded_histogram())
            .map_err(|error| error.to_string())?;
        let histogram = deserializer.deserialize(&mut encoded.as_slice()).map_err(|error| error.to_string())?;
        found.insert(interval.tag().map_or_else(String::new, |tag| tag.as_str().to_owned()), histogram);
    }
    for (number, load) in trial.loads.iter_mut().enumerate() {
        let mut take = |name: &str| {
            let tag = tag(number, load, name);
            found.remove(&tag).ok_or(format!("no histogram with the tag {tag}"))
        };
        let (latency, service, connect, lateness) =
            (take("latency")?, take("service")?, take("connect")?, take("lateness")?);
        (load.latency, load.service, load.connect, load.lateness) = (latency, service, connect, lateness);
    }
    Ok(())
}

fn tag(number: usize, load: &LoadRecord, name: &str) -> String {
    format!("{number}.{}.{}.{name}", load.load, load.request)
}
