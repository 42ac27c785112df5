//! `doctor`: what this machine has, lacks, and what makes it noisy.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::failure::{COULD_NOT, DONE, Failure};
use super::{World, print};
use crate::config;
use crate::doctor::{self, Diagnosis};
use crate::environment::Roots;

/// The JSON form.
#[derive(Serialize)]
struct Document<'a> {
    can_run: bool,
    #[serde(flatten)]
    diagnosis: &'a Diagnosis,
}

pub(super) fn doctor(world: &World) -> Result<u8, Failure> {
    let diagnosis = doctor::examine(&Roots::default(), &project(world));
    let can_run = diagnosis.can_run();
    print(&if world.global.json {
        let document = Document { can_run, diagnosis: &diagnosis };
        serde_json::to_string_pretty(&document).expect("a diagnosis has only string keys") + "\n"
    } else {
        doctor::render(&diagnosis, world.color(std::io::stdout().is_terminal()))
    })?;
    Ok(if can_run { DONE } else { COULD_NOT })
}

/// The configuration's folder; without one, where the user stands.
fn project(world: &World) -> PathBuf {
    let config = world.global.config.clone().or_else(|| config::find(&world.cwd));
    let folder = config.as_deref().and_then(Path::parent).unwrap_or(&world.cwd);
    world.cwd.join(folder)
}
