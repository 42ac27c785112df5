//! Unlike work: the two sides ask the database for more or less per request of one load.

use crate::model::facts::Caveat;
use crate::unit::digits;

use super::super::comparison::Comparison;
use super::super::metric::parts;
use super::caveat;

/// What a request costs the database, and how it is called.
const FIGURES: [(&str, &str); 3] =
    [("statements_per_request", "statements"), ("rows_per_request", "rows"), ("buffers_per_request", "buffers")];
/// The larger figure over the smaller from which work counts as unlike.
const UNLIKE: f64 = 1.1;

/// One figure that differs between the sides of a load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnlikeWork {
    /// The name of the load, for instance `latency`.
    pub load: String,
    /// Load, request and both figures: `latency.list: 4 statements per request of the baseline, 2 of the candidate`.
    pub text: String,
}

/// Every figure by which the sides differ by more than 10 %, in the order of the comparisons.
#[must_use]
pub fn unlike_work(comparisons: &[Comparison]) -> Vec<UnlikeWork> {
    let differs = |one: &Comparison| {
        let (load, request, figure) = parts(&one.metric)?;
        let (_, name) = FIGURES.iter().find(|(known, _)| *known == figure)?;
        let (most, least) = (one.baseline.max(one.candidate), one.baseline.min(one.candidate));
        (most > UNLIKE * least).then(|| UnlikeWork {
            load: load.to_owned(),
            text: format!(
                "{load}.{request}: {} {name} per request of the baseline, {} of the candidate",
                digits(one.baseline),
                digits(one.candidate)
            ),
        })
    };
    comparisons.iter().filter_map(differs).collect()
}

pub(super) fn caveats(comparisons: &[Comparison]) -> Vec<Caveat> {
    let advice = "Make both sides ask the database the same before their figures are compared.";
    unlike_work(comparisons).iter().map(|one| caveat("unlike-work", format!("{}.", one.text), advice)).collect()
}
