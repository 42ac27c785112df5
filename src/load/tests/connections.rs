//! Who opens, who closes, and whose the port is afterwards.

use std::net::Ipv4Addr;

use super::scripted::{Act, Server, ok, send};
use super::*;
use crate::load::NullServer;
use crate::model::plan::Spacing;

const CLOSE: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// Sockets in `TIME_WAIT` by whose side they lie on: (server's, client's).
fn time_waits(port: u16) -> (usize, usize) {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let port = format!(":{port:04X}");
    let waiting = |column: usize| {
        let words = table.lines().map(|line| line.split_ascii_whitespace().collect::<Vec<_>>());
        words.filter(|words| words.get(3) == Some(&"06") && words[column].ends_with(&port)).count()
    };
    (waiting(1), waiting(2))
}

#[test]
fn time_wait_lies_on_the_side_of_another_host_that_closes() {
    // Any address but the one whose ports can be multiplied stands for another host.
    let host = Ipv4Addr::new(127, 0, 0, 2);
    for acts in [vec![send(CLOSE), Act::Close], vec![send(CLOSE), Act::Pause(Duration::from_millis(1)), Act::Close]] {
        let server = Server::start_at(host, move |_, _| acts.clone());
        let mut job = job(&server.endpoint(), 200);
        job.connections = 4;
        let record = run_one(&job);
        assert_eq!((record.good, record.connections_opened), (200, Some(204)));
        let (theirs, ours) = time_waits(server.address.port());
        // A server thread that does not run for 100 ms is not waited for.
        assert!(ours <= 20 && theirs >= 180, "{ours} here, {theirs} there");
    }
}

#[test]
fn a_server_that_waits_for_its_clients_close_is_not_kept_waiting() {
    let server = Server::always(vec![send(CLOSE), Act::Silence]);
    let mut job = job(&server.endpoint(), 400);
    job.connections = 4;
    let record = run_one(&job);
    assert_eq!((record.good, record.connections_opened), (400, Some(404)));
    // Held for the server's FIN, they would pile up: one per connection and 64 more.
    assert!(server.most_connections() < 40, "{} open at once", server.most_connections());
}

#[test]
fn a_connection_closed_while_idle_is_a_reconnect_and_no_error() {
    let server = Server::always(vec![ok(""), Act::Close]);
    let mut job = job(&server.endpoint(), 3);
    // Gaps in which a server thread surely gets to its close.
    job.arrival = JobArrival::Open { rate: 5.0, spacing: Spacing::Constant };
    job.ramp = Duration::from_millis(200);
    let record = run_one(&job);
    assert_eq!((record.good, record.ramped, record.connections_opened), (3, 1, Some(4)));
    assert!(record.errors.is_empty());
}

#[test]
fn a_reconnect_is_inside_the_latency_and_outside_the_service_time() {
    let server = Server::always(vec![send(CLOSE), Act::Close]);
    let record = run_one(&job(&server.endpoint(), 50));
    assert_eq!(record.connect.len(), 50);
    assert!(record.latency.mean() > record.service.mean());
}

#[test]
fn counted_loads_are_exact_over_threads_and_connections() {
    let server = NullServer::start(10).unwrap();
    let mut job = job(&Endpoint::at(server.address()), 1001);
    (job.connections, job.threads) = (7, 2);
    let record = run_one(&job);
    assert_eq!((record.sent, record.good, record.ramped, record.good_total), (1001, 1001, 7, 1008));
    assert_eq!((record.connections_opened, record.generator_threads), (Some(7), 2));
    assert_eq!(record.body_bytes, 10_010);
    assert!((0.99..1.01).contains(&littles_law(&record)), "{}", littles_law(&record));
}

#[test]
fn a_ramp_opens_connections_over_time_and_counts_apart() {
    let server = Server::always(vec![Act::Pause(Duration::from_millis(5)), ok("")]);
    let mut job = job(&server.endpoint(), 0);
    job.stop = StopRule::Duration(Duration::from_millis(300));
    job.ramp = Duration::from_millis(300);
    job.connections = 10;
    let record = run_one(&job);
    assert_eq!(record.connections_opened, Some(10));
    // Ten connections that open evenly send half of what they send later, 300 in the limit.
    assert!(record.ramped > 20 && record.ramped < record.sent, "{}", text(&record));
    assert_eq!(record.good_total, record.ramped + record.good + record.drained);
    assert!((0.99..1.01).contains(&littles_law(&record)), "{}", littles_law(&record));
}

#[test]
fn more_connections_than_ports_of_one_address() {
    // A server that lets the client close first: each connection costs one of our ports for a minute.
    let server = NullServer::start(0).unwrap();
    let mut dialer = super::super::dialer::Dialer::new(&Endpoint::at(server.address()), 1).unwrap();
    let mut sources = std::collections::BTreeSet::new();
    for _ in 0..3 {
        for _ in 0..20_000 {
            dialer.closed_first();
        }
        let super::super::dialer::Dialed::Socket(socket) = dialer.dial().unwrap() else { panic!("nobody listens") };
        let local: nix::sys::socket::SockaddrIn =
            nix::sys::socket::getsockname(std::os::fd::AsRawFd::as_raw_fd(&socket)).unwrap();
        sources.insert(local.ip());
    }
    assert_eq!(sources.len(), 3, "{sources:?}");
}
