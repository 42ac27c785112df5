//! What is wrong in a config, collected while reading goes on.

use std::fmt::Write as _;
use std::path::Path;

use super::diagnostic::Diagnostic;
pub use super::diagnostic::Span;
use super::suggest::nearest;

/// Everything found wrong so far.
#[derive(Debug, Default)]
pub struct Problems {
    found: Vec<Problem>,
}

#[derive(Debug, PartialEq)]
struct Problem {
    span: Span,
    message: String,
    hint: Option<String>,
}

impl Problems {
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Notes a problem that needs no advice.
    pub fn add(&mut self, span: &Span, message: impl Into<String>) {
        self.note(Problem { span: span.clone(), message: message.into(), hint: None });
    }

    /// Notes a problem and what to do about it.
    pub fn advise(&mut self, span: &Span, message: impl Into<String>, hint: impl Into<String>) {
        self.note(Problem { span: span.clone(), message: message.into(), hint: Some(hint.into()) });
    }

    /// A target that has its keys from another one is read with them: what is wrong there is found again, and said once.
    fn note(&mut self, problem: Problem) {
        if !self.found.contains(&problem) {
            self.found.push(problem);
        }
    }

    /// Notes that `word` is not among `known`, the name of something that `what` says, and offers the nearest of them.
    pub fn unknown(&mut self, span: &Span, what: &str, word: &str, known: &[&str]) {
        let hint = match nearest(word, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("there is no {what} in this file"),
            None => format!("known: {}", listed(known)),
        };
        self.advise(span, format!("unknown {what} `{}`", shown(word)), hint);
    }

    /// The problems as they are shown, in the order of the text, which must be the one that the spans are of.
    /// Nothing inside the `secrets` is shown.
    pub fn into_diagnostics(mut self, text: &str, file: &Path, secrets: &[Span]) -> Vec<Diagnostic> {
        self.found.sort_by_key(|problem| problem.span.start);
        let shown = masked(text, secrets);
        self.found
            .into_iter()
            .map(|problem| Diagnostic::new(&shown, file, problem.span, problem.message, problem.hint))
            .collect()
    }
}

/// The words, each in back quotes, with commas.
pub fn listed(words: &[&str]) -> String {
    let mut list = String::new();
    for (index, word) in words.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(list, "{comma}`{word}`").expect("writing to a String cannot fail");
    }
    list
}

/// A word of the file fit for a message: short, and without control characters.
pub fn shown(word: &str) -> String {
    let mut short: String = word.chars().take(60).map(|c| if c.is_control() { '?' } else { c }).collect();
    if word.chars().count() > 60 {
        short.push('…');
    }
    short
}

/// The text with every byte of the secrets but line ends replaced by `*`, so that places stay what they are.
fn masked(text: &str, secrets: &[Span]) -> String {
    let hidden = |at: usize| secrets.iter().any(|secret| secret.contains(&at));
    let mut shown = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        if hidden(at) && character != '\n' && character != '\r' {
            shown.extend(std::iter::repeat_n('*', character.len_utf8()));
        } else {
            shown.push(character);
        }
    }
    shown
}
