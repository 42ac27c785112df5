//! The command line: words in, words and exit codes out.
//!
//! The two wings meet here and only here: a measuring command stores a run, then reads it back and reports it with the
//! very calls that `report` and `verify` make.

#[expect(clippy::doc_markdown, reason = "these comments are the words of --help")]
mod args;
mod check;
mod doctor;
mod export;
mod failure;
mod history;
mod init;
mod loads;
mod measure;
mod metrics;
mod plan;
mod progress;
mod prune;
mod read;
mod seed;
mod selfcheck;
mod serve;
mod texts;
mod undone;
mod tools;

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;

use crate::interrupt::Interrupt;
use crate::process;
use crate::report::Style;
use args::{Args, Color, Command, Global};
use failure::{COULD_NOT, DONE, Failure};

/// Runs the program: the guardian when re-executed as one, else the command line.
#[must_use]
pub fn main() -> ExitCode {
    // First of all, because a guardian must stay single-threaded and small.
    if std::env::args_os().nth(1).is_some_and(|word| word == process::GUARDIAN) {
        return ExitCode::from(u8::try_from(process::guardian_main()).unwrap_or(COULD_NOT));
    }
    if std::env::args_os().nth(1).is_some_and(|word| word == crate::selfcheck::SERVER) {
        crate::selfcheck::serve(std::env::args().skip(2));
    }
    let args = Args::parse();
    let world = match World::new(args.global) {
        Ok(world) => world,
        Err(failure) => {
            say(&failure.render(false));
            return ExitCode::from(COULD_NOT);
        }
    };
    match dispatch(&world, args.command) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            say(&failure.render(world.color(io::stderr().is_terminal())));
            ExitCode::from(COULD_NOT)
        }
    }
}

/// What every command needs of the outside.
struct World {
    global: Global,
    /// This program, for the guardian.
    program: PathBuf,
    /// Where the user stands.
    cwd: PathBuf,
    interrupt: Interrupt,
}

impl World {
    fn new(global: Global) -> Result<Self, Failure> {
        let program = std::env::current_exe()?;
        let cwd = std::env::current_dir()
            .map_err(|error| Failure::new(format!("the folder that this is run in: {error}")))?;
        Ok(Self { global, program, cwd, interrupt: Interrupt::on_signals()? })
    }

    fn color(&self, terminal: bool) -> bool {
        match self.global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }

    /// How standard output is written to.
    fn style(&self) -> Style {
        Style { color: self.color(io::stdout().is_terminal()), width: 80 }
    }
}

fn dispatch(world: &World, command: Command) -> Result<u8, Failure> {
    match command {
        Command::Run(args) => measure::run(world, &args),
        Command::Startup(args) => measure::startup(world, &args),
        Command::Profile(args) => measure::profile(world, &args),
        Command::Load(args) => measure::load(world, &args),
        Command::Queries(args) => measure::queries(world, &args),
        Command::Parity(args) => measure::parity(world, &args),
        Command::Serve(args) => serve::serve(world, &args),
        Command::Seed(args) => seed::seed(world, &args),
        Command::Report(args) => read::report(world, &args),
        Command::Verify(args) => read::verify(world, &args),
        Command::Compare(args) => read::compare(world, &args),
        Command::History(args) => history::history(world, &args),
        Command::Prune(args) => prune::prune(world, &args),
        Command::Selfcheck(args) => selfcheck::selfcheck(world, &args),
        Command::Init(args) => init::init(world, &args),
        Command::Doctor => doctor::doctor(world),
        Command::Check => check::check(world),
        Command::Metrics => metrics::metrics(world),
        Command::Loads => loads::loads(world),
        Command::Export(args) => export::export(world, &args),
        Command::Completions(args) => texts::completions(&args),
        Command::Man => texts::man(),
        Command::Schema(args) => texts::schema(&args),
    }
}

/// Writes an answer to standard output; a reader that has gone away is no failure.
fn print(text: &str) -> Result<u8, Failure> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(DONE),
        Err(error) => Err(Failure::from(error)),
        Ok(()) => Ok(DONE),
    }
}

/// Says something beside the answer, on standard error; a terminal or a reader that has gone away ends nothing.
fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
}

/// Says what was tidied up on a server of the user's own.
fn say_cleared(world: &World, server: &crate::database::Database) {
    if let Some(cleared) = server.cleared().filter(|_| !world.global.quiet) {
        say(&cleared);
    }
}

/// Writes an answer to the file that was named, else to standard output.
fn deliver(text: &str, file: Option<&std::path::Path>) -> Result<u8, Failure> {
    let Some(path) = file else { return print(text) };
    std::fs::write(path, text).map_err(|error| Failure::new(format!("could not write {}: {error}", path.display())))?;
    Ok(DONE)
}
