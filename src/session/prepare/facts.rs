//! What is known of a target before it is launched: versions, checksums of its program and of the files that pin it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest as _, Sha256};

use crate::environment::go;
use crate::model::facts::TargetFacts;
use crate::model::plan::TargetPlan;

/// Files that pin what a target depends on; each is looked for in its folder.
const LOCKS: [&str; 17] = [
    "requirements.lock",
    "requirements.txt",
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "go.mod",
    "go.sum",
    "Cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "Gemfile.lock",
    "composer.lock",
    "mix.lock",
];

/// Versions and checksums.
pub(super) fn of(target: &TargetPlan) -> TargetFacts {
    let told = |command| version(command, &target.dir).unwrap_or_else(|| "unknown".to_owned());
    let mut versions: BTreeMap<String, String> =
        target.versions.iter().map(|(name, command)| (name.clone(), told(command))).collect();
    let program = target.command.first().and_then(|name| program(&target.dir, name));
    let built = program.as_deref().map(go::versions).unwrap_or_default();
    let built_with_go = built.first().map(|(_, version)| version.clone());
    // What the program says of itself holds also where nobody asks for it, and where another toolchain is in PATH.
    if let Some(go) = &built_with_go {
        versions.entry("go".to_owned()).or_insert_with(|| go.clone());
    }
    let lock = |name: &&str| Some(((*name).to_owned(), sha256(&std::fs::read(target.dir.join(name)).ok()?)));
    TargetFacts {
        versions,
        program_sha256: program.as_deref().map(sha256),
        locks: LOCKS.iter().filter_map(lock).collect(),
        built_with_go,
    }
}

/// The first line that a command prints.
fn version(command: &[String], dir: &Path) -> Option<String> {
    let (program, arguments) = command.split_first()?;
    let output = Command::new(program).args(arguments).current_dir(dir).stdin(Stdio::null()).output().ok()?;
    let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    let line = String::from_utf8_lossy(&text).lines().next()?.trim().to_owned();
    (output.status.success() && !line.is_empty()).then_some(line)
}

/// The program file, looked for as the launch will.
fn program(dir: &Path, name: &str) -> Option<Vec<u8>> {
    let file: PathBuf = if name.contains('/') {
        dir.join(name)
    } else {
        std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())?
    };
    std::fs::read(file).ok()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run::SampleRun;

    #[test]
    fn what_cannot_be_told_is_unknown_and_locks_have_their_checksum() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("go.sum"), "abc").unwrap();
        let mut target = SampleRun::default().build().plan.targets.remove(0);
        target.dir = folder.path().to_path_buf();
        let argv = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        target.versions.insert("here".to_owned(), argv(&["sh", "-c", "echo 1.2; echo more"]));
        target.versions.insert("broken".to_owned(), argv(&["sh", "-c", "echo 1.2; exit 1"]));
        let found = of(&target);
        let said: Vec<(&str, &str)> = found.versions.iter().map(|(name, version)| (&**name, &**version)).collect();
        assert_eq!(said, [("broken", "unknown"), ("here", "1.2")]);
        assert_eq!(found.program_sha256, None);
        // The first test vector of FIPS 180-2.
        assert_eq!(found.locks["go.sum"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
