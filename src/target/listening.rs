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

/// A target that does not listen by then is looked at for the reason, and again as often.
const LATE_NS: Nanos = 2_000_000_000;

/// Waits until something listens at `address`.
pub(super) fn wait(life: &mut Life<'_>, address: SocketAddr) -> Result<(Bracket, ListenProbe), Error> {
    let mut diag = SockDiag::open().ok();
    let mut last_miss_ns: Nanos = 0;
    let mut late = Late { next_ns: LATE_NS, printed: 0, is_told: false };
    loop {
        let asked = life.elapsed();
        let listens = match diag.as_ref().map(|diag| diag.is_listening(address.ip(), address.port())) {
            Some(Ok(listens)) => listens,
            Some(Err(_)) => {
                diag = None;
                continue;
            }
            None => TcpStream::connect_timeout(&address, CONNECT_TIMEOUT).is_ok(),
        };
        if listens {
            let by = if diag.is_some() { ListenProbe::SockDiag } else { ListenProbe::Connect };
            return Ok((Bracket { last_miss_ns, first_hit_ns: life.elapsed() }, by));
        }
        last_miss_ns = asked;
        if let Err(over) = life.check() {
            return Err(over.or_timeout("listened", || Error::NeverListened {
                port: address.port(),
                timeout: life.timeout(),
                others: sockets::ports_of(life.server()),
                stderr: String::new(),
            }));
        }
        late.look(life, address.port())?;
        life.pause();
    }
}

/// What a target that does not listen does instead.
struct Late {
    next_ns: Nanos,
    /// How much it had printed at the last look, bytes.
    printed: u64,
    is_told: bool,
}

impl Late {
    /// Ends the wait when the target says that somebody else has its port, which some servers go on saying for ever; tells
    /// once where it listens instead.
    fn look(&mut self, life: &Life<'_>, told: u16) -> Result<(), Error> {
        if life.elapsed() < self.next_ns {
            return Ok(());
        }
        self.next_ns += LATE_NS;
        let printed = life.printed_length();
        if printed > self.printed {
            self.printed = printed;
            if let Some((wanted, owner)) = life.held_port() {
                return Err(Error::WantedPortTaken { wanted, told, owner, stderr: String::new() });
            }
        }
        if !self.is_told
            && let Some(other) = sockets::ports_of(life.server()).first()
        {
            self.is_told = true;
            life.tell(&format!("listens on port {other} and not on {told}, which it was given; still waiting"));
        }
        Ok(())
    }
}
