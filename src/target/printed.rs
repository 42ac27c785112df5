//! What a target has printed in this launch.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use crate::process::{Command, first_and_last_lines};

/// As much of what it printed first is searched, bytes.
const SEARCHED: u64 = 64 << 10;

/// A file that one launch prints to, and where in it the launch begins.
#[derive(Clone, Debug)]
pub(super) struct Output {
    pub path: PathBuf,
    pub start: u64,
}

impl Output {
    /// The file as it is before the launch.
    pub fn before_launch(path: &Path) -> Self {
        Self { path: path.to_owned(), start: length(path) }
    }

    /// How much was printed to it in this launch, bytes.
    fn length(&self) -> u64 {
        length(&self.path).saturating_sub(self.start)
    }

    fn excerpt(&self) -> String {
        first_and_last_lines(&self.path, self.start)
    }

    fn beginning(&self) -> io::Result<String> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.start))?;
        let mut bytes = Vec::new();
        file.take(SEARCHED).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The files that a target prints to.
#[derive(Clone, Debug)]
pub(super) struct Printed {
    stdout: Output,
    stderr: Output,
}

impl Printed {
    /// The files of a command that is about to be launched.
    pub fn before(command: &Command) -> Self {
        Self { stdout: Output::before_launch(&command.stdout), stderr: Output::before_launch(&command.stderr) }
    }

    /// Standard output and standard error.
    pub fn outputs(&self) -> [&Output; 2] {
        [&self.stdout, &self.stderr]
    }

    /// The file of its standard error.
    pub fn stderr(&self) -> &Path {
        &self.stderr.path
    }

    /// Where its standard error ends now.
    pub fn stderr_length(&self) -> u64 {
        length(&self.stderr.path)
    }

    /// How much it has printed so far, bytes.
    pub fn length(&self) -> u64 {
        self.outputs().map(Output::length).iter().sum()
    }

    /// First and last lines of its standard error or, where that is empty, of its standard output.
    pub fn excerpt(&self) -> String {
        let said = self.stderr.excerpt();
        if said.is_empty() { self.stdout.excerpt() } else { said }
    }

    /// First and last lines of its standard output, and behind them those of its standard error.
    pub fn excerpt_of_both(&self) -> String {
        let mut said = Vec::from(self.outputs().map(Output::excerpt));
        said.retain(|text| !text.is_empty());
        said.join("\n")
    }

    /// What it printed first, on both.
    pub fn beginning(&self) -> String {
        [&self.stderr, &self.stdout].map(|output| output.beginning().unwrap_or_default()).join("\n")
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}
