//! What a process printed, in short: its first and its last lines, without the secrets that can be known as such.
//!
//! The line that decides is often the first (`listen EADDRINUSE`, and a stack follows) and as often the last (an exception
//! behind its traceback), so both are shown.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::model::scrub::scrubbed;

/// Lines that are shown of the beginning.
const FIRST: usize = 8;
/// Lines that are shown of the end.
const LAST: usize = 10;
/// Bytes that are shown of one line.
const LINE: u64 = 1000;

/// The first and the last lines of a file from byte `start` on, with a line between them that says how many were left out;
/// blank lines are not counted. Empty when the file cannot be read.
#[must_use]
pub fn first_and_last_lines(path: &Path, start: u64) -> String {
    let mut first = Vec::new();
    let mut last = VecDeque::new();
    let mut left_out = 0_usize;
    // Of a file that becomes unreadable half-way, what was read is shown.
    let _ = each_line(path, start, |line| {
        if first.len() < FIRST {
            first.push(line);
            return;
        }
        last.push_back(line);
        if last.len() > LAST {
            last.pop_front();
            left_out += 1;
        }
    });
    if left_out > 0 {
        first.push(format!("[{left_out} more {}]", if left_out == 1 { "line" } else { "lines" }));
    }
    first.extend(last);
    scrubbed(&first.join("\n"))
}

/// Hands over every line that is not blank, cut to [`LINE`] bytes.
fn each_line(path: &Path, start: u64, mut take: impl FnMut(String)) -> io::Result<()> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(start))?;
    let mut reader = BufReader::new(file);
    loop {
        let mut bytes = Vec::new();
        if reader.by_ref().take(LINE).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(());
        }
        let is_cut = bytes.last() != Some(&b'\n') && reader.skip_until(b'\n')? > 1;
        let text = String::from_utf8_lossy(&bytes);
        let line = text.trim_end();
        if !line.is_empty() {
            take(if is_cut { format!("{line}…") } else { line.to_owned() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(range: std::ops::RangeInclusive<u32>) -> String {
        range.map(|line| line.to_string()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_first_and_the_last_lines_of_this_launch_are_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("err");
        std::fs::write(&path, format!("old\n{}\n\n", lines(1..=30))).expect("it is written");
        assert_eq!(first_and_last_lines(&path, 4), format!("{}\n[12 more lines]\n{}", lines(1..=8), lines(21..=30)));
        std::fs::write(&path, lines(1..=18)).expect("it is written");
        assert_eq!(first_and_last_lines(&path, 0), lines(1..=18));
        std::fs::write(&path, "old\nnew\n").expect("it is written");
        assert_eq!(first_and_last_lines(&path, 4), "new");
        assert_eq!(first_and_last_lines(&folder.path().join("none"), 0), "");
        std::fs::write(&path, "could not connect to postgres://bob:pearl@db/x\n").unwrap();
        assert_eq!(first_and_last_lines(&path, 0), "could not connect to postgres://bob:[redacted]@db/x");
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("err");
        std::fs::write(&path, format!("{}\nend", "x".repeat(5000))).expect("it is written");
        assert_eq!(first_and_last_lines(&path, 0), format!("{}…\nend", "x".repeat(1000)));
    }
}
