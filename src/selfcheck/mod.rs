//! The whole tool against servers whose truth is known, on the user's own machine.
//!
//! A session is a real one: launches, blocks, loads, a stored run, the analysis of any other run. Its two targets are the
//! known-truth server, told to be apart by the same ratio in startup, memory, CPU and latency; what comes out is whether
//! each interval held the truth. Nothing here knows how a figure is made.
//!
//! The servers differ from launch to launch by factors that they draw themselves, of a known spread. So it is known how wide the
//! intervals must be, and how many of them must miss.

mod launch;
mod path;
mod scene;
#[path = "../../fixtures/truth-server/server.rs"]
mod server;
#[cfg(test)]
mod simulation;
mod tally;

use serde::{Deserialize, Serialize};

use crate::analysis;
use crate::session::{self, Setup};

pub use scene::{Added, GREATEST, NOISE, NOISES, Scene, Truth};
use tally::half_width_from;
pub use tally::{Tally, Verdict};

/// The word after which the program is a known-truth server, with the options of `fixtures/truth-server/options.rs`.
pub const SERVER: &str = "__truth-server";

/// Is a known-truth server until it is ended.
pub fn serve(options: impl Iterator<Item = String>) -> ! {
    server::run(options)
}

/// One interval beside the truth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The session's seed.
    pub seed: u64,
    /// The ratio that the session was asked for.
    pub ratio: f64,
    /// The metric's name.
    pub metric: String,
    /// The ratio that it truly has, which differs by what whole pages and microseconds allow.
    pub truth: f64,
    /// The measured ratio.
    pub measured: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// The half width, of the logarithm, that the added noise alone gives in the median.
    pub half_width_from_noise: Option<f64>,
    /// Whether the interval holds the truth; `None` when there is none to ask.
    pub holds: Option<bool>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Measures one session and sets each of its intervals beside the truth. An interrupt gives none.
///
/// # Errors
/// What ends a session.
pub fn session(setup: Setup, scene: &Scene) -> Result<Vec<Interval>, session::Error> {
    let folder = setup.folder.path();
    let program = setup.program;
    let mut run = session::begin("selfcheck", scene.plan(program, folder), setup.folder, setup.tools);
    session::measure(setup, &mut run)?;
    if setup.interrupt.is_set() {
        return Ok(Vec::new());
    }
    let added = Added { launch_us: launch::added_us(&run, folder), path_us: path::round_trip_us(program, folder) };
    let analysis = analysis::analyse(&run);
    let beside = |truth: &Truth| {
        let found = analysis.comparison(truth.metric);
        let usable = found.filter(|found| found.unusable.is_none());
        let interval = usable.and_then(|found| Some((found.low?, found.high?)));
        let actual = truth.ratio(added);
        let why = match (found, interval) {
            (_, Some(_)) => None,
            (Some(found), None) => {
                Some(found.unusable.as_ref().map_or_else(|| "too few blocks".to_owned(), |one| one.text.clone()))
            }
            (None, None) => Some("it was not measured".to_owned()),
        };
        Interval {
            seed: scene.seed,
            ratio: scene.ratio,
            metric: truth.metric.to_owned(),
            truth: actual,
            measured: found.map(|found| found.ratio),
            low: interval.map(|interval| interval.0),
            high: interval.map(|interval| interval.1),
            half_width_from_noise: usable
                .filter(|_| interval.is_some())
                .map(|found| half_width_from(scene.noise, found.blocks)),
            holds: interval.map(|(low, high)| low <= actual && actual <= high),
            why,
        }
    };
    Ok(scene.truths().iter().map(beside).collect())
}

/// The intervals of a session that ended before they could be had.
#[must_use]
pub fn without(scene: &Scene, why: &str) -> Vec<Interval> {
    let missing = |truth: &Truth| Interval {
        seed: scene.seed,
        ratio: scene.ratio,
        metric: truth.metric.to_owned(),
        truth: truth.ratio(Added::default()),
        measured: None,
        low: None,
        high: None,
        half_width_from_noise: None,
        holds: None,
        why: Some(why.to_owned()),
    };
    scene.truths().iter().map(missing).collect()
}
