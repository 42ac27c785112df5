//! The commands that measure: pick the phases, measure, store, read back, report.

use std::path::Path;
use std::time::Duration;

use super::args::{Load, Parity, Profile, Queries, Run as RunArgs, Session, Startup};
use super::failure::{DONE, Failure, INTERRUPTED};
use super::history::is_no_file;
use super::progress::Progress;
use super::read::{self, Reading};
use super::undone::undone;
use super::{World, check, plan, print, say, tools};
use crate::analysis;
use crate::claims;
use crate::clock;
use crate::engine::Tool;
use crate::environment::{self, Roots};
use crate::model::facts::Environment;
use crate::model::plan::{ArrivalPlan, LoadRequests, Phase, Plan, Rate, Spacing, StopRule};
use crate::model::record::Run;
use crate::report::{self, Findings, Format};
use crate::session::{self, Observer as _, Setup, Voided};
use crate::store::{self, Folder};
use crate::unit::{plural, span};

/// The fewest blocks that decide a claim. [`MOST_BLOCKS`] bounds the search for how many fit into `--within`.
const FEWEST_BLOCKS: u32 = 3;
/// See [`FEWEST_BLOCKS`].
const MOST_BLOCKS: u32 = 200;

/// How one command measures.
struct Job<'a> {
    command: &'static str,
    plan: Plan,
    out: Option<&'a Path>,
    /// Builds, parity and benchmarks first, the HTML report and the verdict's exit code at the end.
    whole: bool,
    /// Print this form instead of the summary.
    format: Option<Format>,
}

pub(super) fn run(world: &World, args: &RunArgs) -> Result<u8, Failure> {
    if let Some(path) = &args.resume {
        return resume(world, args, path);
    }
    let rivals = args.rivals || !(args.no_rivals || args.quick);
    let mut plan = plan::of_run(world, &args.servers, &args.session, &args.targets, rivals)?;
    if args.quick {
        plan = crate::config::quicken(plan);
        if let Some(blocks) = args.session.blocks {
            plan.schedule.blocks = blocks;
        }
    }
    if let Some(looks) = &args.looks {
        plan.schedule.blocks = looks.last();
        plan.schedule.looks.clone_from(&looks.0);
    }
    if !plan.schedule.looks.is_empty() && plan.claims.is_empty() {
        return Err(Failure::new("planned looks decide claims, and there are none")
            .hint("add a [[claim]], or measure a fixed number of blocks with `--blocks N`"));
    }
    plan::only(&mut plan, &args.only)?;
    if let Some(within) = args.within {
        fit(&mut plan, within)?;
    }
    refuse_undecidable(&plan)?;
    if let Some(asked) = args.second_opinion {
        plan.schedule.second_opinion = Some(tools::second(world, &plan, &asked.engines())?);
    }
    measure(world, Job { command: "run", plan, out: args.session.out.as_deref(), whole: true, format: None })
}

/// Finishes a stored run: the same configuration is read again, since secrets are never stored.
fn resume(world: &World, args: &RunArgs, path: &Path) -> Result<u8, Failure> {
    let (folder, mut run) = store::open(path)?;
    if run.command != "run" {
        return Err(Failure::new(format!(
            "{} is of `pianoprof {}`, which cannot be resumed",
            path.display(),
            run.command
        ))
        .hint("`--resume` finishes an interrupted `pianoprof run`; measure again"));
    }
    if run.complete {
        return Err(Failure::new(format!("{} is complete already", path.display())).hint("`pianoprof report` shows it"));
    }
    if args.servers.argv.is_empty() && world.global.config.is_none() && crate::config::find(&world.cwd).is_none() {
        return Err(Failure::new(format!("there is no configuration to finish {} with", path.display()))
            .hint("go where its pianoprof.toml is, or give the same commands after `--` again"));
    }
    let names: Vec<String> = run.plan.targets.iter().map(|target| target.name.clone()).collect();
    let mut plan = plan::of_run(world, &args.servers, &args.session, &names, true)?;
    if run.plan.schedule.quick {
        plan = crate::config::quicken(plan);
    }
    plan.phases.clone_from(&run.plan.phases);
    plan.schedule = run.plan.schedule.clone();
    if redacted(&plan) != redacted(&run.plan) {
        return Err(Failure::new(format!("the configuration is not the one that {} was begun with", path.display()))
            .hint("put it back as it was, or begin a new run"));
    }
    let here = environment::record(&Roots::default());
    let fact = |facts: &Environment, name: &str| facts.get(name).cloned().flatten();
    if let Some(name) = environment::IDENTITY.iter().find(|name| fact(&here, name) != fact(&run.environment, name)) {
        return Err(Failure::new(format!(
            "this is not the machine that {} was begun on: {name} differs",
            path.display()
        ))
        .hint("finish it there, or begin a new run"));
    }
    run.plan = plan;
    let tools = tools::of(world, &run.plan)?;
    finish(world, &folder, run, &tools, true, None)
}

