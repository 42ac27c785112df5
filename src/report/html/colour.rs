//! The colours of targets on the page.

use crate::model::plan::Role;
use crate::model::record::Run;

/// The colour class of a target: `a` baseline, `b` candidate, `c` any other.
pub fn class(run: &Run, target: &str) -> &'static str {
    match run.plan.role(target) {
        Role::Baseline => "a",
        Role::Candidate => "b",
        Role::Rival | Role::Other => "c",
    }
}
