//! The implementations under test.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::secret::Secret;
use crate::unit::seconds;

/// One implementation under test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetPlan {
    /// Its name in the config.
    pub name: String,
    /// Its working folder, absolute.
    pub dir: PathBuf,
    /// A server that already runs: nothing is started or stopped.
    pub attach: Option<AttachPlan>,
    /// Its argv, with `{host}`, `{port}`, `{database_url}` and `{dir}` still to be substituted at launch.
    #[serde(serialize_with = "crate::model::scrub::argv")]
    pub command: Vec<String>,
    /// Variables added to its environment, substituted like the argv.
    pub env: BTreeMap<String, Secret>,
    /// Names that it inherits of the caller's environment beside the few that every target does.
    #[serde(default)]
    pub inherit_env: Vec<String>,
    /// Commands run once before the first launch, each an argv, in `dir`.
    #[serde(serialize_with = "crate::model::scrub::argvs")]
    pub build: Vec<Vec<String>>,
    /// Commands whose first line of output is a version, by the name of the thing.
    #[serde(serialize_with = "crate::model::scrub::named_argvs")]
    pub versions: BTreeMap<String, Vec<String>>,
    /// When it counts as ready.
    pub ready: ReadyPlan,
    /// How it is stopped.
    pub stop: StopPlan,
    /// The CPUs it is confined to, as in `taskset -c`; `None` leaves it free.
    pub cpus: Option<String>,
    /// Its in-process benchmark of one handler, if it has one.
    pub benchmark: Option<BenchmarkPlan>,
    /// Whose garbage collector is traced in an extra life, apart from the measured trials; `None` traces nothing.
    #[serde(default)]
    pub runtime: Option<Runtime>,
}

impl TargetPlan {
    /// Whether it is told a port. A target without one can be launched and watched, and never asked.
    #[must_use]
    pub fn takes_port(&self) -> bool {
        let mut words = self.command.iter().map(String::as_str).chain(self.env.values().map(Secret::reveal));
        self.attach.is_some() || words.any(mentions_port)
    }
}

/// Whether the word takes the port of a launch.
#[must_use]
pub fn mentions_port(word: &str) -> bool {
    word.contains("{port}")
}

/// A runtime whose garbage collector can be traced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Runtime {
    /// Go: `GODEBUG=gctrace=1`.
    Go,
    /// `CPython`: `gc.callbacks`.
    Python,
}

/// A server that already runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachPlan {
    /// Where it answers, for instance `http://127.0.0.1:8000`.
    #[serde(serialize_with = "crate::model::scrub::maybe")]
    pub url: Option<String>,
    /// Its root process.
    pub pid: Option<u32>,
}

/// When a target counts as ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredReady", into = "StoredReady")]
pub struct ReadyPlan {
    /// What tells it.
    pub by: ReadyBy,
    /// How long it may take.
    pub timeout: Duration,
}

/// What tells that a target is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadyBy {
    /// A GET of this path is answered with this status.
    Page {
        /// The path asked for.
        path: String,
        /// The status of a good answer.
        status: u16,
    },
    /// A line of its standard output or standard error matches this regular expression.
    Log(String),
    /// Its port accepts connections.
    Tcp,
}

/// The stored form, which was `path` and `status` before there were other ways.
#[derive(Serialize, Deserialize)]
struct StoredReady {
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "crate::model::scrub::maybe")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "crate::model::scrub::maybe")]
    log: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tcp: Option<bool>,
    #[serde(with = "seconds")]
    timeout: Duration,
}

impl TryFrom<StoredReady> for ReadyPlan {
    type Error = &'static str;

    fn try_from(stored: StoredReady) -> Result<Self, Self::Error> {
        let by = match (stored.path, stored.status, stored.log, stored.tcp) {
            (Some(path), Some(status), None, None) => ReadyBy::Page { path, status },
            (None, None, Some(log), None) => ReadyBy::Log(log),
            (None, None, None, Some(true)) => ReadyBy::Tcp,
            _ => return Err("ready is told by `path` and `status`, by `log` or by `tcp`"),
        };
        Ok(Self { by, timeout: stored.timeout })
    }
}

impl From<ReadyPlan> for StoredReady {
    fn from(ReadyPlan { by, timeout }: ReadyPlan) -> Self {
        let nothing = Self { path: None, status: None, log: None, tcp: None, timeout };
        match by {
            ReadyBy::Page { path, status } => Self { path: Some(path), status: Some(status), ..nothing },
            ReadyBy::Log(log) => Self { log: Some(log), ..nothing },
            ReadyBy::Tcp => Self { tcp: Some(true), ..nothing },
        }
    }
}

/// How a target is stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopPlan {
    /// The signal's name without `SIG`, for instance `TERM`.
    pub signal: String,
    /// How long it may take before the whole tree is killed.
    #[serde(with = "seconds")]
    pub grace: Duration,
}

/// An in-process benchmark: a command and the way to read its output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenchmarkPlan {
    /// The request whose handler it measures.
    pub request: String,
    /// The argv, substituted like the target's.
    #[serde(serialize_with = "crate::model::scrub::argv")]
    pub command: Vec<String>,
    /// The format of what it prints.
    pub format: BenchmarkFormat,
}

/// The format of a benchmark's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BenchmarkFormat {
    /// `go test -bench -benchmem` text.
    Go,
    /// `pytest --benchmark-json=/dev/stdout` JSON.
    Pytest,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_is_stored_by_its_keys_and_that_of_older_runs_is_read() {
        let (path, status) = ("/up".to_owned(), 204);
        for (by, text) in [
            (ReadyBy::Page { path, status }, r#"{"path":"/up","status":204,"timeout":2.0}"#),
            (ReadyBy::Log("up (in|after) [0-9]+".to_owned()), r#"{"log":"up (in|after) [0-9]+","timeout":2.0}"#),
            (ReadyBy::Tcp, r#"{"tcp":true,"timeout":2.0}"#),
        ] {
            let plan = ReadyPlan { by, timeout: Duration::from_secs(2) };
            assert_eq!(serde_json::to_string(&plan).expect("plain values"), text);
            assert_eq!(serde_json::from_str::<ReadyPlan>(text).expect("its own form"), plan);
        }
        for neither in [r#"{"timeout":2.0}"#, r#"{"path":"/","status":200,"tcp":true,"timeout":2.0}"#] {
            assert!(serde_json::from_str::<ReadyPlan>(neither).is_err(), "{neither}");
        }
    }
}
