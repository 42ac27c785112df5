//! One HTTP/1.x answer, read from pieces of any size: the head by `httparse`, the body counted and not copied.
//!
//! Only a head that came in pieces is stored. What a good answer is, is decided elsewhere.

use super::chunked::{Chunked, MAX_HEAD};
use crate::model::load::ErrorKind;

/// Header lines beyond which an answer is `too_large`.
const MAX_HEADERS: usize = 128;

/// Reads one answer; [`Parser::reset`] makes it ready for the next.
#[derive(Debug, Default)]
pub struct Parser {
    phase: Phase,
    /// The beginning of a head that is not whole yet.
    stash: Vec<u8>,
    status: u16,
    keep_alive: bool,
    body: u64,
    begun: bool,
    /// The header lines of the answer, where somebody wants them.
    headers: Option<Vec<(String, Vec<u8>)>>,
}

#[derive(Debug, Default)]
enum Phase {
    #[default]
    Head,
    /// So many bytes of the body are still to come.
    Fixed(u64),
    Chunked(Chunked),
    UntilClose,
    Done,
}

/// How far [`Parser::feed`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// All input is used and the answer is not whole.
    More,
    /// The answer is whole after so many bytes of the input.
    Whole(usize),
}

impl Parser {
    /// A parser that keeps the header lines of the answer.
    #[must_use]
    pub fn with_headers() -> Self {
        Self { headers: Some(Vec::new()), ..Self::default() }
    }

    /// The value of the first header line of that name, if header lines are kept.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let (_, value) = self.headers.iter().flatten().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(String::from_utf8_lossy(value).into_owned())
    }

    /// Forgets the answer.
    pub fn reset(&mut self) {
        self.phase = Phase::Head;
        self.stash.clear();
        self.status = 0;
        self.body = 0;
        self.begun = false;
    }

    /// The status; 0 before the head is whole.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Body bytes so far, without the framing of chunks.
    #[must_use]
    pub fn body(&self) -> u64 {
        self.body
    }

    /// Whether the connection may carry another request after this answer.
    #[must_use]
    pub fn keep_alive(&self) -> bool {
        self.keep_alive
    }

    /// Whether any byte of the answer has come.
    #[must_use]
    pub fn begun(&self) -> bool {
        self.begun
    }

    /// Body bytes that are known to come next and need no look.
    #[must_use]
    pub fn skippable(&self) -> u64 {
        if let Phase::Fixed(left) = self.phase { left } else { 0 }
    }

    /// Notes that `count` of the [`Parser::skippable`] bytes came; true when the answer is whole.
    pub fn skip(&mut self, count: u64) -> bool {
        let left = self.skippable().saturating_sub(count);
        self.body += count;
        self.phase = if left == 0 { Phase::Done } else { Phase::Fixed(left) };
        left == 0
    }

    /// Reads the next piece. `to_head` says that the request was `HEAD`; body bytes are appended to `keep` where given.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] or [`ErrorKind::TooLarge`].
    pub fn feed(&mut self, input: &[u8], to_head: bool, mut keep: Option<&mut Vec<u8>>) -> Result<Progress, ErrorKind> {
        self.begun |= !input.is_empty();
        let mut used = 0;
        loop {
            let rest = &input[used..];
            match &mut self.phase {
                Phase::Head => match self.head(rest, to_head)? {
                    Some(length) => used += length,
                    None => return Ok(Progress::More),
                },
                Phase::Fixed(left) => {
                    let take = usize::try_from(*left).map_or(rest.len(), |left| left.min(rest.len()));
                    *left -= take as u64;
                    let whole = *left == 0;
                    self.body += take as u64;
                    if let Some(keep) = &mut keep {
                        keep.extend_from_slice(&rest[..take]);
                    }
                    if !whole {
                        return Ok(Progress::More);
                    }
                    used += take;
                    self.phase = Phase::Done;
                }
                Phase::Chunked(chunked) => {
                    let mut count = 0;
                    let (length, whole) = chunked.feed(rest, |data| {
                        count += data.len() as u64;
                        if let Some(keep) = &mut keep {
                            keep.extend_from_slice(data);
                        }
                    })?;
                    self.body += count;
                    if !whole {
                        return Ok(Progress::More);
                    }
                    used += length;
                    self.phase = Phase::Done;
                }
                Phase::UntilClose => {
                    self.body += rest.len() as u64;
                    if let Some(keep) = &mut keep {
                        keep.extend_from_slice(rest);
                    }
                    return Ok(Progress::More);
                }
                Phase::Done => return Ok(Progress::Whole(used)),
            }
        }
    }

    /// Notes that the server closed the connection.
    ///
    /// # Errors
    /// [`ErrorKind::ClosedEarly`], unless the close is what ends the body.
    pub fn close(&mut self) -> Result<(), ErrorKind> {
        if matches!(self.phase, Phase::UntilClose) {
            self.phase = Phase::Done;
            return Ok(());
        }
        Err(ErrorKind::ClosedEarly)
    }

    /// Reads the head; gives the bytes of `input` that belong to it, or `None` when it is not whole.
    fn head(&mut self, input: &[u8], to_head: bool) -> Result<Option<usize>, ErrorKind> {
        if self.stash.is_empty() {
            let Some(head) = parse_head(input, self.headers.as_mut())? else {
                if input.len() > MAX_HEAD {
                    return Err(ErrorKind::TooLarge);
                }
                self.stash.extend_from_slice(input);
                return Ok(None);
            };
            self.take_head(&head, to_head);
            return Ok(Some(head.length));
        }
        let before = self.stash.len();
        let room = (MAX_HEAD + 1).saturating_sub(before);
        self.stash.extend_from_slice(&input[..input.len().min(room)]);
        let Some(head) = parse_head(&self.stash, self.headers.as_mut())? else {
            return if self.stash.len() > MAX_HEAD { Err(ErrorKind::TooLarge) } else { Ok(None) };
        };
        self.stash.clear();
        self.take_head(&head, to_head);
        Ok(Some(head.length - before))
    }

    /// RFC 9112, 6.3: how long the body is.
    fn take_head(&mut self, head: &Head, to_head: bool) {
        if (100..200).contains(&head.status) {
            return;
        }
        self.status = head.status;
        self.keep_alive = head.keep_alive;
        self.phase = if to_head || matches!(head.status, 204 | 304) {
            Phase::Done
        } else {
            match head.framing {
                Framing::Length(0) => Phase::Done,
                Framing::Length(length) => Phase::Fixed(length),
                Framing::Chunked => Phase::Chunked(Chunked::default()),
                Framing::Close => {
                    self.keep_alive = false;
                    Phase::UntilClose
                }
            }
        };
    }
}

