//! `JMeter` without its window: the plan that `export jmeter` writes, the load's values as properties, the results as a JTL
//! file (CSV), and `JMeter`'s own HTML dashboard, all kept in the run's folder.
//!
//! With other machines named, they make the load (`JMeter`'s distributed mode, `-R`) and this one collects the results.

mod command;
mod jtl;
mod tally;

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::drive::{Ended, drive, last_lines};
use super::job::not_sent;
use super::private::{Private, keep};
use super::{Error, Job, Outcome, Tool};
use crate::clock;
use crate::export;
use crate::interrupt::Interrupt;
use crate::model::engine::Engine;
use crate::model::load::LoadRecord;
use crate::model::plan::{ArrivalPlan, StopRule};
use crate::process::Command;
use tally::{Tally, Window};

/// How long a timed load runs before its window, so that `JMeter`'s own code is compiled by then.
const OWN_WARMUP: Duration = Duration::from_secs(5);
/// What is read of `JMeter`'s log when it has failed without a word.
const LOG_TAIL: i64 = 4096;

pub(super) fn run(program: &Path, tool: &Tool, job: &Job, interrupt: &Interrupt) -> Result<Option<Outcome>, Error> {
    let private = Private::new(program, Engine::Jmeter)?;
    let plan = private.write("plan.jmx", &export::jmeter(job.plan, job.load))?;
    keep(job, "plan.jmx", &export::jmeter(&job.plan.scrubbed(), job.load))?;
    let secrets = command::secrets(job).map(|text| private.write("secret.properties", &text)).transpose()?;
    let command = Command {
        argv: command::argv(tool, job, &plan, secrets.as_deref())?,
        dir: job.folder.clone(),
        stdout: job.folder.join("stdout"),
        stderr: job.folder.join("stderr"),
        cpus: job.cpus.clone(),
        ..Command::default()
    };
    let ended = drive(private, Engine::Jmeter, &command, interrupt);
    let _ = std::fs::remove_dir_all(job.folder.join("temp"));
    let Some(ended) = ended? else { return Ok(None) };
    // JMeter ends well also when it could not make any request.
    let unreadable = |why: String| Error::Unreadable {
        engine: Engine::Jmeter,
        why,
        output: format!("{}\n{}", last_lines(&command), log_tail(&job.folder.join("jmeter.log"))),
    };
    let file = File::open(job.folder.join("results.jtl")).map_err(|error| unreadable(error.to_string()))?;
    let results = jtl::read(BufReader::new(file), &job.load.remote).map_err(unreadable)?;
    let samples = &results.samples;
    if samples.is_empty() {
        return Err(unreadable("no request was made".to_owned()));
    }
    // A counted load counts from its first request.
    let timed = match job.load.stop {
        StopRule::Duration(length) => Some((job.load.ramp + OWN_WARMUP, length)),
        StopRule::Requests(_) => None,
    };
    let window = tally::window(samples, timed);
    let records = records(job, &ended, &results, &window);
    Ok(Some(Outcome { records, cpu_ns: ended.cpu_ns() }))
}

/// One record for each request, and of a mix one of all.
fn records(job: &Job, ended: &Ended, results: &jtl::Results, window: &Window) -> Vec<LoadRecord> {
    let open = job.rate.is_some();
    let (from, to) = window.on_this_clock(epoch_minus_monotonic());
    let record = |name: &str, tally: Tally| {
        let mut record = job.record(Engine::Jmeter, ended, (from, to));
        name.clone_into(&mut record.request);
        record.notes = notes(job);
        record.generator_threads = job.load.connections;
        if !job.load.remote.is_empty() {
            record.generator_cpu_ns = None;
        }
        tally.fill(&mut record);
        if let Some(rate) = job.rate {
            record.unsent = not_sent(rate, record.seconds(), record.sent);
        }
        record
    };
    let of = |wanted: Option<usize>| {
        let own = results.samples.iter().filter(|sample| wanted.is_none_or(|label| sample.label == label));
        tally::tally(own, window, open)
    };
    let requests = job.requests();
    let mut records: Vec<LoadRecord> = requests
        .iter()
        .map(|(request, _)| {
            let label = results.labels.iter().position(|label| *label == request.name);
            record(&request.name, of(Some(label.unwrap_or(usize::MAX))))
        })
        .collect();
    if records.len() > 1 {
        records.push(record("all", of(None)));
    }
    records
}

fn epoch_minus_monotonic() -> i128 {
    let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    i128::try_from(epoch).unwrap_or(0) - i128::from(clock::now())
}

fn notes(job: &Job) -> Vec<String> {
    let mut notes = vec!["jmeter measures in whole milliseconds".to_owned()];
    match job.load.stop {
        StopRule::Duration(_) => notes.push(format!(
            "jmeter ran for {} s before its window, ramp included, so that its own code was compiled by then",
            (job.load.ramp + OWN_WARMUP).as_secs()
        )),
        StopRule::Requests(_) if job.load.ramp.is_zero() => notes.push(
            "the first requests of a counted load hold the time in which jmeter compiles its own code; a duration leaves \
             that out"
                .to_owned(),
        ),
        StopRule::Requests(_) => notes.push(
            "the ramp lies inside jmeter's counted load, so its throughput is lower than what the server can do".to_owned(),
        ),
    }
    if let ArrivalPlan::Open { .. } = job.load.arrival {
        notes.push(
            "jmeter sends when a thread is free: the time that a request waited for its turn is missing from its latency"
                .to_owned(),
        );
    }
    if job.requests().iter().any(|(request, _)| request.expect.length.is_some() || request.expect.json.is_some()) {
        notes.push("jmeter checked status and text of the answers, but neither length nor JSON value".to_owned());
    }
    if !job.load.remote.is_empty() {
        notes.push(format!("the load came from {}, whose CPU is not known here", job.load.remote.join(", ")));
    }
    notes
}

/// The end of `JMeter`'s log.
fn log_tail(path: &Path) -> String {
    let mut text = String::new();
    if let Ok(mut file) = File::open(path) {
        let _ = file.seek(SeekFrom::End(-LOG_TAIL)).or_else(|_| file.seek(SeekFrom::Start(0)));
        let _ = file.read_to_string(&mut text);
    }
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("ERROR") || line.contains("WARN")).collect();
    lines[lines.len().saturating_sub(4)..].iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
