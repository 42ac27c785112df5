//! The wait for events: level-triggered epoll with a timeout in nanoseconds.

use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};

use super::error::Error;

/// Events taken from the kernel at once.
const BATCH: usize = 128;

/// One epoll instance.
pub(super) struct Poller {
    epoll: Epoll,
    events: Vec<libc::epoll_event>,
    /// Whether the kernel lacks `epoll_pwait2` (Linux before 5.11); waits are then whole milliseconds, rounded down.
    coarse: bool,
}

impl Poller {
    pub fn new() -> Result<Self, Error> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).map_err(Error::system("create an epoll instance"))?;
        Ok(Self { epoll, events: vec![libc::epoll_event { events: 0, u64: 0 }; BATCH], coarse: false })
    }

    /// Watches `fd` for input and the peer's close for the rest of its life, for output only when asked.
    pub fn add(&self, fd: BorrowedFd<'_>, token: u64, output: bool) -> Result<(), Error> {
        self.epoll.add(fd, EpollEvent::new(interest(output), token)).map_err(Error::system("watch a socket"))
    }

    /// Starts or stops watching for output.
    pub fn watch_output(&self, fd: BorrowedFd<'_>, token: u64, output: bool) -> Result<(), Error> {
        let mut event = EpollEvent::new(interest(output), token);
        self.epoll.modify(fd, &mut event).map_err(Error::system("watch a socket"))
    }

    /// Waits at most `timeout`; gives the number of events.
    pub fn wait(&mut self, timeout: Duration) -> Result<usize, Error> {
        let fd = self.epoll.0.as_raw_fd();
        let size = i32::try_from(self.events.len()).unwrap_or(i32::MAX);
        if !self.coarse {
            let limit = libc::timespec {
                tv_sec: libc::time_t::try_from(timeout.as_secs()).unwrap_or(libc::time_t::MAX),
                tv_nsec: libc::c_long::from(timeout.subsec_nanos().cast_signed()),
            };
            // SAFETY: the buffer holds `size` events, the timespec outlives the call, and no signal mask is given.
            let count = unsafe {
                libc::syscall(
                    libc::SYS_epoll_pwait2,
                    fd,
                    self.events.as_mut_ptr(),
                    size,
                    &raw const limit,
                    std::ptr::null::<libc::sigset_t>(),
                    0,
                )
            };
            match Errno::result(count) {
                Ok(count) => return Ok(usize::try_from(count).unwrap_or(0)),
                Err(Errno::EINTR) => return Ok(0),
                Err(Errno::ENOSYS | Errno::EPERM) => self.coarse = true,
                Err(errno) => return Err(Error::system("wait for sockets")(errno)),
            }
        }
        let millis = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: the buffer holds `size` events.
        let count = unsafe { libc::epoll_wait(fd, self.events.as_mut_ptr(), size, millis) };
        match Errno::result(count) {
            Ok(count) => Ok(usize::try_from(count).unwrap_or(0)),
            Err(Errno::EINTR) => Ok(0),
            Err(errno) => Err(Error::system("wait for sockets")(errno)),
        }
    }

    /// Event `index` of the last wait: its token and what happened.
    pub fn event(&self, index: usize) -> (u64, Readiness) {
        let event = self.events[index];
        (event.u64, Readiness(event.events))
    }
}

/// What epoll says of one socket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Readiness(u32);

impl Readiness {
    /// The peer has closed: known from reading the end of the stream.
    pub const CLOSED: Self = Self(libc::EPOLLRDHUP as u32);

    /// The peer has sent its FIN, or the connection is dead.
    pub fn closed(self) -> bool {
        self.has(EpollFlags::EPOLLRDHUP | EpollFlags::EPOLLHUP | EpollFlags::EPOLLERR)
    }

    /// Something can be read, be it an end or an error.
    pub fn input(self) -> bool {
        self.has(EpollFlags::EPOLLIN) || self.closed()
    }

    /// There is room to send, or an error to hear of.
    pub fn output(self) -> bool {
        self.has(EpollFlags::EPOLLOUT | EpollFlags::EPOLLHUP | EpollFlags::EPOLLERR)
    }

    fn has(self, flags: EpollFlags) -> bool {
        #[expect(clippy::cast_sign_loss, reason = "flags are bits")]
        let bits = flags.bits() as u32;
        self.0 & bits != 0
    }
}

fn interest(output: bool) -> EpollFlags {
    let input = EpollFlags::EPOLLIN | EpollFlags::EPOLLRDHUP;
    if output { input | EpollFlags::EPOLLOUT } else { input }
}

/// Socket calls that never block.
pub(super) mod socket {
    use nix::sys::socket::{MsgFlags, recv as nix_recv, send as nix_send};

    use super::{AsRawFd, Errno, OwnedFd};

    pub fn send(fd: &OwnedFd, bytes: &[u8]) -> Result<usize, Errno> {
        nix_send(fd.as_raw_fd(), bytes, MsgFlags::MSG_NOSIGNAL)
    }

    pub fn recv(fd: &OwnedFd, buffer: &mut [u8]) -> Result<usize, Errno> {
        nix_recv(fd.as_raw_fd(), buffer, MsgFlags::empty())
    }

    /// Whether the next thing to read is the end of the stream or an error.
    pub fn peer_closed(fd: &OwnedFd) -> bool {
        match nix_recv(fd.as_raw_fd(), &mut [0], MsgFlags::MSG_PEEK) {
            Ok(count) => count == 0,
            Err(errno) => errno != Errno::EAGAIN,
        }
    }

    /// Takes up to `count` bytes from a TCP socket without copying them: tcp(7), `MSG_TRUNC`.
    pub fn discard(fd: &OwnedFd, count: usize) -> Result<usize, Errno> {
        // SAFETY: with MSG_TRUNC a TCP socket drops the bytes and writes nothing to the buffer.
        let count = unsafe { libc::recv(fd.as_raw_fd(), std::ptr::null_mut(), count, libc::MSG_TRUNC) };
        Errno::result(count).map(|count| usize::try_from(count).unwrap_or(0))
    }
}
