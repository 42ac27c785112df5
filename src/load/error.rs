//! Why a load could not be run.

use std::io;

/// What stopped a load before or while it ran. A server that refuses, resets or answers badly is a fact and is counted in
/// the record instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text names no server.
    #[error("`{url}` names no server: {why}")]
    Endpoint {
        /// The text.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The host name has no address.
    #[error("cannot resolve host `{host}`")]
    Resolve {
        /// The host name.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// A request cannot be written as HTTP.
    #[error("request `{request}`: {part}: {why}")]
    Request {
        /// The request's name.
        request: String,
        /// For instance `path` or `header X-User`.
        part: String,
        /// What is wrong with it.
        why: String,
    },
    /// The job contradicts itself.
    #[error("load `{load}`: {why}")]
    Job {
        /// The load's name.
        load: String,
        /// What is wrong with it.
        why: String,
    },
    /// The limit of open files is too low and cannot be raised.
    #[error("{connections} connections need {needed} open files, and this process may have {limit} (ulimit -Hn)")]
    OpenFiles {
        /// Connections asked for.
        connections: u32,
        /// Files needed.
        needed: u64,
        /// The hard limit.
        limit: u64,
    },
    /// The kernel has too few ephemeral ports.
    #[error("{connections} connections need as many ports, and net.ipv4.ip_local_port_range has {ports}")]
    Ports {
        /// Connections asked for.
        connections: u32,
        /// Ports in the range.
        ports: u32,
    },
    /// TLS could not be set up.
    #[error("cannot set up TLS for `{host}`: {why}")]
    Tls {
        /// The server's name.
        host: String,
        /// What is wrong.
        why: String,
    },
    /// The kernel refused something that every machine can do.
    #[error("cannot {attempt}")]
    System {
        /// What was attempted.
        attempt: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err` on a system call.
    pub(super) fn system<E: Into<io::Error>>(attempt: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::System { attempt, source: source.into() }
    }
}
