//! Builds of a target.

use std::time::Duration;

use crate::model::plan::TargetPlan;
use crate::model::scrub::scrubbed_argv;
use crate::process;
use crate::session::Error;
use crate::session::bench::Bench;

/// Runs the target's build commands; what they print is kept with the run.
pub(super) fn build(bench: &Bench, target: &TargetPlan) -> Result<(), Error> {
    for command in &target.build {
        if bench.interrupted() {
            return Ok(());
        }
        bench
            .setup
            .observer
            .step(&format!("build of {}: {}", target.name, scrubbed_argv(command).join(" ")), Duration::from_secs(5));
        let output = bench.output(&format!("{}-build", target.name)).with_extension("log");
        let before = std::fs::metadata(&output).map_or(0, |file| file.len());
        let started = process::Command {
            argv: command.clone(),
            dir: target.dir.clone(),
            stdout: output.clone(),
            stderr: output.clone(),
            ..process::Command::default()
        };
        let exit = process::run(bench.setup.program, &started, Duration::MAX, bench.setup.interrupt)
            .map_err(|source| Error::Process { target: target.name.clone(), source })?;
        match exit {
            Some(process::Exit::Code(0)) | None => {}
            Some(exit) => {
                return Err(Error::Build {
                    target: target.name.clone(),
                    command: scrubbed_argv(command),
                    status: exit.to_string(),
                    said: process::last_lines(&output, before),
                    output: output.display().to_string(),
                });
            }
        }
    }
    Ok(())
}
