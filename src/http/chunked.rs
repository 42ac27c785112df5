//! The framing of a chunked body (RFC 9112, 7.1), byte by byte where it is framing and in runs where it is data.

use crate::model::load::ErrorKind;

/// Bytes of a head (or of a chunked body's extensions and trailers) beyond which an answer is `too_large`.
pub(super) const MAX_HEAD: usize = 64 << 10;

/// Where in the framing the next byte lies.
#[derive(Debug)]
pub(super) struct Chunked {
    place: Place,
    /// Size of the current chunk, or what of it is still to come.
    size: u64,
    /// Bytes of extensions and trailers seen.
    extra: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The first digit of a size.
    SizeStart,
    Size,
    Extension,
    SizeLineFeed,
    Data,
    DataReturn,
    DataLineFeed,
    TrailerStart,
    Trailer,
    TrailerLineFeed,
    LastLineFeed,
}

impl Default for Chunked {
    fn default() -> Self {
        Self { place: Place::SizeStart, size: 0, extra: 0 }
    }
}

impl Chunked {
    /// Reads `input`, hands every run of data to `data`; gives the bytes used and whether the body is whole.
    pub fn feed(&mut self, input: &[u8], mut data: impl FnMut(&[u8])) -> Result<(usize, bool), ErrorKind> {
        let mut at = 0;
        while at < input.len() {
            if self.place == Place::Data {
                let rest = &input[at..];
                let take = usize::try_from(self.size).map_or(rest.len(), |size| size.min(rest.len()));
                data(&rest[..take]);
                at += take;
                self.size -= take as u64;
                if self.size == 0 {
                    self.place = Place::DataReturn;
                }
                continue;
            }
            let byte = input[at];
            at += 1;
            if self.place == Place::LastLineFeed {
                return if byte == b'\n' { Ok((at, true)) } else { Err(ErrorKind::Malformed) };
            }
            self.place = self.step(byte)?;
        }
        Ok((at, false))
    }

    fn step(&mut self, byte: u8) -> Result<Place, ErrorKind> {
        match (self.place, byte) {
            (Place::SizeStart | Place::Size, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = char::from(byte).to_digit(16).map_or(0, u64::from);
                if self.size >> 60 != 0 {
                    return Err(ErrorKind::Malformed);
                }
                self.size = self.size << 4 | digit;
                Ok(Place::Size)
            }
            (Place::Size | Place::Extension, b'\r') => Ok(Place::SizeLineFeed),
            (Place::Size, b';' | b' ' | b'\t') => self.more(Place::Extension),
            (Place::Extension, other) if other != b'\n' => self.more(Place::Extension),
            (Place::SizeLineFeed, b'\n') => Ok(if self.size == 0 { Place::TrailerStart } else { Place::Data }),
            (Place::DataReturn, b'\r') => Ok(Place::DataLineFeed),
            (Place::DataLineFeed, b'\n') => Ok(Place::SizeStart),
            (Place::TrailerStart, b'\r') => Ok(Place::LastLineFeed),
            (Place::Trailer, b'\r') => Ok(Place::TrailerLineFeed),
            (Place::TrailerStart | Place::Trailer, other) if other != b'\n' => self.more(Place::Trailer),
            (Place::TrailerLineFeed, b'\n') => Ok(Place::TrailerStart),
            _ => Err(ErrorKind::Malformed),
        }
    }

    fn more(&mut self, place: Place) -> Result<Place, ErrorKind> {
        self.extra += 1;
        if self.extra > MAX_HEAD { Err(ErrorKind::TooLarge) } else { Ok(place) }
    }
}
