//! The requests that a plan's loads send, and the first one after a start.

use std::time::Duration;

use super::error::Error;
use crate::load;
use crate::model::plan::{LoadRequests, Phase, Plan, RequestPlan, TargetPlan};
use crate::model::record::FirstRequest;

/// How long the first request may take.
const FIRST_TIMEOUT: Duration = Duration::from_secs(30);

/// The first request after ready: the first one that a load of the plan sends.
pub(super) fn send_first(plan: &Plan, target: &TargetPlan, url: &str) -> Result<Option<FirstRequest>, Error> {
    let Some(request) = of_loads(plan).into_iter().next().or(plan.requests.first()) else { return Ok(None) };
    let failed = |source| Error::Load { load: "first_request".to_owned(), target: target.name.clone(), source };
    let endpoint = load::Endpoint::parse(url).map_err(failed)?;
    load::first(&endpoint, request, plan.schedule.seed, FIRST_TIMEOUT).map_err(failed)
}

/// The requests that some load of the plan's phases sends, each once, in the order of the config.
pub(super) fn of_loads(plan: &Plan) -> Vec<&RequestPlan> {
    let sent: Vec<&str> = plan
        .phases
        .iter()
        .filter_map(|phase| match phase {
            Phase::Load(name) => plan.load(name),
            _ => None,
        })
        .flat_map(|load| match &load.requests {
            LoadRequests::Each(names) => names.iter().map(String::as_str).collect::<Vec<_>>(),
            LoadRequests::Mix(weights) => weights.iter().map(|(name, _)| name.as_str()).collect(),
        })
        .collect();
    plan.requests.iter().filter(|request| sent.contains(&request.name.as_str())).collect()
}
