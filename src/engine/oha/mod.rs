//! oha: one fixed request in a closed or an open loop, its figures from the JSON that it prints.

mod told;

use std::path::Path;

use super::drive::{drive, last_lines};
use super::job::not_sent;
use super::private::{Private, keep};
use super::{Error, Job, Outcome, Tool};
use crate::clock;
use crate::interrupt::Interrupt;
use crate::model::engine::Engine;
use crate::model::load::{ErrorKind, LoadRecord};
use crate::model::plan::{RequestPlan, StopRule};
use crate::model::scrub::scrubbed;
use crate::process::Command;
use crate::template::{draws, fixed};
use told::{Told, within_2xx};

/// The first version with `--output-format json`; before it there was `-j`.
const OUTPUT_FORMAT: (u32, u32) = (1, 9);

pub(super) fn run(program: &Path, tool: &Tool, job: &Job, interrupt: &Interrupt) -> Result<Option<Outcome>, Error> {
    let requests = job.requests();
    let Some((request, _)) = requests.first() else { return Err(Error::Address(job.url.to_owned())) };
    let private = Private::new(program, Engine::Oha)?;
    let mut file = None;
    if let Some(body) = &request.body {
        file = Some(private.write("body", &fixed(body))?);
        keep(job, "body", &scrubbed(&fixed(body)))?;
    }
    let command = Command {
        argv: argv(tool, job, request, file.as_deref())?,
        dir: job.folder.clone(),
        // One thread, as our own generator has; the variable is older than oha's own flag for it.
        env: vec![("TOKIO_WORKER_THREADS".to_owned(), "1".to_owned())],
        stdout: job.folder.join("stdout"),
        stderr: job.folder.join("stderr"),
        cpus: job.cpus.clone(),
        ..Command::default()
    };
    let Some(ended) = drive(private, Engine::Oha, &command, interrupt)? else { return Ok(None) };
    let said = String::from_utf8_lossy(&std::fs::read(&command.stdout).unwrap_or_default()).into_owned();
    let told = told::read(&said).map_err(|why| Error::Unreadable {
        engine: Engine::Oha,
        why,
        output: last_lines(&command),
    })?;
    // An open loop is asked to wait for what is in flight at its deadline, and that wait is not of its window.
    let window = match job.load.stop {
        StopRule::Duration(time) => told.taken_ns().min(clock::duration_nanos(time)),
        StopRule::Requests(_) => told.taken_ns(),
    };
    let mut record = job.record(Engine::Oha, &ended, (ended.t0, ended.t0.saturating_add(window)));
    fill(&mut record, &told, request, job.load.stop);
    record.notes = notes(request, &told, &record);
    Ok(Some(Outcome { records: vec![record], cpu_ns: ended.cpu_ns() }))
}

fn argv(tool: &Tool, job: &Job, request: &RequestPlan, body: Option<&Path>) -> Result<Vec<String>, Error> {
    let mut argv = tool.argv.clone();
    let mut add = |words: &[&str]| argv.extend(words.iter().map(|word| (*word).to_owned()));
    add(&["--no-tui"]);
    add(if older_than(tool.version.as_deref(), OUTPUT_FORMAT) { &["-j"] } else { &["--output-format", "json"] });
    // What our own engine does not do either: follow redirects, ask for compressed answers.
    add(&["--stats-success-breakdown", "--disable-compression", "-r", "0"]);
    let timeout = format!("{}ms", job.load.timeout.as_millis());
    add(&["-c", &job.load.connections.to_string(), "-t", &timeout, "--connect-timeout", &timeout]);
    match job.load.stop {
        StopRule::Requests(count) => add(&["-n", &count.to_string()]),
        StopRule::Duration(time) => add(&["-z", &format!("{}ms", time.as_millis())]),
    }
    if let Some(rate) = job.rate {
        // Without the correction the time that a request waits for a connection is missing from its latency; without the
        // wait, what is late at the deadline.
        add(&["-q", &rate.to_string(), "--latency-correction", "-w"]);
    }
    if request.method != "GET" {
        add(&["-m", &request.method]);
    }
    if let Some(body) = body {
        add(&["-D", &body.to_string_lossy()]);
    }
    for (name, value) in &request.headers {
        add(&["-H", &format!("{name}: {}", fixed(value.reveal()))]);
    }
    let address = job.address()?;
    let base = &address[..url::Position::BeforePath];
    add(&[&format!("{base}{}", fixed(&request.path))]);
    Ok(argv)
}

