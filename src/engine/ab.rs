//! `ApacheBench`: one fixed request over HTTP/1.0, its figures from the summary it prints and its table of percents.

use std::path::Path;

use super::drive::{drive, last_lines};
use super::job::whole_seconds;
use super::private::{Private, keep};
use super::{Error, Job, Outcome, Tool, quantiles};
use crate::clock::Nanos;
use crate::interrupt::Interrupt;
use crate::model::engine::Engine;
use crate::model::load::{ErrorKind, LoadRecord};
use crate::model::plan::{RequestPlan, StopRule};
use crate::model::scrub::scrubbed;
use crate::process::Command;
use crate::template::{draws, fixed};

/// A rate that ab never reaches, so that a timed load does not end early for want of requests; ab reserves (and does not touch)
/// 32 bytes for each.
const NEVER: u64 = 100_000;

pub(super) fn run(program: &Path, tool: &Tool, job: &Job, interrupt: &Interrupt) -> Result<Option<Outcome>, Error> {
    let requests = job.requests();
    let Some((request, _)) = requests.first() else { return Err(Error::Address(job.url.to_owned())) };
    let private = Private::new(program, Engine::Ab)?;
    let mut file = None;
    if let Some(body) = &request.body {
        file = Some(private.write("body", &fixed(body))?);
        keep(job, "body", &scrubbed(&fixed(body)))?;
    }
    let command = Command {
        argv: argv(tool, job, request, file.as_deref())?,
        dir: job.folder.clone(),
        stdout: job.folder.join("stdout"),
        stderr: job.folder.join("stderr"),
        cpus: job.cpus.clone(),
        ..Command::default()
    };
    let Some(ended) = drive(private, Engine::Ab, &command, interrupt)? else { return Ok(None) };
    let read =
        |name: &str| String::from_utf8_lossy(&std::fs::read(job.folder.join(name)).unwrap_or_default()).into_owned();
    let unreadable =
        |why: &str| Error::Unreadable { engine: Engine::Ab, why: why.to_owned(), output: last_lines(&command) };
    let told = summary(&read("stdout")).ok_or_else(|| unreadable("its summary lacks a figure"))?;
    let table = percents(&read("percents.csv"));
    if table.is_empty() && told.complete > 0 {
        return Err(unreadable("its table of percents is empty"));
    }
    let mut record = job.record(Engine::Ab, &ended, (ended.t0, ended.t0 + told.taken_ns));
    fill(&mut record, &told, &table);
    record.notes = notes(request, &told);
    Ok(Some(Outcome { records: vec![record], cpu_ns: ended.cpu_ns() }))
}

fn argv(tool: &Tool, job: &Job, request: &RequestPlan, body: Option<&Path>) -> Result<Vec<String>, Error> {
    let mut argv = tool.argv.clone();
    let mut add = |words: &[&str]| argv.extend(words.iter().map(|word| (*word).to_owned()));
    // -r: a broken connection is counted, not the end; -l: answers may differ in length.
    add(&["-q", "-k", "-r", "-l", "-c", &job.load.connections.to_string()]);
    add(&["-s", &whole_seconds(job.load.timeout).to_string(), "-e", "percents.csv"]);
    match job.load.stop {
        StopRule::Requests(count) => add(&["-n", &count.to_string()]),
        // A time limit sets the count to 50,000, so the count comes after it.
        StopRule::Duration(time) => {
            let seconds = whole_seconds(time);
            add(&["-t", &seconds.to_string(), "-n", &(seconds * NEVER).to_string()]);
        }
    }
    if let Some(body) = body {
        add(&["-p", &body.to_string_lossy()]);
    }
    // -p sets a method of its own, so -m comes after it.
    match (request.method.as_str(), request.body.is_some()) {
        ("GET", false) | ("POST", true) => {}
        ("HEAD", _) => add(&["-i"]),
        (method, _) => add(&["-m", method]),
    }
    for (name, value) in &request.headers {
        let value = fixed(value.reveal());
        if request.body.is_some() && name.eq_ignore_ascii_case("content-type") {
            add(&["-T", &value]);
        } else {
            add(&["-H", &format!("{name}: {value}")]);
        }
    }
    let address = job.address()?;
    let base = &address[..url::Position::BeforePath];
    add(&[&format!("{base}{}", fixed(&request.path))]);
    Ok(argv)
}

