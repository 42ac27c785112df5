//! Sockets to another host whose last answer is in, held until the server has closed: who closes first keeps the port in
//! `TIME_WAIT` for a minute, and that shall be the server, which said 'close'.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;

use crate::clock::Nanos;

/// A server that takes longer waits for its client's FIN instead, and gets it.
const PATIENCE: Nanos = 100_000_000;

/// The sockets held, oldest first. They stay watched: a server may wait for its client's close in turn.
pub(super) struct Lingering {
    sockets: VecDeque<Held>,
    limit: usize,
}

struct Held {
    token: u64,
    since: Nanos,
    /// Closed when dropped.
    _socket: OwnedFd,
}

impl Lingering {
    /// Holds at most `limit` sockets.
    pub fn new(limit: usize) -> Self {
        Self { sockets: VecDeque::new(), limit }
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.sockets.is_empty()
    }

    /// Holds one more; true when the oldest had to be closed before its server did.
    pub fn hold(&mut self, token: u64, socket: OwnedFd, now: Nanos) -> bool {
        self.sockets.push_back(Held { token, since: now, _socket: socket });
        self.sockets.len() > self.limit && self.sockets.pop_front().is_some()
    }

    /// Closes the socket of that token; false when it is not here. The oldest are the likeliest.
    pub fn close(&mut self, token: u64) -> bool {
        let place = self.sockets.iter().position(|held| held.token == token);
        place.is_some_and(|place| self.sockets.remove(place).is_some())
    }

    /// Closes one socket whose server has had its time; true when there was one.
    pub fn close_late(&mut self, now: Nanos) -> bool {
        let late = |held: &mut Held| now.saturating_sub(held.since) >= PATIENCE;
        self.sockets.pop_front_if(late).is_some()
    }
}