/// Whether a version that is known is below that one.
fn older_than(version: Option<&str>, (major, minor): (u32, u32)) -> bool {
    let numbers: Vec<u32> = version.unwrap_or_default().split('.').map_while(|part| part.parse().ok()).collect();
    matches!(numbers.as_slice(), [first, second, ..] if (*first, *second) < (major, minor))
}

fn fill(record: &mut LoadRecord, told: &Told, request: &RequestPlan, stop: StopRule) {
    record.statuses.clone_from(&told.statuses);
    record.answered = told.answered();
    record.good = match request.expect.status {
        Some(expected) => told.of(|status| status == expected),
        None => told.of(within_2xx),
    };
    record.good_total = record.good;
    record.errors = told.failures();
    record.sent = record.answered + record.errors.values().sum::<u64>() + told.cut_off();
    record.drained = told.cut_off();
    let bad = record.answered - record.good;
    if bad > 0 {
        record.errors.insert(ErrorKind::BadStatus, bad);
    }
    record.body_bytes = told.summary.total_data;
    // Latency is told of all answers and of those within 2xx: the latter is that of good ones where these are the same.
    let apart = told.latency_within_2xx().filter(|latency| latency.len() == record.good);
    record.latency = apart.unwrap_or_else(|| told.latency());
    if let (Some(rate), StopRule::Duration(_)) = (record.rate_asked, stop) {
        record.unsent = not_sent(rate, record.seconds(), record.sent);
    }
}

