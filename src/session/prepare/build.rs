//! Builds of a target.

use std::time::Duration;

use crate::model::plan::TargetPlan;
use crate::model::scrub::scrubbed_argv;
use crate::process;
use crate::session::bench::Bench;
use crate::session::error::Error;

/// Whether the target's program is a file in a folder, and not there.
pub(super) fn is_missing(target: &TargetPlan) -> bool {
    let program = target.command.first().filter(|program| program.contains('/') && !program.contains('{'));
    program.is_some_and(|program| !target.dir.join(program).exists())
}

/// That a build went well and left no program: said before anything is asked of another target.
pub(super) fn nothing_built(target: &TargetPlan) -> Error {
    let program = target.command.first().cloned().unwrap_or_default();
    let source = process::Error::NotFound { program, dir: target.dir.clone() };
    Error::Process { target: target.name.clone(), source }
}

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
                    said: process::first_and_last_lines(&output, before),
                    output: output.display().to_string(),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run::SampleRun;

    #[test]
    fn a_program_is_missing_when_its_file_is_not_there() {
        let mut target = SampleRun::default().build().plan.targets.remove(0);
        target.dir = "/usr".into();
        for (program, missing) in
            [("bin/env", false), ("/usr/bin/env", false), ("./not-there", true), ("python3", false), ("{dir}/x", false)]
        {
            target.command = vec![program.to_owned()];
            assert_eq!(is_missing(&target), missing, "{program}");
        }
        target.command.clear();
        assert!(!is_missing(&target));
    }
}
