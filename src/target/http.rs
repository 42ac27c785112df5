//! One GET at a time over a connection that is kept while the server keeps it.

use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::arrival::{self, Arrivals};
use super::life::{Life, Over};
use crate::clock::{self, Nanos};

/// How long one answer may take before it is asked for again.
const PATIENCE_NS: Nanos = 10_000_000_000;
/// How often the target's life is looked at while an answer is waited for.
const SLICE: Duration = Duration::from_millis(20);
/// How long one connect may hang.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(250);
/// A body longer than this counts as complete.
const BODY_LIMIT: usize = 1 << 20;

/// A complete answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub status: u16,
    /// When its first byte came, monotonic ns.
    pub first_byte_ns: Nanos,
    /// When its last byte came.
    pub done_ns: Nanos,
}

/// What one GET gave.
pub(super) enum Outcome {
    Answer(Answer),
    /// No answer, and why, in words.
    Failed(String),
}

/// Sends the same GET again and again, never two at a time.
pub(super) struct Prober {
    address: SocketAddr,
    request: String,
    kept: Option<TcpStream>,
    /// Keeps the kernel stamping what arrives.
    _arrivals: Option<Arrivals>,
}

impl Prober {
    pub(super) fn new(address: SocketAddr, path: &str) -> Self {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: pianoprof\r\nAccept: */*\r\n\r\n");
        Self { address, request, kept: None, _arrivals: Arrivals::stamped() }
    }

    /// One GET and its answer.
    pub(super) fn get(&mut self, life: &mut Life<'_>) -> Result<Outcome, Over> {
        if let Some(stream) = self.kept.take() {
            // A kept connection that the server has closed meanwhile says nothing about the server.
            match self.exchange(stream, life)? {
                Outcome::Failed(_) => {}
                outcome @ Outcome::Answer(_) => return Ok(outcome),
            }
        }
        let connected = TcpStream::connect_timeout(&self.address, CONNECT_TIMEOUT).and_then(|stream| {
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(SLICE))?;
            arrival::stamp(&stream);
            Ok(stream)
        });
        match connected {
            Ok(stream) => self.exchange(stream, life),
            Err(error) => Ok(Outcome::Failed(error.to_string())),
        }
    }

    fn exchange(&mut self, mut stream: TcpStream, life: &mut Life<'_>) -> Result<Outcome, Over> {
        if let Err(error) = stream.write_all(self.request.as_bytes()) {
            return Ok(Outcome::Failed(error.to_string()));
        }
        let asked = clock::now();
        let mut first_byte_ns = None;
        let mut latest_ns = asked;
        let mut answer = Vec::new();
        let mut chunk = [0_u8; 16 * 1024];
        loop {
            let ended = match arrival::read(&stream, &mut chunk) {
                Ok((count, arrived_ns)) => {
                    // Never before the request, nor before what came before.
                    latest_ns = latest_ns.max(arrived_ns);
                    first_byte_ns = first_byte_ns.or_else(|| (count > 0).then_some(latest_ns));
                    answer.extend_from_slice(&chunk[..count]);
                    count == 0
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    life.check()?;
                    if clock::now() > asked + PATIENCE_NS {
                        return Ok(Outcome::Failed("no answer within 10 s".to_owned()));
                    }
                    continue;
                }
                Err(error) => return Ok(Outcome::Failed(error.to_string())),
            };
            match (read_answer(&answer, ended), first_byte_ns) {
                (Parsed::Complete { status, keep }, Some(first_byte_ns)) => {
                    self.kept = (keep && !ended).then_some(stream);
                    return Ok(Outcome::Answer(Answer { status, first_byte_ns, done_ns: latest_ns }));
                }
                (Parsed::Malformed, _) => return Ok(Outcome::Failed("an answer that is not HTTP".to_owned())),
                _ if ended => return Ok(Outcome::Failed("the connection was closed without an answer".to_owned())),
                _ => {}
            }
        }
    }
}

/// How far an answer has come.
#[derive(Debug, PartialEq, Eq)]
enum Parsed {
    Partial,
    /// `keep`: whether another request may follow on the connection.
    Complete {
        status: u16,
        keep: bool,
    },
    Malformed,
}

/// Reads an answer (RFC 9112); interim answers (1xx) are skipped.
fn read_answer(mut bytes: &[u8], ended: bool) -> Parsed {
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 128];
        let mut head = httparse::Response::new(&mut headers);
        let body = match head.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => &bytes[length..],
            Ok(httparse::Status::Partial) => return Parsed::Partial,
            Err(_) => return Parsed::Malformed,
        };
        let status = head.code.unwrap_or_default();
        if (100..200).contains(&status) {
            bytes = body;
            continue;
        }
        let header = |name: &str| {
            let found = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            found.map(|header| String::from_utf8_lossy(header.value).trim().to_ascii_lowercase())
        };
        let chunked = header("transfer-encoding").is_some_and(|coding| coding.contains("chunked"));
        let length = header("content-length").and_then(|length| length.parse::<usize>().ok());
        let complete = match length {
            _ if chunked => body.ends_with(b"0\r\n\r\n") || body.len() > BODY_LIMIT,
            _ if status == 204 || status == 304 => true,
            Some(length) => body.len() >= length.min(BODY_LIMIT),
            None => ended || body.len() > BODY_LIMIT,
        };
        let delimited = length.is_some_and(|length| body.len() == length) || (chunked && body.len() <= BODY_LIMIT);
        let closes = header("connection").is_some_and(|value| value.contains("close")) || head.version == Some(0);
        return if complete { Parsed::Complete { status, keep: delimited && !closes } } else { Parsed::Partial };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_complete_when_their_framing_says_so() {
        let complete = |status, keep| Parsed::Complete { status, keep };
        for (text, ended, parsed) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false, complete(200, true)),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", false, Parsed::Partial),
            ("HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false, complete(503, false)),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", false, Parsed::Partial),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", false, complete(200, true)),
            ("HTTP/1.0 200 OK\r\n\r\nok", false, Parsed::Partial),
            ("HTTP/1.0 200 OK\r\n\r\nok", true, complete(200, false)),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n", false, complete(204, false)),
            ("HTTP/1.1 2", false, Parsed::Partial),
            ("220 smtp ready\r\n", false, Parsed::Malformed),
        ] {
            assert_eq!(read_answer(text.as_bytes(), ended), parsed, "{text}");
        }
    }
}