/// The stored form of a plan, which is all that a run can be compared by.
fn redacted(plan: &Plan) -> serde_json::Value {
    serde_json::to_value(plan).expect("a plan has only string keys")
}

pub(super) fn startup(world: &World, args: &Startup) -> Result<u8, Failure> {
    let mut plan = plan::of(world, &args.servers, &args.session)?;
    plan.phases = vec![Phase::Startup];
    plan.claims.clear();
    // A single launch is that of a trial; several are pairs of their own.
    plan.schedule.blocks = 1;
    plan.schedule.launches = args.session.blocks.unwrap_or(args.launches);
    plan.schedule.cold = args.cold;
    measure(world, Job { command: "startup", plan, out: args.session.out.as_deref(), whole: false, format: None })
}

pub(super) fn profile(world: &World, args: &Profile) -> Result<u8, Failure> {
    let attached = args.pid.is_some() || args.url.is_some();
    let mut plan = if attached {
        plan::attached(world, args.url.as_deref(), args.pid, args.request.as_deref(), &args.session)?
    } else {
        single(plan::of(world, &args.servers, &args.session)?, &args.session)
    };
    if let Some(pid) = args.pid
        && !Path::new("/proc").join(pid.to_string()).exists()
    {
        return Err(Failure::new(format!("there is no process {pid}"))
            .hint("`pgrep -af NAME` lists processes with their numbers"));
    }
    plan.schedule.launches = 1;
    plan.schedule.idle_after = args.idle_after;
    plan.phases = vec![Phase::Startup, Phase::Idle];
    plan.claims.clear();
    if args.under_load {
        match (attached, attached_url(&plan)) {
            (true, None) => return Err(Failure::new("--under-load needs --url for a server that already runs")),
            (true, Some(url)) => plan::reachable(url)?,
            (false, _) => {}
        }
        let request = plan::request(&plan, args.request.as_deref().or(under_load_request(&plan).as_deref()))?;
        let arrival = ArrivalPlan::Open { rate: Rate::PerSecond(args.rate), spacing: Spacing::Constant };
        let load = plan::load("under_load", request, arrival, args.connections, StopRule::Duration(args.duration));
        plan::with_load(&mut plan, &[Phase::Startup, Phase::Idle, Phase::Warmup], load);
    }
    measure(world, Job { command: "profile", plan, out: args.session.out.as_deref(), whole: false, format: None })
}

/// What the configuration's own profile of that name sends.
fn under_load_request(plan: &Plan) -> Option<String> {
    match &plan.load("under_load")?.requests {
        LoadRequests::Each(names) => names.first().cloned(),
        LoadRequests::Mix(weights) => weights.first().map(|(name, _)| name.clone()),
    }
}

pub(super) fn load(world: &World, args: &Load) -> Result<u8, Failure> {
    let mut plan = match &args.url {
        Some(url) => plan::attached(world, Some(url), None, args.request.as_deref(), &args.session)?,
        None => single(plan::of(world, &args.servers, &args.session)?, &args.session),
    };
    if let Some(url) = attached_url(&plan) {
        plan::reachable(url)?;
    }
    let request = plan::request(&plan, args.request.as_deref())?;
    let arrival = match args.rate {
        Some(rate) => {
            let spacing = if args.poisson { Spacing::Poisson } else { Spacing::Constant };
            ArrivalPlan::Open { rate: Rate::PerSecond(rate), spacing }
        }
        None => ArrivalPlan::Closed,
    };
    let stop = match (args.duration, args.requests) {
        (Some(duration), _) => StopRule::Duration(duration),
        (None, requests) => StopRule::Requests(requests.unwrap_or(1000)),
    };
    let mut load = plan::load("adhoc", request, arrival, args.connections, stop);
    load.ramp = args.ramp;
    load.timeout = args.timeout;
    load.engine = args.engine.into();
    load.remote.clone_from(&args.remote);
    tools::refused(&plan, &load)?;
    plan.schedule.launches = 1;
    plan::with_load(&mut plan, &[], load);
    let format = args.format.as_deref().map(read::format).transpose()?;
    measure(world, Job { command: "load", plan, out: args.session.out.as_deref(), whole: false, format })
}

pub(super) fn queries(world: &World, args: &Queries) -> Result<u8, Failure> {
    let mut plan = single(plan::of(world, &args.servers, &args.session)?, &args.session);
    let mut load = plan.load("queries").cloned().unwrap_or_else(|| {
        plan::load("queries", String::new(), ArrivalPlan::Closed, args.connections, StopRule::Requests(args.requests))
    });
    if plan.load("queries").is_none() {
        load.requests = LoadRequests::Each(plan.requests.iter().map(|request| request.name.clone()).collect());
    }
    load.connections = args.connections;
    load.stop = StopRule::Requests(args.requests);
    plan.schedule.launches = 1;
    plan::with_load(&mut plan, &[Phase::Warmup], load);
    measure(world, Job { command: "queries", plan, out: args.session.out.as_deref(), whole: false, format: None })
}

