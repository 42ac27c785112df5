//! Why a program could not be started.

use std::io;
use std::path::PathBuf;

use super::wire::Step;

/// A start that failed, named after what was attempted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Our own program could not be started as guardian.
    #[error("could not start the guardian process")]
    Guardian(#[source] io::Error),
    /// The guardian ended or fell silent before it had started the program.
    #[error("the guardian process did not report that it started `{program}`")]
    Silent {
        /// The program's name as given.
        program: String,
    },
    /// A folder for temporary files could not be made.
    #[error("could not make the folder {} for temporary files", folder.display())]
    Scratch {
        /// Where.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The command holds something that cannot be passed on.
    #[error("cannot pass the command to the guardian: {0}")]
    Command(String),
    /// There is no such program.
    #[error("the program `{program}` was not found, or the interpreter in its first line was not (folder {})", dir.display())]
    NotFound {
        /// The program's name as given.
        program: String,
        /// The working folder.
        dir: PathBuf,
    },
    /// The file is there but is not a program that we may execute.
    #[error("the program `{program}` cannot be executed")]
    NotExecutable {
        /// The program's name as given.
        program: String,
        /// The kernel's reason.
        #[source]
        source: io::Error,
    },
    /// Another step on the way failed.
    #[error("could not start `{program}`: {step}")]
    Start {
        /// The program's name as given.
        program: String,
        /// The step that failed, in words.
        step: String,
        /// The kernel's reason.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// The error that a failed step of the guardian stands for.
    pub(super) fn from_step(program: &str, dir: &std::path::Path, step: &Step, errno: i32) -> Self {
        let program = program.to_owned();
        let source = io::Error::from_raw_os_error(errno);
        match (step, errno) {
            (Step::Execute, libc::ENOENT | libc::ENOTDIR) => Self::NotFound { program, dir: dir.to_owned() },
            (Step::Execute, libc::EACCES | libc::ENOEXEC | libc::EPERM) => Self::NotExecutable { program, source },
            (step, _) => Self::Start { program, step: step.to_string(), source },
        }
    }
}
