//! `seed`: the database alone.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::args::Seed;
use super::failure::{COULD_NOT, Failure, INTERRUPTED};
use super::{World, plan, print, say_cleared};
use crate::database;

/// How often a command that runs on the database is looked at.
const BEAT: Duration = Duration::from_millis(20);
/// How long such a command may take to end after an interrupt.
const GRACE: Duration = Duration::from_secs(5);

pub(super) fn seed(world: &World, args: &Seed) -> Result<u8, Failure> {
    let mut database =
        plan::of_config(world)?.database.ok_or_else(|| Failure::new("the configuration has no [database]"))?;
    if let Some(scale) = args.scale {
        database.scale = scale;
    }
    let logs = tempfile::tempdir()?;
    let mut server = database::start(&world.program, &database, logs.path(), &world.interrupt)?;
    say_cleared(world, &server);
    let fingerprint = match server.prepare(&world.interrupt) {
        Err(_) if world.interrupt.is_set() => return Ok(INTERRUPTED),
        prepared => prepared?,
    };
    let code = if args.print_fingerprint {
        print(&format!("{fingerprint}\n"))?
    } else if args.argv.is_empty() {
        let facts = server.facts();
        print(&format!(
            "PostgreSQL {} ({})\nscale {}  fingerprint {fingerprint}\n",
            facts.version, facts.source, database.scale
        ))?
    } else {
        let copy = server.copy("seed")?;
        run(world, &args.argv, copy.url.reveal())?
    };
    server.stop()?;
    Ok(code)
}

/// Runs the user's command with `DATABASE_URL` set; it shares this terminal.
fn run(world: &World, argv: &[String], url: &str) -> Result<u8, Failure> {
    let (program, arguments) = argv.split_first().expect("clap gives at least one word");
    let mut child = Command::new(program)
        .args(arguments)
        .env("DATABASE_URL", url)
        .stdin(Stdio::inherit())
        .spawn()
        .map_err(|error| Failure::new(format!("could not start {program}: {error}")))?;
    let mut patience = GRACE;
    loop {
        if let Some(status) = child.try_wait()? {
            let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(COULD_NOT);
            return Ok(if world.interrupt.is_set() { INTERRUPTED } else { code });
        }
        if !world.interrupt.sleep(BEAT) {
            // The terminal sent the signal to the child too; one sent to this process alone is passed on by the kill.
            std::thread::sleep(BEAT);
            patience = patience.saturating_sub(BEAT);
            if patience.is_zero() {
                child.kill()?;
            }
        }
    }
}
