//! Servers on other addresses than 127.0.0.1, and behind TLS.

use std::io::{Read, Write};
use std::net::{Ipv6Addr, TcpListener};
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::thread;

use super::*;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Answers every request on one connection.
fn answer(mut stream: impl Read + Write) {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).is_ok_and(|count| count > 0) {
        if stream.write_all(ANSWER).and_then(|()| stream.flush()).is_err() {
            return;
        }
    }
}

#[test]
fn a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sock");
    let listener = UnixListener::bind(&path).unwrap();
    thread::spawn(move || listener.incoming().for_each(|stream| drop(thread::spawn(move || answer(stream.unwrap())))));
    let endpoint = Endpoint::parse(&format!("unix:{}", path.display())).unwrap();
    let mut job = job(&endpoint, 100);
    job.connections = 3;
    let record = run_one(&job);
    assert_eq!((record.good, record.connections_opened), (100, Some(3)));
}

#[test]
fn an_ipv6_address_where_there_is_one() {
    let Ok(listener) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else { return };
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || listener.incoming().for_each(|stream| drop(thread::spawn(move || answer(stream.unwrap())))));
    let endpoint = Endpoint::parse(&format!("http://[::1]:{port}")).unwrap();
    assert_eq!(endpoint.host_header(), format!("[::1]:{port}"));
    assert_eq!(run_one(&job(&endpoint, 20)).good, 20);
}

#[test]
fn a_host_name_finds_the_address_that_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || listener.incoming().for_each(|stream| drop(thread::spawn(move || answer(stream.unwrap())))));
    let endpoint = Endpoint::parse(&format!("http://localhost:{port}")).unwrap();
    assert_eq!(run_one(&job(&endpoint, 20)).good, 20);
}

/// A TLS server on `localhost`; gives its port and certificate.
fn tls_server() -> (u16, Vec<u8>) {
    let identity = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let certificate = identity.cert.der().clone();
    let key = rustls::pki_types::PrivateKeyDer::try_from(identity.signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let config = config.clone();
            thread::spawn(move || {
                let session = rustls::ServerConnection::new(config).unwrap();
                answer(rustls::StreamOwned::new(session, stream.unwrap()));
            });
        }
    });
    (port, certificate.to_vec())
}

#[test]
fn tls_with_a_trusted_certificate() {
    let (port, certificate) = tls_server();
    let endpoint = Endpoint::parse(&format!("https://localhost:{port}")).unwrap().trusting(certificate);
    let mut job = job(&endpoint, 60);
    job.connections = 3;
    job.requests[0].0.expect.contains = Some("ok".to_owned());
    let record = run_one(&job);
    assert_eq!((record.good, record.connections_opened), (60, Some(3)));
}

#[test]
fn tls_with_an_unknown_certificate_is_no_answer() {
    let (port, _) = tls_server();
    let (_, other) = tls_server();
    let endpoint = Endpoint::parse(&format!("https://localhost:{port}")).unwrap().trusting(other);
    let record = run_one(&job(&endpoint, 3));
    assert_eq!((record.good, record.errors.values().sum()), (0, 3u64), "{:?}", record.errors);
}
