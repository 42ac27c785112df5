//! The last words of a process: what is shown of one that failed, without the secrets that can be known as such.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::model::scrub::scrubbed;

/// Lines that are shown.
const LINES: usize = 10;
/// Bytes from the end in which they are looked for.
const BYTES: u64 = 8192;

/// The last lines of a file, looking no further back than `start`; empty when it cannot be read.
#[must_use]
pub fn last_lines(path: &Path, start: u64) -> String {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(start.max(length.saturating_sub(BYTES))))?;
        let mut bytes = Vec::new();
        file.take(BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let text = String::from_utf8_lossy(&read().unwrap_or_default()).into_owned();
    let lines: Vec<_> = text.trim_end().lines().collect();
    scrubbed(&lines[lines.len().saturating_sub(LINES)..].join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_is_of_this_launch_only_and_ten_lines_at_most() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("err");
        let lines: Vec<_> = (1..=30).map(|line| line.to_string()).collect();
        std::fs::write(&path, format!("old\n{}\n", lines.join("\n"))).expect("it is written");
        assert_eq!(last_lines(&path, 4), lines[20..].join("\n"));
        std::fs::write(&path, "old\nnew\n").expect("it is written");
        assert_eq!(last_lines(&path, 4), "new");
        assert_eq!(last_lines(&folder.path().join("none"), 0), "");
        std::fs::write(&path, "could not connect to postgres://bob:pearl@db/x\n").unwrap();
        assert_eq!(last_lines(&path, 0), "could not connect to postgres://bob:[redacted]@db/x");
    }
}
