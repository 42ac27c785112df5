//! What is wrong with a config, each error with its place, and how it is shown.

use std::fmt::{self, Write as _};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::console::{BOLD, RED, paint};

/// A range of bytes of the config's text.
pub type Span = Range<usize>;

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The configuration that was to be read.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file was read, and something in it is wrong: every error, in the order of the file.
    #[error("{}", counted(.0))]
    Invalid(Vec<Diagnostic>),
    /// The targets of the command line make no plan.
    #[error("{message}")]
    CommandLine {
        /// What is wrong.
        message: String,
        /// What to do about it.
        hint: String,
    },
}

impl Error {
    /// Every error at once: what is wrong, its place, the line with a marker, and a hint. Ends with a line end.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        match self {
            Self::Read { source, .. } => format!("{}\n  {source}\n", paint(&self.to_string(), BOLD, color)),
            Self::CommandLine { message, hint } => format!("{}\n  = hint: {hint}\n", paint(message, BOLD, color)),
            Self::Invalid(diagnostics) => {
                let mut text: String = diagnostics.iter().map(|diagnostic| diagnostic.render(color) + "\n").collect();
                text.push_str(&paint(&self.to_string(), BOLD, color));
                text.push('\n');
                text
            }
        }
    }
}

fn counted(diagnostics: &[Diagnostic]) -> String {
    let file = diagnostics.first().map_or_else(String::new, |first| first.file.display().to_string());
    match diagnostics.len() {
        1 => format!("{file} has 1 error"),
        many => format!("{file} has {many} errors"),
    }
}

/// One error of a config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file as it was named.
    pub file: PathBuf,
    /// Counted from 1.
    pub line: usize,
    /// Characters into the line, counted from 1.
    pub column: usize,
    /// How many characters are marked; at least 1, never past the line.
    pub length: usize,
    /// The line, with values that may be secret masked.
    pub source: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file.display(), self.line, self.column, self.message)
    }
}

/// Of a long line only this many characters around the marker are shown.
const WIDEST: usize = 110;

impl Diagnostic {
    /// Places a span of `text`.
    pub(super) fn new(text: &str, file: &Path, span: Span, message: String, hint: Option<String>) -> Self {
        let start = (0..=span.start.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let source = text[line_start..line_end].trim_end_matches('\r');
        let column = text[line_start..start].chars().count();
        let width = source.chars().count();
        let marked = source.char_indices().filter(|(at, _)| (start..span.end).contains(&(line_start + at))).count();
        Self {
            file: file.to_owned(),
            line: text[..line_start].matches('\n').count() + 1,
            column: column + 1,
            length: marked.min(width.saturating_sub(column)).max(1),
            source: source.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
            message,
            hint,
        }
    }

    fn render(&self, color: bool) -> String {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let skipped = if self.column + self.length > WIDEST { self.column.saturating_sub(WIDEST / 3) } else { 0 };
        let source: String = self.source.chars().skip(skipped).take(WIDEST).collect();
        let indent = " ".repeat(self.column - 1 - skipped.min(self.column - 1));
        let marker = paint(&"^".repeat(self.length.min(WIDEST)), RED, color);
        let mut text = format!("{}\n", paint(&self.message, BOLD, color));
        let mut line = |line: fmt::Arguments<'_>| {
            text.push_str(line.to_string().trim_end());
            text.push('\n');
        };
        line(format_args!("{margin}--> {}:{}:{}", self.file.display(), self.line, self.column));
        line(format_args!("{margin} |"));
        line(format_args!("{number} | {source}"));
        line(format_args!("{margin} | {indent}{marker}"));
        if let Some(hint) = &self.hint {
            writeln!(text, "{margin} = hint: {hint}").expect("writing to a String cannot fail");
        }
        text
    }
}
