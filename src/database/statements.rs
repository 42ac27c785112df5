//! Running a schema or seed file: the whole file goes to the server as one message, so nothing here has to understand SQL.
//!
//! Bodies in `$$` and several statements are the server's business; `psql`'s backslash commands are no SQL and are
//! refused by it with their line.

use std::fs;
use std::path::Path;

use postgres::error::{ErrorPosition, SqlState};

use super::Error;
use super::connection::Connection;
use super::error::words;

/// Runs the file on that connection.
pub fn run_file(connection: &mut Connection, file: &Path) -> Result<(), Error> {
    let text = fs::read_to_string(file).map_err(|source| Error::ReadFile { file: file.to_path_buf(), source })?;
    // An editor's byte order mark is no part of the statements.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    connection.run_raw(text).map_err(|error| match connection.named(error, &format!("running {}", file.display())) {
        Error::Query { source, .. } if source.as_db_error().is_some() => Error::Sql {
            file: file.to_path_buf(),
            line: position(&source).map(|position| line(text, position)),
            message: said(text, &source),
        },
        other => other,
    })
}

/// The server's words, with what helps when a file was written for `psql`.
fn said(text: &str, error: &postgres::Error) -> String {
    let mut message = words(error);
    let backslash = position(error).and_then(|position| text.chars().nth(position - 1)) == Some('\\');
    if backslash && error.code() == Some(&SqlState::SYNTAX_ERROR) {
        message.push_str(" (hint: commands of psql that begin with a backslash are no SQL)");
    }
    message
}

/// The position in the file, in characters from 1.
fn position(error: &postgres::Error) -> Option<usize> {
    match error.as_db_error()?.position()? {
        ErrorPosition::Original(position) => usize::try_from(*position).ok().filter(|position| *position > 0),
        // A position inside a function's body says nothing about the file.
        ErrorPosition::Internal { .. } => None,
    }
}

/// The line, from 1, of a character, from 1.
fn line(text: &str, position: usize) -> usize {
    1 + text.chars().take(position - 1).filter(|letter| *letter == '\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_in_characters() {
        let text = "-- é\nSELECT 1;\nSELEKT";
        assert_eq!(line(text, 1), 1);
        assert_eq!(line(text, 5), 1);
        assert_eq!(line(text, 6), 2);
        assert_eq!(line(text, 16), 3);
    }
}
