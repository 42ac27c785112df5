//! `serve`: database and targets up, until interrupted.

use std::time::Duration;

use super::args::Serve;
use super::failure::{COULD_NOT, DONE, Failure};
use super::{World, plan, print, say, say_cleared};
use crate::database;
use crate::target::{self, Launched};

/// How often the targets are looked at for signs of life.
const BEAT: Duration = Duration::from_millis(100);

pub(super) fn serve(world: &World, args: &Serve) -> Result<u8, Failure> {
    let plan = plan::of_servers(world, &args.servers)?;
    let output = tempfile::tempdir()?;
    let mut database = match &plan.database {
        None => None,
        Some(database) => {
            let mut server = database::start(&world.program, database, output.path(), &world.interrupt)?;
            say_cleared(world, &server);
            match server.prepare(&world.interrupt) {
                Err(_) if world.interrupt.is_set() => return Ok(DONE),
                prepared => prepared?,
            };
            Some(server)
        }
    };
    let mut up: Vec<(&str, Launched)> = Vec::new();
    for target in &plan.targets {
        let copy = database.as_mut().map(|server| server.copy(&format!("serve_{}", target.name))).transpose()?;
        let url = copy.as_ref().map(|copy| copy.url.reveal());
        let settings = target::Settings {
            host: "127.0.0.1".to_owned(),
            port: None,
            database_url: url.map(str::to_owned),
            output: output.path().join(&target.name),
            cold: false,
            cpus: None,
        };
        let tell = |sentence: &str| {
            if !world.global.quiet {
                say(&format!("target {} {sentence}", target.name));
            }
        };
        let launched = match target::start(&world.program, target, &settings, &world.interrupt, &tell) {
            Err(_) if world.interrupt.is_set() => return Ok(DONE),
            launched => launched?,
        };
        let at = target.takes_port().then_some(&launched.url);
        print(&if world.global.json {
            let line = serde_json::json!({ "target": target.name, "url": at, "pid": launched.server.pid(), "database_url": url });
            format!("{line}\n")
        } else {
            let database = url.map_or_else(String::new, |url| format!("  {url}"));
            let at = at.map_or("takes no port", String::as_str);
            format!("{}  {at}  pid {}{database}\n", target.name, launched.server.pid())
        })?;
        up.push((&target.name, launched));
    }
    if !world.global.quiet {
        say("Up until interrupted (Ctrl-C).");
    }
    let mut code = DONE;
    while code == DONE && world.interrupt.sleep(BEAT) {
        for (name, launched) in &mut up {
            if let Some(exit) = launched.ended() {
                let printed = launched.printed();
                let said = if printed.is_empty() { printed } else { format!("; it printed:\n{printed}") };
                say(&format!("error: target {name} ended by itself: {exit}{said}"));
                code = COULD_NOT;
            }
        }
    }
    for (name, mut launched) in up {
        let stop = plan.target(name).map(|target| &target.stop).expect("every target up is in the plan");
        launched.server.stop_or_hurry(&stop.signal, stop.grace, &world.interrupt);
    }
    database.map_or(Ok(()), database::Database::stop)?;
    Ok(code)
}
