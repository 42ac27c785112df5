//! What supervisor and guardian say to each other: one JSON document a line, over a Unix socket.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::command::Command;
use super::exit::Exit;
use crate::clock::Nanos;

/// From the supervisor. A closed socket means: end the tree now.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Request {
    /// Remove this folder at the end, whatever the end is. Said before the folder is made.
    Keep(PathBuf),
    /// Start this, once.
    Start(Command),
    /// Send the signal, wait, kill what is left; said again, it can only shorten the wait.
    Stop { signal: i32, grace_ms: u64 },
}

/// From the guardian.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Report {
    /// `execve` succeeded.
    Started { pid: u32, t0_ns: Nanos, exec_ns: Nanos },
    /// A step before that failed.
    Failed { step: Step, errno: i32 },
    /// The root process has ended.
    Exited(Exit),
    /// Nothing of the tree lives any more, or that many processes withstood SIGKILL; bytes of its output left out.
    Ended { killed: bool, survivors: u32, left_out: u64 },
}

/// A step on the way to a running program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Step {
    Prepare,
    Output(PathBuf),
    Fork,
    Folder(PathBuf),
    Cpus,
    User,
    Execute,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prepare => f.write_str("prepare its arguments"),
            Self::Output(path) => write!(f, "open {} for its output", path.display()),
            Self::Fork => f.write_str("create its process"),
            Self::Folder(path) => write!(f, "enter its folder {}", path.display()),
            Self::Cpus => f.write_str("confine it to its CPUs"),
            Self::User => f.write_str("become its user"),
            Self::Execute => f.write_str("execute it"),
        }
    }
}

/// One end of the conversation.
#[derive(Debug)]
pub(super) struct Wire {
    socket: UnixStream,
    buffer: Vec<u8>,
}

/// What a look at the wire gave.
#[derive(Debug)]
pub(super) enum Heard<T> {
    Message(T),
    Nothing,
    Closed,
}

impl Wire {
    pub(super) fn new(socket: UnixStream) -> Self {
        Self { socket, buffer: Vec::new() }
    }

    pub(super) fn socket(&self) -> &UnixStream {
        &self.socket
    }

    /// Sends one document.
    pub(super) fn send<T: Serialize>(&mut self, message: &T) -> io::Result<()> {
        let mut line = serde_json::to_vec(message).map_err(io::Error::other)?;
        line.push(b'\n');
        self.socket.write_all(&line)
    }

    /// The next document; `Nothing` when the socket's own mode (timeout, non-blocking) ended the wait.
    pub(super) fn receive<T: DeserializeOwned>(&mut self) -> Heard<T> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                // A document that we cannot read comes from another program: the conversation is over.
                return serde_json::from_slice(&line).map_or(Heard::Closed, Heard::Message);
            }
            let mut chunk = [0_u8; 4096];
            match self.socket.read(&mut chunk) {
                Ok(0) => return Heard::Closed,
                Ok(count) => self.buffer.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Heard::Nothing;
                }
                Err(_) => return Heard::Closed,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_arrive_whole_and_in_order() {
        let (left, right) = UnixStream::pair().expect("a socket pair");
        let (mut left, mut right) = (Wire::new(left), Wire::new(right));
        let sent = [
            Report::Started { pid: 1, t0_ns: 2, exec_ns: 3 },
            Report::Failed { step: Step::Output("/x".into()), errno: 13 },
            Report::Exited(Exit::Signal(9)),
        ];
        for message in &sent {
            left.send(message).expect("the peer is there");
        }
        drop(left);
        for message in &sent {
            assert!(matches!(right.receive::<Report>(), Heard::Message(got) if got == *message));
        }
        assert!(matches!(right.receive::<Report>(), Heard::Closed));
    }

    #[test]
    fn half_a_line_is_nothing_yet_and_rubbish_ends_the_conversation() {
        let (mut left, right) = UnixStream::pair().expect("a socket pair");
        right.set_nonblocking(true).expect("a mode");
        let mut right = Wire::new(right);
        left.write_all(b"{\"Exited\":").expect("the peer is there");
        assert!(matches!(right.receive::<Report>(), Heard::Nothing));
        left.write_all(b"{\"Code\":7}}\nrubbish\n").expect("the peer is there");
        assert!(matches!(right.receive::<Report>(), Heard::Message(Report::Exited(Exit::Code(7)))));
        assert!(matches!(right.receive::<Report>(), Heard::Closed));
    }
}
