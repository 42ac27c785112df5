//! Builds of a target, and what is known of it before it is launched.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::model::facts::TargetFacts;
use crate::model::plan::TargetPlan;
use crate::process;
use crate::session::Error;
use crate::session::bench::Bench;

/// Runs the target's build commands; what they print is kept with the run.
pub(super) fn build(bench: &Bench, target: &TargetPlan) -> Result<(), Error> {
    for command in &target.build {
        if bench.interrupted() {
            return Ok(());
        }
        bench.setup.observer.step(&format!("build of {}: {}", target.name, command.join(" ")), Duration::from_secs(5));
        let output = bench.output(&format!("{}-build", target.name)).with_extension("log");
        let started = process::Command {
            argv: command.clone(),
            dir: target.dir.clone(),
            stdout: output.clone(),
            stderr: output.clone(),
            ..process::Command::default()
        };
        let exit = process::run(bench.setup.program, &started, bench.setup.interrupt)
            .map_err(|source| Error::Process { target: target.name.clone(), source })?;
        match exit {
            Some(process::Exit::Code(0)) | None => {}
            Some(exit) => {
                return Err(Error::Build {
                    target: target.name.clone(),
                    command: command.clone(),
                    status: exit.to_string(),
                    output: output.display().to_string(),
                });
            }
        }
    }
    Ok(())
}

/// Versions and the program's checksum; what cannot be told is left out.
pub(super) fn facts(target: &TargetPlan) -> TargetFacts {
    let versions = target
        .versions
        .iter()
        .filter_map(|(name, command)| Some((name.clone(), version(command, &target.dir)?)))
        .collect();
    TargetFacts { versions, program_sha256: target.command.first().and_then(|name| sha256(&target.dir, name)) }
}

/// The first line that a command prints.
fn version(command: &[String], dir: &Path) -> Option<String> {
    let (program, arguments) = command.split_first()?;
    let output = Command::new(program).args(arguments).current_dir(dir).stdin(Stdio::null()).output().ok()?;
    let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    let line = String::from_utf8_lossy(&text).lines().next()?.trim().to_owned();
    (output.status.success() && !line.is_empty()).then_some(line)
}

/// The checksum of the program file, looked for as the launch will.
fn sha256(dir: &Path, name: &str) -> Option<String> {
    let file: PathBuf = if name.contains('/') {
        dir.join(name)
    } else {
        std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())?
    };
    let digest = Sha256::digest(std::fs::read(file).ok()?);
    Some(digest.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat())
}
