//! Parts of a POSIX shell script that several tools share.

use super::Address;
use super::value::HeaderValue;
use crate::console::wrap;
use crate::model::secret::Secret;
use crate::template;

/// A text as one word of a shell.
pub(super) fn word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// The first lines: what it is, and where the load goes.
pub(super) fn head(tool: &str, load: &str, address: &Address) -> String {
    format!(
        "#!/bin/sh\n\
         # Load profile {load} for {tool}, written by pianoprof.\n\
         # The port is that of a server that already runs: `pianoprof serve` starts the targets and prints theirs.\n\
         set -eu\n\
         HOST=\"${{HOST:-{}}}\"\n\
         PORT=\"${{PORT:-{}}}\"\n",
        address.host, address.port
    )
}

/// A comment, wrapped.
pub(super) fn note(text: &str) -> String {
    wrap(text, 100, "# ", "# ").join("\n") + "\n"
}

/// The environment variable that gives a header another value.
#[must_use]
pub fn variable(header: &str) -> String {
    header.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

/// A header as one word of a shell, and the comment that it needs.
pub(super) fn header(name: &str, value: &Secret) -> (String, Option<String>) {
    let variable = variable(name);
    match HeaderValue::of(name, value) {
        HeaderValue::Plain(text) | HeaderValue::Drawn(text) => {
            (word(&format!("{name}: {}", template::fixed(text))), None)
        }
        HeaderValue::Withheld => {
            let note = format!("The value of {name} is a secret and not written here: set {variable}.");
            (format!("{}\"${{{variable}:-}}\"", word(&format!("{name}: "))), Some(note))
        }
    }
}

/// A here-document that no character of `text` can end, as the whole content of `file`.
pub(super) fn here_document(file: &str, text: &str) -> String {
    let mut end = "END".to_owned();
    while text.lines().any(|line| line == end) {
        end.push('_');
    }
    format!("cat >{file} <<'{end}'\n{text}\n{end}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_when_they_must_be() {
        for (text, quoted) in [("a-b/c", "a-b/c"), ("", "''"), ("a b", "'a b'"), ("it's $x", r"'it'\''s $x'")] {
            assert_eq!(word(text), quoted);
        }
    }

    #[test]
    fn a_here_document_ends_where_its_text_does() {
        assert_eq!(here_document("f", "a\nEND"), "cat >f <<'END_'\na\nEND\nEND_\n");
    }

    #[test]
    fn a_secret_comes_from_the_environment() {
        let (word, note) = header("X-Api-Key", &Secret::new("sesame"));
        assert_eq!(word, "'X-Api-Key: '\"${X_API_KEY:-}\"");
        assert!(note.unwrap().contains("set X_API_KEY"));
    }

    #[test]
    fn notes_are_wrapped() {
        assert!(note(&"word ".repeat(60)).lines().all(|line| line.len() <= 100 && line.starts_with("# word")));
    }
}
