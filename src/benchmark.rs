//! In-process benchmarks of one handler: run the ecosystem's own tool, read what it prints.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::interrupt::Interrupt;
use crate::model::plan::{BenchmarkFormat, BenchmarkPlan};
use crate::model::record::HandlerBenchmark;

/// Why a benchmark gave no figure.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command could not be started.
    #[error("could not start the benchmark command {command:?}")]
    Start {
        /// Its argv.
        command: Vec<String>,
        /// Why.
        source: std::io::Error,
    },
    /// It failed.
    #[error("the benchmark command {command:?} ended with {status}: {stderr}")]
    Failed {
        /// Its argv.
        command: Vec<String>,
        /// How it ended.
        status: String,
        /// The last lines it printed.
        stderr: String,
    },
    /// It printed nothing that its format explains.
    #[error("the benchmark command {0:?} printed no benchmark result")]
    Unreadable(Vec<String>),
    /// Somebody pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

/// Runs a benchmark command (already substituted) in `dir` and reads its figure.
///
/// # Errors
/// When it cannot be started, fails, prints no result, or is interrupted.
pub fn run(
    target: &str,
    plan: &BenchmarkPlan,
    dir: &Path,
    environment: &[(String, String)],
    interrupt: &Interrupt,
) -> Result<HandlerBenchmark, Error> {
    let (program, arguments) = plan.command.split_first().ok_or_else(|| Error::Unreadable(vec![]))?;
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(dir)
        .envs(environment.iter().cloned())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| Error::Start { command: plan.command.clone(), source })?;
    let (stdout, stderr) = (drain(child.stdout.take()), drain(child.stderr.take()));
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if interrupt.sleep(Duration::from_millis(20)) => {}
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(Error::Interrupted);
            }
        }
    };
    let (stdout, stderr) = (stdout.join().unwrap_or_default(), stderr.join().unwrap_or_default());
    if !status.success() {
        let said = if stderr.trim().is_empty() { stdout } else { stderr };
        let last: Vec<&str> = said.lines().rev().take(5).collect();
        let stderr = last.into_iter().rev().collect::<Vec<_>>().join(" | ");
        return Err(Error::Failed { command: plan.command.clone(), status: status.to_string(), stderr });
    }
    let read = match plan.format {
        BenchmarkFormat::Go => go(&stdout),
        BenchmarkFormat::Pytest => pytest(&stdout),
    };
    let figures = read.ok_or_else(|| Error::Unreadable(plan.command.clone()))?;
    Ok(HandlerBenchmark {
        target: target.to_owned(),
        request: plan.request.clone(),
        time_ns: figures.time_ns,
        allocs: figures.allocs,
        bytes: figures.bytes,
    })
}

#[derive(Debug, PartialEq)]
struct Figures {
    time_ns: f64,
    allocs: Option<f64>,
    bytes: Option<f64>,
}

fn drain<R: std::io::Read + Send + 'static>(pipe: Option<R>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// `BenchmarkX-2   1234   98765 ns/op   4321 B/op   56 allocs/op`
fn go(text: &str) -> Option<Figures> {
    let line = text.lines().find(|line| line.starts_with("Benchmark") && line.contains(" ns/op"))?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let before = |unit: &str| {
        let place = words.iter().position(|word| *word == unit)?;
        words.get(place.checked_sub(1)?)?.parse().ok()
    };
    Some(Figures { time_ns: before("ns/op")?, allocs: before("allocs/op"), bytes: before("B/op") })
}

/// pytest-benchmark's JSON, wherever it begins in the output; seconds. The median is taken, as everywhere.
fn pytest(text: &str) -> Option<Figures> {
    let begin = text.find("\n{").map_or_else(|| text.find('{'), |place| Some(place + 1))?;
    let value = serde_json::Deserializer::from_str(&text[begin..]).into_iter::<serde_json::Value>().next()?.ok()?;
    let seconds = value.pointer("/benchmarks/0/stats/median")?.as_f64()?;
    Some(Figures { time_ns: seconds * 1e9, allocs: None, bytes: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_are_read() {
        let text =
            "goos: linux\nBenchmarkGetExercises-2   \t 5000\t  223456.5 ns/op\t  4321 B/op\t  56 allocs/op\nPASS\n";
        assert_eq!(go(text), Some(Figures { time_ns: 223_456.5, allocs: Some(56.0), bytes: Some(4321.0) }));
        assert_eq!(go("PASS\nok\n"), None);
        let text = "collected 1 item\n{\"benchmarks\": [{\"stats\": {\"median\": 0.0025}}]}\n1 passed\n";
        assert_eq!(pytest(text).map(|figures| figures.time_ns), Some(2_500_000.0));
        assert_eq!(pytest("no json"), None);
    }

    #[test]
    fn a_failing_command_says_what_it_printed() {
        let plan = |command: &[&str]| BenchmarkPlan {
            request: "list".into(),
            command: command.iter().map(ToString::to_string).collect(),
            format: BenchmarkFormat::Go,
        };
        let run = |plan: &BenchmarkPlan| super::run("x", plan, Path::new("/"), &[], &Interrupt::new());
        let error = run(&plan(&["sh", "-c", "echo broken >&2; exit 3"])).unwrap_err();
        assert!(matches!(&error, Error::Failed { stderr, .. } if stderr == "broken"), "{error}");
        assert!(matches!(run(&plan(&["true"])), Err(Error::Unreadable(_))));
        assert!(matches!(run(&plan(&["/no/such/program"])), Err(Error::Start { .. })));
    }
}
