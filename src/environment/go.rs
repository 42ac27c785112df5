//! What a Go program says of itself: the build information that the linker leaves in every executable.
//!
//! The form is that of `debug/buildinfo`: 14 bytes of magic on a 16-byte boundary, then, since Go 1.18, two strings with
//! their lengths before them, 32 bytes in: the version of Go, and the modules between two sentinels of 16 bytes.

const MAGIC: &[u8] = b"\xff Go buildinf:";
/// Strings stand in the header itself.
const INLINE: u8 = 2;
const STRINGS: usize = 32;
const SENTINEL: usize = 16;

/// The version of Go and of each module, by name, `go` first; empty for a program that is not of Go 1.18 or later.
#[must_use]
pub fn versions(program: &[u8]) -> Vec<(String, String)> {
    read(program).unwrap_or_default()
}

fn read(program: &[u8]) -> Option<Vec<(String, String)>> {
    let place = program
        .chunks(16)
        .position(|chunk| chunk.starts_with(MAGIC) && chunk.get(15).is_some_and(|f| f & INLINE != 0))?;
    let mut rest = program.get(place * 16 + STRINGS..)?;
    let go = String::from_utf8(string(&mut rest)?.to_vec()).ok()?;
    let mut found = vec![("go".to_owned(), go)];
    let modules = string(&mut rest).unwrap_or_default();
    let modules = modules.get(SENTINEL..modules.len().saturating_sub(SENTINEL)).unwrap_or_default();
    for line in String::from_utf8_lossy(modules).lines() {
        let mut words = line.split('\t');
        if let (Some("dep"), Some(path), Some(version)) = (words.next(), words.next(), words.next()) {
            found.push((path.to_owned(), version.to_owned()));
        }
    }
    Some(found)
}

/// A string behind its length (a varint, low bits first).
fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut length = 0_usize;
    for shift in (0..28).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let (string, after) = rest.split_at_checked(length)?;
            *rest = after;
            return Some(string);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The section as the linker writes it, behind whatever comes before.
    fn program(modules: &str) -> Vec<u8> {
        let mut bytes = vec![7; 48];
        bytes.extend(MAGIC);
        bytes.extend([8, INLINE]);
        bytes.resize(48 + STRINGS, 0);
        bytes.push(8);
        bytes.extend(b"go1.26.8");
        let modules = format!("{0}{modules}{0}", "s".repeat(SENTINEL));
        bytes.extend([u8::try_from(modules.len() & 0x7f).unwrap() | 0x80, u8::try_from(modules.len() >> 7).unwrap()]);
        bytes.extend(modules.bytes());
        bytes.extend([7; 100]);
        bytes
    }

    #[test]
    fn a_go_program_tells_its_modules() {
        let modules = "path\tpiano\nmod\tpiano\t(devel)\t\ndep\tgithub.com/gin-gonic/gin\tv1.12.0\th1:abc=\nbuild\tCGO_ENABLED=0\n";
        let found = versions(&program(modules));
        let expected = [("go", "go1.26.8"), ("github.com/gin-gonic/gin", "v1.12.0")];
        assert_eq!(found, expected.map(|(name, version)| (name.to_owned(), version.to_owned())));
    }

    #[test]
    fn other_programs_and_cut_ones_tell_nothing_and_do_no_harm() {
        let whole = program("dep\ta\tv1\n");
        for length in 0..whole.len() {
            let _ = versions(&whole[..length]);
        }
        assert_eq!(versions(&whole[..85]), []);
        assert_eq!(versions(b"#!/bin/sh\nexec true\n"), []);
    }
}
