//! The whole tool against servers whose truth is known, on the user's own machine.
//!
//! A session is a real one: launches, blocks, loads, a stored run, the analysis of any other run. Its two targets are the
//! known-truth server, told to be apart by the same ratio in startup, memory, CPU and latency; what comes out is whether
//! each interval held the truth. Nothing here knows how a figure is made.

mod launch;
mod path;
mod scene;
#[path = "../../fixtures/truth-server/server.rs"]
mod server;
mod tally;

use serde::Serialize;

use crate::analysis;
use crate::session::{self, Setup};

pub use scene::{Added, GREATEST, Scene, Truth};
pub use tally::Tally;

/// The word after which the program is a known-truth server, with the options of `fixtures/truth-server/options.rs`.
pub const SERVER: &str = "__truth-server";

/// Is a known-truth server until it is ended.
pub fn serve(options: impl Iterator<Item = String>) -> ! {
    server::run(options)
}

/// One interval beside the truth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The ratio that the session was asked for.
    pub ratio: f64,
    /// The metric's name.
    pub metric: &'static str,
    /// The ratio that it truly has, which differs by what whole pages and microseconds allow.
    pub truth: f64,
    /// The measured ratio.
    pub measured: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Whether the interval holds the truth; `None` when there is none to ask.
    pub holds: Option<bool>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
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
    let added =
        Added { launch_us: launch::added_us(&run, scene, folder), path_us: path::round_trip_us(program, folder) };
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
            ratio: scene.ratio,
            metric: truth.metric,
            truth: actual,
            measured: found.map(|found| found.ratio),
            low: interval.map(|interval| interval.0),
            high: interval.map(|interval| interval.1),
            holds: interval.map(|(low, high)| low <= actual && actual <= high),
            why,
        }
    };
    Ok(scene.truths().iter().map(beside).collect())
}
