//! Other load tools as engines: one load made by wrk, ab, oha or `JMeter`, read into the record that our own engine fills.
//!
//! Each tool has a file that writes its command line from the load and one pure function that reads what it said. What a
//! tool does not tell stays unknown in the record, and what of the load it cannot do is refused beforehand, in words. The
//! tool's own files stay in a folder of the run.
//!
//! It starts no server, and measures of the tool itself only the CPU time that it used.

mod ab;
mod drive;
mod error;
mod job;
mod jmeter;
mod oha;
mod private;
mod quantiles;
mod refusal;
mod tool;
mod wrk;

use std::path::Path;

pub use error::Error;
pub use job::{Job, Outcome};
pub use refusal::refuse;
pub use tool::{Missing, Tool, find};

use crate::interrupt::Interrupt;
use crate::model::engine::Engine;

/// Makes one load with another tool; `None` when interrupted, with the tool's whole tree ended.
///
/// `program` is our own executable, the guardian of the tool. A server that refuses or answers badly is in the record.
///
/// # Errors
/// When the tool cannot be started, fails, or says nothing that can be read.
pub fn run(program: &Path, tool: &Tool, job: &Job, interrupt: &Interrupt) -> Result<Option<Outcome>, Error> {
    std::fs::create_dir_all(&job.folder).map_err(|source| Error::Folder { path: job.folder.clone(), source })?;
    match tool.engine {
        Engine::Wrk => wrk::run(program, tool, job, interrupt),
        Engine::Ab => ab::run(program, tool, job, interrupt),
        Engine::Oha => oha::run(program, tool, job, interrupt),
        Engine::Jmeter => jmeter::run(program, tool, job, interrupt),
        Engine::Pianoprof => Err(Error::Own),
    }
}
