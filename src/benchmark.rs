//! In-process benchmarks of one handler: run the ecosystem's own tool, read what it prints.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::interrupt::Interrupt;
use crate::model::plan::{BenchmarkFormat, BenchmarkPlan};
use crate::model::record::HandlerBenchmark;
use crate::process::{self, Command, Exit};

/// Lines of a failed command's output that its error shows.
const LAST_LINES: usize = 5;

/// Why a benchmark gave no figure.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command could not be started.
    #[error("could not start the benchmark command")]
    Start(#[from] process::Error),
    /// It failed.
    #[error("the benchmark command {command:?} ended with {status}: {output}")]
    Failed {
        /// Program and arguments as they were started.
        command: Vec<String>,
        /// How it ended.
        status: String,
        /// The last lines it printed.
        output: String,
    },
    /// It printed nothing that its format explains.
    #[error("the benchmark command {0:?} printed no benchmark result")]
    Unreadable(Vec<String>),
    /// Its output could not be read.
    #[error("could not read the benchmark's output")]
    Output(#[source] std::io::Error),
    /// Somebody pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

/// Runs a benchmark command, whose words are substituted already and whose output files are new, and reads its figure.
///
/// # Errors
/// When it cannot be started, fails, prints no result, or is interrupted.
pub fn run(
    program: &Path,
    target: &str,
    plan: &BenchmarkPlan,
    command: &Command,
    interrupt: &Interrupt,
) -> Result<HandlerBenchmark, Error> {
    let exit = process::run(program, command, Duration::MAX, interrupt)?.ok_or(Error::Interrupted)?;
    let read =
        |path: &Path| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).map_err(Error::Output);
    let stdout = read(&command.stdout)?;
    if exit != Exit::Code(0) {
        let stderr = read(&command.stderr)?;
        let said = if stderr.trim().is_empty() { stdout } else { stderr };
        let last: Vec<&str> = said.lines().rev().take(LAST_LINES).collect();
        let output = last.into_iter().rev().collect::<Vec<_>>().join(" | ");
        return Err(Error::Failed { command: command.argv.clone(), status: exit.to_string(), output });
    }
    let figures = match plan.format {
        BenchmarkFormat::Go => go(&stdout),
        BenchmarkFormat::Pytest => pytest(&stdout),
    };
    let figures = figures.ok_or_else(|| Error::Unreadable(command.argv.clone()))?;
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
}
