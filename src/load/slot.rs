//! One connection asked for: the socket it has at the moment, and the request it carries.

use std::os::fd::{AsFd, OwnedFd};

use nix::errno::Errno;

use super::dialer;
use super::error::Error;
use super::poller::{Poller, socket};
use super::tls::Tls;
use crate::clock::Nanos;
use crate::http::Parser;

/// A place for one request at a time. Sockets come and go in it.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one socket")]
pub(super) struct Slot {
    pub socket: Option<OwnedFd>,
    pub tls: Option<Box<Tls>>,
    /// Counts sockets, so that an event of an earlier one is told apart.
    pub generation: u32,
    pub state: State,
    pub carried: Carried,
    pub parser: Parser,
    /// Body bytes kept for a check.
    pub kept: Vec<u8>,
    /// Whether the socket carried a request before this one.
    pub reused: bool,
    /// Whether the connect (and the TLS handshake) is done and its time recorded.
    pub connected: bool,
    /// When the socket was asked for.
    pub dialed_at: Nanos,
    /// Whether a send failed: what the server said before is still to be read.
    pub broken: bool,
    /// Whether the first request of the priming is done with.
    pub primed: bool,
    /// Whether it waits out a refusal.
    pub resting: bool,
    at_once: bool,
    watched_output: bool,
}

/// What a slot is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    /// No request.
    #[default]
    Idle,
    /// Waits for a Unix server whose queue was full.
    Retrying,
    /// The connection is not there yet.
    Connecting,
    /// The request is being sent or the answer awaited.
    Busy,
}

/// The request that a slot carries.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Carried {
    pub kind: u16,
    pub variant: u32,
    /// Bytes sent.
    pub offset: usize,
    /// Whether it belongs to the window (else to the ramp).
    pub counted: bool,
    /// Latency counts from here: the intended time, or the send of a closed loop.
    pub intended: Nanos,
    /// When the slot took it: the timeout counts from here.
    pub began: Nanos,
    /// When its first byte was handed to the kernel.
    pub sent_at: Nanos,
}

impl Slot {
    /// What epoll shall say with the events of the current socket.
    pub fn token(&self, index: usize) -> u64 {
        u64::from(self.generation) << 32 | index as u64
    }

    /// Whether a request is in flight.
    pub fn is_busy(&self) -> bool {
        self.state != State::Idle
    }

    /// Takes a new socket.
    pub fn install(&mut self, socket: OwnedFd, tls: Option<Box<Tls>>, now: Nanos) {
        self.generation = self.generation.wrapping_add(1);
        self.socket = Some(socket);
        self.at_once = false;
        self.tls = tls;
        self.reused = false;
        self.connected = false;
        self.broken = false;
        self.watched_output = false;
        self.dialed_at = now;
    }

    /// Starts watching the new socket.
    pub fn watch(&mut self, poller: &Poller, index: usize, output: bool) -> Result<(), Error> {
        let Some(socket) = &self.socket else { return Ok(()) };
        self.watched_output = output;
        poller.add(socket.as_fd(), self.token(index), output)
    }

    /// Watches for room to send only while something is left to send.
    pub fn watch_output(&mut self, poller: &Poller, index: usize, output: bool) -> Result<(), Error> {
        if self.watched_output == output {
            return Ok(());
        }
        let Some(socket) = &self.socket else { return Ok(()) };
        self.watched_output = output;
        poller.watch_output(socket.as_fd(), self.token(index), output)
    }

    /// Whether room to send is being watched for.
    pub fn watches_output(&self) -> bool {
        self.watched_output
    }

    /// Turns Nagle's delay off, once: a first small request needs no such call, and most Python servers close after it.
    pub fn hurry(&mut self) {
        if let Some(socket) = &self.socket
            && !self.at_once
        {
            self.at_once = true;
            dialer::send_at_once(socket);
        }
    }

    pub fn send(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        match (&self.socket, &mut self.tls) {
            (Some(socket), None) => socket::send(socket, bytes),
            (Some(socket), Some(tls)) => tls.send(socket, bytes),
            (None, _) => Err(Errno::ENOTCONN),
        }
    }

    pub fn recv(&mut self, buffer: &mut [u8]) -> Result<usize, Errno> {
        match (&self.socket, &mut self.tls) {
            (Some(socket), None) => socket::recv(socket, buffer),
            (Some(socket), Some(tls)) => tls.recv(socket, buffer),
            (None, _) => Err(Errno::ENOTCONN),
        }
    }

    pub fn discard(&mut self, count: usize) -> Result<usize, Errno> {
        self.socket.as_ref().map_or(Err(Errno::ENOTCONN), |socket| socket::discard(socket, count))
    }

    /// Sends what TLS holds; true when nothing is left.
    pub fn flush(&mut self) -> Result<bool, Errno> {
        match (&self.socket, &mut self.tls) {
            (Some(socket), Some(tls)) => tls.flush(socket),
            _ => Ok(true),
        }
    }

    /// Closes the socket now.
    pub fn drop_socket(&mut self) {
        self.socket = None;
        self.tls = None;
    }

    /// Gives the socket away, with its token.
    pub fn take_socket(&mut self, index: usize) -> Option<(u64, OwnedFd)> {
        let token = self.token(index);
        self.tls = None;
        self.socket.take().map(|socket| (token, socket))
    }
}
