//! A fixed port that a target wants in place of the one it was given, and that somebody else has.

use super::printed::Printed;
use super::sockets::{self, Owner};
use crate::process::Supervised;

/// With these words, in small letters, servers of all languages say that a port is taken.
const TAKEN: [&str; 5] = ["eaddrinuse", "addrinuse", "address in use", "already in use", "connection in use"];

/// The port that the target complains about and who has it: one that a line about a taken port names, else one that its words
/// (argv and environment) name. `None` when it does not complain, or nobody else listens there.
pub(super) fn held_port(printed: &Printed, words: &[String], server: &Supervised) -> Option<(u16, Owner)> {
    wanted_ports(&printed.beginning(), words)
        .into_iter()
        .find_map(|port| Some((port, sockets::stranger(port, server, &mut Vec::new())?)))
}

/// The ports that it may mean, the likeliest first.
fn wanted_ports(said: &str, words: &[String]) -> Vec<u16> {
    let complaints: Vec<&str> = said.lines().filter(|line| complains(line)).collect();
    if complaints.is_empty() {
        return Vec::new();
    }
    let named = complaints.into_iter().chain(words.iter().map(String::as_str));
    let mut ports: Vec<u16> = Vec::new();
    for port in named.flat_map(numbers) {
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    ports
}

fn complains(line: &str) -> bool {
    let line = line.to_lowercase();
    TAKEN.iter().any(|taken| line.contains(taken))
}

/// Numbers that can be a port.
fn numbers(text: &str) -> impl Iterator<Item = u16> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).filter(|port| *port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Captured from the servers.
    #[test]
    fn complaints_of_many_servers_are_read() {
        for (said, port) in [
            ("Error: listen EADDRINUSE: address already in use 127.0.0.1:3000\n    at Server.setupListenHandle", 3000),
            ("2025/01/01 00:00:00 listen tcp 127.0.0.1:8080: bind: address already in use", 8080),
            (
                "ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 8001): address already in use",
                8001,
            ),
            ("[2025-01-01 00:00:00 +0000] [7] [ERROR] Connection in use: ('127.0.0.1', 8002)", 8002),
            ("Web server failed to start. Port 8081 was already in use.", 8081),
        ] {
            assert!(wanted_ports(said, &[]).contains(&port), "{said}");
        }
        let words = ["server", "--listen=0.0.0.0:8088", "3"].map(str::to_owned);
        let rust = "Os { code: 98, kind: AddrInUse, message: \"Address already in use\" }";
        assert_eq!(wanted_ports(rust, &words), [98, 8088, 3]);
        assert!(wanted_ports("listening on 8088", &words).is_empty());
    }
}
