//! One request on a new connection: what the very first user after a start would see.

use std::io;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::endpoint::{Endpoint, Place};
use super::error::Error;
use super::requests::Requests;
use super::verdict::judge;
use crate::clock;
use crate::http::{self, Parser};
use crate::model::plan::RequestPlan;
use crate::model::record::FirstRequest;

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
    let mut parser = Parser::default();
    match endpoint.place() {
        Place::Tcp(addresses) => {
            let mut stream = TcpStream::connect(addresses.as_slice())?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(timeout))?;
            http::exchange(&mut stream, bytes, head, &mut parser, body)?;
        }
        Place::Unix(path) => {
            let mut stream = UnixStream::connect(path)?;
            stream.set_read_timeout(Some(timeout))?;
            http::exchange(&mut stream, bytes, head, &mut parser, body)?;
        }
    }
    Ok(parser)
}
