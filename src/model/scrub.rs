//! Secrets inside text that nobody has declared secret: argvs, paths, bodies, other processes' command lines.
//!
//! Only what is marked as a secret can be known as one: a password in a URL, and the value behind a name such as
//! `password` or `token`. A secret without a name is not found; the documentation says where such ones belong, in `env`.

use std::collections::BTreeMap;

use serde::{Serialize as _, Serializer};

use super::secret::REDACTED;

/// What the name of a secret contains, in lower case without `-`, `_` and `.`.
const NAMES: [&str; 11] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
    "authorization",
];

/// The text with every secret in it that can be known as one replaced. Doing so twice changes nothing.
#[must_use]
pub fn scrubbed(text: &str) -> String {
    let mut text = text.to_owned();
    loop {
        // What is left of one secret may stand where another is looked for; each pass leaves less of the original.
        let next = named_values(&passwords_of_urls(&text));
        if next == text {
            return text;
        }
        text = next;
    }
}

/// Values behind the names of secrets.
fn named_values(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['=', ':']) {
        let (name, value) = rest.split_at(at + 1);
        out.push_str(name);
        rest = value;
        if !is_secret(last_word(&name[..at])) {
            continue;
        }
        let (before, secret, after) = value_of(value, last_word(&name[..at]));
        out.push_str(before);
        if !secret.is_empty() {
            out.push_str(REDACTED);
        }
        rest = after;
    }
    out + rest
}

/// An argv, a word at a time; the word behind an option such as `--password` is a secret too.
#[must_use]
pub fn scrubbed_argv(argv: &[String]) -> Vec<String> {
    let mut after_option = false;
    let word = |word: &String| {
        let whole =
            std::mem::replace(&mut after_option, word.starts_with('-') && !word.contains('=') && is_secret(word));
        if whole && !word.starts_with('-') { REDACTED.to_owned() } else { scrubbed(word) }
    };
    argv.iter().map(word).collect()
}

/// Passwords of `scheme://user:password@host`.
fn passwords_of_urls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (scheme, url) = rest.split_at(at + 3);
        out.push_str(scheme);
        let end = url.find(|c: char| c.is_whitespace() || "/?#\"'`".contains(c)).unwrap_or(url.len());
        let login = url[..end].rfind('@').and_then(|at| Some((url[..at].find(':')?, at)));
        rest = match login {
            Some((colon, at)) if colon < at => {
                out.push_str(&url[..=colon]);
                out.push_str(REDACTED);
                &url[at..]
            }
            _ => url,
        };
    }
    out + rest
}

/// The word that a text ends with, for instance `api_key` of `{"api_key" `.
fn last_word(text: &str) -> &str {
    let text = text.trim_end().trim_end_matches(['"', '\'']);
    let start = text
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    &text[start..]
}

fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    NAMES.iter().any(|part| plain.contains(part))
}

/// What stands before the value (blanks, a quote), the value, and what follows it.
fn value_of<'a>(text: &'a str, name: &str) -> (&'a str, &'a str, &'a str) {
    let start = text.len() - text.trim_start_matches([' ', '\t']).len();
    let quote = text[start..].chars().next().filter(|c| ['"', '\''].contains(c));
    let from = start + usize::from(quote.is_some());
    let value = &text[from..];
    let mut escaped = false;
    let end = value.find(|c: char| {
        let ends = match quote {
            Some(quote) => c == quote && !escaped,
            // `Authorization: Bearer x` is one value of two words.
            None if name.to_ascii_lowercase().ends_with("authorization") => "\"'\n\r".contains(c),
            None => c.is_whitespace() || "&;,\"'`)}".contains(c),
        };
        escaped = c == '\\' && !escaped;
        ends
    });
    let end = end.unwrap_or(value.len());
    (&text[..from], &value[..end], &value[end..])
}

/// For `serialize_with`: a text.
pub(super) fn text<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&scrubbed(text))
}

/// For `serialize_with`: a text that may be missing.
#[expect(clippy::ref_option, reason = "serde gives it so")]
pub(super) fn maybe<S: Serializer>(text: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    text.as_deref().map(scrubbed).serialize(serializer)
}

/// For `serialize_with`: an argv.
pub(super) fn argv<S: Serializer>(argv: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    scrubbed_argv(argv).serialize(serializer)
}

/// For `serialize_with`: several argvs.
pub(super) fn argvs<S: Serializer>(argvs: &[Vec<String>], serializer: S) -> Result<S::Ok, S::Error> {
    argvs.iter().map(|argv| scrubbed_argv(argv)).collect::<Vec<_>>().serialize(serializer)
}

/// For `serialize_with`: argvs by name.
pub(super) fn named_argvs<S: Serializer>(
    argvs: &BTreeMap<String, Vec<String>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    argvs.iter().map(|(name, argv)| (name, scrubbed_argv(argv))).collect::<BTreeMap<_, _>>().serialize(serializer)
}

/// For `serialize_with`: texts by name.
pub(super) fn named<S: Serializer>(texts: &BTreeMap<String, String>, serializer: S) -> Result<S::Ok, S::Error> {
    texts.iter().map(|(name, text)| (name, scrubbed(text))).collect::<BTreeMap<_, _>>().serialize(serializer)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_marked_as_a_secret_is_redacted() {
        for (text, expected) in [
            ("postgres://bob:p@ss:w@db:5432/x?a=1", "postgres://bob:[redacted]@db:5432/x?a=1"),
            ("http://127.0.0.1:8000/a@b:c", "http://127.0.0.1:8000/a@b:c"),
            ("/x?api_key=abc&page=2", "/x?api_key=[redacted]&page=2"),
            ("--token=abc", "--token=[redacted]"),
            ("host=db password='a b' user=bob", "host=db password='[redacted]' user=bob"),
            (r#"{"Password" : "a\"b", "n": 1}"#, r#"{"Password" : "[redacted]", "n": 1}"#),
            ("Authorization: Bearer abc", "Authorization: [redacted]"),
            ("password=", "password="),
            ("x://token:1://&@", "x://token:[redacted]"),
            ("{host}:{port}", "{host}:{port}"),
            ("python3 -m app --level=info", "python3 -m app --level=info"),
        ] {
            assert_eq!(scrubbed(text), expected);
        }
        let argv = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let words = argv(&["run", "--db-password", "abc", "--token", "--bind", "{host}:{port}"]);
        let clean = argv(&["run", "--db-password", "[redacted]", "--token", "--bind", "{host}:{port}"]);
        assert_eq!(scrubbed_argv(&words), clean);
    }

    proptest! {
        #[test]
        fn twice_is_once_and_nothing_panics(text in "(postgres://|:|@|=|token|password|\"|'|\\\\| |&|[a-zß/]|\\PC){0,24}") {
            let once = scrubbed(&text);
            prop_assert_eq!(scrubbed(&once), once);
        }

        #[test]
        fn a_password_of_a_url_is_gone(password in "[a-zA-Z0-9:%!]{6,20}", before in "[a-z =]{0,8}") {
            let text = format!("{before}postgres://bob:{password}@db/x");
            prop_assert!(!scrubbed(&text).contains(&password));
        }
    }
}
