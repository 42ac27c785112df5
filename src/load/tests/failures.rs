//! Every way for an answer to be no good one, and the jobs that are refused.

use std::net::{Ipv4Addr, TcpListener};

use super::scripted::{Act, Server, ok, send};
use super::*;
use crate::load::Error;
use crate::model::plan::Spacing;
use crate::model::secret::Secret;

/// Six requests that must all end in that error.
fn all_fail(acts: &[Act], kind: ErrorKind) -> LoadRecord {
    let server = Server::always(acts.to_vec());
    let mut job = job(&server.endpoint(), 6);
    job.timeout = Duration::from_millis(if kind == ErrorKind::Timeout { 60 } else { 20_000 });
    let record = run_one(&job);
    assert_eq!(record.errors, [(kind, 6)].into(), "{acts:?}");
    assert_eq!((record.sent, record.good, record.good_total), (6, 0, 0));
    assert_eq!(record.connections_opened, Some(7), "every failure costs its connection");
    record
}

#[test]
fn connections_cut_at_every_place() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
    for start in ["", "HTTP/1.1 2", head, &format!("{head}12345")] {
        let before =
            || if start.is_empty() { Vec::new() } else { vec![send(start), Act::Pause(Duration::from_millis(2))] };
        all_fail(&[before(), vec![Act::Close]].concat(), ErrorKind::ClosedEarly);
        all_fail(&[before(), vec![Act::Reset]].concat(), ErrorKind::Reset);
        all_fail(&[before(), vec![Act::Silence]].concat(), ErrorKind::Timeout);
    }
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    all_fail(&[send(chunked), Act::Close], ErrorKind::ClosedEarly);
}

#[test]
fn answers_that_are_no_http() {
    all_fail(&[send("SSH-2.0-OpenSSH\r\n\r\n")], ErrorKind::Malformed);
    all_fail(&[send("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")], ErrorKind::Malformed);
    all_fail(&[send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200")], ErrorKind::Malformed);
    all_fail(&[send(&format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(200_000)))], ErrorKind::TooLarge);
}

#[test]
fn nobody_listens() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let endpoint = Endpoint::at(listener.local_addr().unwrap());
    drop(listener);
    let record = run_one(&job(&endpoint, 5));
    assert_eq!(record.errors, [(ErrorKind::ConnectRefused, 5)].into());
    assert_eq!((record.sent, record.ramped), (5, 1));
}

#[test]
fn a_server_that_accepts_nothing_is_a_connect_timeout() {
    // Nobody routes TEST-NET-1 (RFC 5737); where the machine has no route at all the connect is refused at once.
    let endpoint = Endpoint::parse("http://192.0.2.1:9").unwrap();
    let mut job = job(&endpoint, 1);
    job.timeout = Duration::from_millis(50);
    let record = run_one(&job);
    let kinds: Vec<ErrorKind> = record.errors.keys().copied().collect();
    assert!([ErrorKind::ConnectTimeout, ErrorKind::ConnectRefused].contains(&kinds[0]), "{kinds:?}");
}

#[test]
fn after_a_failure_the_load_goes_on() {
    let server = Server::start(|_, request| if request % 5 == 4 { vec![Act::Close] } else { vec![ok("")] });
    let mut job = job(&server.endpoint(), 50);
    job.connections = 2;
    let record = run_one(&job);
    assert_eq!(record.good + record.errors[&ErrorKind::ClosedEarly], 50);
    assert!(record.good > 0);
}

#[test]
fn jobs_that_cannot_be_are_refused_with_a_reason() {
    let endpoint = Endpoint::at(([127, 0, 0, 1], 9).into());
    let refuse = |change: &dyn Fn(&mut Job)| {
        let mut job = job(&endpoint, 1);
        change(&mut job);
        run(&job, &Interrupt::new(), None).expect_err("refused")
    };
    for (change, reason) in [
        (&(|job: &mut Job| job.requests.clear()) as &dyn Fn(&mut Job), "no request"),
        (&|job| job.requests[0].1 = 0.0, "weights"),
        (&|job| job.connections = 0, "at least one connection"),
        (&|job| job.arrival = JobArrival::Open { rate: 0.0, spacing: Spacing::Constant }, "rate"),
        (&|job| job.stop = StopRule::Requests(0), "above 0"),
        (&|job| job.timeout = Duration::ZERO, "timeout"),
        (&|job| job.requests[0].0.path = "list".to_owned(), "does not start with `/`"),
        (&|job| job.requests[0].0.path = "/a b".to_owned(), "percent-encoded"),
        (&|job| job.requests[0].0.path = "/{int:2..1}".to_owned(), "2 is more than 1"),
        (&|job| job.requests[0].0.method = "G T".to_owned(), "no HTTP method"),
        (&|job| job.requests[0].0.headers = vec![("A:".to_owned(), Secret::new("b"))], "header name"),
        (&|job| job.requests[0].0.headers = vec![("A".to_owned(), Secret::new("b\r\nC: d"))], "control"),
    ] {
        let message = refuse(change).to_string();
        assert!(message.contains(reason), "{message}");
    }
    assert!(matches!(refuse(&|job| job.connections = 4_000_000_000), Error::OpenFiles { .. }));
}
