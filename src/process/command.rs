//! What shall be started, as plain data.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A program to start under a guardian.
///
/// It travels to the guardian over a socket, never in an argv, because environments carry passwords and every user can
/// read a command line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// The program and its arguments; a program without a slash is looked up in `PATH` of the environment it will have.
    pub argv: Vec<String>,
    /// Its working folder; a program with a slash is relative to it.
    pub dir: PathBuf,
    /// The names that it inherits of this process's environment; `None` inherits all of it.
    pub inherit: Option<Vec<String>>,
    /// Variables added to what it inherits.
    pub env: Vec<(String, String)>,
    /// The file that its standard output is appended to.
    pub stdout: PathBuf,
    /// The file that its standard error is appended to; may be the same as `stdout`.
    pub stderr: PathBuf,
    /// The CPUs it is confined to; `None` leaves it free.
    pub cpus: Option<Vec<usize>>,
    /// User and group to become before `execve` (root only).
    pub user: Option<(u32, u32)>,
}
