//! The source files of a folder, as texts to be searched.

use std::fs;
use std::path::Path;

use super::SKIPPED;

/// Files that are read.
const FILES: usize = 200;
/// A longer file is generated.
const LONGEST: u64 = 256 << 10;

/// One file: its path from the folder, and its text.
pub(super) type Source = (String, String);

/// Files right in the folder with one of these endings, by name.
pub(super) fn here(dir: &Path, endings: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    collect(dir, "", endings, 0, &mut found);
    found
}

/// The same with those of its folders, a few levels down.
pub(super) fn below(dir: &Path, endings: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    collect(dir, "", endings, 6, &mut found);
    found
}

fn collect(dir: &Path, prefix: &str, endings: &[&str], levels: u32, found: &mut Vec<Source>) {
    let mut entries: Vec<_> = fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        let (Ok(kind), true) = (entry.file_type(), found.len() < FILES) else { continue };
        if kind.is_dir() && levels > 0 && !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) {
            collect(&entry.path(), &format!("{prefix}{name}/"), endings, levels - 1, found);
        }
        let is_source =
            name.rsplit_once('.').is_some_and(|(stem, ending)| !stem.is_empty() && endings.contains(&ending));
        if kind.is_file()
            && is_source
            && !name.chars().any(char::is_control)
            && entry.metadata().is_ok_and(|about| about.len() <= LONGEST)
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            found.push((format!("{prefix}{name}"), text));
        }
    }
}

/// All texts as one.
pub(super) fn joined(sources: &[Source]) -> String {
    sources.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n")
}
