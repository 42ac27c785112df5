//! `export`: a load profile of the configuration for another tool.

use super::args::{Export, ExportTool};
use super::failure::Failure;
use super::{World, deliver, plan, say};
use crate::export;
use crate::model::plan::{LoadPlan, Plan};

pub(super) fn export(world: &World, args: &Export) -> Result<u8, Failure> {
    let plan = plan::of_config(world)?;
    let load = load(&plan, args.load.as_deref())?;
    let shown = plan.scrubbed();
    if shown != plan && !world.global.quiet {
        say("a path or a body holds a secret: put it in the place of [redacted]");
    }
    let plan = &shown;
    let text = match args.tool {
        ExportTool::Jmeter => export::jmeter(plan, load),
        ExportTool::Ab => export::ab(plan, load),
        ExportTool::Wrk => export::wrk(plan, load),
    };
    deliver(&text, args.output.as_deref())
}

/// The named load, or the configuration's first.
fn load<'a>(plan: &'a Plan, name: Option<&str>) -> Result<&'a LoadPlan, Failure> {
    match name {
        None => plan.loads.first().ok_or_else(|| Failure::new("the configuration has no load profile")),
        Some(name) => plan.load(name).ok_or_else(|| {
            let known: Vec<&str> = plan.loads.iter().map(|load| load.name.as_str()).collect();
            Failure::new(format!("there is no load profile {name}")).hint(format!("there are: {}", known.join(", ")))
        }),
    }
}