/// A single look measures one block; `--blocks` asks for more.
fn single(mut plan: Plan, session: &Session) -> Plan {
    plan.schedule.blocks = session.blocks.unwrap_or(1);
    plan
}

pub(super) fn parity(world: &World, args: &Parity) -> Result<u8, Failure> {
    let mut plan = plan::of_targets(world, &args.names)?;
    if plan.comparison.is_none() {
        return Err(Failure::new("parity needs two targets")
            .hint("add [comparison] baseline and candidate, or name two targets"));
    }
    if plan.parity.is_none() {
        return Err(Failure::new("the configuration has no [parity] corpus")
            .hint("add [parity] with corpus = \"FILE.json\": the requests that both targets must answer alike"));
    }
    plan.phases.clear();
    plan.claims.clear();
    plan.schedule.blocks = 0;
    for target in &mut plan.targets {
        target.benchmark = None;
    }
    measure(world, Job { command: "parity", plan, out: args.out.as_deref(), whole: true, format: None })
}

fn measure(world: &World, mut job: Job) -> Result<u8, Failure> {
    if job.command != "run" {
        // Only a whole comparison decides claims, or looks beyond them.
        job.plan.schedule.looks.clear();
        job.plan.targets.iter_mut().for_each(|target| target.runtime = None);
    }
    refuse_unasked(&job)?;
    // What is missing or mistaken is said before there is a run to store, and before the other side is asked anything.
    if let (true, Some(parity)) = (job.whole, job.plan.corpus_to_play()) {
        crate::parity::corpus(&parity.corpus, &job.plan.requests)?;
    }
    if job.whole {
        check::refuse_missing_programs(&job.plan)?;
    }
    let tools = tools::of(world, &job.plan)?;
    if job.out.is_none() {
        is_no_file(&world.cwd.join("runs"))?;
    }
    let stamp: String = clock::wall().chars().filter(char::is_ascii_alphanumeric).collect();
    let folder = Folder::create(&world.cwd, job.out, &format!("{stamp}-{}", job.command))?;
    let run = session::begin(job.command, job.plan, &folder, &tools);
    folder.save(&run)?;
    finish(world, &folder, run, &tools, job.whole, job.format)
}

/// Measures what the run lacks with these tools, then reports what is stored: live and replayed output cannot differ.
fn finish(
    world: &World,
    folder: &Folder,
    mut run: Run,
    tools: &[Tool],
    whole: bool,
    format: Option<Format>,
) -> Result<u8, Failure> {
    let progress = Progress::new(world.global.quiet, world.global.verbose);
    let expected = session::estimate(&run.plan);
    if run.command == "run" {
        let earlier = earlier(world, folder, &run).map(|run| analysis::analyse(&run));
        progress.note(&report::planned(&run.plan, expected, &claims::forecast::forecast(&run.plan, earlier.as_ref())));
    }
    progress.planned(expected);
    let roots = Roots::default();
    // Exactly what `verify` would say of the stored run.
    let settled = |run: &Run| {
        let judgements = claims::judge(run, &analysis::analyse(run));
        progress.note(&report::looked(run, &judgements));
        claims::settled(&judgements)
    };
    let setup = Setup {
        voided: &voided,
        tools,
        program: &world.program,
        folder,
        roots: &roots,
        interrupt: &world.interrupt,
        observer: &progress,
        thorough: whole,
        settled: &settled,
    };
    let measured = session::measure(setup, &mut run);
    progress.finish();
    if let Err(error) = measured {
        // Where the disk is full, less is stored than was measured.
        let stored = store::open(folder.path()).map_or(0, |(_, run)| run.trials.len());
        return Err(Failure::from(error).left(folder.path(), run.trials.len(), stored));
    }
    let reading = Reading::of(folder.path())?;
    let findings = reading.findings();
    let text = match format {
        _ if world.global.json => report::render(&findings, Format::Json, world.style()),
        Some(format) => report::render(&findings, format, world.style()),
        // A single look has no checklist to pass; `report` and `verify` apply it to any stored comparison all the same.
        None if reading.run.command != "run" => {
            report::summary(&Findings { checklist: &[], ..findings }, world.style())
        }
        None => report::summary(&findings, world.style()),
    };
    print(&text)?;
    let html = if reading.run.command == "run" {
        Some(folder.put("report.html", &report::render(&findings, Format::Html, world.style()))?)
    } else {
        None
    };
    if !world.global.quiet {
        say(&format!("Stored in {}", shown(world, folder.path())));
        if let Some(html) = html {
            say(&format!("Report:   {}", shown(world, &html)));
        }
    }
    if undone(&reading.run).is_none()
        && !world.interrupt.is_set()
        && let Some(url) = attached_url(&reading.run.plan)
        && plan::reachable(url).is_err()
    {
        // Nothing else tells that a server on another machine has ended.
        return Err(Failure::new(format!("nobody answers at {url} any more")));
    }
    code(world, &reading)
}

