//! Other load tools that a command asks for: found, or refused in words, before anything is started.

use super::World;
use super::failure::Failure;
use crate::engine::{self, Missing, Tool};
use crate::model::engine::Engine;
use crate::model::plan::{LoadPlan, LoadRequests, Phase, Plan, RequestPlan};
use crate::session;

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

/// The first of these tools that is at hand and can make a load of the plan as well.
pub(super) fn second(world: &World, plan: &Plan, asked: &[Engine]) -> Result<Engine, Failure> {
    let load = session::opinion_load(plan).ok_or_else(|| {
        Failure::new("a second opinion needs a load that is a closed loop, and the phases have none")
            .hint("give a [load.NAME] without `rate`, and keep it in `--only`")
    })?;
    let mut lacks = Vec::new();
    for engine in asked.iter().copied() {
        let refusal = engine::refuse(engine, &load, &requests(plan, &load), None);
        match (refusal, engine::find(engine, &world.cwd)) {
            (None, Ok(_)) => return Ok(engine),
            (Some(why), _) => lacks.push(why),
            (None, Err(missing)) => lacks.push(missing.to_string()),
        }
    }
    Err(Failure::new(format!("there is nobody to give a second opinion: {}", lacks.join("; ")))
        .hint((Missing { engine: asked.first().copied().unwrap_or(Engine::Wrk) }).install()))
}

/// Every tool that a load of the plan's phases asks for, and the one of the second opinion.
pub(super) fn of(world: &World, plan: &Plan) -> Result<Vec<Tool>, Failure> {
    let mut tools: Vec<Tool> = Vec::new();
    let asked = plan.phases.iter().filter_map(|phase| match phase {
        Phase::Load(name) => plan.load(name).map(|load| load.engine),
        _ => None,
    });
    for engine in asked.chain(plan.schedule.second_opinion) {
        if !engine.is_own() && tools.iter().all(|tool| tool.engine != engine) {
            tools.push(engine::find(engine, &world.cwd).map_err(|missing| failure(&missing))?);
        }
    }
    Ok(tools)
}

fn failure(missing: &Missing) -> Failure {
    Failure::new(missing.to_string()).hint(missing.install())
}
