//! `-- ARGV… [--vs ARGV…]`: a plan without a file.

use std::collections::BTreeMap;
use std::path::Path;

use super::defaults;
use super::diagnostic::Error;
use super::resolve::sound_path;
use crate::model::plan::{ComparisonPlan, Phase, Plan, ReadyPlan, RequestPlan, TargetPlan, mentions_port};

/// The plan of one target, or of a baseline and a candidate, given as argvs. `ready_path` is what says that they are
/// ready, and the one request of the plan, which is named after it; loads and schedule are the defaults. Relative programs start at `cwd`.
///
/// # Errors
/// When there are no or more than two targets, an argv is empty, no argument takes the port, or the path is none.
pub fn from_argv(targets: &[Vec<String>], ready_path: &str, cwd: &Path) -> Result<Plan, Error> {
    let wrong = |message: String, hint: &str| Err(Error::CommandLine { message, hint: hint.to_owned() });
    if targets.is_empty() || targets.len() > 2 {
        let message = format!("expected one command, or two with `--vs` between them, found {}", targets.len());
        return wrong(message, "pianoprof startup -- ./old --port {port} --vs ./new --port {port}");
    }
    for (index, argv) in targets.iter().enumerate() {
        let side = if index == 0 { "`--`" } else { "`--vs`" };
        if argv.first().is_none_or(String::is_empty) {
            return wrong(format!("no command after {side}"), "name a program and its arguments");
        }
        if argv.iter().any(|word| word.contains('\0')) {
            return wrong(format!("the command after {side} holds a NUL character"), "no argument can carry one");
        }
        if argv.iter().any(|word| word.contains("{database_url}")) {
            let message = format!("the command after {side} asks for {{database_url}}, and there is no database");
            return wrong(message, "write a pianoprof.toml with a [database] (see `pianoprof init`)");
        }
        if !argv.iter().any(|word| mentions_port(word)) {
            let message = format!("no argument after {side} takes the port: {}", argv.join(" "));
            return wrong(message, "put {port} where the server is told its port; every launch gets a free one");
        }
    }
    if let Err((message, hint)) = sound_path(ready_path) {
        return wrong(format!("--ready {ready_path}: {message}"), hint);
    }

    let ready = ReadyPlan { by: defaults::page(ready_path), ..defaults::ready() };
    let names = names(targets);
    let name = defaults::request_name(ready_path);
    let requests = vec![RequestPlan { name, ..defaults::root_request(&ready) }];
    let loads = defaults::loads(&requests);
    let mut phases = defaults::phases();
    phases.extend(loads.iter().map(|load| Phase::Load(load.name.clone())));
    let comparison = match names.as_slice() {
        [baseline, candidate] => {
            Some(ComparisonPlan { baseline: baseline.clone(), candidate: candidate.clone(), rivals: vec![] })
        }
        _ => None,
    };
    let targets = names.into_iter().zip(targets).map(|(name, argv)| target(name, argv, &ready, cwd)).collect();
    Ok(Plan {
        targets,
        comparison,
        database: None,
        requests,
        phases,
        loads,
        claims: Vec::new(),
        parity: None,
        schedule: defaults::schedule(),
    })
}

fn target(name: String, argv: &[String], ready: &ReadyPlan, cwd: &Path) -> TargetPlan {
    TargetPlan {
        name,
        dir: cwd.to_owned(),
        attach: None,
        command: argv.to_vec(),
        env: BTreeMap::new(),
        build: Vec::new(),
        versions: BTreeMap::new(),
        ready: ready.clone(),
        stop: defaults::stop(),
        cpus: None,
        benchmark: None,
        runtime: None,
        inherit_env: vec![],
    }
}

/// The programs' file names where they tell the targets apart, else what the targets are to each other.
fn names(targets: &[Vec<String>]) -> Vec<String> {
    let names: Vec<String> = targets.iter().map(|argv| program_name(&argv[0])).collect();
    match names.as_slice() {
        [left, right] if left == right => vec!["baseline".to_owned(), "candidate".to_owned()],
        _ => names,
    }
}

fn program_name(program: &str) -> String {
    let name = Path::new(program).file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
    let short: String = plain.trim_matches('-').chars().take(60).collect();
    if short.is_empty() { "target".to_owned() } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(words: &str) -> Vec<String> {
        words.split(' ').map(str::to_owned).collect()
    }

    fn plan(targets: &[&str]) -> Result<Plan, Error> {
        let targets: Vec<_> = targets.iter().map(|words| argv(words)).collect();
        from_argv(&targets, "/up", Path::new("/somewhere"))
    }

    #[test]
    fn two_argvs_make_a_comparison() {
        let plan = plan(&["python3 -m http.server {port}", "./server --listen {host}:{port}"]).unwrap();
        let comparison = plan.comparison.clone().unwrap();
        assert_eq!((comparison.baseline.as_str(), comparison.candidate.as_str()), ("python3", "server"));
        assert_eq!(plan.targets[1].dir, Path::new("/somewhere"));
        assert_eq!(plan.targets[1].ready.by, defaults::page("/up"));
        assert_eq!(plan.requests[0].path, "/up");
        assert_eq!(plan.loads.len(), 5);
        assert_eq!(plan.phases.len(), 9);
    }

    #[test]
    fn names_are_unique_and_plain() {
        let names = |targets: &[&str]| -> Vec<String> {
            plan(targets).unwrap().targets.into_iter().map(|target| target.name).collect()
        };
        assert_eq!(names(&["python3 a.py {port}", "/usr/bin/python3 b.py {port}"]), ["baseline", "candidate"]);
        assert_eq!(names(&["./my.server.sh {port}"]), ["my-server-sh"]);
        assert_eq!(names(&["/ {port}"]), ["target"]);
    }

    #[test]
    fn what_makes_no_plan_is_said() {
        let message = |targets: &[&str]| plan(targets).unwrap_err().to_string();
        assert!(message(&[]).contains("one command"));
        assert!(message(&["a {port}", "b {port}", "c {port}"]).contains("found 3"));
        assert!(message(&[""]).contains("no command after `--`"));
        assert!(message(&["a {port}", "b 80"]).contains("after `--vs` takes the port: b 80"));
        assert!(message(&["a {port} {database_url}"]).contains("database"));
        assert!(from_argv(&[argv("a {port}")], "up", Path::new("/")).is_err());
    }
}
