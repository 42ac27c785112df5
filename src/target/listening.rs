//! When the port accepts connections.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::error::Error;
use super::life::Life;
use super::netlink::SockDiag;
use super::sockets;
use crate::clock::Nanos;
use crate::model::record::{Bracket, ListenProbe};

/// How long one connect may hang; on loopback only a full backlog makes it.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(250);

/// Looks again and again whether something listens at an address.
pub(super) struct Listening {
    address: SocketAddr,
    /// `None` where the kernel does not tell: then connecting does.
    diag: Option<SockDiag>,
    last_miss_ns: Nanos,
}

impl Listening {
    pub(super) fn at(address: SocketAddr) -> Self {
        Self { address, diag: SockDiag::open().ok(), last_miss_ns: 0 }
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

    /// The error of a target that never listened.
    pub(super) fn never(&self, life: &Life<'_>) -> Error {
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
            return Err(over.or_timeout("listened", || listening.never(life)));
        }
        life.pause();
    }
}
