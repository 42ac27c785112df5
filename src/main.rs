//! The `pianoprof` command.

fn main() {}