struct Head {
    length: usize,
    status: u16,
    keep_alive: bool,
    framing: Framing,
}

enum Framing {
    Length(u64),
    Chunked,
    Close,
}

/// `None` when the head is not whole. Header lines replace those in `kept`.
fn parse_head(input: &[u8], kept: Option<&mut Vec<(String, Vec<u8>)>>) -> Result<Option<Head>, ErrorKind> {
    let mut headers = [const { std::mem::MaybeUninit::uninit() }; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut []);
    let config = httparse::ParserConfig::default();
    let length = match config.parse_response_with_uninit_headers(&mut response, input, &mut headers) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(ErrorKind::TooLarge),
        Err(_) => return Err(ErrorKind::Malformed),
    };
    let status = response.code.ok_or(ErrorKind::Malformed)?;
    if !(100..1000).contains(&status) || status == 101 {
        return Err(ErrorKind::Malformed);
    }
    let mut keep_alive = response.version == Some(1);
    let mut length_line: Option<u64> = None;
    let mut coding: Option<bool> = None;
    for header in response.headers.iter() {
        match header.name.len() {
            10 if header.name.eq_ignore_ascii_case("connection") => {
                for word in words(header.value) {
                    if word.eq_ignore_ascii_case(b"close") {
                        keep_alive = false;
                    } else if word.eq_ignore_ascii_case(b"keep-alive") && response.version == Some(0) {
                        keep_alive = true;
                    }
                }
            }
            14 if header.name.eq_ignore_ascii_case("content-length") => {
                let value = decimal(header.value).ok_or(ErrorKind::Malformed)?;
                if length_line.is_some_and(|earlier| earlier != value) {
                    return Err(ErrorKind::Malformed);
                }
                length_line = Some(value);
            }
            17 if header.name.eq_ignore_ascii_case("transfer-encoding") => {
                coding = words(header.value).last().map(|word| word.eq_ignore_ascii_case(b"chunked")).or(coding);
            }
            _ => {}
        }
    }
    if let Some(kept) = kept {
        kept.clear();
        kept.extend(response.headers.iter().map(|header| (header.name.to_owned(), header.value.to_vec())));
    }
    let framing = match (coding, length_line) {
        (Some(true), _) => Framing::Chunked,
        (Some(false), _) | (None, None) => Framing::Close,
        (None, Some(length)) => Framing::Length(length),
    };
    Ok(Some(Head { length, status, keep_alive, framing }))
}

/// The words of a comma-separated header value.
fn words(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).filter(|word| !word.is_empty())
}

fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
#[path = "parser_tests.rs"]
mod tests;
