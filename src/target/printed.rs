//! What a target has printed in this launch.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use crate::process::{Command, first_and_last_lines};

/// As much of what it printed first is searched, bytes.
const SEARCHED: u64 = 64 << 10;

/// The files that a target prints to, and where in them this launch began.
#[derive(Clone, Debug)]
pub(super) struct Printed {
    stderr: (PathBuf, u64),
    stdout: (PathBuf, u64),
}

impl Printed {
    /// The files of a command that is about to be launched.
    pub fn before(command: &Command) -> Self {
        let now = |path: &PathBuf| (path.clone(), length(path));
        Self { stderr: now(&command.stderr), stdout: now(&command.stdout) }
    }

    /// The file of its standard error.
    pub fn stderr(&self) -> &Path {
        &self.stderr.0
    }

    /// Where its standard error ends now.
    pub fn stderr_length(&self) -> u64 {
        length(&self.stderr.0)
    }

    /// How much it has printed so far, bytes.
    pub fn length(&self) -> u64 {
        [&self.stderr, &self.stdout].map(|(path, start)| length(path).saturating_sub(*start)).iter().sum()
    }

    /// First and last lines of its standard error or, where that is empty, of its standard output.
    pub fn excerpt(&self) -> String {
        let said = first_and_last_lines(&self.stderr.0, self.stderr.1);
        if said.is_empty() { first_and_last_lines(&self.stdout.0, self.stdout.1) } else { said }
    }

    /// What it printed first, on both.
    pub fn beginning(&self) -> String {
        let read = |(path, start): &(PathBuf, u64)| -> io::Result<String> {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(*start))?;
            let mut bytes = Vec::new();
            file.take(SEARCHED).read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        [&self.stderr, &self.stdout].map(|file| read(file).unwrap_or_default()).join("\n")
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}
