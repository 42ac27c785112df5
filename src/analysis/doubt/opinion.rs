//! Doubts that a second opinion raises.

use crate::model::facts::Caveat;
use crate::model::record::Run;
use crate::unit::digits;

use super::super::opinion::{Disagreement, LIMIT_PERCENT, disagreements};
use super::{caveat, listed};

pub(super) fn caveats(run: &Run) -> Vec<Caveat> {
    let all = disagreements(run);
    let mut found = Vec::new();
    for opinion in &run.opinions {
        let doubts: Vec<String> =
            all.iter().filter(|one| one.doubtful && one.target == opinion.target).map(said).collect();
        if !doubts.is_empty() {
            let meanwhile = match opinion.disturbances.as_slice() {
                [] => String::new(),
                causes => format!(" Meanwhile {}.", listed(causes)),
            };
            found.push(caveat(
                "second-opinion",
                format!(
                    "{}, {} ({}): more than {LIMIT_PERCENT:.0} % from our own figure: {}.{meanwhile}",
                    opinion.target,
                    opinion.load,
                    opinion.request,
                    listed(&doubts)
                ),
                "Read each tool's CPU per request beside it, and repeat it on a quiet machine before believing either.",
            ));
        }
    }
    found
}

fn said(one: &Disagreement) -> String {
    let own = one.own_percent.map_or_else(String::new, |own| format!(" (our own two are {} % apart)", digits(own)));
    let sign = if one.percent > 0.0 { "+" } else { "" };
    format!("{} by {} {sign}{} %{own}", one.figure, one.by, digits(one.percent))
}
