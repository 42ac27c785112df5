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

/// Waits until something listens at `address`.
pub(super) fn wait(life: &mut Life<'_>, address: SocketAddr) -> Result<(Bracket, ListenProbe), Error> {
    let mut diag = SockDiag::open().ok();
    let mut last_miss_ns: Nanos = 0;
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
        life.pause();
    }
}
