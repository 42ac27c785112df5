//! Ports: a free one for each launch, and who has one that is taken.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

use super::error::Error;
use super::sockets;
pub use super::sockets::Owner;
use crate::clock;
use crate::process::procfile;

/// Ports tried before we give up.
const TRIES: u16 = 512;
/// The lowest port that is picked.
const LOWEST: u16 = 12_000;

/// Who listens on that port, if anybody.
#[must_use]
pub fn owner(port: u16) -> Option<Owner> {
    sockets::listeners(port).first().copied().map(sockets::owner)
}

/// The root process of the server that listens on that port: its owner, or the parent of which the owner is a fork (a
/// worker has its master's command line). `None` when nobody listens, or somebody that we may not look into.
#[must_use]
pub fn server(port: u16) -> Option<u32> {
    let Some(Owner::Process { mut pid, command }) = owner(port) else { return None };
    while let Some(parent) = procfile::stat(pid).map(|stat| stat.parent).filter(|parent| *parent > 1)
        && procfile::command_line(parent).as_ref() == Some(&command)
    {
        pid = parent;
    }
    Some(pid)
}

/// Refuses a port that somebody listens on.
///
/// # Errors
/// [`Error::PortTaken`], naming the owner.
pub fn refuse_if_taken(port: u16) -> Result<(), Error> {
    match owner(port) {
        Some(owner) => Err(Error::PortTaken { port, owner }),
        None => Ok(()),
    }
}

/// A port that nobody uses, another one at each call. It lies below the range from which the kernel takes the client ends of
/// connections, so that none of those can get in its way before the target binds it.
///
/// # Errors
/// [`Error::NoFreePort`] when none was found.
pub fn free() -> Result<u16, Error> {
    /// Where this process goes on; a random start keeps two processes from meeting.
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let ephemeral = range.split_ascii_whitespace().next().and_then(|low| low.parse().ok()).unwrap_or(32_768_u16);
    if ephemeral < LOWEST + TRIES {
        return picked_by_kernel();
    }
    let width = ephemeral - LOWEST;
    let mix = (clock::now() / 1000).wrapping_add(u64::from(std::process::id()).wrapping_mul(7919));
    let start = u16::try_from(mix % u64::from(width)).unwrap_or_default().max(1);
    let _ = NEXT.compare_exchange(0, start, Ordering::SeqCst, Ordering::SeqCst);
    for _ in 0..TRIES {
        let port = LOWEST + NEXT.fetch_add(1, Ordering::SeqCst) % width;
        // Binding every address also meets sockets that are bound without listening, and connections.
        if TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok() && sockets::listeners(port).is_empty() {
            return Ok(port);
        }
    }
    picked_by_kernel()
}

fn picked_by_kernel() -> Result<u16, Error> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    bound.map(|address| address.port()).map_err(|error: io::Error| Error::NoFreePort(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_ports_are_free_and_differ() {
        let (first, second) = (free().expect("a port"), free().expect("a port"));
        assert_ne!(first, second);
        assert!(refuse_if_taken(first).is_ok());
    }

    #[test]
    fn a_taken_port_names_its_owner() {
        let listener = TcpListener::bind("[::1]:0").or_else(|_| TcpListener::bind("127.0.0.1:0")).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let error = refuse_if_taken(port).expect_err("we listen on it");
        assert!(error.to_string().contains(&format!("process {} (`", std::process::id())), "{error}");
    }
}
