//! What is done once, before the first block: builds and versions, parity, benchmarks, the generator's own ceiling and
//! the closed-loop capacity that common rates are taken from. A resumed run does what its record lacks.

mod build;
mod capacity;
mod facts;
mod parity;

use std::time::Duration;

use super::bench::{Bench, HOST};
use super::error::Error;
use super::life::TrialSpec;
use super::trial::{drop_copy, fresh_copy};
use crate::model::plan::{BenchmarkPlan, Phase, TargetPlan};
use crate::model::record::Run;
use crate::process::Command;
use crate::target::{Values, environment, own_cpus, substitute};
use crate::{benchmark, load};

pub(super) use capacity::time as capacity_time;

/// How long the generator is run against its null server.
const CEILING: Duration = Duration::from_millis(500);
/// The same beside a single load: its cost must not be a part of that load worth mentioning.
const QUICK_CEILING: Duration = Duration::from_millis(40);

/// Everything that comes before the first block.
pub(super) fn all(bench: &mut Bench, run: &mut Run) -> Result<(), Error> {
    for target in run.plan.targets.clone() {
        // A single measurement takes the program as it is, and builds what is not there yet.
        if bench.setup.thorough || build::is_missing(&target) {
            build::build(bench, &target)?;
            if build::is_missing(&target) && !bench.interrupted() {
                return Err(build::nothing_built(&target));
            }
        }
        let facts = facts::of(bench, &target);
        let before = run.targets.get(&target.name).filter(|_| !run.trials.is_empty());
        if let Some(what) = before.and_then(|before| facts::other_build(before, &facts)) {
            return Err(Error::Rebuilt { target: target.name, what });
        }
        run.targets.insert(target.name.clone(), facts);
    }
    if bench.setup.thorough && run.parity.is_none() {
        parity::check(bench, run)?;
    }
    if bench.setup.thorough && run.benchmarks.is_empty() {
        benchmarks(bench, run)?;
    }
    let loads = run.plan.phases.iter().any(|phase| matches!(phase, Phase::Load(_)));
    if loads && run.ceiling.is_none() && !bench.interrupted() {
        let duration = if bench.setup.thorough { CEILING } else { QUICK_CEILING };
        bench.setup.observer.step("generator against a null server", duration);
        run.ceiling = Some(load::ceiling(duration).map_err(Error::Ceiling)?);
    }
    capacity::measure(bench, run)?;
    bench.setup.folder.save(run)?;
    Ok(())
}

/// What stands for a trial where a target is only needed, not measured.
fn apart<'a>(run: &'a Run, target: &'a TargetPlan) -> TrialSpec<'a> {
    TrialSpec {
        plan: &run.plan,
        target,
        phases: &[],
        capacity: &[],
        fingerprint: run.database.as_ref().map(|facts| facts.fingerprint.as_str()),
        block: 0,
        position: 0,
        attempt: 1,
    }
}

/// A target up on a fresh copy, for as long as `body` runs.
fn with_target<T>(
    bench: &mut Bench,
    run: &Run,
    target: &TargetPlan,
    body: impl FnOnce(&mut Bench, &str, Option<&str>) -> Result<T, Error>,
) -> Result<T, Error> {
    let copy = fresh_copy(bench, &apart(run, target))?;
    let done = if let Some(url) = target.attach.as_ref().and_then(|attach| attach.url.clone()) {
        body(bench, &url, None)
    } else {
        let mut launched = bench.start(target, copy.as_ref().map(|copy| copy.url.reveal()), false)?;
        let done = body(bench, &launched.url, copy.as_ref().map(|copy| copy.name.as_str()));
        bench.stop(&mut launched.server, target);
        done
    };
    drop_copy(bench, copy)?;
    done
}

/// In-process benchmarks of the targets that have one.
fn benchmarks(bench: &mut Bench, run: &mut Run) -> Result<(), Error> {
    for target in run.plan.targets.clone() {
        let Some(plan) = &target.benchmark else { continue };
        if bench.interrupted() {
            return Ok(());
        }
        let copy = fresh_copy(bench, &apart(run, &target))?;
        bench.setup.observer.step(&format!("in-process benchmark of {}", target.name), Duration::from_secs(5));
        let figure = benchmark_command(bench, &target, plan, copy.as_ref().map(|copy| copy.url.reveal()))
            .map(|command| benchmark::run(bench.setup.program, &target.name, plan, &command, bench.setup.interrupt))?;
        drop_copy(bench, copy)?;
        match figure {
            Ok(figure) => run.benchmarks.push(figure),
            Err(_) if bench.interrupted() => return Ok(()),
            Err(source) => return Err(Error::Benchmark { target: target.name.clone(), source }),
        }
    }
    Ok(())
}

/// The benchmark's command with its words substituted, and new files for what it prints.
fn benchmark_command(
    bench: &Bench,
    target: &TargetPlan,
    plan: &BenchmarkPlan,
    database_url: Option<&str>,
) -> Result<Command, Error> {
    let values = Values { host: HOST, port: 0, database_url, dir: &target.dir, cpus: own_cpus() };
    let fill =
        |word: &str| substitute(word, &values).map_err(|source| Error::Target { target: target.name.clone(), source });
    let output = |ending: &str| bench.output(&format!("{}-benchmark.{ending}", target.name));
    Ok(Command {
        argv: plan.command.iter().map(|word| fill(word)).collect::<Result<_, _>>()?,
        dir: target.dir.clone(),
        inherit: Some(environment::inherited(target)),
        env: target
            .env
            .iter()
            .map(|(name, value)| Ok((name.clone(), fill(value.reveal())?)))
            .collect::<Result<_, Error>>()?,
        stdout: output("stdout"),
        stderr: output("stderr"),
        ..Command::default()
    })
}
