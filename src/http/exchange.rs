//! One request and its answer over a stream that blocks.

use std::io::{self, Read, Write};

use super::parser::{Parser, Progress};
use crate::model::load::ErrorKind;

/// Bytes read at a time; bodies beyond it are read in several pieces.
const BUFFER: usize = 64 << 10;

/// Sends `request` and reads one whole answer into `parser` and its body into `body`. `to_head` says that the request is
/// `HEAD`. How long it may take is a matter of the stream's own timeouts.
///
/// # Errors
/// What the stream says; [`io::ErrorKind::UnexpectedEof`] for an answer cut short and [`io::ErrorKind::InvalidData`] for
/// one that is no HTTP/1.x.
pub fn exchange(
    stream: &mut (impl Read + Write),
    request: &[u8],
    to_head: bool,
    parser: &mut Parser,
    body: &mut Vec<u8>,
) -> io::Result<()> {
    // A server may refuse a large body before it is sent: it closes its side, and its answer is still to be read.
    let sent = stream.write_all(request);
    let answered = read_answer(stream, to_head, parser, body);
    match (answered, sent) {
        (Err(_), Err(not_sent)) => Err(not_sent),
        (answered, _) => answered,
    }
}

fn read_answer(stream: &mut impl Read, to_head: bool, parser: &mut Parser, body: &mut Vec<u8>) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let count = match stream.read(&mut buffer) {
            Ok(0) => return parser.close().map_err(as_io_error),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if let Progress::Whole(_) = parser.feed(&buffer[..count], to_head, Some(body)).map_err(as_io_error)? {
            return Ok(());
        }
    }
}

fn as_io_error(kind: ErrorKind) -> io::Error {
    match kind {
        ErrorKind::ClosedEarly => {
            io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was closed before the answer was whole")
        }
        ErrorKind::TooLarge => io::Error::new(io::ErrorKind::InvalidData, "the answer's head is too large"),
        _ => io::Error::new(io::ErrorKind::InvalidData, "the answer is not HTTP/1.x"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A server that takes `room` bytes of the request and then refuses more.
    struct Scripted<'a> {
        room: usize,
        answer: Cursor<&'a [u8]>,
    }

    impl Read for Scripted<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.answer.read(buffer)
        }
    }

    impl Write for Scripted<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.room);
            self.room -= taken;
            if taken == 0 { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(taken) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The status and the body, or the kind of the error.
    fn ask(room: usize, answer: &str) -> Result<(u16, String), io::ErrorKind> {
        let mut stream = Scripted { room, answer: Cursor::new(answer.as_bytes()) };
        let (mut parser, mut body) = (Parser::default(), Vec::new());
        exchange(&mut stream, &[b'x'; 100], false, &mut parser, &mut body).map_err(|error| error.kind())?;
        Ok((parser.status(), String::from_utf8_lossy(&body).into_owned()))
    }

    #[test]
    fn an_answer_counts_even_where_the_request_was_not_taken_whole() {
        let refused = "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig";
        assert_eq!(ask(100, refused), Ok((413, "big".to_owned())));
        assert_eq!(ask(10, refused), Ok((413, "big".to_owned())));
        assert_eq!(ask(10, ""), Err(io::ErrorKind::BrokenPipe));
        assert_eq!(ask(100, ""), Err(io::ErrorKind::UnexpectedEof));
        assert_eq!(ask(100, "220 smtp ready\r\n"), Err(io::ErrorKind::InvalidData));
    }
}
