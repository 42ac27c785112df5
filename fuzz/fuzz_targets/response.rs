//! No bytes make the parser of answers panic, and how they are cut into pieces changes no outcome.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pianoprof::http::{Parser, Progress};

/// The status, the body's length, the kept body and the bytes used; `None` for any error.
fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>, to_head: bool) -> Option<(u16, u64, Vec<u8>, usize)> {
    let (mut parser, mut kept, mut before) = (Parser::default(), Vec::new(), 0);
    for piece in pieces {
        if let Progress::Whole(used) = parser.feed(piece, to_head, Some(&mut kept)).ok()? {
            return Some((parser.status(), parser.body(), kept, before + used));
        }
        before += piece.len();
    }
    parser.close().ok()?;
    Some((parser.status(), parser.body(), kept, before))
}

fuzz_target!(|input: (u8, bool, &[u8])| {
    let (size, to_head, bytes) = input;
    let whole = read(std::iter::once(bytes), to_head);
    let pieces = read(bytes.chunks(usize::from(size) + 1), to_head);
    assert_eq!(whole, pieces);
    if let Some((_, length, kept, used)) = whole {
        assert_eq!(length, kept.len() as u64);
        assert!(used <= bytes.len());
    }
});
