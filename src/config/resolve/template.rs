//! Texts that requests are made of: templates, paths, headers, statuses.
//!
//! Expanding them is the load engine's work, this file only says whether they can be expanded.

use crate::config::problem::Problems;
use crate::config::written::{At, Count};
use crate::template::{Piece, Template};

/// Notes a template that cannot be expanded.
pub fn check(written: &At<String>, problems: &mut Problems) {
    if let Err(message) = Template::parse(&written.value) {
        problems.advise(&written.span, message, "write {int:LOW..HIGH}, both ends included, or {pick:A|B|C}");
    }
}

/// Whether the text can stand behind the method in a request line, templates aside.
///
/// # Errors
/// With what is wrong and what to do.
pub fn sound_path(path: &str) -> Result<(), (&'static str, &'static str)> {
    if !path.starts_with('/') {
        return Err(("a path begins with `/`", "name the path only: host and port are those of the launch"));
    }
    if path.contains('#') {
        return Err(("a fragment (`#…`) is never sent to a server", "leave it out, or write %23"));
    }
    if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err((
            "a path holds no space, control character or letter outside ASCII",
            "write them as %20 and the like",
        ));
    }
    let has_brace = |piece: &Piece| matches!(piece, Piece::Literal(text) if text.contains(['{', '}']));
    // What is wrong with a template is said by `check`.
    if Template::parse(path).is_ok_and(|template| template.pieces().iter().any(has_brace)) {
        return Err((
            "a brace in a path is either a template or escaped",
            "known templates are {int:LOW..HIGH} and {pick:A|B}; a plain brace is %7B or %7D",
        ));
    }
    Ok(())
}

/// A status of HTTP.
pub fn status(written: &At<Count>, problems: &mut Problems) -> u16 {
    let status = u16::try_from(written.value.0).ok().filter(|status| (100..=599).contains(status));
    if status.is_none() {
        problems.add(&written.span, "a status is a number from 100 to 599");
    }
    status.unwrap_or(200)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_checked() {
        for path in ["/", "/a?b={int:1..5}&c={pick:x|y}", "/%7B"] {
            assert_eq!(sound_path(path), Ok(()), "{path}");
        }
        for path in ["", "a", "http://h/", "/a b", "/ü", "/a#b", "/{id}", "/{integer:1..5}", "/\r\nX: y"] {
            assert!(sound_path(path).is_err(), "{path}");
        }
    }
}
