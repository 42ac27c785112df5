//! Why a target did not become ready.

use std::io;
use std::time::Duration;

use super::printed::Printed;
use super::sockets::Owner;
use crate::process::Exit;
use crate::unit::span;

/// A target that could not be started or did not become ready.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody listens on the port already.
    #[error("port {port} is already taken by {owner}")]
    PortTaken {
        /// The TCP port that the launch was to use.
        port: u16,
        /// Who has it.
        owner: Owner,
    },
    /// Somebody outside the launched tree listens on the port too (`SO_REUSEPORT`), or instead of it.
    #[error("port {port} is served by {owner}, which the launch did not start")]
    Foreign {
        /// The TCP port that the launch was given.
        port: u16,
        /// Who has it.
        owner: Owner,
    },
    /// No port could be found that nobody uses.
    #[error("could not find a free port")]
    NoFreePort(#[source] io::Error),
    /// `{database_url}` is used but there is no database.
    #[error("`{0}` needs a database, but none is configured")]
    NoDatabase(String),
    /// The list of CPUs cannot be read.
    #[error("`{0}` is not a list of CPUs such as `0-3,5`")]
    Cpus(String),
    /// The page cache could not be dropped.
    #[error("could not drop the page cache, which takes root and a writable /proc/sys/vm/drop_caches")]
    Cold(#[source] io::Error),
    /// The program could not be started.
    #[error(transparent)]
    Launch(#[from] crate::process::Error),
    /// It ended before it was ready.
    #[error("ended with {exit} before it {missing}{}", shown(stderr))]
    Died {
        /// How.
        exit: Exit,
        /// What it had not done yet, for instance `listened` or `gave a good answer`.
        missing: &'static str,
        /// The first and last lines that it printed.
        stderr: String,
    },
    /// It wanted a port of its own choice, and somebody else has it.
    #[error(
        "it wants port {wanted}, which is already taken by {owner}; pianoprof told it port {told}{}",
        shown(stderr)
    )]
    WantedPortTaken {
        /// The port it tried.
        wanted: u16,
        /// The port it was given.
        told: u16,
        /// Who has the one it tried.
        owner: Owner,
        /// The first and last lines that it printed.
        stderr: String,
    },
    /// It did not listen in time.
    #[error("did not listen on port {port} within {}{}{}", span(*timeout), elsewhere(others), shown(stderr))]
    NeverListened {
        /// The port it was given.
        port: u16,
        /// How long it had.
        timeout: Duration,
        /// The ports that its tree listens on instead.
        others: Vec<u16>,
        /// The first and last lines that it printed.
        stderr: String,
    },
    /// It listened but gave no good answer in time.
    #[error("gave no good answer to GET {path} within {}: {last}{}", span(*timeout), shown(stderr))]
    NeverReady {
        /// The path asked for.
        path: String,
        /// How long it had.
        timeout: Duration,
        /// What came last: a status or an error.
        last: String,
        /// The first and last lines that it printed.
        stderr: String,
    },
    /// No line of its output matched in time.
    #[error("printed no line that matches `{pattern}` within {}{}", span(*timeout), instead(printed))]
    NeverLogged {
        /// The regular expression.
        pattern: String,
        /// How long it had.
        timeout: Duration,
        /// The first and last lines that it printed, on standard output and on standard error.
        printed: String,
    },
    /// What a line is to match cannot be read.
    #[error("`{0}` is no regular expression")]
    Pattern(String),
    /// The files that it prints to cannot be read.
    #[error("could not read the target's output")]
    Output(#[source] io::Error),
    /// Somebody asked to stop.
    #[error("interrupted while waiting for the target")]
    Interrupted,
    /// The waiting thread could not be created.
    #[error("could not create a thread")]
    Thread(#[source] io::Error),
}

impl Error {
    /// The same with what the target printed.
    pub(super) fn with_printed(mut self, all: &Printed) -> Self {
        match &mut self {
            Self::Died { stderr, .. }
            | Self::WantedPortTaken { stderr, .. }
            | Self::NeverListened { stderr, .. }
            | Self::NeverReady { stderr, .. } => *stderr = all.excerpt(),
            Self::NeverLogged { printed, .. } => *printed = all.excerpt_of_both(),
            _ => {}
        }
        self
    }
}

fn shown(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!("; it printed:\n{stderr}") }
}

/// What it printed instead of the line that was waited for.
fn instead(printed: &str) -> String {
    if printed.is_empty() { "; it printed nothing".to_owned() } else { shown(printed) }
}

fn elsewhere(ports: &[u16]) -> String {
    if ports.is_empty() {
        return String::new();
    }
    let list: Vec<_> = ports.iter().map(u16::to_string).collect();
    format!("; it listens on port {} instead", list.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_port_is_said() {
        let error = Error::NeverListened {
            port: 8000,
            timeout: Duration::from_secs(30),
            others: vec![5000],
            stderr: "hm".to_owned(),
        };
        let text = "did not listen on port 8000 within 30.0 s; it listens on port 5000 instead; it printed:\nhm";
        assert_eq!(error.to_string(), text);
    }
}
