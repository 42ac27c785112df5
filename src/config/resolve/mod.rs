//! The resolved form: defaults filled in, names looked up, paths made absolute, and all that contradicts itself noted.

mod base;
mod claim;
mod database;
mod file;
mod load;
mod metric;
mod parity;
mod phases;
mod request;
mod schedule;
mod target;
mod template;

use std::path::Path;

use super::defaults;
use super::problem::Problems;
use super::written::{At, Comparison, Config};
use crate::model::plan::{ComparisonPlan, LoadPlan, Phase, Plan, RequestPlan, TargetPlan};

pub use metric::{Metric, metric_patterns, metrics};
pub use template::sound_path;

/// What a config is resolved against.
pub struct Place<'a> {
    /// The absolute folder that relative paths start at.
    pub folder: &'a Path,
    /// Looks up a variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

/// The plan of the config. Where problems were noted the plan, if there is one, is not to be used.
pub fn resolve(config: &Config, place: &Place<'_>, problems: &mut Problems) -> Option<Plan> {
    let targets = target::targets(config, place, problems);
    let comparison = config.comparison.given().and_then(|written| comparison(written, config, problems));
    let database = config.database.given().map(|written| database::database(written, place, problems));
    let requests = requests(config, &targets, problems);
    let mut loads = loads(config, &requests, problems);
    let phases = phases::phases(config, &targets, &loads, problems);
    let claims = claim::claims(config, &requests, &loads, &phases, problems);
    let parity = config.parity.given().and_then(|written| parity::parity(written, place, problems));
    let schedule = schedule::schedule(config.run.value(), problems);
    if targets.is_empty() {
        return None;
    }
    load::repeat_for_claims(&mut loads, config, &claims);
    loads.retain(|load| !load.in_run || phases.contains(&Phase::Load(load.name.clone())));
    Some(Plan { targets, comparison, database, requests, phases, loads, claims, parity, schedule })
}

/// The names of the targets, those that could not be read included.
fn target_names(config: &Config) -> Vec<&str> {
    config.target.value().map(super::written::Named::names).unwrap_or_default()
}

fn comparison(written: &At<Comparison>, config: &Config, problems: &mut Problems) -> Option<ComparisonPlan> {
    let names = target_names(config);
    let baseline = written.value.baseline.given();
    let candidate = written.value.candidate.given();
    for side in [baseline, candidate].into_iter().flatten().filter(|_| !config.target.is_refused()) {
        if !names.contains(&side.value.as_str()) {
            problems.unknown(&side.span, "target", &side.value, &names);
        }
    }
    let (baseline, candidate) = (baseline?, candidate?);
    if baseline.value == candidate.value {
        problems.advise(
            &candidate.span,
            "baseline and candidate are the same target",
            "to measure the noise of a target against itself, declare it twice under two names",
        );
    }
    let mut rivals: Vec<String> = Vec::new();
    for rival in written.value.rivals.value().map_or(&[][..], |list| &list.0) {
        if !names.contains(&rival.value.as_str()) {
            problems.unknown(&rival.span, "target", &rival.value, &names);
        } else if [&baseline.value, &candidate.value].contains(&&rival.value) {
            let side = if rival.value == baseline.value { "baseline" } else { "candidate" };
            problems.advise(
                &rival.span,
                format!("`{}` is the {side} already", rival.value),
                "leave it out of `rivals`",
            );
        } else if rivals.contains(&rival.value) {
            problems.advise(&rival.span, format!("`{}` is named twice", rival.value), "leave out one of the two");
        } else {
            rivals.push(rival.value.clone());
        }
    }
    Some(ComparisonPlan { baseline: baseline.value.clone(), candidate: candidate.value.clone(), rivals })
}

/// The requests of the file, or the one that every server answers.
fn requests(config: &Config, targets: &[TargetPlan], problems: &mut Problems) -> Vec<RequestPlan> {
    match config.request.value() {
        Some(written) if !written.0.is_empty() => {
            let has_database = !config.database.is_absent();
            request::requests(written, has_database, problems)
        }
        _ => targets.first().map(|target| defaults::root_request(&target.ready)).into_iter().collect(),
    }
}

fn loads(config: &Config, requests: &[RequestPlan], problems: &mut Problems) -> Vec<LoadPlan> {
    match config.load.value() {
        Some(written) if !written.0.is_empty() => {
            // Where no request could be read, every load would be said to send an unknown one.
            let mut unsaid = Problems::default();
            load::loads(written, requests, if config.request.is_refused() { &mut unsaid } else { problems })
        }
        _ => defaults::loads(requests),
    }
}
