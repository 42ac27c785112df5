//! Every way to frame a good answer.

use super::scripted::{Act, Server, ok, send};
use super::*;
use crate::model::plan::ExpectPlan;
use crate::model::secret::Secret;

fn pause() -> Act {
    Act::Pause(Duration::from_millis(2))
}

/// Five requests that must all be good; gives the record and how many connections it took.
fn five_good(server: &Server, change: impl FnOnce(&mut Job)) -> LoadRecord {
    let mut job = job(&server.endpoint(), 5);
    change(&mut job);
    let record = run_one(&job);
    assert_eq!((record.sent, record.good, record.ramped, record.good_total), (5, 5, 1, 6), "{}", text(&record));
    assert_eq!(server.requests(), 6);
    assert_eq!(record.connections_opened, Some(server.connections()));
    record
}

#[test]
fn framings_that_keep_the_connection() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nDigest: x\r\n\r\n";
    for (acts, body) in [
        (vec![ok("hello")], 5),
        (vec![send(chunked)], 5),
        (vec![send("HTTP/1.1 204 No Content\r\n\r\n")], 0),
        (vec![send("HTTP/1.1 100 Continue\r\n\r\n"), pause(), ok("x")], 1),
        (vec![send("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok")], 2),
        (
            vec![
                send("HTTP/1.1 200 OK\r\nContent-"),
                pause(),
                send("Length: 2\r\n"),
                pause(),
                send("\r\no"),
                pause(),
                send("k"),
            ],
            2,
        ),
        (chunked.bytes().flat_map(|byte| [Act::Send(vec![byte]), Act::Pause(Duration::from_micros(50))]).collect(), 5),
    ] {
        let record = five_good(&Server::always(acts.clone()), |_| {});
        assert_eq!((record.connections_opened, record.body_bytes), (Some(1), 5 * body), "{acts:?}");
    }
}

#[test]
fn framings_that_end_the_connection() {
    for acts in [
        vec![send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"), Act::Close],
        vec![send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"), pause(), Act::Close],
        vec![send("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"), Act::Close],
        vec![send("HTTP/1.1 200 OK\r\n\r\no"), pause(), send("k"), Act::Close],
    ] {
        let record = five_good(&Server::always(acts.clone()), |_| {});
        assert_eq!((record.connections_opened, record.body_bytes), (Some(6), 10), "{acts:?}");
        assert_eq!(record.connect.len(), 5, "those of the window");
    }
}

#[test]
fn an_answer_to_head_has_a_length_and_no_body() {
    let server = Server::always(vec![send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")]);
    let record = five_good(&server, |job| job.requests[0].0.method = "HEAD".to_owned());
    assert_eq!((record.connections_opened, record.body_bytes), (Some(1), 0));
}

#[test]
fn large_bodies_are_counted_to_the_byte() {
    for expect in [None, Some("the end".to_owned())] {
        let body = "x".repeat(300_000) + "the end";
        let record =
            five_good(&Server::always(vec![ok(&body)]), |job| job.requests[0].0.expect.contains = expect.clone());
        assert_eq!((record.connections_opened, record.body_bytes), (Some(1), 5 * 300_007));
    }
}

#[test]
fn a_large_request_is_sent_whole_through_a_full_socket() {
    let server = Server::always(vec![ok("ok")]);
    let body = "{\"a\": {}}".repeat(600_000);
    five_good(&server, |job| {
        job.requests[0].0.method = "POST".to_owned();
        job.requests[0].0.body = Some(body.clone());
    });
    for text in server.texts() {
        assert!(text.ends_with(&body) && text.contains(&format!("Content-Length: {}\r\n", body.len())));
    }
}

#[test]
fn what_is_expected_of_a_body_is_checked() {
    let server = Server::start(|_, request| vec![ok(&format!("{{\"id\": {}}}", request % 2))]);
    for expect in [
        ExpectPlan { contains: Some("\"id\": 1".to_owned()), ..get().expect },
        ExpectPlan { json: Some(("/id".to_owned(), 1.into())), ..get().expect },
    ] {
        let mut job = job(&server.endpoint(), 10);
        job.requests[0].0.expect = expect;
        let record = run_one(&job);
        assert_eq!((record.answered, record.good), (10, 5));
        assert_eq!(record.errors, [(ErrorKind::BodyMismatch, 5)].into());
    }
}

#[test]
fn statuses_are_counted_and_bad_ones_kept_out_of_latency() {
    let server = Server::start(|_, request| match request % 3 {
        0 => vec![ok("")],
        1 => vec![send("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")],
        _ => vec![send("HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx")],
    });
    let record = run_one(&job(&server.endpoint(), 9));
    assert_eq!(record.statuses, [(200, 3), (404, 3), (500, 3)].into());
    assert_eq!(record.errors, [(ErrorKind::BadStatus, 6)].into());
    assert_eq!((record.good, record.latency.len(), record.connections_opened), (3, 3, Some(1)));
}

#[test]
fn drawn_values_and_headers_are_sent() {
    let server = Server::always(vec![ok("")]);
    let mut job = job(&server.endpoint(), 200);
    let request = &mut job.requests[0].0;
    request.method = "POST".to_owned();
    request.path = "/x/{int:1..3}?kind={pick:a|b}".to_owned();
    request.headers = vec![("X-Token".to_owned(), Secret::new("t{int:5..5}"))];
    request.body = Some(r#"{"id": {int:7..9}, "meta": {}}"#.to_owned());
    run_one(&job);
    let texts = server.texts();
    let lines: std::collections::BTreeSet<&str> = texts.iter().filter_map(|text| text.lines().next()).collect();
    assert_eq!(lines.len(), 6, "{lines:?}");
    let host = format!("\r\nHost: {}\r\nX-Token: t5\r\nContent-Length: 21\r\n\r\n", server.address);
    assert!(texts.iter().all(|text| text.contains(&host)), "{}", texts[0]);
    let eight = r#"{"id": 8, "meta": {}}"#;
    assert!(texts.iter().any(|text| text.ends_with(eight)));
}