fn notes(request: &RequestPlan, told: &Told, record: &LoadRecord) -> Vec<String> {
    let mut notes =
        vec!["oha tells its latency at nine quantiles, the largest of them p99.99, and no lateness".to_owned()];
    if record.rate_asked.is_some() {
        notes.push(
            "oha times a request of an open loop from the moment at which its own clock woke it, so that what it was late \
             itself is missing from its latency"
                .to_owned(),
        );
    }
    if told.cut_off() > 0 {
        notes.push(format!("oha cut off {} requests at the deadline; they are in no count of answers", told.cut_off()));
    }
    let headers = request.headers.iter().map(|(_, value)| value.reveal());
    if headers.chain(request.body.as_deref()).chain([request.path.as_str()]).any(draws) {
        notes.push(format!(
            "oha sent the same {} every time, with the first value of each range or choice: a server that remembers answers \
             has it easier",
            request.name
        ));
    }
    if record.latency.len() > record.good {
        notes.push("oha's latency is that of all answers, bad ones included".to_owned());
    }
    let expect = &request.expect;
    if expect.length.is_some() || expect.contains.is_some() || expect.json.is_some() {
        notes.push("oha does not look into the answers, so the expected body is not checked".to_owned());
    }
    let unexplained = told.unexplained();
    if !unexplained.is_empty() {
        notes.push(format!("oha says of failed requests: {}", unexplained.join(", ")));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::drive::Ended;
    use crate::export::sample::{closed, counted, open, plan};
    use crate::model::plan::{ExpectPlan, LoadPlan, LoadRequests, Plan, Rate, Spacing};

    fn job<'a>(plan: &'a Plan, load: &'a LoadPlan, rate: Option<f64>) -> Job<'a> {
        Job { plan, load, url: "http://127.0.0.1:81", rate, folder: "/x".into(), cpus: None }
    }

    fn words(request: &str, load: LoadPlan, rate: Option<f64>, version: &str) -> String {
        let plan = plan();
        let load = LoadPlan { requests: LoadRequests::Each(vec![request.to_owned()]), ..load };
        let job = job(&plan, &load, rate);
        let tool = Tool { engine: Engine::Oha, argv: vec!["oha".to_owned()], version: Some(version.to_owned()) };
        let request = job.requests()[0].0;
        let body = request.body.as_ref().map(|_| std::path::Path::new("body"));
        argv(&tool, &job, request, body).expect("an address").join(" ")
    }

    #[test]
    fn the_command_line_says_the_load() {
        assert_eq!(
            words("list", closed(), None, "1.16.0"),
            "oha --no-tui --output-format json --stats-success-breakdown --disable-compression -r 0 -c 100 -t 10000ms \
             --connect-timeout 10000ms -z 60000ms http://127.0.0.1:81/items?page=1"
        );
        assert_eq!(
            words("insert", counted(), None, "1.8.0"),
            "oha --no-tui -j --stats-success-breakdown --disable-compression -r 0 -c 100 -t 10000ms --connect-timeout \
             10000ms -n 1001 -m POST -D body -H Authorization: Bearer token-1, (x) -H Content-Type: application/json \
             http://127.0.0.1:81/attempts?kind=a&b"
        );
        let rated = words("list", open(Rate::PerSecond(250.5), Spacing::Constant), Some(250.5), "2.0");
        assert!(rated.contains(" -z 30000ms -q 250.5 --latency-correction -w http"), "{rated}");
    }

    #[test]
    fn versions_are_told_apart_by_number() {
        for (version, older) in [
            (Some("1.8.0"), true),
            (Some("0.6.5"), true),
            (Some("1.9.0"), false),
            (Some("1.16.0"), false),
            (None, false),
        ] {
            assert_eq!(older_than(version, OUTPUT_FORMAT), older, "{version:?}");
        }
    }

    /// The record of a captured output for a request that expects this status.
    fn record(said: &str, rate: Option<f64>, status: Option<u16>) -> (LoadRecord, Vec<String>) {
        let (plan, load) = (plan(), closed());
        let ended = Ended { t0: 0, cpu: vec![] };
        let mut record = job(&plan, &load, rate).record(Engine::Oha, &ended, (0, 2_000_000_000));
        let told = told::read(said).expect("captured from oha 1.16.0");
        let mut request = plan.requests[0].clone();
        request.expect = ExpectPlan { status, length: None, contains: None, json: None };
        fill(&mut record, &told, &request, load.stop);
        let notes = notes(&request, &told, &record);
        (record, notes)
    }

    #[test]
    fn bad_answers_are_in_no_latency_where_oha_tells_them_apart() {
        let said = include_str!("../captured/oha.json");
        for status in [None, Some(200)] {
            let (record, notes) = record(said, None, status);
            assert_eq!(record.errors, [(ErrorKind::BadStatus, record.statuses[&500])].into());
            assert_eq!((record.good, record.latency.len()), (record.statuses[&200], record.statuses[&200]));
            assert_eq!(record.sent, record.answered + record.drained);
            assert!(notes.iter().any(|note| note.contains("cut off 10 requests")), "{notes:?}");
        }
        let (record, notes) = record(said, None, Some(500));
        assert_eq!((record.good, record.latency.len()), (record.statuses[&500], record.answered));
        assert!(notes.iter().any(|note| note.contains("bad ones included")), "{notes:?}");
    }

    #[test]
    fn an_open_loop_tells_what_it_did_not_send() {
        let (record, notes) = record(include_str!("../captured/oha-open.json"), Some(600.0), None);
        assert_eq!((record.sent, record.answered, record.drained, record.unsent), (1000, 1000, 0, 200));
        assert!(notes.iter().any(|note| note.contains("its own clock")), "{notes:?}");
        assert!(record.latency.max() >= 60_000_000);
    }

    #[test]
    fn a_server_that_refuses_is_in_the_record() {
        let (record, _) = record(include_str!("../captured/oha-refused.json"), None, None);
        assert_eq!((record.sent, record.answered, record.latency.len()), (100, 0, 0));
        assert_eq!(record.errors, [(ErrorKind::ConnectRefused, 100)].into());
    }
}
