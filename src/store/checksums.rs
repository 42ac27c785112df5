//! `SHA256SUMS`: one line per file as `sha256sum` writes it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Error;

pub(super) const NAME: &str = "SHA256SUMS";
/// The sums of the state that is being moved in place; see [`recover`].
pub(super) const NEXT: &str = "SHA256SUMS.next";

/// Checksums by file name relative to the run folder.
pub(super) type Sums = BTreeMap<String, String>;

/// The SHA-256 of a file, hexadecimal.
pub(super) fn of_file(path: &Path) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            length => hasher.update(&buffer[..length]),
        }
    }
    Ok(hex(&hasher.finalize()))
}

/// The SHA-256 of bytes, hexadecimal.
pub(super) fn of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
        text
    })
}

/// The text of a sums file.
pub(super) fn text(sums: &Sums) -> String {
    sums.iter().fold(String::new(), |text, (name, sum)| text + sum + "  " + name + "\n")
}

/// Reads a sums file; a missing one is empty.
pub(super) fn read(path: &Path) -> Result<Sums, Error> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text
            .lines()
            .filter_map(|line| line.split_once("  "))
            .map(|(sum, name)| (name.into(), sum.into()))
            .collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Sums::new()),
        Err(source) => Err(Error::read(path, source)),
    }
}

/// The sums that the folder's state must match. `run.json` and its sums are two files and so two renames: killed between
/// them, the new `run.json` matches only the sums that were about to be moved in place.
pub(super) fn recover(folder: &Path, run_json: &str) -> Result<Sums, Error> {
    let current = read(&folder.join(NAME))?;
    if current.get("run.json").map(String::as_str) == Some(run_json) {
        return Ok(current);
    }
    let next = read(&folder.join(NEXT))?;
    Ok(if next.get("run.json").map(String::as_str) == Some(run_json) { next } else { current })
}

/// Checks every file that the sums name.
pub(super) fn check(folder: &Path, sums: &Sums) -> Result<(), Error> {
    for (name, sum) in sums {
        let path: PathBuf = folder.join(name);
        if of_file(&path).map_err(|source| Error::read(&path, source))? != *sum {
            return Err(Error::Edited(path));
        }
    }
    Ok(())
}
