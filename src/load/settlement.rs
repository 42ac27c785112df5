//! How a request ends: judged, counted, its connection kept, closed or given to the server to close.

use super::error::Error;
use super::poller::{Readiness, socket};
use super::slot::State;
use super::verdict;
use super::worker::Worker;
use crate::clock::Nanos;
use crate::model::load::ErrorKind;

impl Worker<'_> {
    /// A whole answer is in.
    pub fn complete(&mut self, index: usize, readiness: Readiness, leftover: bool) -> Result<(), Error> {
        let now = self.stamp();
        let shared = self.shared;
        let slot = &mut self.slots[index];
        let prepared = &shared.requests.prepared[usize::from(slot.carried.kind)];
        let (status, body) = (slot.parser.status(), slot.parser.body());
        let sent_all = slot.carried.offset == prepared.variants[slot.carried.variant as usize].len();
        if leftover {
            return self.fail(index, now, ErrorKind::Malformed);
        }
        let verdict = verdict::judge(&prepared.expect, status, body, &slot.kept);
        let ends = !slot.parser.keep_alive() || readiness.closed() || !sent_all || slot.broken;
        // A server that waits for its client's FIN (gunicorn does) is held up by a client that is slow to send it.
        if ends && self.dialer.has_spare_ports() {
            slot.drop_socket();
            if !readiness.closed() {
                self.dialer.closed_first();
            }
        }
        let slot = &mut self.slots[index];
        let former = if ends { slot.take_socket(index) } else { None };
        self.settle(index, now, Some((status, body)), verdict);
        self.slots[index].state = State::Idle;
        self.released(index, now, false)?;
        // By now, a whole connect and send later, the server has usually closed, and no event is needed to hear of it.
        if let Some((token, former)) = former
            && !readiness.closed()
            && !socket::peer_closed(&former)
            && self.lingering.hold(token, former, now)
        {
            self.dialer.closed_first();
        }
        Ok(())
    }

    /// The request ends without an answer and its connection with it.
    pub fn fail(&mut self, index: usize, now: Nanos, kind: ErrorKind) -> Result<(), Error> {
        self.settle(index, now, None, Err(kind));
        let slot = &mut self.slots[index];
        if slot.socket.is_some() && kind != ErrorKind::Reset && kind != ErrorKind::ConnectRefused {
            self.dialer.closed_first();
        }
        slot.drop_socket();
        slot.state = State::Idle;
        self.released(index, now, kind == ErrorKind::ConnectRefused)
    }

    /// Counts the end of a request.
    fn settle(&mut self, index: usize, now: Nanos, answer: Option<(u16, u64)>, verdict: Result<(), ErrorKind>) {
        self.counts.occupancy.leave(now, &self.window);
        let carried = self.slots[index].carried;
        let population_known = self.is_population_known();
        let tally = &mut self.counts.tallies[usize::from(carried.kind)];
        tally.in_system_ns += self.window.overlap(carried.intended, now);
        let latency = now.saturating_sub(carried.intended);
        if verdict.is_ok() {
            tally.good_total += 1;
            self.publishing.note_good(latency);
        } else {
            self.publishing.note_error();
        }
        if !carried.counted {
            return;
        }
        self.counts.outstanding -= 1;
        self.counts.last_done = now;
        let late = now > self.window.end;
        if let Some((status, body)) = answer {
            tally.drained += u64::from(late);
            if late && !population_known {
                return;
            }
            tally.answer(status, body);
        }
        match verdict {
            Ok(()) => tally.good(latency, now.saturating_sub(carried.sent_at)),
            Err(kind) => tally.error(kind),
        }
    }

    /// What the drain could not bring home has taken longer than the timeout since it was due.
    pub fn give_up(&mut self, now: Nanos) {
        for index in 0..self.slots.len() {
            if self.slots[index].is_busy() {
                self.settle(index, now, None, Err(ErrorKind::Timeout));
                self.slots[index].state = State::Idle;
            }
        }
    }
}
