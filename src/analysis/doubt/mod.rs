//! Reasons to doubt the data, as values: each once per kind, target and load, with what helps.
//!
//! Only what the run shows is said; nothing is guessed.

mod incidents;
mod load;
mod machine;
mod opinion;
mod session;
mod spread;
mod work;

pub use work::{UnlikeWork, unlike_work};

use crate::model::facts::Caveat;
use crate::model::record::Run;

use super::comparison::Comparison;
use super::metric::Metric;
use super::validity::Counted;

/// Every caveat of the run: those recorded, then those derived.
#[must_use]
pub fn caveats(run: &Run, counted: &[Counted<'_>], metrics: &[Metric], comparisons: &[Comparison]) -> Vec<Caveat> {
    let derived = [
        session::caveats(run, counted, comparisons),
        incidents::caveats(run),
        machine::caveats(run),
        load::caveats(run, counted),
        spread::caveats(counted, metrics),
        opinion::caveats(run),
        work::caveats(comparisons),
    ];
    let mut all: Vec<Caveat> = Vec::new();
    for caveat in run.caveats.iter().cloned().chain(derived.into_iter().flatten()) {
        if !all.iter().any(|other| other.kind == caveat.kind && other.text == caveat.text) {
            all.push(caveat);
        }
    }
    all
}

fn caveat(kind: &str, text: impl Into<String>, advice: &str) -> Caveat {
    Caveat { kind: kind.to_owned(), text: text.into(), advice: advice.to_owned() }
}

/// `a`, `a and b`, `a, b and c`.
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests;