/// The summary's figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Told {
    taken_ns: Nanos,
    complete: u64,
    /// Requests that failed, as ab counts them: one may count twice.
    connect: u64,
    receive: u64,
    exceptions: u64,
    write: u64,
    non_2xx: u64,
    body_bytes: u64,
}

fn summary(text: &str) -> Option<Told> {
    let after = |title: &str| text.lines().find_map(|line| line.trim_start().strip_prefix(title)).map(str::trim);
    let number = |title: &str| after(title).and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    let of = |kind: &str| {
        let rest = after("(Connect:").map(|rest| format!("Connect: {rest}"))?;
        let (_, rest) = rest.split_once(&format!("{kind}: "))?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u64>().ok()
    };
    Some(Told {
        taken_ns: nanos(after("Time taken for tests:")?.split_whitespace().next()?)?,
        complete: number("Complete requests:")?,
        connect: of("Connect").unwrap_or(0),
        receive: of("Receive").unwrap_or(0),
        exceptions: of("Exceptions").unwrap_or(0),
        write: number("Write errors:").unwrap_or(0),
        non_2xx: number("Non-2xx responses:").unwrap_or(0),
        body_bytes: number("HTML transferred:").unwrap_or(0),
    })
}

/// `Percentage served,Time in ms` as (share, ns).
fn percents(text: &str) -> Vec<(f64, u64)> {
    let row = |line: &str| {
        let (percent, ms) = line.split_once(',')?;
        Some((percent.parse::<f64>().ok()? / 100.0, nanos_of_millis(ms.trim())?))
    };
    text.lines().filter_map(row).collect()
}

fn nanos(seconds: &str) -> Option<Nanos> {
    nanos_of(seconds, 1e9)
}

fn nanos_of_millis(millis: &str) -> Option<Nanos> {
    nanos_of(millis, 1e6)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time, held above 0")]
fn nanos_of(text: &str, unit: f64) -> Option<Nanos> {
    let value = text.parse::<f64>().ok().filter(|value| value.is_finite())?;
    Some((value.max(0.0) * unit).round() as Nanos)
}

fn fill(record: &mut LoadRecord, told: &Told, table: &[(f64, u64)]) {
    // A request without an answer may count both as a failed receive and as an exception, and is complete all the same.
    let failed = (told.receive + told.exceptions + told.write).min(told.complete);
    record.sent = told.complete;
    record.answered = told.complete - failed;
    record.good = record.answered.saturating_sub(told.non_2xx);
    record.good_total = record.good;
    record.body_bytes = told.body_bytes;
    record.errors = [
        (ErrorKind::Connect, told.connect),
        (ErrorKind::Socket, failed),
        (ErrorKind::BadStatus, told.non_2xx.min(record.answered)),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .collect();
    record.latency = quantiles::spread(record.answered, table);
}

fn notes(request: &RequestPlan, told: &Told) -> Vec<String> {
    let mut notes = vec![
        "ab speaks HTTP/1.0 and asks to keep connections (-k); it tells 2xx from the rest, no single status, and its latency \
         at whole percents"
            .to_owned(),
    ];
    let headers = request.headers.iter().map(|(_, value)| value.reveal());
    if headers.chain(request.body.as_deref()).chain([request.path.as_str()]).any(draws) {
        notes.push(format!(
            "ab sent the same {} every time, with the first value of each range or choice: a server that remembers answers \
             has it easier",
            request.name
        ));
    }
    if told.non_2xx + told.receive + told.exceptions > 0 {
        notes.push("ab's latency is that of all requests, failed ones included".to_owned());
    }
    let expect = &request.expect;
    if expect.length.is_some() || expect.contains.is_some() || expect.json.is_some() {
        notes.push("ab does not look into the answers, so the expected body is not checked".to_owned());
    }
    notes
}

#[cfg(test)]
mod tests;
