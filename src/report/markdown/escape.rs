//! Outside text in Markdown, and tables.

use super::super::words::plain;

/// Text that Markdown shows as it is: no markup, no HTML, no cell borders, one line.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let clean = plain(text);
    let mut characters = clean.chars().peekable();
    let mut before = ' ';
    while let Some(character) = characters.next() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // An underscore inside a word is no emphasis in GitHub's dialect, and names are full of them.
            '_' if before.is_alphanumeric() && characters.peek().is_some_and(|next| next.is_alphanumeric()) => {
                out.push('_');
            }
            // Square brackets alone make no link; what follows them does.
            ']' if matches!(characters.peek(), Some('(' | '[' | ':')) => out.push_str("\\]"),
            '!' if characters.peek() == Some(&'[') => out.push_str("\\!"),
            '|' | '\\' | '`' | '*' | '_' | '~' => {
                out.push('\\');
                out.push(character);
            }
            // A zero-width joiner keeps `@name` from notifying somebody.
            '@' => out.push_str("@\u{2060}"),
            other => out.push(other),
        }
        before = character;
    }
    out
}

/// Text for between backticks inside a table cell.
pub fn code(text: &str) -> String {
    plain(text).replace('`', "'").replace('|', "\\|")
}

/// A table; `align` has one letter per column: `l` or `r`. Cells are already escaped.
pub fn table(out: &mut String, header: &[&str], align: &str, rows: Vec<Vec<String>>) {
    let line = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
    out.push_str(&line(header));
    let rules: Vec<&str> = align.chars().map(|side| if side == 'r' { "---:" } else { "---" }).collect();
    out.push_str(&line(&rules));
    for row in rows {
        out.push_str(&line(&row.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_text_is_no_markup() {
        assert_eq!(
            escape("a|b\n<i>*x*</i> [t](u) first_ok _e_"),
            "a\\|b &lt;i&gt;\\*x\\*&lt;/i&gt; [t\\](u) first_ok \\_e\\_"
        );
        assert_eq!(code("a`|b"), "a'\\|b");
    }
}
