//! One GET at a time over a connection that is kept while the server keeps it.

use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::arrival::{self, Arrivals};
use super::life::{Life, Over};
use crate::clock::{self, Nanos};
use crate::http::{Parser, Progress};
use crate::model::load;

/// How long one answer may take before it is asked for again.
const PATIENCE_NS: Nanos = 10_000_000_000;
/// How often the target's life is looked at while an answer is waited for.
const SLICE: Duration = Duration::from_millis(20);
/// How long one connect may hang.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(250);
/// A body longer than this counts as complete.
const BODY_LIMIT: u64 = 1 << 20;

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
        let mut parser = Parser::default();
        let mut chunk = [0_u8; 16 * 1024];
        loop {
            let count = match arrival::read(&stream, &mut chunk) {
                Ok((count, arrived_ns)) => {
                    // Never before the request, nor before what came before.
                    latest_ns = latest_ns.max(arrived_ns);
                    first_byte_ns = first_byte_ns.or_else(|| (count > 0).then_some(latest_ns));
                    count
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
            match (read_piece(&mut parser, &chunk[..count]), first_byte_ns) {
                (Piece::Last { keep }, Some(first_byte_ns)) => {
                    self.kept = keep.then_some(stream);
                    let status = parser.status();
                    return Ok(Outcome::Answer(Answer { status, first_byte_ns, done_ns: latest_ns }));
                }
                (Piece::Bad(why), _) => return Ok(Outcome::Failed(why.to_owned())),
                _ => {}
            }
        }
    }
}

/// What a piece of an answer brought.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    /// The answer is not whole yet.
    More,
    /// The answer is whole; `keep` says whether another request may follow on the connection.
    Last { keep: bool },
    /// No answer will come, and why.
    Bad(&'static str),
}

/// Reads the next piece of an answer; an empty one is the server's closing.
fn read_piece(parser: &mut Parser, piece: &[u8]) -> Piece {
    if piece.is_empty() {
        return match parser.close() {
            Ok(()) => Piece::Last { keep: false },
            Err(_) => Piece::Bad("the connection was closed without an answer"),
        };
    }
    match parser.feed(piece, false, None) {
        Ok(Progress::Whole(used)) => Piece::Last { keep: parser.keep_alive() && used == piece.len() },
        // Neither read to its end nor left unread on a connection that is used again.
        Ok(Progress::More) if parser.body() >= BODY_LIMIT => Piece::Last { keep: false },
        Ok(Progress::More) => Piece::More,
        Err(load::ErrorKind::TooLarge) => Piece::Bad("an answer whose head is too large"),
        Err(_) => Piece::Bad("an answer that is not HTTP"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the last of these pieces brought, with the status.
    fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Piece, u16) {
        let mut parser = Parser::default();
        let mut last = Piece::More;
        for piece in pieces {
            assert_eq!(last, Piece::More, "something came after the end");
            last = read_piece(&mut parser, piece);
        }
        (last, parser.status())
    }

    #[test]
    fn answers_are_complete_when_their_framing_says_so() {
        let chunked = |body: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        let closed = "the connection was closed without an answer";
        for (text, ended, expected, status) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false, Piece::Last { keep: true }, 200),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", false, Piece::More, 200),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", true, Piece::Bad(closed), 200),
            (
                "HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                false,
                Piece::Last { keep: false },
                503,
            ),
            (&*chunked("2\r\nok\r\n"), false, Piece::More, 200),
            (&*chunked("2\r\nok\r\n0\r\n\r\n"), false, Piece::Last { keep: true }, 200),
            // Data that looks like the end of the body, and trailers behind the end.
            (&*chunked("7\r\n0\r\n\r\n"), false, Piece::More, 200),
            (&*chunked("7\r\n0\r\n\r\nok\r\n0\r\n\r\n"), false, Piece::Last { keep: true }, 200),
            (&*chunked("2\r\nok\r\n0\r\nDigest: 1\r\n\r\n"), false, Piece::Last { keep: true }, 200),
            ("HTTP/1.0 200 OK\r\n\r\nok", false, Piece::More, 200),
            ("HTTP/1.0 200 OK\r\n\r\nok", true, Piece::Last { keep: false }, 200),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n", false, Piece::Last { keep: true }, 204),
            ("HTTP/1.1 2", false, Piece::More, 0),
            ("220 smtp ready\r\n", false, Piece::Bad("an answer that is not HTTP"), 0),
        ] {
            let close: Option<&[u8]> = ended.then_some(&[][..]);
            let expected = (expected, status);
            assert_eq!(read([text.as_bytes()].into_iter().chain(close)), expected, "{text}");
            if !matches!(expected.0, Piece::Bad(_)) {
                assert_eq!(read(text.as_bytes().chunks(1).chain(close)), expected, "{text}");
            }
        }
    }

    #[test]
    fn an_endless_body_ends_at_its_limit() {
        let mut parser = Parser::default();
        assert_eq!(read_piece(&mut parser, b"HTTP/1.1 200 OK\r\n\r\n"), Piece::More);
        let piece = vec![b'x'; 64 << 10];
        let pieces = (0..17).find(|_| read_piece(&mut parser, &piece) == Piece::Last { keep: false });
        assert_eq!(pieces, Some(15));
        let mut parser = Parser::default();
        let two = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy";
        assert_eq!(read_piece(&mut parser, two), Piece::Last { keep: false }, "bytes that nobody asked for");
    }
}
