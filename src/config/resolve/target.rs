//! Targets.

use super::{Place, base, file, template};
use crate::config::defaults;
use crate::config::problem::{Problems, Span, listed};
use crate::config::suggest::nearest;
use crate::config::written::{At, Benchmark, Config, Ready, Stop, Target};
use crate::model::plan::{BenchmarkPlan, ReadyBy, ReadyPlan, StopPlan, TargetPlan, mentions_port};
use crate::model::secret::Secret;

/// The words in braces that a launch substitutes.
const PLACEHOLDERS: [&str; 5] = ["host", "port", "database_url", "dir", "cpus"];

/// Signals that ask a server to end.
const SIGNALS: [&str; 8] = ["TERM", "INT", "QUIT", "HUP", "USR1", "USR2", "WINCH", "KILL"];

/// The targets of the file, in its order.
pub fn targets(config: &Config, place: &Place<'_>, problems: &mut Problems) -> Vec<TargetPlan> {
    let Some(written) = config.target.given() else { return Vec::new() };
    if written.value.0.is_empty() {
        problems.add(&written.span, "there is no target: at least one [target.NAME] is needed");
    }
    let mut targets = Vec::new();
    for (name, target) in written.value.entries() {
        if let Some(whole) = base::inherited(name, target, &written.value, problems) {
            if whole.command.is_absent() {
                problems.add(&target.span, "`command` is required");
            }
            targets.extend(resolve(name, &whole, config, place, problems));
        }
    }
    targets
}

fn resolve(
    name: &At<String>,
    target: &Target,
    config: &Config,
    place: &Place<'_>,
    problems: &mut Problems,
) -> Option<TargetPlan> {
    let command = target.command.given();
    let env = target.env.value().map_or(&[][..], |env| &env.0);
    if let Some(command) = command
        && !target.env.is_refused()
    {
        let words: Vec<&At<String>> = command.value.0.iter().chain(env.iter().map(|(_, value)| value)).collect();
        let slip = port_slip(&words);
        // A worker that serves nobody is told no port, and its log says when it is ready.
        let may_have_none = target.ready.value().is_some_and(|ready| !ready.log.is_absent()) && slip.is_none();
        if !may_have_none && !words.iter().any(|word| mentions_port(&word.value)) {
            problems.advise(&command.span, format!("nothing tells `{}` its port", name.value), port_hint(slip));
        }
    }
    for (variable, _) in env {
        if variable.value.is_empty() || variable.value.contains(['=', '\0']) {
            problems.add(&variable.span, "no name of an environment variable");
        }
    }
    if config.database.is_absent() {
        let benchmark = target.benchmark.value().and_then(|benchmark| benchmark.command.value());
        let words = command.map_or(&[][..], |command| &command.value.0).iter();
        let words = words.chain(env.iter().map(|(_, value)| value)).chain(benchmark.map_or(&[][..], |argv| &argv.0));
        for word in words.filter(|word| word.value.contains("{database_url}")) {
            problems.advise(
                &word.span,
                "asks for {database_url}, and there is no [database]",
                "add a [database] with its schema",
            );
        }
    }
    let dir = target.dir.given().map(|dir| file::folder(dir, place, problems));
    let ready = target.ready.value().map_or_else(defaults::ready, |written| ready(written, problems));
    let stop = target.stop.value().map_or_else(defaults::stop, |written| stop(written, problems));
    let cpus = target.cpus.given().and_then(|written| cpus(written, problems));
    let benchmark = target.benchmark.value().and_then(|written| benchmark(written, config, problems));
    Some(TargetPlan {
        name: name.value.clone(),
        dir: dir.unwrap_or_else(|| place.folder.to_owned()),
        attach: None,
        command: command?.value.words(),
        env: env.iter().map(|(name, value)| (name.value.clone(), Secret::new(&value.value))).collect(),
        inherit_env: target
            .inherit_env
            .value()
            .map(|names| names.0.iter().map(|name| name.value.clone()).collect())
            .unwrap_or_default(),
        build: target
            .build
            .value()
            .map(|list| list.0.iter().map(|argv| argv.value.words()).collect())
            .unwrap_or_default(),
        versions: target
            .versions
            .value()
            .map(|named| named.entries().map(|(name, argv)| (name.value.clone(), argv.value.words())).collect())
            .unwrap_or_default(),
        ready,
        stop,
        cpus,
        benchmark,
        runtime: target.runtime.value().copied(),
    })
}

/// A word in braces that was meant to be `{port}`, like `{prot}`.
fn port_slip<'a>(words: &[&'a At<String>]) -> Option<&'a str> {
    let braced = words.iter().flat_map(|word| word.value.split('{').skip(1)).filter_map(|rest| rest.split_once('}'));
    braced
        .map(|(inner, _)| inner)
        .find(|inner| !PLACEHOLDERS.contains(inner) && nearest(inner, &PLACEHOLDERS) == Some("port"))
}

