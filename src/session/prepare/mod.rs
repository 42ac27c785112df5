//! What is done once, before the first block: builds and versions, parity, benchmarks, the generator's own ceiling and
//! the closed-loop capacity that common rates are taken from. A resumed run does what its record lacks.

mod build;
mod capacity;
mod facts;
mod parity;

use std::time::Duration;

use super::Error;
use super::bench::{Bench, HOST};
use super::schedule::{self, Duty};
use crate::model::plan::{BenchmarkPlan, LoadRequests, Phase, Plan, RequestPlan, TargetPlan};
use crate::model::record::{FirstRequest, Run};
use crate::process::Command;
use crate::target::{Values, substitute};
use crate::{benchmark, load};

pub(super) use capacity::common_rate;

/// How long the generator is run against its null server.
const CEILING: Duration = Duration::from_millis(500);
/// The same beside a single load: its cost must not be a part of that load worth mentioning.
const QUICK_CEILING: Duration = Duration::from_millis(40);
/// How long the first request may take.
const FIRST_TIMEOUT: Duration = Duration::from_secs(30);

/// Everything that comes before the first block.
pub(super) fn all(bench: &mut Bench, run: &mut Run) -> Result<(), Error> {
    for target in run.plan.targets.clone() {
        // A single measurement takes the program as it is, and builds what is not there yet.
        if bench.setup.thorough || build::is_missing(&target) {
            build::build(bench, &target)?;
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
    bench.setup.observer.planned(schedule::estimate(&run.plan));
    Ok(())
}

/// A target up on a fresh copy, for as long as `body` runs.
fn with_target<T>(
    bench: &mut Bench,
    run: &Run,
    target: &TargetPlan,
    body: impl FnOnce(&mut Bench, &str, Option<&str>) -> Result<T, Error>,
) -> Result<T, Error> {
    let duty = Duty { block: 0, position: 0, target: target.name.clone() };
    let copy = super::trial::fresh(bench, run, &duty)?;
    let done = if let Some(url) = target.attach.as_ref().and_then(|attach| attach.url.clone()) {
        body(bench, &url, None)
    } else {
        let mut launched = bench.start(target, copy.as_ref().map(|copy| copy.url.reveal()), false)?;
        let done = body(bench, &launched.url, copy.as_ref().map(|copy| copy.name.as_str()));
        bench.stop(&mut launched.server, target);
        done
    };
    if let (Some(server), Some(copy)) = (&mut bench.database, &copy) {
        server.drop_copy(&copy.name)?;
    }
    done
}

/// In-process benchmarks of the targets that have one.
fn benchmarks(bench: &mut Bench, run: &mut Run) -> Result<(), Error> {
    for target in run.plan.targets.clone() {
        let Some(plan) = &target.benchmark else { continue };
        if bench.interrupted() {
            return Ok(());
        }
        let duty = Duty { block: 0, position: 0, target: target.name.clone() };
        let copy = super::trial::fresh(bench, run, &duty)?;
        bench.setup.observer.step(&format!("in-process benchmark of {}", target.name), Duration::from_secs(5));
        let figure = benchmark_command(bench, &target, plan, copy.as_ref().map(|copy| copy.url.reveal()))
            .map(|command| benchmark::run(bench.setup.program, &target.name, plan, &command, bench.setup.interrupt))?;
        if let (Some(server), Some(copy)) = (&mut bench.database, &copy) {
            server.drop_copy(&copy.name)?;
        }
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
    let values = Values { host: HOST, port: 0, database_url, dir: &target.dir };
    let fill =
        |word: &str| substitute(word, &values).map_err(|source| Error::Target { target: target.name.clone(), source });
    let output = |ending: &str| bench.output(&format!("{}-benchmark.{ending}", target.name));
    Ok(Command {
        argv: plan.command.iter().map(|word| fill(word)).collect::<Result<_, _>>()?,
        dir: target.dir.clone(),
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

/// The first request after ready: the first one that a load of the plan sends.
pub(super) fn first_request(plan: &Plan, target: &TargetPlan, url: &str) -> Result<Option<FirstRequest>, Error> {
    let Some(request) = loaded_requests(plan).into_iter().next().or(plan.requests.first()) else { return Ok(None) };
    let failed = |source| Error::Load { load: "first_request".to_owned(), target: target.name.clone(), source };
    let endpoint = load::Endpoint::parse(url).map_err(failed)?;
    load::first(&endpoint, request, plan.schedule.seed, FIRST_TIMEOUT).map_err(failed)
}

/// The requests that some load of the plan's phases sends, each once, in the order of the config.
pub(super) fn loaded_requests(plan: &Plan) -> Vec<&RequestPlan> {
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
