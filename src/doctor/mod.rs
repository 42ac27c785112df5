//! What this machine has, what it lacks, and what makes its figures doubtful.
//!
//! [`examine`] looks and returns a [`Diagnosis`], [`render`] puts it into words. It installs, changes and measures
//! nothing; each finding names its consequence and what helps.

mod answer;
mod install;
mod needs;
mod noise;
mod probe;
mod render;
mod tools;

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::environment::{self, NoiseWatch, Roots};
use crate::model::facts::Environment;

pub use render::render;

/// The least time that CPU steal is watched.
const WATCH: Duration = Duration::from_millis(500);

/// Everything that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diagnosis {
    /// Programs, the needed ones first.
    pub tools: Vec<Tool>,
    /// What makes this machine noisy or limited.
    pub findings: Vec<Finding>,
    /// The facts that the findings come from.
    pub environment: Environment,
}

impl Diagnosis {
    /// Whether everything is there that this project's comparison needs. Noise never forbids a run.
    #[must_use]
    pub fn can_run(&self) -> bool {
        self.tools.iter().all(|tool| tool.need != Need::Required || tool.is_found())
    }
}

/// A program that was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tool {
    /// What it is called in the answer, for instance `PostgreSQL 15`.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Whether this project's comparison needs it.
    pub need: Need,
    /// Whether it is here.
    #[serde(flatten)]
    pub state: State,
}

impl Tool {
    /// Whether it is here and new enough.
    #[must_use]
    pub fn is_found(&self) -> bool {
        matches!(self.state, State::Found { .. })
    }
}

/// Whether something is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Without it this project's comparison cannot run.
    Required,
    /// It adds something.
    Optional,
}

/// Whether a program is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum State {
    /// It is.
    Found {
        /// What it says of itself; `None` when it says nothing.
        version: Option<String>,
        /// The program or its folder.
        path: String,
    },
    /// It is not, or it is too old or broken.
    Missing {
        /// What was found instead of a good one, or where it was looked for, if that is worth telling.
        why: Option<String>,
        /// The command that installs it.
        install: String,
    },
}

/// Something that makes this machine noisy or limited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A short stable word, for instance `steal`.
    pub kind: &'static str,
    /// What was seen.
    pub seen: String,
    /// What follows for the figures or for what can be done.
    pub consequence: &'static str,
    /// What helps.
    pub advice: String,
}

/// Looks at this machine and at what the configuration in `project` needs.
#[must_use]
pub fn examine(roots: &Roots, project: &Path) -> Diagnosis {
    let environment = environment::record(roots);
    let watch = NoiseWatch::start(roots);
    let started = std::time::Instant::now();
    let tools = tools::look(project);
    std::thread::sleep(WATCH.saturating_sub(started.elapsed()));
    // Only the steal of this stretch is used: looking for tools makes all other noise itself.
    let steal_percent = watch.finish(0).steal_percent;
    let findings = noise::findings(&environment, &probe::Probe::take(roots, steal_percent));
    Diagnosis { tools, findings, environment }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_examined_and_said_in_80_columns() {
        let diagnosis = examine(&Roots::default(), Path::new(env!("CARGO_MANIFEST_DIR")));
        assert!(diagnosis.tools.iter().any(|tool| tool.name == "cargo" && tool.is_found()));
        let text = render(&diagnosis, false);
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        let json = serde_json::to_value(&diagnosis).unwrap();
        assert!(json["tools"].as_array().unwrap().iter().all(|tool| tool["state"].is_string()));
    }

    #[test]
    fn only_a_missing_need_forbids_a_run() {
        let tool = |need, found| Tool {
            name: "x".to_owned(),
            purpose: String::new(),
            need,
            state: if found {
                State::Found { version: None, path: "/x".to_owned() }
            } else {
                State::Missing { why: None, install: "make x".to_owned() }
            },
        };
        let diagnosis = |tools| Diagnosis { tools, findings: vec![], environment: Environment::new() };
        assert!(diagnosis(vec![]).can_run());
        assert!(diagnosis(vec![tool(Need::Required, true), tool(Need::Optional, false)]).can_run());
        assert!(!diagnosis(vec![tool(Need::Optional, true), tool(Need::Required, false)]).can_run());
    }
}
