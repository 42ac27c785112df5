//! The parity corpus.

use super::{Place, file};
use crate::config::problem::Problems;
use crate::config::written::{At, Parity, Rule};
use crate::model::plan::{ParityPlan, ParityRule};

/// The corpus check of the file.
pub fn parity(written: &At<Parity>, place: &Place<'_>, problems: &mut Problems) -> Option<ParityPlan> {
    let parity = &written.value;
    let rules = parity.rules.value().map_or(&[][..], |rules| &rules.0);
    let allow = parity.allow.value().map_or(&[][..], |allow| &allow.0);
    let mut keys: Vec<&str> = Vec::new();
    for key in rules.iter().filter_map(|rule| rule.value.key.given()) {
        if keys.contains(&key.value.as_str()) {
            problems.add(&key.span, format!("`{}` has a rule already: the first one counts", key.value));
        }
        keys.push(&key.value);
    }
    Some(ParityPlan {
        corpus: file::readable(parity.corpus.given()?, place, problems),
        rules: rules.iter().filter_map(|rule| self::rule(&rule.value)).collect(),
        allow: allow.iter().map(|name| name.value.clone()).collect(),
    })
}

fn rule(written: &Rule) -> Option<ParityRule> {
    Some(ParityRule { key: written.key.value()?.clone(), compare: *written.compare.value()? })
}