/// The last stored run of the same sides on this machine, for the widths to expect.
fn earlier(world: &World, folder: &Folder, run: &Run) -> Option<Run> {
    let latest = world.cwd.join("runs/latest").canonicalize().ok()?;
    let before = std::fs::read_dir(latest.parent()?).ok()?;
    let mut runs: Vec<_> =
        before.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path != folder.path()).collect();
    runs.sort();
    let fact = |run: &Run, name: &str| run.environment.get(name).cloned().flatten();
    let alike = |other: &Run| {
        let machine = environment::IDENTITY.iter().all(|name| fact(other, name) == fact(run, name));
        machine
            && other.command == "run"
            && other.complete
            && other.plan.comparison == run.plan.comparison
            && !other.plan.schedule.quick
    };
    // Only the newest few are worth opening.
    runs.iter().rev().take(5).find_map(|path| store::open(path).ok().map(|(_, run)| run).filter(alike))
}

/// Refuses claims that no result of the plan could decide. A quick look decides none, and says so.
fn refuse_undecidable(plan: &Plan) -> Result<(), Failure> {
    let found = if plan.schedule.quick { vec![] } else { claims::forecast::undecidable(plan) };
    let Some(first) = found.first() else { return Ok(()) };
    let lines: Vec<String> =
        found.iter().map(|one| format!("\n  {}: {}; {}", one.claim, one.why, one.advice)).collect();
    let text = format!("the plan cannot decide {}:{}", plural(found.len(), "claim"), lines.concat());
    Err(Failure::new(text).hint(first.advice.clone()))
}

/// Refuses to send requests to a target that is told no port.
fn refuse_unasked(job: &Job<'_>) -> Result<(), Failure> {
    let plan = &job.plan;
    let Some(target) = plan.targets.iter().find(|target| !target.takes_port()) else { return Ok(()) };
    let corpus = job.whole && plan.parity.is_some() && plan.comparison.is_some();
    let asks = plan.phases.iter().filter(|phase| phase.asks()).map(Phase::name);
    let asks: Vec<&str> = asks.chain(corpus.then_some("the corpus of [parity]")).collect();
    if asks.is_empty() {
        return Ok(());
    }
    let what = asks.join(", ");
    Err(Failure::new(format!("nothing can be asked of target {}, which is told no port: {what}", target.name)).hint(
        "`pianoprof startup` and `pianoprof profile` measure it, and `pianoprof run --only startup,idle` compares it",
    ))
}

/// As many blocks as fit into that time.
fn fit(plan: &mut Plan, within: Duration) -> Result<(), Failure> {
    let time = |blocks: u32| {
        let mut plan = plan.clone();
        plan.schedule.blocks = blocks;
        session::estimate(&plan)
    };
    let most = (1..=MOST_BLOCKS).rev().find(|blocks| time(*blocks) <= within);
    let fewest = if plan.claims.is_empty() { 1 } else { FEWEST_BLOCKS };
    match most.filter(|blocks| *blocks >= fewest) {
        Some(blocks) => {
            plan.schedule.blocks = blocks;
            plan.schedule.looks.clear();
            Ok(())
        }
        None => Err(Failure::new(format!(
            "{} are not enough: {} take about {}",
            span(within),
            plural(fewest as usize, "block"),
            span(time(fewest))
        ))
        .hint("give more time, or leave phases or targets out with `--only` and `--targets`")),
    }
}

/// What of a block does not count, as the reading side judges it.
pub(super) fn voided(run: &Run, block: u32) -> Vec<Voided> {
    analysis::validity::voided(run, block).into_iter().map(|(phase, why)| Voided { phase, why }).collect()
}

/// Where the plan's server that already ran is loaded.
fn attached_url(plan: &Plan) -> Option<&str> {
    plan.targets.first()?.attach.as_ref()?.url.as_deref()
}

/// A path as the user would type it.
fn shown(world: &World, path: &Path) -> String {
    path.strip_prefix(&world.cwd).unwrap_or(path).display().to_string()
}

fn code(world: &World, reading: &Reading) -> Result<u8, Failure> {
    let run = &reading.run;
    if world.interrupt.is_set() {
        return Ok(INTERRUPTED);
    }
    if let Some(failure) = undone(run) {
        return Err(failure);
    }
    let judged = run.command == "run";
    Ok(if judged { reading.verdict(true, reading.has_checklist(), true) } else { DONE })
}
