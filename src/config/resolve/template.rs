//! Texts that requests are made of: templates, paths, headers, statuses.
//!
//! `{int:LOW..HIGH}` and `{pick:A|B}` are drawn anew for each request; every other brace stands for itself, so that JSON
//! needs no escape. Expanding them is the load engine's work, this file only says whether they can be expanded.

use crate::config::problem::Problems;
use crate::config::written::{At, Count};

/// Notes a template that cannot be expanded.
pub fn check(written: &At<String>, problems: &mut Problems) {
    if let Err(message) = sound(&written.value) {
        problems.advise(&written.span, message, "write {int:LOW..HIGH}, both ends included, or {pick:A|B|C}");
    }
}

const INT: &str = "{int:";
const PICK: &str = "{pick:";

/// Where the next template begins.
fn next_template(text: &str) -> Option<usize> {
    [INT, PICK].iter().filter_map(|opening| text.find(opening)).min()
}

fn sound(text: &str) -> Result<(), String> {
    let mut rest = text;
    while let Some(start) = next_template(rest) {
        let Some((template, tail)) = rest[start..].split_once('}') else {
            return Err("a template without its closing brace".to_owned());
        };
        match template.strip_prefix(INT) {
            Some(range) => int(range)?,
            None => pick(template.strip_prefix(PICK).unwrap_or_default())?,
        }
        rest = tail;
    }
    Ok(())
}

fn int(inner: &str) -> Result<(), String> {
    let ends = inner.split_once("..").and_then(|(low, high)| low.parse::<i64>().ok().zip(high.parse::<i64>().ok()));
    match ends {
        Some((low, high)) if low <= high => Ok(()),
        Some((low, high)) => Err(format!("{low} is more than {high}: there is nothing to draw")),
        None => Err(format!("`{{int:{inner}}}` is no range of integers")),
    }
}

fn pick(inner: &str) -> Result<(), String> {
    if inner.split('|').any(str::is_empty) {
        return Err(format!("`{{pick:{inner}}}` has an empty word"));
    }
    Ok(())
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
    if without_templates(path).contains(['{', '}']) {
        return Err((
            "a brace in a path is either a template or escaped",
            "known templates are {int:LOW..HIGH} and {pick:A|B}; a plain brace is %7B or %7D",
        ));
    }
    Ok(())
}

/// The text with its well-formed-looking templates cut out.
fn without_templates(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = next_template(rest) {
        plain.push_str(&rest[..start]);
        rest = rest[start..].split_once('}').map_or("", |(_, tail)| tail);
    }
    plain + rest
}

/// Whether the text is a token of HTTP (RFC 9110, 5.6.2), as methods and header names are.
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Whether the text can be a header's value (RFC 9110, 5.5).
pub fn is_header_value(text: &str) -> bool {
    text.trim() == text && text.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
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
    fn templates_are_checked_and_other_braces_left() {
        for text in [
            "",
            "{",
            "}",
            "{}",
            "{{",
            "{ints:1}",
            r#"{"a":{"b":{int:1..2}}}"#,
            "{int:1..5}",
            "{int:-3..-3}{pick:a}",
            "{pick:a|b c}",
            "{in",
        ] {
            assert_eq!(sound(text), Ok(()), "{text}");
        }
        for text in [
            "{int:1..5",
            "{{int:}}",
            "{int:5..1}",
            "{int:1-5}",
            "{int:}",
            "{int:a..b}",
            "{pick:}",
            "{pick:a||b}",
            "x{pick:a",
        ] {
            assert!(sound(text).is_err(), "{text}");
        }
    }

    #[test]
    fn paths_are_checked() {
        for path in ["/", "/a?b={int:1..5}&c={pick:x|y}", "/%7B"] {
            assert_eq!(sound_path(path), Ok(()), "{path}");
        }
        for path in ["", "a", "http://h/", "/a b", "/ü", "/a#b", "/{id}", "/{integer:1..5}", "/\r\nX: y"] {
            assert!(sound_path(path).is_err(), "{path}");
        }
    }

    #[test]
    fn header_parts_are_checked() {
        assert!(is_token("X-Token") && !is_token("X Token") && !is_token("") && !is_token("a:"));
        assert!(
            is_header_value("Bearer x") && is_header_value("") && !is_header_value(" x") && !is_header_value("a\r\nb")
        );
    }
}
