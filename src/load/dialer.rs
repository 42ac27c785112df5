//! Opening connections, and finding ports for them when they get scarce.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, SockaddrIn, SockaddrStorage, UnixAddr, bind, connect, setsockopt, socket,
    sockopt,
};

use super::endpoint::{Endpoint, Place};
use super::error::Error;

/// Connects to one server.
#[derive(Clone, Debug)]
pub(super) struct Dialer {
    target: Target,
    /// Ports of one source address.
    ports: u32,
    /// Sockets that this side closed first: each keeps a port for a minute (`TIME_WAIT`).
    spent: u32,
    /// The last byte pair of the source address 127.0.x.y; 0 lets the kernel choose.
    source: u16,
}

#[derive(Clone, Debug)]
enum Target {
    Tcp { address: SockaddrStorage, family: AddressFamily, loopback: bool },
    Unix(UnixAddr),
}

/// A socket on its way.
pub(super) enum Dialed {
    /// Connected or being connected: over loopback the first send usually succeeds at once.
    Socket(OwnedFd),
    /// A Unix server's queue is full; its clients wait.
    Busy,
    /// Nobody listens, or there is no way to it.
    Refused,
}

impl Dialer {
    pub fn new(endpoint: &Endpoint, connections: u32) -> Result<Self, Error> {
        let target = match endpoint.place() {
            Place::Unix(path) => {
                Target::Unix(UnixAddr::new(path).map_err(Error::system("use the path of the Unix socket"))?)
            }
            Place::Tcp(addresses) => {
                let address = endpoint.pick().or(addresses.first().copied()).ok_or_else(|| Error::Endpoint {
                    url: endpoint.to_string(),
                    why: "the host has no address".to_owned(),
                })?;
                let family = if address.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
                let loopback = address.ip() == Ipv4Addr::LOCALHOST;
                Target::Tcp { address: SockaddrStorage::from(address), family, loopback }
            }
        };
        let ports = ephemeral_ports();
        if matches!(target, Target::Tcp { loopback: false, .. }) && connections > ports {
            return Err(Error::Ports { connections, ports });
        }
        Ok(Self { target, ports, spent: connections, source: 0 })
    }

    /// Whether bytes of the stream can be dropped unread.
    pub fn can_discard(&self) -> bool {
        matches!(self.target, Target::Tcp { .. })
    }

    /// Whether `TCP_NODELAY` means anything.
    pub fn is_tcp(&self) -> bool {
        matches!(self.target, Target::Tcp { .. })
    }

    /// Whether ports can never run out, so that a socket may be closed as soon as its answer is in, whoever is first.
    pub fn has_spare_ports(&self) -> bool {
        match self.target {
            Target::Tcp { .. } => self.can_move(),
            Target::Unix(_) => true,
        }
    }

    /// Notes that a connection was closed by this side before the server's.
    pub fn closed_first(&mut self) {
        self.spent += 1;
        // Half of the ports: the kernel searches longer the fewer are free.
        if self.spent > self.ports / 2 {
            self.next_source();
        }
    }

    /// Starts one connection.
    pub fn dial(&mut self) -> Result<Dialed, Error> {
        loop {
            let (family, result);
            let fd;
            match &self.target {
                Target::Unix(path) => {
                    fd = open(AddressFamily::Unix)?;
                    result = connect(fd.as_raw_fd(), path);
                    family = AddressFamily::Unix;
                }
                Target::Tcp { address, family: inet, .. } => {
                    fd = open(*inet)?;
                    family = *inet;
                    if self.source > 0 {
                        bind_source(&fd, self.source)?;
                    }
                    acknowledge_at_once(&fd, false);
                    result = connect(fd.as_raw_fd(), address);
                }
            }
            return match result {
                Ok(()) | Err(Errno::EINPROGRESS | Errno::EINTR) => Ok(Dialed::Socket(fd)),
                Err(Errno::EAGAIN) if family == AddressFamily::Unix => Ok(Dialed::Busy),
                Err(Errno::EADDRNOTAVAIL | Errno::EAGAIN | Errno::EADDRINUSE) if self.can_move() => {
                    self.next_source();
                    continue;
                }
                Err(errno @ (Errno::EADDRNOTAVAIL | Errno::EAGAIN | Errno::EADDRINUSE)) => {
                    Err(Error::system("find a free port for another connection")(errno))
                }
                Err(_) => Ok(Dialed::Refused),
            };
        }
    }

    fn can_move(&self) -> bool {
        matches!(self.target, Target::Tcp { loopback: true, .. }) && self.source < u16::MAX
    }

    /// Every address of 127.0.0.0/8 is this host's, and each has ports of its own.
    fn next_source(&mut self) {
        if self.can_move() {
            self.source += 1;
            self.spent = 0;
        }
    }
}

fn open(family: AddressFamily) -> Result<OwnedFd, Error> {
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    socket(family, SockType::Stream, flags, None).map_err(Error::system("open a socket"))
}

/// Binds to 127.0.x.y without taking a port yet: ip(7), `IP_BIND_ADDRESS_NO_PORT`.
fn bind_source(fd: &OwnedFd, source: u16) -> Result<(), Error> {
    setsockopt(fd, sockopt::IpBindAddressNoPort, &true).map_err(Error::system("bind a source address"))?;
    // 127.0.0.1 is the kernel's own choice and taken; the walk starts at 127.0.1.1.
    let [high, low] = source.to_be_bytes();
    let address = SocketAddrV4::new(Ipv4Addr::new(127, high.wrapping_add(1), low, 1), 0);
    bind(fd.as_raw_fd(), &SockaddrIn::from(address)).map_err(Error::system("bind a source address"))
}

/// Sends each write at once: tcp(7), `TCP_NODELAY`.
pub(super) fn send_at_once(fd: &OwnedFd) {
    // Refused only by a dead socket, which the next call on it reports.
    let _ = setsockopt(fd, sockopt::TcpNoDelay, &true);
}

/// Whether what arrives is acknowledged at once: tcp(7), `TCP_QUICKACK`. Off before a connect, the handshake's last
/// acknowledgement travels with the request instead of in a packet of its own. On again after the request is sent: a
/// server with Nagle's delay would wait for acknowledgements between the parts of its answer.
pub(super) fn acknowledge_at_once(fd: &OwnedFd, at_once: bool) {
    let value = libc::c_int::from(at_once);
    #[expect(clippy::cast_possible_truncation, reason = "a few bytes")]
    let size = size_of_val(&value) as libc::socklen_t;
    // SAFETY: the option is an int, which outlives the call. Refused only by a dead socket, which the next call on it
    // reports.
    unsafe {
        libc::setsockopt(
            fd.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_QUICKACK,
            std::ptr::from_ref(&value).cast(),
            size,
        );
    }
}

/// The error that a connection attempt ended with, if any.
pub(super) fn connect_error(fd: &OwnedFd) -> Option<Errno> {
    let code = nix::sys::socket::getsockopt(fd, sockopt::SocketError).unwrap_or(0);
    (code != 0).then(|| Errno::from_raw(code))
}

/// The size of `net.ipv4.ip_local_port_range`; the kernel's default where it cannot be read.
fn ephemeral_ports() -> u32 {
    const DEFAULT: u32 = 60_999 - 32_768 + 1;
    let text = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let mut bounds = text.split_ascii_whitespace().filter_map(|word| word.parse::<u32>().ok());
    match (bounds.next(), bounds.next()) {
        (Some(low), Some(high)) if low <= high => high - low + 1,
        _ => DEFAULT,
    }
}
