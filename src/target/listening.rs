//! When the port accepts connections.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::error::Error;
use super::life::{Life, Over};
use super::netlink::SockDiag;
use super::sockets;
use crate::clock::Nanos;
use crate::model::record::{Bracket, ListenProbe};

/// How long one connect may hang; on loopback only a full backlog makes it.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(250);

/// A target that does not listen by then is looked at for the reason, and again as often.
const LATE_NS: Nanos = 2_000_000_000;

/// Looks again and again whether something listens at an address.
pub(super) struct Listening {
    address: SocketAddr,
    /// `None` where the kernel does not tell: then connecting does.
    diag: Option<SockDiag>,
    last_miss_ns: Nanos,
    late: Late,
}

/// What is known of a target that is late.
struct Late {
    next_ns: Nanos,
    /// How much it had printed at the last look, bytes.
    printed: u64,
    is_told: bool,
}

impl Listening {
    pub(super) fn at(address: SocketAddr) -> Self {
        let late = Late { next_ns: LATE_NS, printed: 0, is_told: false };
        Self { address, diag: SockDiag::open().ok(), last_miss_ns: 0, late }
    }

    /// How it is seen.
    pub(super) fn seen_by(&self) -> ListenProbe {
        if self.diag.is_some() { ListenProbe::SockDiag } else { ListenProbe::Connect }
    }

    /// One look: since when something listens, ns after t0, if anything does.
    pub(super) fn look(&mut self, life: &Life<'_>) -> Option<Bracket> {
        let asked = life.elapsed();
        let told = self.diag.as_ref().map(|diag| diag.is_listening(self.address.ip(), self.address.port()));
        let listens = match told {
            Some(Ok(listens)) => listens,
            refused => {
                if refused.is_some() {
                    self.diag = None;
                }
                TcpStream::connect_timeout(&self.address, CONNECT_TIMEOUT).is_ok()
            }
        };
        if listens {
            return Some(Bracket { last_miss_ns: self.last_miss_ns, first_hit_ns: life.elapsed() });
        }
        self.last_miss_ns = asked;
        None
    }

    /// Looks now and then what a target that does not listen does instead. It ends the wait when the target says that somebody
    /// else has its port, which some servers go on saying for ever; it tells once where the target listens instead.
    pub(super) fn look_why_late(&mut self, life: &Life<'_>) -> Result<(), Error> {
        if life.elapsed() < self.late.next_ns {
            return Ok(());
        }
        self.late.next_ns += LATE_NS;
        let printed = life.printed().length();
        if printed > self.late.printed {
            self.late.printed = printed;
            if let Some(taken) = self.taken(life) {
                return Err(taken);
            }
        }
        if !self.late.is_told
            && let Some(other) = sockets::ports_of(life.server()).first()
        {
            self.late.is_told = true;
            let told = self.address.port();
            life.tell(&format!("listens on port {other} and not on {told}, which it was given; still waiting"));
        }
        Ok(())
    }

    /// The error of a target for which the wait is over before it listened.
    pub(super) fn failed(&self, life: &Life<'_>, over: Over) -> Error {
        self.unless_taken(life, over, over.or_timeout("listened", || self.never(life)))
    }

    /// That error or, when the target says that somebody else has the port that it wants, this one.
    pub(super) fn unless_taken(&self, life: &Life<'_>, over: Over, error: Error) -> Error {
        if over == Over::Interrupted { error } else { self.taken(life).unwrap_or(error) }
    }

    /// The error of a target that wants a port of its own choice and says that somebody else has it, if it does.
    fn taken(&self, life: &Life<'_>) -> Option<Error> {
        let (wanted, owner) = life.held_port()?;
        Some(Error::WantedPortTaken { wanted, told: self.address.port(), owner, stderr: String::new() })
    }

    fn never(&self, life: &Life<'_>) -> Error {
        Error::NeverListened {
            port: self.address.port(),
            timeout: life.timeout(),
            others: sockets::ports_of(life.server()),
            stderr: String::new(),
        }
    }
}

/// Waits until something listens at `address`.
pub(super) fn wait(life: &mut Life<'_>, address: SocketAddr) -> Result<(Bracket, ListenProbe), Error> {
    let mut listening = Listening::at(address);
    loop {
        if let Some(listen) = listening.look(life) {
            return Ok((listen, listening.seen_by()));
        }
        if let Err(over) = life.check() {
            return Err(listening.failed(life, over));
        }
        listening.look_why_late(life)?;
        life.pause();
    }
}
