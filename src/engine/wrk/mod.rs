//! wrk: the load as a Lua script, which also counts answers by status and prints what wrk knows, exactly.

mod told;

use std::fmt::Write as _;
use std::path::Path;

use super::drive::{drive, last_lines};
use super::job::whole_seconds;
use super::private::{Private, keep};
use super::{Error, Job, Outcome, Tool};
use crate::clock::Nanos;
use crate::export::value::HeaderValue;
use crate::export::{variable, wrk_script};
use crate::interrupt::Interrupt;
use crate::model::engine::Engine;
use crate::model::load::{ErrorKind, LoadRecord};
use crate::model::plan::{ExpectPlan, StopRule};
use crate::process::Command;
use told::Told;

/// The part of the script that prints the result.
const REPORT: &str = include_str!("report.lua");

pub(super) fn run(program: &Path, tool: &Tool, job: &Job, interrupt: &Interrupt) -> Result<Option<Outcome>, Error> {
    let private = Private::new(program, Engine::Wrk)?;
    let script = private.write("script.lua", &text(job))?;
    keep(job, "script.lua", &text(&Job { plan: &job.plan.scrubbed(), ..job.clone() }))?;
    let command = Command {
        argv: argv(tool, job, &script)?,
        dir: job.folder.clone(),
        env: secrets(job),
        stdout: job.folder.join("stdout"),
        stderr: job.folder.join("stderr"),
        cpus: job.cpus.clone(),
        ..Command::default()
    };
    let Some(ended) = drive(private, Engine::Wrk, &command, interrupt)? else { return Ok(None) };
    let said = String::from_utf8_lossy(&std::fs::read(&command.stdout).unwrap_or_default()).into_owned();
    let told = told::read(&said).map_err(|why| Error::Unreadable {
        engine: Engine::Wrk,
        why,
        output: last_lines(&command),
    })?;
    let window = (ended.t0, ended.t0 + told.duration_us * 1000);
    let mut record = job.record(Engine::Wrk, &ended, window);
    record.notes = fill(&mut record, &told, job);
    Ok(Some(Outcome { records: vec![record], cpu_ns: ended.cpu_ns() }))
}

/// Our own generator has one thread as well.
fn argv(tool: &Tool, job: &Job, script: &Path) -> Result<Vec<String>, Error> {
    let seconds = match job.load.stop {
        StopRule::Duration(duration) => whole_seconds(duration),
        StopRule::Requests(_) => 0,
    };
    let mut address = job.address()?;
    address.set_path("/");
    let own = [
        "--latency".to_owned(),
        "-t1".to_owned(),
        format!("-c{}", job.load.connections),
        format!("-d{seconds}s"),
        format!("--timeout={}s", whole_seconds(job.load.timeout)),
        "-s".to_owned(),
        script.to_string_lossy().into_owned(),
        address.to_string(),
    ];
    Ok(tool.argv.iter().cloned().chain(own).collect())
}

/// Headers that identify somebody reach the script by the environment, which only this user can read.
fn secrets(job: &Job) -> Vec<(String, String)> {
    let headers = job.requests().into_iter().flat_map(|(request, _)| &request.headers);
    headers
        .filter(|(name, value)| HeaderValue::of(name, value) == HeaderValue::Withheld)
        .map(|(name, value)| (variable(name), value.reveal().to_owned()))
        .collect()
}

/// The whole script.
fn text(job: &Job) -> String {
    let requests = job.requests();
    let mut text = wrk_script(&requests, job.plan.schedule.seed);
    // Which request of a mix an answer belongs to is not known here: any 2xx is good.
    let any = ExpectPlan { status: None, length: None, contains: None, json: None };
    let expect = if let [(only, _)] = requests.as_slice() { &only.expect } else { &any };
    let status = expect
        .status
        .map_or_else(|| "status >= 200 and status < 300".to_owned(), |status| format!("status == {status}"));
    let mut body = vec!["true".to_owned()];
    body.extend(expect.length.map(|length| format!("#body == {length}")));
    body.extend(expect.contains.as_deref().map(|part| format!("string.find(body, {}, 1, true)", quoted(part))));
    let _ = write!(
        text,
        "\n\ncounts, good, mismatch = {{}}, 0, 0\n\
         function response(status, _, body)\n  counts[status] = (counts[status] or 0) + 1\n  \
         if {status} then\n    if {} then good = good + 1 else mismatch = mismatch + 1 end\n  end\nend\n\n{REPORT}",
        body.join(" and ")
    );
    text
}

