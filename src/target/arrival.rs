//! When bytes arrived: the kernel's own stamp, which does not depend on when the reader gets a CPU.
//!
//! The kernel stamps by the wall clock; the difference to the monotonic clock is taken at the very reading, so that a step of
//! the wall clock in between is the only thing that could move a stamp, and then it is refused by its bounds.

use std::io::{self, IoSliceMut};
use std::net::{TcpStream, UdpSocket};
use std::os::fd::AsRawFd;

use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};
use nix::time::ClockId;

use crate::clock::{self, Nanos};

/// How long before its reading a stamp may lie; an older one is that of another time.
const OLDEST_NS: Nanos = 60_000_000_000;

/// The kernel begins to stamp a moment after the first socket asked for it: this one asks before anything is sent.
#[derive(Debug)]
pub(super) struct Arrivals {
    _socket: UdpSocket,
}

impl Arrivals {
    /// `None` where no such socket can be had.
    pub(super) fn stamped() -> Option<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0").ok()?;
        setsockopt(&socket, sockopt::ReceiveTimestampns, &true).ok()?;
        Some(Self { _socket: socket })
    }
}

/// Asks for stamps on a connection; a refusal leaves the reader's own clock.
pub(super) fn stamp(stream: &TcpStream) {
    let _ = setsockopt(stream, sockopt::ReceiveTimestampns, &true);
}

/// Reads what is there, and when the last of it arrived, monotonic ns.
pub(super) fn read(stream: &TcpStream, buffer: &mut [u8]) -> io::Result<(usize, Nanos)> {
    let mut control = nix::cmsg_space!(libc::timespec);
    let mut parts = [IoSliceMut::new(buffer)];
    let message = recvmsg::<()>(stream.as_raw_fd(), &mut parts, Some(&mut control), MsgFlags::empty())?;
    let (now, wall) = (clock::now(), clock::read(ClockId::CLOCK_REALTIME));
    let stamp = message.cmsgs().ok().into_iter().flatten().find_map(|control| match control {
        ControlMessageOwned::ScmTimestampns(stamp) => Some(clock::nanos(stamp.tv_sec(), stamp.tv_nsec())),
        _ => None,
    });
    Ok((message.bytes, stamp.map_or(now, |stamp| monotonic(stamp, wall, now))))
}

/// A stamp of the wall clock on the monotonic one, both read just now; now itself when it cannot be of this reading.
fn monotonic(stamp: Nanos, wall: Nanos, now: Nanos) -> Nanos {
    match wall.checked_sub(stamp) {
        Some(age) if age <= OLDEST_NS => now.saturating_sub(age),
        _ => now,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_late_reader_learns_when_it_arrived() {
        let _arrivals = Arrivals::stamped().expect("the kernel stamps");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let reader = TcpStream::connect(listener.local_addr().expect("an address")).expect("it listens");
        stamp(&reader);
        let (mut writer, _) = listener.accept().expect("somebody called");
        let mut buffer = [0; 16];
        // The kernel may take a moment until it stamps.
        for _ in 0..100 {
            let before = clock::now();
            writer.write_all(b"x").expect("it reads");
            let after = clock::now();
            std::thread::sleep(std::time::Duration::from_millis(20));
            let (count, arrived) = read(&reader, &mut buffer).expect("a byte is there");
            assert_eq!(count, 1);
            assert!(arrived >= before - 1_000_000, "{before} {arrived}");
            if arrived <= after {
                return;
            }
        }
        panic!("never stamped");
    }

    #[test]
    fn a_stamp_that_cannot_be_is_not_believed() {
        assert_eq!(monotonic(900, 1000, 5000), 4900);
        assert_eq!(monotonic(1100, 1000, 5000), 5000, "of the future");
        assert_eq!(monotonic(0, OLDEST_NS + 1, 5000), 5000, "of another time");
    }
}
