//! Files and folders that the config names.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::Place;
use crate::config::problem::Problems;
use crate::config::written::At;

/// The absolute path, without `.` parts.
pub fn absolute(place: &Place<'_>, path: &str) -> PathBuf {
    place.folder.join(path).components().collect()
}

/// The absolute path of a file that can be read.
pub fn readable(written: &At<String>, place: &Place<'_>, problems: &mut Problems) -> PathBuf {
    let path = absolute(place, &written.value);
    let opened = File::open(&path).and_then(|file| file.metadata());
    match opened {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => problems.add(&written.span, "not a file"),
        Err(error) => {
            problems.advise(&written.span, format!("cannot read it: {error}"), looked_at(&path));
        }
    }
    path
}

/// The absolute path of a folder that is there.
pub fn folder(written: &At<String>, place: &Place<'_>, problems: &mut Problems) -> PathBuf {
    let path = absolute(place, &written.value);
    if !path.is_dir() {
        problems.advise(&written.span, "no such folder", looked_at(&path));
    }
    path
}

fn looked_at(path: &Path) -> String {
    format!("relative paths start at the config's folder: this one is {}", path.display())
}
