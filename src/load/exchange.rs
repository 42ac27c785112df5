//! One request and its answer on one slot: dial, send, read, judge, count.

use std::cmp::Reverse;

use nix::errno::Errno;

use super::dialer::{self, Dialed};
use super::error::Error;
use super::poller::Readiness;
use super::slot::{Carried, State};
use super::verdict::{self, KEPT_BODY};
use super::window::Phase;
use super::worker::Worker;
use crate::clock::{self, Nanos};
use crate::http::{Parser, Progress};
use crate::model::load::ErrorKind;

/// How long a client of a full Unix queue waits before it asks again.
const UNIX_RETRY: Nanos = 1_000_000;
/// Requests beyond this need `TCP_NODELAY` from the start: their last segment would wait for an acknowledgement.
const SMALL_REQUEST: usize = 1024;
/// Rests of bodies beyond this are dropped in the kernel, which costs a call and saves the copy.
const DISCARD_FROM: u64 = 16 << 10;
/// The most that is dropped in one call.
const DISCARD_AT_MOST: u64 = 1 << 20;
/// Where large bodies are expected, so much is read for the head.
const HEAD_READ: usize = 4 << 10;

impl Worker<'_> {
    /// Gives an idle slot its next request. `intended` is where its latency begins.
    pub fn begin(&mut self, index: usize, intended: Nanos, now: Nanos) -> Result<(), Error> {
        let (kind, variant) = self.pacing.walk.next(&self.shared.requests);
        let counted = self.phase != Phase::Ramp;
        let tally = &mut self.counts.tallies[usize::from(kind)];
        if counted {
            tally.sent += 1;
            self.counts.outstanding += 1;
        } else {
            tally.ramped += 1;
        }
        self.publishing.note_sent();
        self.counts.occupancy.enter(now, &self.window);
        let slot = &mut self.slots[index];
        slot.carried = Carried { kind, variant, offset: 0, counted, intended, began: now, sent_at: now };
        slot.parser.reset();
        slot.kept.clear();
        if slot.socket.is_none() {
            return self.dial(index, now);
        }
        slot.reused = true;
        slot.state = State::Busy;
        slot.hurry();
        self.push(index)
    }

    /// Another attempt of a slot that found a Unix queue full.
    pub fn dial_again(&mut self, index: usize, now: Nanos) -> Result<(), Error> {
        if self.slots[index].state == State::Retrying { self.dial(index, now) } else { Ok(()) }
    }

    /// The request took too long.
    pub fn time_out(&mut self, index: usize, now: Nanos) -> Result<(), Error> {
        let waiting = self.slots[index].state == State::Retrying || !self.slots[index].connected;
        self.fail(index, now, if waiting { ErrorKind::ConnectTimeout } else { ErrorKind::Timeout })
    }

    /// An event on a slot's current, lingering or former socket.
    pub fn handle(&mut self, token: u64, readiness: Readiness) -> Result<(), Error> {
        #[expect(clippy::cast_possible_truncation, reason = "the two halves of a token")]
        let (index, generation) = ((token & u64::from(u32::MAX)) as usize, (token >> 32) as u32);
        let slot = &mut self.slots[index];
        if slot.generation != generation || slot.socket.is_none() {
            if self.lingering.close(token) && !readiness.closed() {
                self.dialer.closed_first();
            }
            return Ok(());
        }
        match slot.state {
            State::Idle => {
                // The server ended a connection that carried nothing: no error; the next request connects again.
                slot.drop_socket();
                if !readiness.closed() {
                    self.dialer.closed_first();
                }
                Ok(())
            }
            State::Connecting => self.connected(index, readiness),
            State::Retrying => Ok(()),
            State::Busy => {
                if slot.watches_output() && readiness.output() && !slot.broken {
                    self.push(index)?;
                }
                if readiness.input() && self.slots[index].generation == generation {
                    self.read(index, readiness)?;
                }
                Ok(())
            }
        }
    }

    /// Opens a connection for the request that the slot carries and sends at once: over loopback the handshake is done
    /// before `connect` returns, so that no event is needed in between.
    fn dial(&mut self, index: usize, now: Nanos) -> Result<(), Error> {
        let socket = match self.dialer.dial()? {
            Dialed::Socket(socket) => socket,
            Dialed::Busy => {
                self.slots[index].state = State::Retrying;
                self.pacing.retries.push(Reverse((now + UNIX_RETRY, index)));
                return Ok(());
            }
            Dialed::Refused => {
                let now = self.stamp();
                return self.fail(index, now, ErrorKind::ConnectRefused);
            }
        };
        self.counts.opened += 1;
        let dialed = clock::now();
        let tls = self.shared.tls.as_ref().map(super::tls::TlsSetup::session).transpose()?;
        let large = self.request(index).len() > SMALL_REQUEST;
        let slot = &mut self.slots[index];
        let encrypted = tls.is_some();
        slot.install(socket, tls, now);
        if (large || encrypted) && self.dialer.is_tcp() {
            slot.hurry();
        }
        let carried = slot.carried;
        let shared = self.shared;
        let bytes = &shared.requests.prepared[usize::from(carried.kind)].variants[carried.variant as usize];
        let sent = if encrypted { slot.flush().map(|_| 0) } else { slot.send(bytes) };
        if let (Some(socket), true) = (&slot.socket, self.dialer.is_tcp()) {
            dialer::acknowledge_at_once(socket, true);
        }
        match sent {
            Ok(count) => {
                slot.state = State::Busy;
                slot.carried.offset = count;
                slot.watch(&self.poller, index, encrypted || count < bytes.len())?;
                if !encrypted {
                    self.note_connected(index, dialed);
                }
                Ok(())
            }
            Err(Errno::ECONNREFUSED) => {
                let now = self.stamp();
                self.fail(index, now, ErrorKind::ConnectRefused)
            }
            Err(Errno::EAGAIN | Errno::ENOTCONN) => {
                slot.state = State::Connecting;
                slot.watch(&self.poller, index, true)
            }
            Err(_) => {
                slot.state = State::Busy;
                slot.broken = true;
                slot.watch(&self.poller, index, false)
            }
        }
    }

    /// The connection attempt ended.
    fn connected(&mut self, index: usize, readiness: Readiness) -> Result<(), Error> {
        if !readiness.output() {
            return Ok(());
        }
        let now = self.stamp();
        let slot = &mut self.slots[index];
        if let Some(errno) = slot.socket.as_ref().and_then(dialer::connect_error) {
            let kind = match errno {
                Errno::ETIMEDOUT => ErrorKind::ConnectTimeout,
                Errno::ECONNRESET => ErrorKind::Reset,
                _ => ErrorKind::ConnectRefused,
            };
            return self.fail(index, now, kind);
        }
        slot.state = State::Busy;
        if slot.tls.is_none() {
            self.note_connected(index, now);
        }
        self.push(index)
    }

    /// The connection can carry requests: service time counts from here.
    fn note_connected(&mut self, index: usize, now: Nanos) {
        let slot = &mut self.slots[index];
        slot.connected = true;
        slot.carried.sent_at = now;
        if self.phase != Phase::Ramp {
            self.counts.connect.saturating_record(now.saturating_sub(slot.dialed_at));
        }
    }

    /// The bytes of the request that a slot carries.
    fn request(&self, index: usize) -> &[u8] {
        let carried = &self.slots[index].carried;
        &self.shared.requests.prepared[usize::from(carried.kind)].variants[carried.variant as usize]
    }

    /// Sends what is left of the request.
    fn push(&mut self, index: usize) -> Result<(), Error> {
        let shared = self.shared;
        let slot = &mut self.slots[index];
        let carried = slot.carried;
        let bytes = &shared.requests.prepared[usize::from(carried.kind)].variants[carried.variant as usize];
        let rest = &bytes[carried.offset..];
        let shaking_hands = slot.tls.as_ref().is_some_and(|tls| !tls.established());
        let sent = if rest.is_empty() || shaking_hands { Ok(0) } else { slot.send(rest) };
        match sent.and_then(|count| Ok((count, slot.flush()?))) {
            Ok((count, flushed)) => {
                slot.carried.offset += count;
                let done = flushed && (shaking_hands || slot.carried.offset == bytes.len());
                slot.watch_output(&self.poller, index, !done)
            }
            Err(Errno::ECONNREFUSED) if !slot.connected => {
                let now = self.stamp();
                self.fail(index, now, ErrorKind::ConnectRefused)
            }
            Err(Errno::EAGAIN) => slot.watch_output(&self.poller, index, true),
            Err(Errno::EPIPE | Errno::ECONNRESET) if slot.reused && carried.offset == 0 => {
                // The server closed while the connection was idle: it cannot have seen this request, so send it on a new one.
                slot.drop_socket();
                let now = self.stamp();
                self.dial(index, now)
            }
            Err(_) => {
                // An answer may have come before the server stopped reading.
                slot.broken = true;
                slot.watch_output(&self.poller, index, false)
            }
        }
    }

    /// Reads what is there, until the answer is whole or the socket empty.
    fn read(&mut self, index: usize, readiness: Readiness) -> Result<(), Error> {
        let shared = self.shared;
        loop {
            let slot = &mut self.slots[index];
            let prepared = &shared.requests.prepared[usize::from(slot.carried.kind)];
            let keeps = verdict::reads_body(&prepared.expect);
            let may_discard = !keeps && slot.tls.is_none() && self.dialer.can_discard();
            let skippable = if may_discard { slot.parser.skippable() } else { 0 };
            let discards = skippable >= DISCARD_FROM;
            let room = if discards {
                usize::try_from(skippable.min(DISCARD_AT_MOST)).unwrap_or(0)
            } else if self.large_bodies && may_discard && !slot.parser.begun() {
                HEAD_READ
            } else {
                self.buffer.len()
            };
            let got = if discards { slot.discard(room) } else { slot.recv(&mut self.buffer[..room]) };
            let count = match got {
                Ok(0) => return self.server_closed(index),
                Ok(count) => count,
                Err(Errno::EAGAIN | Errno::EINTR) => {
                    return if readiness.closed() && slot.broken {
                        self.server_closed(index)
                    } else {
                        self.established(index)
                    };
                }
                Err(errno) => {
                    let now = self.stamp();
                    let kind = if errno == Errno::EPROTO { ErrorKind::Malformed } else { ErrorKind::Reset };
                    return self.fail(index, now, kind);
                }
            };
            let encrypted = slot.tls.is_some();
            let whole = if discards {
                slot.parser.skip(count as u64).then_some(count)
            } else {
                let Parsed { whole, error } =
                    parse(&mut slot.parser, &self.buffer[..count], prepared.head, keeps, &mut slot.kept);
                if let Some(kind) = error {
                    let now = self.stamp();
                    return self.fail(index, now, kind);
                }
                whole
            };
            if let Some(used) = whole {
                self.large_bodies = slot.parser.body() > DISCARD_FROM * 2;
                self.established(index)?;
                return self.complete(index, readiness, used < count);
            }
            if count < room && !encrypted && !readiness.closed() {
                return Ok(());
            }
        }
    }

    /// Notes the end of a TLS handshake, and sends what waited for it.
    fn established(&mut self, index: usize) -> Result<(), Error> {
        let slot = &self.slots[index];
        if slot.connected || !slot.tls.as_ref().is_some_and(|tls| tls.established()) {
            return Ok(());
        }
        let now = self.stamp();
        self.note_connected(index, now);
        self.push(index)
    }

    /// The server's FIN: the end of the body, or an answer cut short.
    fn server_closed(&mut self, index: usize) -> Result<(), Error> {
        let slot = &mut self.slots[index];
        match slot.parser.close() {
            Ok(()) => self.complete(index, Readiness::CLOSED, false),
            Err(kind) => {
                let kind = if slot.broken { ErrorKind::Reset } else { kind };
                slot.drop_socket();
                let now = self.stamp();
                self.fail(index, now, kind)
            }
        }
    }
}

/// What one piece gave.
struct Parsed {
    whole: Option<usize>,
    error: Option<ErrorKind>,
}

fn parse(parser: &mut Parser, input: &[u8], to_head: bool, keeps: bool, kept: &mut Vec<u8>) -> Parsed {
    let keep = if keeps && kept.len() < KEPT_BODY { Some(kept) } else { None };
    match parser.feed(input, to_head, keep) {
        Ok(Progress::Whole(used)) => Parsed { whole: Some(used), error: None },
        Ok(Progress::More) => Parsed { whole: None, error: None },
        Err(kind) => Parsed { whole: None, error: Some(kind) },
    }
}
