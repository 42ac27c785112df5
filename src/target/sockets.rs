//! Who listens: sockets of the machine, matched with the files of processes.

use std::fmt;
use std::fs;

use super::netlink::{Listener, SockDiag};
use crate::model::scrub::scrubbed;
use crate::process::{Supervised, procfile};

/// Who listens on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A process that we may look into.
    Process {
        /// Its number.
        pid: u32,
        /// Its command line.
        command: String,
    },
    /// A process whose files are closed to us.
    Hidden {
        /// The user that the socket belongs to.
        uid: u32,
    },
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process { pid, command } => write!(f, "process {pid} (`{}`)", scrubbed(command)),
            Self::Hidden { uid } => write!(f, "a process of user {uid} that this user may not look into"),
        }
    }
}

/// Every listening TCP socket on that port, or (0) on any.
pub(super) fn listeners(port: u16) -> Vec<Listener> {
    if let Ok(found) = SockDiag::open().and_then(|diag| diag.listeners(port)) {
        return found;
    }
    let mut found = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        found.extend(parse_table(&fs::read_to_string(table).unwrap_or_default()));
    }
    found.retain(|listener| port == 0 || listener.port == port);
    found
}

/// Whoever listens on that port and is not of the tree. `known` are sockets that were found to be the tree's before, so that
/// asking again costs one look at the kernel's list.
pub(super) fn stranger(port: u16, server: &Supervised, known: &mut Vec<u64>) -> Option<Owner> {
    let suspect = suspect(port, server, known)?;
    // A process of the tree that ends between the two looks is no stranger: its socket is gone at the second.
    self::suspect(port, server, known).filter(|still| still.inode == suspect.inode).map(owner)
}

fn suspect(port: u16, server: &Supervised, known: &mut Vec<u64>) -> Option<Listener> {
    let mut unknown = listeners(port);
    unknown.retain(|listener| !known.contains(&listener.inode));
    if unknown.is_empty() {
        return None;
    }
    let (inodes, complete) = sockets_of(&server.members());
    known.extend(unknown.iter().map(|listener| listener.inode).filter(|inode| inodes.contains(inode)));
    // Files of a process that changed its user are closed to us: then nothing can be said against it.
    unknown.into_iter().find(|listener| complete && !inodes.contains(&listener.inode))
}

/// The ports that the tree listens on.
pub(super) fn ports_of(server: &Supervised) -> Vec<u16> {
    let (inodes, _) = sockets_of(&server.members());
    let mut ports: Vec<_> = listeners(0)
        .into_iter()
        .filter(|listener| inodes.contains(&listener.inode))
        .map(|listener| listener.port)
        .collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// The process that holds a listening socket, as far as we may see.
pub(super) fn owner(listener: Listener) -> Owner {
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let holder = pids
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .find(|pid| sockets_of(&[*pid]).0.contains(&listener.inode));
    match holder {
        Some(pid) => Owner::Process { pid, command: procfile::command_line(pid).unwrap_or_default() },
        None => Owner::Hidden { uid: listener.uid },
    }
}

/// Inodes of the sockets that these processes have open, and whether all of their files could be seen.
fn sockets_of(pids: &[u32]) -> (Vec<u64>, bool) {
    let mut inodes = Vec::new();
    let mut complete = true;
    for pid in pids {
        match fs::read_dir(format!("/proc/{pid}/fd")) {
            Ok(files) => inodes.extend(files.flatten().filter_map(|file| {
                let link = fs::read_link(file.path()).ok()?;
                link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse::<u64>().ok()
            })),
            Err(error) => complete &= procfile::is_gone(&error),
        }
    }
    (inodes, complete)
}

/// Listening sockets from the text of `/proc/net/tcp` or `tcp6` (`proc_pid_net(5)`): 1 local address, 3 state, 7 uid, 9 inode.
fn parse_table(text: &str) -> Vec<Listener> {
    let line = |line: &str| {
        let fields: Vec<_> = line.split_ascii_whitespace().collect();
        let port = u16::from_str_radix(fields.get(1)?.rsplit_once(':')?.1, 16).ok()?;
        let listens = *fields.get(3)? == "0A";
        listens.then_some(Listener { port, uid: fields.get(7)?.parse().ok()?, inode: fields.get(9)?.parse().ok()? })
    };
    text.lines().skip(1).filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_table_in_proc_says_the_same_as_netlink() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let table = parse_table(&fs::read_to_string("/proc/net/tcp").expect("it is there"));
        let from_table: Vec<_> = table.into_iter().filter(|listener| listener.port == port).collect();
        assert_eq!(from_table, listeners(port));
        assert!(
            matches!(owner(from_table[0]), Owner::Process { pid, command } if pid == std::process::id() && !command.is_empty())
        );
    }
}
