//! The `pianoprof` command.

fn main() {
    std::process::exit(pianoprof::cli::main());
}
