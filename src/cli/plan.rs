//! From the command line to a plan: which servers, and what a command does with them.

use std::path::Path;
use std::time::Duration;

use super::World;
use super::args::{Servers, Session};
use super::failure::Failure;
use crate::config;
use crate::model::engine::Engine;
use crate::model::plan::{
    ArrivalPlan, AttachPlan, ComparisonPlan, ExpectPlan, LoadPlan, LoadRequests, Phase, Plan, ReadyBy, ReadyPlan,
    RequestPlan, StopPlan, TargetPlan,
};

/// The plan of the servers that the command line names, measured as it says, before a command picks its phases. Without names
/// those of the comparison, its rivals not among them.
pub(super) fn of(world: &World, servers: &Servers, session: &Session) -> Result<Plan, Failure> {
    let mut plan = of_servers(world, servers)?;
    as_asked(&mut plan, session);
    Ok(plan)
}

/// The same for `run`: with the rivals, if they are `wanted`, and from all targets of the configuration where `--targets` names
/// some.
pub(super) fn of_run(
    world: &World,
    servers: &Servers,
    session: &Session,
    targets: &[String],
    rivals: bool,
) -> Result<Plan, Failure> {
    let names = if targets.is_empty() { &servers.names } else { targets };
    let mut plan = if servers.argv.is_empty() {
        let mut plan = of_config(world)?;
        pick(&mut plan, names, rivals)?;
        plan
    } else {
        let mut plan = of_servers(world, servers)?;
        if !targets.is_empty() {
            pick(&mut plan, targets, rivals)?;
        }
        plan
    };
    as_asked(&mut plan, session);
    Ok(plan)
}

/// The plan of the servers that the command line names.
pub(super) fn of_servers(world: &World, servers: &Servers) -> Result<Plan, Failure> {
    if servers.argv.is_empty() {
        of_targets(world, &servers.names)
    } else if servers.names.is_empty() {
        let sides: Vec<Vec<String>> = servers.argv.split(|word| word == "--vs").map(<[String]>::to_vec).collect();
        config::from_argv(&sides, &servers.ready, &world.cwd).map_err(|error| invalid(world, error))
    } else {
        Err(Failure::new("name targets of the configuration or give commands after `--`, not both"))
    }
}

/// The plan of the configuration file's comparison, its rivals among the targets; of all targets where nothing is compared.
pub(super) fn of_comparison(world: &World) -> Result<Plan, Failure> {
    let mut plan = of_config(world)?;
    pick(&mut plan, &[], true)?;
    Ok(plan)
}

/// The plan of these targets of the configuration file.
pub(super) fn of_targets(world: &World, names: &[String]) -> Result<Plan, Failure> {
    let mut plan = of_config(world)?;
    pick(&mut plan, names, false)?;
    Ok(plan)
}

/// Takes over what the command line says of the session.
fn as_asked(plan: &mut Plan, session: &Session) {
    if let Some(blocks) = session.blocks {
        plan.schedule.blocks = blocks;
        plan.schedule.looks.clear();
    }
    if let Some(seed) = session.seed {
        plan.schedule.seed = seed;
    }
    plan.schedule.no_pin |= session.no_pin;
}

/// The plan of the configuration file, if there is one.
pub(super) fn maybe_of_config(world: &World) -> Result<Option<Plan>, Failure> {
    let is_there = world.global.config.is_some() || config::find(&world.cwd).is_some();
    is_there.then(|| of_config(world)).transpose()
}

/// The plan of the configuration file.
pub(super) fn of_config(world: &World) -> Result<Plan, Failure> {
    let path = match &world.global.config {
        Some(path) => path.clone(),
        None => config::find(&world.cwd).ok_or_else(|| {
            Failure::new("there is no pianoprof.toml here or in a folder above")
                .hint("`pianoprof init` writes one for the server in this folder; or name commands: `pianoprof startup -- ./server {port}`")
        })?,
    };
    config::load(&path).map_err(|error| invalid(world, error))
}

fn invalid(world: &World, error: config::Error) -> Failure {
    use std::io::IsTerminal as _;
    match &error {
        config::Error::CommandLine { message, hint } => Failure::new(message).hint(hint),
        config::Error::Invalid { .. } => Failure::new(error.render(world.color(std::io::stderr().is_terminal()))),
        config::Error::Read { .. } => Failure::from(error),
    }
}

