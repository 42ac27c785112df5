//! Whether this process may ask the kernel for listening sockets over netlink (`sock_diag`(7)).

use std::os::fd::AsRawFd as _;

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, setsockopt, socket, sockopt,
};
use nix::sys::time::TimeVal;

/// `SOCK_DIAG_BY_FAMILY` of `linux/sock_diag.h`.
const BY_FAMILY: u16 = 20;
/// `NLMSG_ERROR` of `linux/netlink.h`.
const ERROR: u16 = 2;
/// `NLM_F_REQUEST | NLM_F_DUMP`.
const REQUEST_DUMP: u16 = 0x301;
/// The bit of `TCP_LISTEN` in the states that are asked for.
const LISTEN: u32 = 1 << 10;
/// A `nlmsghdr` (16 bytes) and a `inet_diag_req_v2` (56 bytes).
const LENGTH: usize = 72;

/// Asks for all listening TCP sockets and reads the first answer.
///
/// # Errors
/// What the kernel, a container's filter or a security module says to it.
pub(super) fn allowed() -> Result<(), Errno> {
    let kind = (SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkSockDiag);
    let netlink = socket(AddressFamily::Netlink, kind.0, kind.1, kind.2)?;
    setsockopt(&netlink, sockopt::ReceiveTimeout, &TimeVal::new(1, 0))?;
    sendto(netlink.as_raw_fd(), &request(), &NetlinkAddr::new(0, 0), MsgFlags::empty())?;
    let mut answer = [0; 8192];
    let length = recv(netlink.as_raw_fd(), &mut answer, MsgFlags::empty())?;
    read(&answer[..length])
}

fn request() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    bytes[0..4].copy_from_slice(&u32::try_from(LENGTH).unwrap_or_default().to_ne_bytes());
    bytes[4..6].copy_from_slice(&BY_FAMILY.to_ne_bytes());
    bytes[6..8].copy_from_slice(&REQUEST_DUMP.to_ne_bytes());
    bytes[16] = u8::try_from(libc::AF_INET).unwrap_or_default();
    bytes[17] = u8::try_from(libc::IPPROTO_TCP).unwrap_or_default();
    bytes[20..24].copy_from_slice(&LISTEN.to_ne_bytes());
    bytes
}

/// An error message carries a negative errno behind its header; any other message is an answer.
fn read(answer: &[u8]) -> Result<(), Errno> {
    let kind = answer.get(4..6).map(|bytes| u16::from_ne_bytes([bytes[0], bytes[1]]));
    let code = answer.get(16..20).map(|bytes| i32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    match (kind, code) {
        (None, _) => Err(Errno::EBADMSG),
        (Some(ERROR), Some(code)) if code != 0 => Err(Errno::from_raw(-code)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read() {
        let mut message = [0_u8; 20];
        message[4..6].copy_from_slice(&3_u16.to_ne_bytes());
        assert_eq!(read(&message), Ok(()), "an empty dump is an answer");
        message[4..6].copy_from_slice(&ERROR.to_ne_bytes());
        message[16..20].copy_from_slice(&(-libc::EPERM).to_ne_bytes());
        assert_eq!(read(&message), Err(Errno::EPERM));
        assert_eq!(read(&[]), Err(Errno::EBADMSG));
    }

    #[test]
    fn the_kernel_answers_or_says_why_not() {
        let _listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let answer = allowed();
        assert!(!matches!(answer, Err(Errno::EINVAL | Errno::EBADMSG | Errno::EAGAIN)), "{answer:?}");
    }
}
