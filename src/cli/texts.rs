//! Commands that only print a text: `completions`, `man`, `schema`.

use clap::CommandFactory as _;

use super::args::{Args, Completions, Schema, SchemaOf};
use super::failure::Failure;
use super::print;
use crate::{config, report};

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
