//! What a stored run says: one figure per trial, its spread, and the ratio between two targets with an interval.
//!
//! Pure: a [`Run`] goes in, an [`Analysis`] comes out. It decides no claim and writes nothing.

pub mod comparison;
pub mod load;
pub mod metric;

use crate::model::facts::Caveat;
use comparison::Comparison;
use load::LoadFigures;
use metric::Metric;

/// Everything derived from one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// One per metric and target, in the order of the phases.
    pub metrics: Vec<Metric>,
    /// One per metric that both sides of the comparison have.
    pub comparisons: Vec<Comparison>,
    /// One per load record, in the order they were made.
    pub loads: Vec<LoadFigures>,
    /// Reasons to doubt the data, those recorded and those derived.
    pub caveats: Vec<Caveat>,
}
