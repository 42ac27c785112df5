//! `init`: a first configuration for the servers in this folder, each started once to see which path it answers.

use std::path::Path;
use std::time::Duration;

use super::args::Init;
use super::failure::{DONE, Failure};
use super::{World, say};
use crate::config;
use crate::config::init::{Guess, Tried};
use crate::model::plan::TargetPlan;
use crate::process;
use crate::target;

/// As long as a server may take until it listens.
const START: Duration = Duration::from_secs(20);
/// As long as it may answer with errors, or not at all, before its answers are taken as they are.
const ANSWER: Duration = Duration::from_secs(3);

const CONFIG: &str = "pianoprof.toml";
const CORPUS: &str = "corpus.json";

pub(super) fn init(world: &World, args: &Init) -> Result<u8, Failure> {
    let path = world.cwd.join(CONFIG);
    if path.exists() {
        return Err(Failure::new("pianoprof.toml is there already").hint("remove it first to begin anew"));
    }
    let mut guesses = config::init::guesses(&world.cwd);
    if !args.no_try {
        try_all(world, args, &mut guesses)?;
    }
    write(&path, &config::init::config(&guesses))?;
    let mut wrote = CONFIG.to_owned();
    let corpus = world.cwd.join(CORPUS);
    if guesses.len() > 1 && !corpus.exists() {
        write(&corpus, &config::init::corpus(&guesses))?;
        wrote = format!("{CONFIG} and {CORPUS}");
    }
    if !world.global.quiet {
        let names: Vec<&str> = guesses.iter().map(|guess| guess.name.as_str()).collect();
        let found = if names.is_empty() { "no server".to_owned() } else { names.join(", ") };
        say(&format!(
            "Found {found}. Wrote {wrote}; look at the commands in it, then: pianoprof check, pianoprof run --quick"
        ));
    }
    Ok(DONE)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::new(format!("could not write {}: {error}", path.display())))
}

/// Starts each server once. What comes of it is part of the file; an interrupt ends the trying, not the command.
fn try_all(world: &World, args: &Init, guesses: &mut [Guess]) -> Result<(), Failure> {
    let text = config::init::config(guesses);
    let plan = config::parse(&text, Path::new(CONFIG), &world.cwd, &|_| None).map_err(Failure::from)?;
    let output = tempfile::tempdir()?;
    for guess in guesses {
        if world.interrupt.is_set() {
            break;
        }
        let target = plan.target(&guess.name).expect("the plan was written from the guesses");
        let note = |text: &str| {
            if !world.global.quiet {
                say(text);
            }
        };
        guess.tried = match try_one(world, args, guess, target, output.path(), &note) {
            Ok(tried) => tried,
            Err(why) => {
                note(&format!("target {}: {why}", guess.name));
                Tried::Failed(why.lines().next().unwrap_or_default().trim_end_matches("; it printed:").to_owned())
            }
        };
        if let Tried::Answered(answers) = &guess.tried {
            let good = answers.iter().find(|(_, status)| *status == Some(200));
            note(&match good {
                Some((path, _)) => format!("target {} answers 200 at {path}", guess.name),
                None => {
                    format!("target {} listens, but answered none of {} with 200", guess.name, guess.paths().join(", "))
                }
            });
        }
    }
    Ok(())
}

/// Builds the target and asks it for its paths; why not, in words.
fn try_one(
    world: &World,
    args: &Init,
    guess: &Guess,
    target: &TargetPlan,
    output: &Path,
    note: &dyn Fn(&str),
) -> Result<Tried, String> {
    for argv in &target.build {
        note(&format!("building {}: {}", guess.name, argv.join(" ")));
        let log = output.join(format!("{}-build.log", guess.name));
        let command = process::Command {
            argv: argv.clone(),
            dir: target.dir.clone(),
            stdout: log.clone(),
            stderr: log.clone(),
            ..process::Command::default()
        };
        let began = std::time::Instant::now();
        match process::run(&world.program, &command, args.build_time, &world.interrupt) {
            Err(error) => return Err(error.to_string()),
            Ok(None) => return Ok(Tried::No),
            Ok(Some(process::Exit::Code(0))) => {}
            Ok(Some(_)) if began.elapsed() >= args.build_time => {
                return Err(format!("its build took longer than {}", crate::unit::span(args.build_time)));
            }
            Ok(Some(exit)) => {
                let said = process::first_and_last_lines(&log, 0);
                return Err(format!("its build ended with {exit}; it printed:\n{said}"));
            }
        }
    }
    note(&format!("starting {}: {}", guess.name, target.command.join(" ")));
    let settings = target::Settings {
        host: "127.0.0.1".to_owned(),
        port: None,
        database_url: None,
        output: output.join(&guess.name),
        cold: false,
        cpus: None,
    };
    let mut plan = target.clone();
    plan.ready.timeout = START;
    match target::ask_paths(&world.program, &plan, &settings, &world.interrupt, &guess.paths(), ANSWER) {
        Ok(answers) => Ok(Tried::Answered(answers.into_iter().map(|answer| (answer.path, answer.status)).collect())),
        Err(target::Error::Interrupted) => Ok(Tried::No),
        Err(error) => Err(error.to_string()),
    }
}
