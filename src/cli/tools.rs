//! Other load tools that a command asks for: found, or refused in words, before anything is started.

use super::World;
use super::failure::Failure;
use crate::engine::{self, Missing, Tool};
use crate::model::engine::Engine;
use crate::model::plan::{LoadPlan, LoadRequests, Phase, Plan, RequestPlan};

/// Refuses what the load's tool cannot do.
pub(super) fn refused(plan: &Plan, load: &LoadPlan) -> Result<(), Failure> {
    let url = plan.targets.iter().find_map(|target| target.attach.as_ref()?.url.as_deref());
    match engine::refuse(load.engine, load, &requests(plan, load), url) {
        None => Ok(()),
        Some(why) => Err(Failure::new(why)),
    }
}

/// What a load sends.
pub(super) fn requests<'a>(plan: &'a Plan, load: &LoadPlan) -> Vec<&'a RequestPlan> {
    let names: Vec<&String> = match &load.requests {
        LoadRequests::Each(names) => names.iter().collect(),
        LoadRequests::Mix(weights) => weights.iter().map(|(name, _)| name).collect(),
    };
    names.into_iter().filter_map(|name| plan.request(name)).collect()
}

/// Every tool that a load of the plan's phases asks for.
pub(super) fn of(world: &World, plan: &Plan) -> Result<Vec<Tool>, Failure> {
    let mut tools: Vec<Tool> = Vec::new();
    for phase in &plan.phases {
        let Phase::Load(name) = phase else { continue };
        let engine = plan.load(name).map_or(Engine::Pianoprof, |load| load.engine);
        if !engine.is_own() && tools.iter().all(|tool| tool.engine != engine) {
            tools.push(engine::find(engine, &world.cwd).map_err(|missing| failure(&missing))?);
        }
    }
    Ok(tools)
}

fn failure(missing: &Missing) -> Failure {
    Failure::new(missing.to_string()).hint(missing.install())
}