/// Keeps the named targets, in that order; without names those of the comparison, with its rivals if they are wanted, or all
/// when there is none.
pub(super) fn pick(plan: &mut Plan, names: &[String], rivals: bool) -> Result<(), Failure> {
    let wanted: Vec<String> = match (&plan.comparison, names) {
        (Some(comparison), []) => {
            let rivals = if rivals { &comparison.rivals[..] } else { &[] };
            [&comparison.baseline, &comparison.candidate].into_iter().chain(rivals).cloned().collect()
        }
        (None, []) => return Ok(()),
        (_, names) => names.to_vec(),
    };
    let mut picked: Vec<TargetPlan> = Vec::new();
    for name in &wanted {
        let Some(target) = plan.target(name) else {
            let known: Vec<&str> = plan.targets.iter().map(|target| target.name.as_str()).collect();
            let is_command = name.contains(['/', '{']);
            let more = if is_command { "; a command and its arguments stand behind `--`" } else { "" };
            return Err(Failure::new(format!("there is no target {name}"))
                .hint(format!("there are: {}{more}", known.join(", "))));
        };
        if !picked.iter().any(|target| target.name == *name) {
            picked.push(target.clone());
        }
    }
    plan.targets = picked;
    let here = |name: &str| plan.targets.iter().any(|target| target.name == name);
    let kept =
        plan.comparison.as_ref().is_some_and(|comparison| here(&comparison.baseline) && here(&comparison.candidate));
    if !kept {
        plan.comparison = match plan.targets.as_slice() {
            [baseline, candidate] if !names.is_empty() => Some(ComparisonPlan {
                baseline: baseline.name.clone(),
                candidate: candidate.name.clone(),
                rivals: vec![],
            }),
            _ => None,
        };
        plan.claims.clear();
    }
    let targets = &plan.targets;
    if let Some(comparison) = &mut plan.comparison {
        comparison.rivals.retain(|rival| targets.iter().any(|target| target.name == *rival));
    }
    let rivals: Vec<String> = plan.comparison.iter().flat_map(|comparison| comparison.rivals.clone()).collect();
    // A rival is there for the claims: its handler is the baseline's, and its garbage collector is not asked about.
    for rival in plan.targets.iter_mut().filter(|target| rivals.contains(&target.name)) {
        rival.benchmark = None;
        rival.runtime = None;
    }
    Ok(())
}

/// Keeps the named phases; `startup` alone launches, so nothing else is needed for it.
pub(super) fn only(plan: &mut Plan, names: &[String]) -> Result<(), Failure> {
    if names.is_empty() {
        return Ok(());
    }
    for load in plan.loads.iter().filter(|load| !load.in_run && names.contains(&load.name)) {
        plan.phases.push(Phase::Load(load.name.clone()));
    }
    for name in names {
        if !plan.phases.iter().any(|phase| phase.name() == name) {
            let apart = plan.loads.iter().filter(|load| !load.in_run).map(|load| load.name.as_str());
            let known: Vec<&str> = plan.phases.iter().map(Phase::name).chain(apart).collect();
            return Err(
                Failure::new(format!("there is no phase {name}")).hint(format!("there are: {}", known.join(", ")))
            );
        }
    }
    plan.phases.retain(|phase| names.iter().any(|name| phase.name() == name));
    Ok(())
}

/// Makes this load the plan's only one, after the given phases.
pub(super) fn with_load(plan: &mut Plan, before: &[Phase], load: LoadPlan) {
    plan.phases = before.to_vec();
    plan.phases.push(Phase::Load(load.name.clone()));
    plan.loads = vec![load];
    plan.claims.clear();
}

/// The named request, or the configuration's first.
pub(super) fn request(plan: &Plan, name: Option<&str>) -> Result<String, Failure> {
    match name {
        None => plan
            .requests
            .first()
            .map(|request| request.name.clone())
            .ok_or_else(|| Failure::new("the configuration has no request")),
        Some(name) if plan.request(name).is_some() => Ok(name.to_owned()),
        Some(name) => {
            let known: Vec<&str> = plan.requests.iter().map(|request| request.name.as_str()).collect();
            Err(Failure::new(format!("there is no request {name}")).hint(format!("there are: {}", known.join(", "))))
        }
    }
}