/// What to do when no word takes the port.
fn port_hint(slip: Option<&str>) -> String {
    match slip {
        Some(slip) => format!("did you mean `{{port}}` instead of `{{{slip}}}`?"),
        None => {
            "every launch gets a free port: put {port} into the command, or `env = { PORT = \"{port}\" }`; a program that \
             serves nobody is ready by `log`"
                .to_owned()
        }
    }
}

fn ready(written: &Ready, problems: &mut Problems) -> ReadyPlan {
    let default = defaults::ready();
    let timeout = written.timeout.value().map_or(default.timeout, |length| length.0);
    ReadyPlan { by: ready_by(written, problems).unwrap_or(default.by), timeout }
}

/// What tells that the target is ready; `None` where the file does not say, or what it says was refused.
fn ready_by(written: &Ready, problems: &mut Problems) -> Option<ReadyBy> {
    let (path, log, tcp) = (written.path.given(), written.log.given(), written.tcp.given());
    let mut ways: Vec<(&str, &Span)> =
        [path.map(|at| ("path", &at.span)), log.map(|at| ("log", &at.span)), tcp.map(|at| ("tcp", &at.span))]
            .into_iter()
            .flatten()
            .collect();
    ways.sort_by_key(|(_, span)| span.start);
    if let [(first, _), (second, span), ..] = ways.as_slice() {
        problems.advise(
            span,
            format!("`{second}` beside `{first}`"),
            "a target is ready by exactly one of `path`, `log` and `tcp`",
        );
        return None;
    }
    if let (Some(status), Some((way, _))) = (written.status.given(), ways.first().filter(|(way, _)| *way != "path")) {
        problems.advise(
            &status.span,
            format!("`status` beside `{way}`, which asks for no answer"),
            "it is the status of the answer to `path`",
        );
    }
    if let Some(log) = log {
        return line_pattern(log, problems).map(ReadyBy::Log);
    }
    if let Some(tcp) = tcp {
        if !tcp.value {
            problems.advise(&tcp.span, "`tcp` can only be true", "leave it out to ask for a page");
        }
        return Some(ReadyBy::Tcp);
    }
    if let Some(path) = path
        && let Err((message, hint)) = template::sound_path(&path.value)
    {
        problems.advise(&path.span, message, hint);
    }
    Some(ReadyBy::Page {
        path: path.map_or_else(|| "/".to_owned(), |at| at.value.clone()),
        status: written.status.given().map_or(200, |at| template::status(at, problems)),
    })
}

/// The regular expression of a line.
fn line_pattern(log: &At<String>, problems: &mut Problems) -> Option<String> {
    match regex::bytes::Regex::new(&log.value) {
        Ok(regex) if regex.is_match(b"") => {
            problems.advise(&log.span, "matches an empty line too", "name some words of the line that says ready");
            None
        }
        Ok(_) => Some(log.value.clone()),
        Err(error) => {
            // A syntax error is drawn over several lines, of which the last says what it is.
            let text = error.to_string();
            let why = text.lines().last().unwrap_or_default().trim_start_matches("error:").trim();
            problems.advise(
                &log.span,
                format!("no regular expression: {why}"),
                "it is one of Rust's `regex`; in single quotes TOML leaves a backslash as it is",
            );
            None
        }
    }
}

fn stop(written: &Stop, problems: &mut Problems) -> StopPlan {
    let default = defaults::stop();
    let signal = written.signal.given().map(|at| {
        let upper = at.value.to_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper).to_owned();
        if !SIGNALS.contains(&name.as_str()) {
            problems.unknown(&at.span, "signal", &name, &SIGNALS);
        }
        name
    });
    StopPlan {
        signal: signal.unwrap_or(default.signal),
        grace: written.grace.value().map_or(default.grace, |pause| pause.0),
    }
}

fn benchmark(written: &Benchmark, config: &Config, problems: &mut Problems) -> Option<BenchmarkPlan> {
    let request = written.request.given();
    if let Some(request) = request {
        let names = match config.request.value() {
            Some(named) if !named.0.is_empty() => named.names(),
            _ => vec!["root"],
        };
        if !names.contains(&request.value.as_str()) {
            problems.unknown(&request.span, "request", &request.value, &names);
        }
    }
    Some(BenchmarkPlan {
        request: request?.value.clone(),
        command: written.command.value()?.words(),
        format: *written.format.value()?,
    })
}

/// The list as `taskset -c` takes it: numbers and ranges with commas between them.
fn cpus(written: &At<String>, problems: &mut Problems) -> Option<String> {
    let number = |text: &str| text.parse::<u16>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    let part = |part: &str| match part.split_once('-') {
        Some((low, high)) => number(low).zip(number(high)).is_some_and(|(low, high)| low <= high),
        None => number(part).is_some(),
    };
    let list: String = written.value.chars().filter(|c| *c != ' ').collect();
    if list.split(',').all(part) {
        return Some(list);
    }
    problems.advise(&written.span, "no list of CPUs", format!("write it as in {}", listed(&["0", "0-3", "0,2-3"])));
    None
}
