use proptest::prelude::*;

use super::*;

/// Feeds `answer` in the given pieces and then closes; gives what came out.
fn read(pieces: &[&[u8]], to_head: bool) -> Result<(u16, u64, bool, Vec<u8>, usize), ErrorKind> {
    let mut parser = Parser::default();
    let mut kept = Vec::new();
    let mut before = 0;
    for piece in pieces {
        if let Progress::Whole(used) = parser.feed(piece, to_head, Some(&mut kept))? {
            return Ok((parser.status(), parser.body(), parser.keep_alive(), kept, before + used));
        }
        before += piece.len();
    }
    parser.close()?;
    Ok((parser.status(), parser.body(), parser.keep_alive(), kept, before))
}

const ANSWERS: [(&str, u16, &str, bool); 12] = [
    ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", true),
    ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", true),
    ("HTTP/1.1 200\r\nContent-length:2\r\nConnection: foo, Close\r\n\r\nok", 200, "ok", false),
    ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", false),
    ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok", 200, "ok", true),
    ("HTTP/1.1 204 No Content\r\n\r\n", 204, "", true),
    ("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", 304, "", true),
    (
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx",
        201,
        "x",
        true,
    ),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n", 200, "hello!", true),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: 3\r\n\r\nA\r\n0123456789\r\n0\r\nDigest: 1\r\nB: 2\r\n\r\n",
        200,
        "0123456789",
        true,
    ),
    ("HTTP/1.1 500 Oops\r\n\r\nuntil the end", 500, "until the end", false),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nuntil", 200, "until", false),
];

#[test]
fn every_framing_is_read_whole_and_byte_by_byte() {
    for (text, status, body, keep) in ANSWERS {
        let expected = Ok((status, body.len() as u64, keep, body.as_bytes().to_vec(), text.len()));
        assert_eq!(read(&[text.as_bytes()], false), expected, "{text}");
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(read(&bytes, false), expected, "{text}");
    }
}

#[test]
fn header_lines_are_kept_where_they_are_wanted() {
    let text =
        b"HTTP/1.1 103 Hints\r\nAllow: none\r\n\r\nHTTP/1.1 200 OK\r\nAllow:  GET, HEAD\r\nContent-Length: 0\r\n\r\n";
    for size in [1, text.len()] {
        let mut parser = Parser::with_headers();
        assert!(text.chunks(size).any(|piece| matches!(parser.feed(piece, false, None), Ok(Progress::Whole(_)))));
        assert_eq!(parser.header("ALLOW").as_deref(), Some("GET, HEAD"));
        assert_eq!(parser.header("Server"), None);
    }
    assert_eq!(Parser::default().header("Allow"), None);
}

#[test]
fn an_answer_to_head_has_no_body() {
    let text = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n";
    assert_eq!(read(&[text], true), Ok((200, 0, true, Vec::new(), text.len())));
}

#[test]
fn bytes_after_the_answer_are_not_used() {
    let text = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP";
    assert_eq!(read(&[text], false).map(|answer| answer.4), Ok(text.len() - 4));
}

#[test]
fn what_is_no_answer_is_malformed_or_early_or_too_large() {
    let long = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(MAX_HEAD));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(200));
    let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (text, kind) in [
        ("SSH-2.0-x\r\n\r\n".to_owned(), ErrorKind::Malformed),
        ("HTTP/2 200 OK\r\n\r\n".to_owned(), ErrorKind::Malformed),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx".to_owned(), ErrorKind::Malformed),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx".to_owned(), ErrorKind::Malformed),
        ("HTTP/1.1 101 Switching\r\n\r\n".to_owned(), ErrorKind::Malformed),
        (format!("{chunk}x\r\n"), ErrorKind::Malformed),
        (format!("{chunk}\r\n"), ErrorKind::Malformed),
        (format!("{chunk}2\r\nabc\r\n"), ErrorKind::Malformed),
        (format!("{chunk}fffffffffffffffff\r\n"), ErrorKind::Malformed),
        (format!("{chunk}2\r\nab\r\n0\r\n"), ErrorKind::ClosedEarly),
        (format!("{chunk}1;{}", "x".repeat(MAX_HEAD + 1)), ErrorKind::TooLarge),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell".to_owned(), ErrorKind::ClosedEarly),
        ("HTTP/1.1 200 OK\r\nConte".to_owned(), ErrorKind::ClosedEarly),
        (String::new(), ErrorKind::ClosedEarly),
        (long, ErrorKind::TooLarge),
        (many, ErrorKind::TooLarge),
    ] {
        assert_eq!(read(&[text.as_bytes()], false), Err(kind), "{text:.80}");
        let pieces: Vec<&[u8]> = text.as_bytes().chunks(4096).collect();
        assert_eq!(read(&pieces, false), Err(kind), "in pieces: {text:.80}");
    }
}

#[test]
fn skipped_bytes_count_as_body() {
    let mut parser = Parser::default();
    assert_eq!(parser.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab", false, None), Ok(Progress::More));
    assert_eq!(parser.skippable(), 8);
    assert!(!parser.skip(7));
    assert!(parser.skip(1));
    assert_eq!((parser.body(), parser.status()), (10, 200));
}

/// Cuts `bytes` at the given places.
fn cut<'a>(bytes: &'a [u8], places: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = places.iter().map(|place| place.index(bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

proptest! {
    #[test]
    fn splits_change_nothing(which in 0..ANSWERS.len(), places in prop::collection::vec(any::<prop::sample::Index>(), 0..9)) {
        let text = ANSWERS[which].0.as_bytes();
        prop_assert_eq!(read(&cut(text, &places), false), read(&[text], false));
    }

    #[test]
    fn damaged_answers_never_panic_and_splits_change_no_outcome(
        which in 0..ANSWERS.len(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..9),
    ) {
        let mut bytes = ANSWERS[which].0.as_bytes().to_vec();
        for (place, value) in damage {
            let at = place.index(bytes.len());
            bytes[at] = value;
        }
        let whole = read(&[&bytes], false);
        prop_assert_eq!(read(&cut(&bytes, &places), false).is_ok(), whole.is_ok());
    }

    #[test]
    fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..600), to_head: bool) {
        let _ = read(&bytes.chunks(7).collect::<Vec<_>>(), to_head);
    }
}
