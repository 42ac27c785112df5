//! Templates in JMeter's words: functions of its core, no plug-in.
//!
//! JMeter compiles a text only when it holds a function, and only then takes `\` as an escape (its `CompoundVariable` and
//! `FunctionParser`). So a text without functions is written as it is, and in one with functions every character that the
//! parser would read is written by `__char`.

use std::fmt::Write as _;

use crate::template::{Piece, pieces};

/// Texts that share one set of words to pick from.
#[derive(Debug, Default)]
pub(super) struct Texts {
    words: Vec<String>,
}

impl Texts {
    /// A text that stands as the value of a property.
    pub fn value(&mut self, template: &str) -> String {
        self.of(&pieces(template))
    }

    /// A path with its query, in characters that Java's `URI` takes.
    pub fn path(&mut self, template: &str) -> String {
        let escaped: Vec<Piece> = pieces(template)
            .into_iter()
            .map(|piece| match piece {
                Piece::Literal(literal) => Piece::Literal(uri(&literal)),
                Piece::Pick(words) => Piece::Pick(words.iter().map(|word| uri(word)).collect()),
                integer @ Piece::Integer(..) => integer,
            })
            .collect();
        self.of(&escaped)
    }

    /// A text that stands between the parentheses of a function.
    pub fn argument(&mut self, template: &str) -> String {
        self.compiled(&pieces(template), &['$', '\\', ',', '(', ')', '{', '}'])
    }

    /// Every word that a text picks from, with the variable that holds it.
    pub fn words(&self) -> impl Iterator<Item = (String, String)> {
        self.words.iter().enumerate().map(|(index, word)| (variable(index), Self::default().value(word)))
    }

    fn of(&mut self, pieces: &[Piece]) -> String {
        match pieces {
            [] => String::new(),
            [Piece::Literal(literal)] if !literal.contains("${") => literal.clone(),
            _ => self.compiled(pieces, &['$', '\\']),
        }
    }

    fn compiled(&mut self, pieces: &[Piece], read_by_the_parser: &[char]) -> String {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Literal(literal) => {
                    for character in literal.chars() {
                        if read_by_the_parser.contains(&character) {
                            let _ = write!(text, "${{__char({})}}", u32::from(character));
                        } else {
                            text.push(character);
                        }
                    }
                }
                Piece::Integer(low, high) => {
                    let _ = write!(text, "${{__Random({low},{high})}}");
                }
                Piece::Pick(words) => {
                    let variables: Vec<String> = words.iter().map(|word| self.keep(word)).collect();
                    let _ = write!(text, "${{__RandomFromMultipleVars({})}}", variables.join("|"));
                }
            }
        }
        text
    }

    fn keep(&mut self, word: &str) -> String {
        let index = self.words.iter().position(|kept| kept == word).unwrap_or_else(|| {
            self.words.push(word.to_owned());
            self.words.len() - 1
        });
        variable(index)
    }
}

/// Percent-escapes what `java.net.URI` refuses and a server's request line may well hold.
fn uri(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, character| {
        if "\"<>[]\\^`{|}".contains(character) {
            let _ = write!(escaped, "%{:02X}", u32::from(character));
        } else {
            escaped.push(character);
        }
        escaped
    })
}

fn variable(index: usize) -> String {
    format!("word_{}", index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_functions_is_itself() {
        for text in ["", "plain", r"a\b$c,{}()"] {
            assert_eq!(Texts::default().value(text), text);
        }
    }

    #[test]
    fn what_looks_like_a_function_is_kept_from_the_parser() {
        assert_eq!(Texts::default().value(r"\${x}"), "${__char(92)}${__char(36)}{x}");
        assert_eq!(Texts::default().value("${int:1..2}"), "${__char(36)}${__Random(1,2)}");
    }

    #[test]
    fn arguments_keep_their_commas_and_parentheses() {
        assert_eq!(
            Texts::default().argument("a,b (c) {int:-1..2}"),
            "a${__char(44)}b ${__char(40)}c${__char(41)} ${__Random(-1,2)}"
        );
    }

    #[test]
    fn paths_are_what_java_takes() {
        let mut texts = Texts::default();
        assert_eq!(
            texts.path("/a[0]/{int:1..2}?q=<{pick:x|^}%20"),
            "/a%5B0%5D/${__Random(1,2)}?q=%3C${__RandomFromMultipleVars(word_1|word_2)}%20"
        );
        assert_eq!(texts.words().last().unwrap().1, "%5E");
    }

    #[test]
    fn words_are_kept_once() {
        let mut texts = Texts::default();
        assert_eq!(texts.value("{pick:a|b}"), "${__RandomFromMultipleVars(word_1|word_2)}");
        assert_eq!(texts.value("x{pick:b|c$}"), "x${__RandomFromMultipleVars(word_2|word_3)}");
        let words: Vec<_> = texts.words().collect();
        assert_eq!(words[2], ("word_3".to_owned(), "c$".to_owned()));
        assert_eq!(words.len(), 3);
    }
}
