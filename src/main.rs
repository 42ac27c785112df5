//! The `pianoprof` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    pianoprof::cli::main()
}
