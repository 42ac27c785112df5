//! One request on a new connection: what the very first user after a start would see.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::endpoint::{Endpoint, Place};
use super::error::Error;
use super::parser::{Parser, Progress};
use super::requests::Requests;
use super::verdict::judge;
use crate::clock;
use crate::model::plan::RequestPlan;
use crate::model::record::FirstRequest;

/// Bytes read at a time; bodies beyond it are read in several pieces.
const BUFFER: usize = 64 << 10;

/// Sends one request and waits for its answer, connect included. `None` when no good answer came: a server that is not
/// there or answers badly is a fact that the loads count. TLS is left to the engine, so an `https` endpoint gives `None`.
///
/// # Errors
/// When the request cannot be written as HTTP.
pub fn first(
    endpoint: &Endpoint,
    request: &RequestPlan,
    seed: u64,
    timeout: Duration,
) -> Result<Option<FirstRequest>, Error> {
    let requests = Requests::prepare(&[(request.clone(), 1.0)], endpoint.host_header(), seed)?;
    let prepared = &requests.prepared[0];
    if endpoint.tls_name().is_some() {
        return Ok(None);
    }
    let start = clock::now();
    let mut body = Vec::new();
    let answer = exchange(endpoint, &prepared.variants[0], prepared.head, timeout, &mut body);
    let latency_ns = clock::now().saturating_sub(start);
    Ok(answer.ok().and_then(|parser| {
        judge(&prepared.expect, parser.status(), parser.body(), &body).ok()?;
        Some(FirstRequest { request: request.name.clone(), latency_ns, status: parser.status() })
    }))
}

fn exchange(
    endpoint: &Endpoint,
    bytes: &[u8],
    head: bool,
    timeout: Duration,
    body: &mut Vec<u8>,
) -> io::Result<Parser> {
    match endpoint.place() {
        Place::Tcp(addresses) => {
            let stream = TcpStream::connect(addresses.as_slice())?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(timeout))?;
            converse(stream, bytes, head, body)
        }
        Place::Unix(path) => {
            let stream = UnixStream::connect(path)?;
            stream.set_read_timeout(Some(timeout))?;
            converse(stream, bytes, head, body)
        }
    }
}

fn converse<S: Read + Write>(mut stream: S, bytes: &[u8], head: bool, body: &mut Vec<u8>) -> io::Result<Parser> {
    let bad = |_| io::Error::from(io::ErrorKind::InvalidData);
    stream.write_all(bytes)?;
    let mut parser = Parser::default();
    let mut buffer = vec![0; BUFFER];
    loop {
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            parser.close().map_err(bad)?;
            return Ok(parser);
        }
        if let Progress::Whole(_) = parser.feed(&buffer[..length], head, Some(body)).map_err(bad)? {
            return Ok(parser);
        }
    }
}
