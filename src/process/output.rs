//! What a tree prints goes straight to files, so that nothing stands between them and no reader can be slow; here those
//! files are kept from filling the disk.
//!
//! They are open for appending, in the tree as here: a file that is cut back goes on where it was cut. What was printed
//! first stays, and what was printed last.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;

use super::command::Command;

/// A file longer than this is cut.
const MOST: u64 = 64 << 20;
/// What stays of its beginning.
const HEAD: u64 = 32 << 20;

/// The output files of one tree.
#[derive(Debug)]
pub(super) struct Output {
    files: Vec<File>,
    left_out: u64,
}

impl Output {
    /// Those of a command that has been started.
    pub(super) fn of(command: &Command) -> Self {
        let mut files: Vec<File> = Vec::new();
        for path in [&command.stdout, &command.stderr] {
            let Ok(file) = OpenOptions::new().append(true).open(path) else { continue };
            let Ok(about) = file.metadata() else { continue };
            let known = |other: &File| other.metadata().is_ok_and(|other| other.ino() == about.ino());
            if about.is_file() && !files.iter().any(known) {
                files.push(file);
            }
        }
        Self { files, left_out: 0 }
    }

    /// Cuts what has become too long, with a line that says so in its place.
    pub(super) fn trim(&mut self) {
        self.trim_to(MOST, HEAD);
    }

    fn trim_to(&mut self, most: u64, head: u64) {
        for file in &mut self.files {
            let length = file.metadata().map_or(0, |about| about.len());
            if length > most && file.set_len(head).is_ok() {
                self.left_out += length - head;
                let _ = writeln!(file, "\n[pianoprof left out {} bytes of output here]", length - head);
            }
        }
    }

    /// Bytes that were left out so far, at least: what is printed while a file is cut is not counted.
    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_of_a_long_output_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out");
        std::fs::write(&path, "first 0123456789").expect("it is written");
        let command = Command { stdout: path.clone(), stderr: path.clone(), ..Command::default() };
        let mut output = Output::of(&command);
        output.trim_to(16, 5);
        assert_eq!(output.left_out(), 0);
        let mut target = OpenOptions::new().append(true).open(&path).expect("it is there");
        target.write_all(b"x").expect("it is written");
        output.trim_to(16, 5);
        target.write_all(b"last").expect("it is written");
        let text = std::fs::read_to_string(&path).expect("it is there");
        assert_eq!(text, "first\n[pianoprof left out 12 bytes of output here]\nlast");
        assert_eq!((output.left_out(), output.files.len()), (12, 1));
    }
}
