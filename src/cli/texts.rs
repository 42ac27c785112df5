//! Commands that only print a text: `init`, `completions`, `man`, `schema`.

use clap::CommandFactory as _;

use super::args::{Args, Completions, Schema, SchemaOf};
use super::failure::{DONE, Failure};
use super::{World, print, say};
use crate::{config, report};

pub(super) fn init(world: &World) -> Result<u8, Failure> {
    let path = world.cwd.join("pianoprof.toml");
    if path.exists() {
        return Err(Failure::new("pianoprof.toml is there already").hint("remove it first to begin anew"));
    }
    let text = config::init::write(&world.cwd);
    std::fs::write(&path, &text)
        .map_err(|error| Failure::new(format!("could not write {}: {error}", path.display())))?;
    if !world.global.quiet {
        say("Wrote pianoprof.toml; look at the command in it, then: pianoprof run --quick");
    }
    Ok(DONE)
}

pub(super) fn completions(args: &Completions) -> Result<u8, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "pianoprof", &mut text);
    print(&String::from_utf8_lossy(&text))
}

pub(super) fn man() -> Result<u8, Failure> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Args::command()).render(&mut text)?;
    print(&String::from_utf8_lossy(&text))
}

pub(super) fn schema(args: &Schema) -> Result<u8, Failure> {
    let schema = match args.of {
        SchemaOf::Config => config::schema(),
        SchemaOf::Run => report::schema(),
    };
    print(&(serde_json::to_string_pretty(&schema).expect("a schema has only string keys") + "\n"))
}