/// A load profile that sends one request.
pub(super) fn load(
    name: &str,
    request: String,
    arrival: ArrivalPlan,
    connections: u32,
    stop: crate::model::plan::StopRule,
) -> LoadPlan {
    LoadPlan {
        name: name.to_owned(),
        arrival,
        connections,
        stop,
        ramp: Duration::ZERO,
        timeout: Duration::from_secs(10),
        requests: LoadRequests::Each(vec![request]),
        engine: Engine::Pianoprof,
        remote: vec![],
        repeat: 1,
        blocks: None,
        in_run: true,
    }
}

/// A plan for a server that already runs. Requests come from the configuration when there is one and a name is given.
pub(super) fn attached(
    world: &World,
    url: Option<&str>,
    pid: Option<u32>,
    request: Option<&str>,
    session: &Session,
) -> Result<Plan, Failure> {
    let mut plan = config::from_argv(&[vec!["attached".to_owned(), "{port}".to_owned()]], "/", &world.cwd)?;
    let (base, path, name) = match url {
        Some(url) => split_url(url)?,
        None => (None, "/".to_owned(), format!("pid-{}", pid.unwrap_or_default())),
    };
    plan.requests = match request {
        Some(wanted) => {
            let mut of_config = of_config(world)?;
            self::request(&of_config, Some(wanted))?;
            of_config.requests.retain(|request| request.name == wanted);
            of_config.requests
        }
        None => vec![get(path)],
    };
    plan.targets = vec![TargetPlan {
        name,
        dir: world.cwd.clone(),
        attach: Some(AttachPlan { url: base, pid }),
        command: vec![],
        env: std::collections::BTreeMap::new(),
        build: vec![],
        versions: std::collections::BTreeMap::new(),
        ready: ReadyPlan { by: ReadyBy::Page { path: "/".to_owned(), status: 200 }, timeout: Duration::from_secs(30) },
        stop: StopPlan { signal: "TERM".to_owned(), grace: Duration::from_secs(10) },
        cpus: None,
        benchmark: None,
        runtime: None,
        inherit_env: vec![],
    }];
    plan.comparison = None;
    plan.schedule.blocks = 1;
    as_asked(&mut plan, session);
    Ok(plan)
}

/// GET of a path, any 2xx is good.
fn get(path: String) -> RequestPlan {
    RequestPlan {
        name: config::request_name(&path),
        method: "GET".to_owned(),
        path,
        headers: vec![],
        body: None,
        expect: ExpectPlan { status: None, length: None, contains: None, json: None },
        inserts: None,
    }
}

/// `http://host:port/path?query` as base, path with query, and a name.
fn split_url(text: &str) -> Result<(Option<String>, String, String), Failure> {
    if text.starts_with("unix:") {
        return Ok((Some(text.to_owned()), "/".to_owned(), "unix".to_owned()));
    }
    let wrong = |why: String| {
        Failure::new(format!("--url {text}: {why}"))
            .hint("for instance --url http://127.0.0.1:8000/items or --url unix:/run/app.sock")
    };
    if !text.contains("://") {
        return Err(wrong("it begins with http:// or https://".to_owned()));
    }
    let url = url::Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(format!("the scheme {} is not known", url.scheme())));
    }
    let host = url.host_str().ok_or_else(|| wrong("it has no host".to_owned()))?;
    let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let name = authority.replace(['[', ']'], "");
    Ok((Some(format!("{}://{authority}", url.scheme())), path, name))
}

/// Whether anything listens there, asked before a load so that a wrong address is an error and not a thousand.
pub(super) fn reachable(url: &str) -> Result<(), Failure> {
    let answer = if let Some(path) = url.strip_prefix("unix:") {
        std::os::unix::net::UnixStream::connect(Path::new(path)).map(drop)
    } else {
        let parsed = url::Url::parse(url)?;
        parsed.socket_addrs(|| None).and_then(|addresses| std::net::TcpStream::connect(addresses.as_slice()).map(drop))
    };
    answer.map_err(|error| {
        Failure::new(format!("nobody answers at {url}: {error}"))
            .hint("start the server first, or let pianoprof start it: `pianoprof load -- COMMAND {port}`")
    })
}