/// A Lua string, every byte by its number.
fn quoted(text: &str) -> String {
    let bytes = text.bytes().fold(String::new(), |mut bytes, byte| {
        let _ = write!(bytes, "\\{byte:03}");
        bytes
    });
    format!("\"{bytes}\"")
}

/// Puts what wrk told into the record; gives what a reader must know.
fn fill(record: &mut LoadRecord, told: &Told, job: &Job) -> Vec<String> {
    let late = told.error("timeout");
    record.answered = told.requests;
    record.statuses =
        told.statuses.iter().filter_map(|(status, count)| Some((u16::try_from(*status).ok()?, *count))).collect();
    // What wrk calls a timeout is an answer that came too late.
    record.good = told.good.saturating_sub(late);
    record.good_total = record.good;
    let bad = told.requests.saturating_sub(told.good + told.mismatch);
    let (connect, socket) = (told.error("connect"), told.error("read") + told.error("write"));
    record.sent = told.requests + socket;
    record.errors = [
        (ErrorKind::BadStatus, bad),
        (ErrorKind::BodyMismatch, told.mismatch),
        (ErrorKind::Timeout, late),
        (ErrorKind::Connect, connect),
        (ErrorKind::Socket, socket),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .collect();
    let (latency, as_recorded) = told.latency(u64::from(record.connections));
    record.latency = latency;
    let mut notes = Vec::new();
    if !as_recorded {
        notes.push(
            "wrk adds answers to its latency that it believes were missed during long ones, and they could not be taken out \
             again: its percentiles beyond the median are too high"
                .to_owned(),
        );
    }
    if bad + told.mismatch > 0 {
        notes.push("wrk's latency is that of all answers, bad ones included".to_owned());
    }
    if job.requests().iter().any(|(request, _)| request.expect.json.is_some()) {
        notes.push("wrk checked status, length and text of the answers, but no JSON value".to_owned());
    }
    if job.requests().len() > 1 {
        notes.push("wrk does not tell which request of the mix an answer belongs to: any 2xx is good".to_owned());
    }
    notes
}

/// Nanoseconds of a count of microseconds.
fn nanos(us: u64) -> Nanos {
    us.saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::sample::{closed, plan};
    use crate::model::plan::{LoadPlan, LoadRequests};

    fn script(request: &str, expect: &ExpectPlan) -> String {
        let mut plan = plan();
        plan.requests.iter_mut().for_each(|request| request.expect = expect.clone());
        let load = LoadPlan { requests: LoadRequests::Each(vec![request.to_owned()]), ..closed() };
        let job = Job { plan: &plan, load: &load, url: "http://h:1", rate: None, folder: "/x".into(), cpus: None };
        text(&job)
    }

    #[test]
    fn the_expectation_is_checked_by_the_script() {
        let none = ExpectPlan { status: None, length: None, contains: None, json: None };
        assert!(script("list", &none).contains("if status >= 200 and status < 300 then\n    if true then good"));
        let all = ExpectPlan { status: Some(201), length: Some(7), contains: Some("a\"".to_owned()), ..none };
        assert!(script("insert", &all).contains(
            "if status == 201 then\n    if true and #body == 7 and string.find(body, \"\\097\\034\", 1, true) then good"
        ));
    }

    #[test]
    fn secrets_are_in_the_environment_only() {
        let plan = plan();
        let load = LoadPlan { requests: LoadRequests::Each(vec!["secret".to_owned()]), ..closed() };
        let job = Job { plan: &plan, load: &load, url: "http://h:1/x", rate: None, folder: "/x".into(), cpus: None };
        assert_eq!(secrets(&job), [("X_API_KEY".to_owned(), "sesame".to_owned())]);
        let tool = Tool { engine: Engine::Wrk, argv: vec!["wrk".to_owned()], version: None };
        let argv = argv(&tool, &job, Path::new("/x/script.lua")).expect("an address").join(" ");
        assert_eq!(argv, "wrk --latency -t1 -c100 -d60s --timeout=10s -s /x/script.lua http://h:1/");
        assert!(!text(&job).contains("sesame"));
    }
}
