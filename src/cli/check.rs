//! `check`: everything that is read before a run, read and nothing run.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::failure::{COULD_NOT, DONE, Failure};
use super::{World, plan, print};
use crate::claims::forecast::{Undecidable, undecidable};
use crate::database::programs::Search;
use crate::model::plan::{Plan, TargetPlan};
use crate::process::{find_program, is_program};
use crate::unit::plural;

/// One thing that a run needs.
#[derive(Serialize)]
struct Item {
    /// What it is, for instance `target gin`.
    name: String,
    /// Whether it is as a run needs it.
    good: bool,
    /// What was found, or what is missing.
    found: String,
}

pub(super) fn check(world: &World) -> Result<u8, Failure> {
    let plan = plan::of_comparison(world)?;
    let mut items = vec![Item { name: "configuration".to_owned(), good: true, found: counts(&plan) }];
    if let Some(parity) = &plan.parity {
        let (good, found) = match crate::parity::corpus(&parity.corpus, &plan.requests) {
            Ok(corpus) => (true, format!("{} requests in {}", corpus.requests.len(), parity.corpus.display())),
            Err(error) => (false, Failure::from(error).text().to_owned()),
        };
        items.push(Item { name: "corpus".to_owned(), good, found });
    }
    items.extend(claims(&plan));
    items.extend(plan.targets.iter().map(target));
    items.extend(postgres(&plan));
    let good = items.iter().all(|item| item.good);
    print(&if world.global.json {
        let document = serde_json::json!({ "good": good, "items": items });
        serde_json::to_string_pretty(&document).expect("items have only string keys") + "\n"
    } else {
        table(&items)
    })?;
    Ok(if good { DONE } else { COULD_NOT })
}

fn table(items: &[Item]) -> String {
    let width = items.iter().map(|item| item.name.chars().count()).max().unwrap_or(0);
    items.iter().fold(String::new(), |mut text, Item { name, good, found }| {
        let mark = if *good { "ok   " } else { "wrong" };
        let _ = writeln!(text, "{mark}  {name:width$}  {found}");
        text
    })
}

fn counts(plan: &Plan) -> String {
    let counted = [
        (plan.targets.len(), "target"),
        (plan.requests.len(), "request"),
        (plan.loads.len(), "load"),
        (plan.claims.len(), "claim"),
    ];
    counted.map(|(count, word)| plural(count, word)).join(", ")
}

/// Whether the plan can decide what it claims: an item for each claim that no result could decide.
fn claims(plan: &Plan) -> Vec<Item> {
    let open = undecidable(plan);
    if open.is_empty() && !plan.claims.is_empty() {
        let found = format!("the plan can decide {}", plural(plan.claims.len(), "claim"));
        return vec![Item { name: "claims".to_owned(), good: true, found }];
    }
    let wrong = |one: Undecidable| Item {
        name: format!("claim {}", one.claim),
        good: false,
        found: format!("{}; {}", one.why, one.advice),
    };
    open.into_iter().map(wrong).collect()
}

/// Refuses a plan whose targets cannot be built or started because a program is not there.
pub(super) fn refuse_missing_programs(plan: &Plan) -> Result<(), Failure> {
    match plan.targets.iter().map(target).find(|item| !item.good) {
        None => Ok(()),
        Some(Item { name, found, .. }) => Err(Failure::new(format!("{name}: {found}"))
            .hint("the first word of `command` is looked for in PATH or, with a slash, in `dir`; `pianoprof check` looks at all")),
    }
}

/// Whether the programs that build and start a target are there. What a build makes is not looked for.
fn target(target: &TargetPlan) -> Item {
    let starts = if target.build.is_empty() { Some(&target.command) } else { None };
    let bare = target.build.iter().chain([&target.command]).filter(|argv| !program(argv).contains('/'));
    let mut programs: Vec<&str> = bare.chain(starts).map(|argv| program(argv)).collect();
    // A word that a launch fills in is known then, and a target with a PATH of its own has programs of its own.
    programs.retain(|program| !program.is_empty() && !program.contains('{'));
    if target.env.contains_key("PATH") {
        programs.retain(|program| program.contains('/'));
    }
    programs.sort_unstable();
    programs.dedup();
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for program in programs {
        match look(program, &target.dir) {
            Ok(path) => found.push(path.display().to_string()),
            Err(why) => missing.push(why),
        }
    }
    Item {
        name: format!("target {}", target.name),
        good: missing.is_empty(),
        found: if missing.is_empty() { found.join(", ") } else { missing.join("; ") },
    }
}

/// The first word of an argv; behind `env` the first that sets no variable.
fn program(argv: &[String]) -> &str {
    let mut words = argv.iter().map(String::as_str);
    match words.next().unwrap_or_default() {
        "env" => words.find(|word| !word.contains('=')).unwrap_or("env"),
        first => first,
    }
}

/// Looked for as a launch does: in `PATH` or, with a slash, in the target's folder.
fn look(program: &str, dir: &Path) -> Result<PathBuf, String> {
    if !program.contains('/') {
        return find_program(program).ok_or_else(|| format!("{program} is not in PATH"));
    }
    let path = dir.join(program);
    if is_program(&path) { Ok(path) } else { Err(format!("there is no program {}", path.display())) }
}

/// The private server's programs, where one is wanted.
fn postgres(plan: &Plan) -> Option<Item> {
    let database = plan.database.as_ref()?;
    let (good, found) = match (&database.url, Search::of_plan(database).find()) {
        (Some(_), _) => (true, "a server of your own, not asked now".to_owned()),
        (None, Ok(programs)) => (true, format!("{} in {}", programs.version, programs.folder.display())),
        (None, Err(error)) => (false, error.to_string()),
    };
    Some(Item { name: "PostgreSQL".to_owned(), good, found })
}
