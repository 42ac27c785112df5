//! Playing the corpus to one side: one request after the other, each answer kept whole.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;
use url::{Position, Url};

use super::Error;
use super::body::{Ids, fill};
use super::corpus::{Corpus, Request};
use crate::http::{self, Parser};
use crate::interrupt::Interrupt;

/// How long one answer may take: no corpus request is slow, but a hung target must not hang us.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What one side gave to one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The corpus request's name.
    pub request: String,
    /// Wall clock when it was sent.
    pub sent: Timestamp,
    /// Wall clock when the answer was in.
    pub ended: Timestamp,
    /// The answer or its absence.
    pub outcome: Outcome,
}

/// An answer, or why there was none.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A whole answer.
    Answered {
        /// The status code, for instance 200.
        status: u16,
        /// The media type of Content-Type, lower case, without parameters.
        media_type: Option<String>,
        /// The methods of `Allow`.
        allow: Option<BTreeSet<String>>,
        /// The body, decoded as far as its kind is known.
        content: Content,
        /// The body as it came.
        bytes: Vec<u8>,
    },
    /// No answer: the request could not be made or the exchange failed.
    Failed(String),
}

/// A body.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// None.
    Empty,
    /// JSON, whatever its Content-Type says.
    Json(Value),
    /// Anything else.
    Text(String),
}

/// Sends every request of the corpus to `base_url` (for instance `http://127.0.0.1:5000`), in order, each on a connection of
/// its own, redirects not followed. A request that gets no answer is a fact in its [`Answer`], not an error.
///
/// # Errors
/// An interrupt, or a request that no client could send.
pub fn play(corpus: &Corpus, base_url: &str, interrupt: &Interrupt) -> Result<Vec<Answer>, Error> {
    let mut ids = Ids::new();
    let mut answers = Vec::with_capacity(corpus.requests.len());
    for request in &corpus.requests {
        if interrupt.is_set() {
            return Err(Error::Interrupted);
        }
        let sent = Timestamp::now();
        let outcome = send(base_url, request, &ids)?;
        if let Outcome::Answered { content: Content::Json(value), .. } = &outcome
            && let Some(id) = value.get("id").and_then(Value::as_u64)
        {
            ids.insert(request.name.clone(), id);
        }
        answers.push(Answer { request: request.name.clone(), sent, ended: Timestamp::now(), outcome });
    }
    Ok(answers)
}

fn send(base_url: &str, request: &Request, ids: &Ids) -> Result<Outcome, Error> {
    let refused = |why: String| Error::Request { request: request.name.clone(), why };
    // An id that this side's own earlier answer lacks is this side's fault, not the corpus's.
    let path = match fill(&request.path, ids) {
        Ok(path) => path,
        Err(why) => return Ok(Outcome::Failed(why)),
    };
    let url = format!("{}{path}", base_url.trim_end_matches('/'));
    let url = Url::parse(&url).map_err(|error| refused(format!("the path `{path}`: {error}")))?;
    let bytes = match request_bytes(&url, request, ids) {
        Ok(bytes) => bytes,
        Err(why) => return Ok(Outcome::Failed(why)),
    };
    let mut parser = Parser::with_headers();
    let mut body = Vec::new();
    let to_head = request.method == "HEAD";
    let done = Limited::connect(&url)
        .and_then(|mut stream| http::exchange(&mut stream, &bytes, to_head, &mut parser, &mut body));
    Ok(match done {
        Ok(()) => Outcome::Answered {
            status: parser.status(),
            media_type: parser.header("Content-Type").map(|value| media_type(&value)),
            allow: parser.header("Allow").map(|value| methods(&value)),
            content: content(&body),
            bytes: body,
        },
        Err(error) => Outcome::Failed(describe(&error)),
    })
}

/// The request as it is sent; an error is an id that no answer gave.
fn request_bytes(url: &Url, request: &Request, ids: &Ids) -> Result<Vec<u8>, String> {
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, &url[Position::BeforePath..Position::AfterQuery]);
    let written = |name: &str| request.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    if !written("Host") {
        head.extend(["Host: ", &url[Position::BeforeHost..Position::AfterPort], "\r\n"]);
    }
    if !written("Accept") {
        head.push_str("Accept: */*\r\n");
    }
    for (name, value) in &request.headers {
        head.extend([name.as_str(), ": ", &fill(value.reveal(), ids)?, "\r\n"]);
    }
    let mut body = request.body.as_ref().map(|body| body.bytes(ids)).transpose()?;
    if let Some(bytes) = &mut body {
        let framing = if request.chunked {
            *bytes = in_one_chunk(bytes);
            "Transfer-Encoding: chunked\r\n".to_owned()
        } else {
            format!("Content-Length: {}\r\n", bytes.len())
        };
        if !written("Transfer-Encoding") && !written("Content-Length") {
            head.push_str(&framing);
        }
    }
    head.push_str("\r\n");
    Ok([head.into_bytes(), body.unwrap_or_default()].concat())
}

/// The chunked coding of a body (RFC 9112, 7.1).
fn in_one_chunk(body: &[u8]) -> Vec<u8> {
    let chunk =
        if body.is_empty() { Vec::new() } else { [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n"].concat() };
    [chunk.as_slice(), b"0\r\n\r\n"].concat()
}

/// A connection on which everything together may take [`TIMEOUT`].
struct Limited {
    stream: TcpStream,
    deadline: Instant,
}

impl Limited {
    fn connect(url: &Url) -> io::Result<Self> {
        if url.scheme() != "http" {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "a corpus is only played over http://"));
        }
        let deadline = Instant::now() + TIMEOUT;
        let mut refused = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in url.socket_addrs(|| None)? {
            match TcpStream::connect_timeout(&address, TIMEOUT) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(Self { stream, deadline });
                }
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    fn time_left(&self) -> io::Result<Option<Duration>> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.time_left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.time_left()?)?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

fn media_type(value: &str) -> String {
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn methods(value: &str) -> BTreeSet<String> {
    value.split(',').map(|method| method.trim().to_ascii_uppercase()).filter(|method| !method.is_empty()).collect()
}

fn content(bytes: &[u8]) -> Content {
    if bytes.is_empty() {
        return Content::Empty;
    }
    serde_json::from_slice(bytes)
        .map_or_else(|_| Content::Text(String::from_utf8_lossy(bytes).into_owned()), Content::Json)
}

/// The error in words that are the same for both sides, whatever their ports.
fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "no answer in time".to_owned(),
        _ => format!("no whole answer: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_what_they_mean() {
        assert_eq!(media_type("Application/JSON; charset=utf-8"), "application/json");
        assert_eq!(methods("GET, head,,OPTIONS"), methods("OPTIONS,HEAD,GET"));
    }

    #[test]
    fn bodies_are_json_where_they_can_be() {
        assert_eq!(content(b""), Content::Empty);
        assert_eq!(content(b"[1]"), Content::Json(serde_json::json!([1])));
        assert_eq!(content(b"<html>"), Content::Text("<html>".to_owned()));
    }
}
