//! Text for a terminal: colours, and words on lines that fit.

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSplitter};

/// As it is.
pub const PLAIN: Style = Style::new();
/// Bold.
pub const BOLD: Style = Style::new().bold();
/// Faint.
pub const DIM: Style = Style::new().dimmed();
/// Green.
pub const GREEN: Style = AnsiColor::Green.on_default();
/// Red.
pub const RED: Style = AnsiColor::Red.on_default();
/// Yellow.
pub const YELLOW: Style = AnsiColor::Yellow.on_default();
/// Bold and red.
pub const BOLD_RED: Style = RED.bold();
/// Bold and cyan.
pub const BOLD_CYAN: Style = AnsiColor::Cyan.on_default().bold();

/// The text in that style, where colours are wanted.
#[must_use]
pub fn paint(text: &str, style: Style, color: bool) -> String {
    if color { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// The words of a text on lines of at most `width` columns, the first behind `first` and the others behind `rest`. A word
/// that is longer than a line is cut.
#[must_use]
pub fn wrap(text: &str, width: usize, first: &str, rest: &str) -> Vec<String> {
    let options = Options::new(width)
        .initial_indent(first)
        .subsequent_indent(rest)
        // A command or a path that is copied must not have gained a line end.
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(std::borrow::Cow::into_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_there_where_they_are_wanted() {
        assert_eq!(paint("no", BOLD_RED, false), "no");
        assert_eq!(paint("yes", GREEN, true), "\u{1b}[32myes\u{1b}[0m");
        assert_eq!(paint("yes", PLAIN, true), "yes");
    }

    #[test]
    fn lines_fit_and_long_words_are_cut() {
        assert_eq!(wrap("one two-three four", 9, "- ", "  "), ["- one", "  two-thr", "  ee four"]);
        assert_eq!(wrap("", 9, "", ""), [""]);
    }
}
