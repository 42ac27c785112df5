//! Processes: start one under a guardian, know its whole tree, read its CPU and memory, end it on every path.
//!
//! [`launch`] re-executes our own program as a tiny *guardian*, which starts the command, is the subreaper of everything
//! that descends from it, and ends all of it when it is told to or when the pipe to us closes. We are a subreaper as well
//! and wait for the guardian, so that the tree also ends when the guardian is the one that is killed. When both are killed
//! with SIGKILL at the same moment the kernel ends the root process; what that one leaves is not covered.
//!
//! It does not know what the command is for: readiness, ports and databases lie above.

pub mod cgroup;
pub mod cpu;
pub mod memory;
pub mod procfile;
pub mod tree;

mod command;
mod end;
mod error;
mod excerpt;
mod exit;
mod guardian;
mod keeper;
mod orphans;
mod output;
mod programs;
mod run;
mod segments;
mod shared_files;
mod signal;
mod spawn;
mod supervised;
mod wire;

pub use command::Command;
pub use error::Error;
pub use excerpt::first_and_last_lines;
pub use exit::{Exit, Stopped};
pub use guardian::guardian_main;
pub use keeper::Keeper;
pub use programs::{candidate_files, find_program, is_program};
pub use run::run;
pub use signal::signal_number;
pub use supervised::{Supervised, launch};

/// The hidden subcommand under which our own program is a guardian.
pub const GUARDIAN: &str = "__guardian";
