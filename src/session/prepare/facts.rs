//! What is known of a target before it is launched: versions, checksums of its program and of the files that pin it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::environment::go;
use crate::model::facts::TargetFacts;
use crate::model::plan::TargetPlan;
use crate::process;
use crate::session::bench::Bench;
use crate::target::environment;

/// How long a command may take to tell a version: one that does not know the question may serve instead.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);
/// A version's line is cut here.
const LONGEST_LINE: u64 = 1000;

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
pub(super) fn of(bench: &Bench, target: &TargetPlan) -> TargetFacts {
    told(target, |command| version(bench, target, command))
}

/// What makes a target another build than before, as far as both are known: its program, or the name of a lock file.
pub(super) fn other_build(before: &TargetFacts, now: &TargetFacts) -> Option<String> {
    if let (Some(before), Some(now)) = (&before.program_sha256, &now.program_sha256)
        && before != now
    {
        return Some("its program".to_owned());
    }
    let mut names = before.locks.keys().chain(now.locks.keys());
    names.find(|name| before.locks.get(*name) != now.locks.get(*name)).cloned()
}

/// The same; `ask` runs a version command and gives its first line.
fn told(target: &TargetPlan, ask: impl Fn(&[String]) -> Option<String>) -> TargetFacts {
    let told = |command: &Vec<String>| ask(command).unwrap_or_else(|| "unknown".to_owned());
    let mut versions: BTreeMap<String, String> =
        target.versions.iter().map(|(name, command)| (name.clone(), told(command))).collect();
    let program = target.command.first().and_then(|name| program(&target.dir, name));
    let built = program.as_deref().map(go::versions).unwrap_or_default();
    let built_with_go = built.first().map(|(_, version)| version.clone());
    // The version inside the program is that of the toolchain that built it; `go version` tells of the one in PATH today.
    if let Some(go) = &built_with_go {
        versions.entry("go".to_owned()).or_insert_with(|| go.clone());
    }
    let lock = |name: &&str| Some(((*name).to_owned(), sha256(&std::fs::read(target.dir.join(name)).ok()?)));
    TargetFacts {
        versions,
        program_sha256: program.as_deref().map(sha256),
        environment: environment::recorded(target, |name| std::env::var(name).ok()),
        locks: LOCKS.iter().filter_map(lock).collect(),
        built_with_go,
    }
}

/// The first line that a command prints, if it ends well and soon.
fn version(bench: &Bench, target: &TargetPlan, command: &[String]) -> Option<String> {
    let output = |ending: &str| bench.output(&format!("{}-versions.{ending}", target.name));
    let (stdout, stderr) = (output("stdout"), output("stderr"));
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let before = (length(&stdout), length(&stderr));
    let asked = process::Command {
        argv: command.to_vec(),
        dir: target.dir.clone(),
        stdout: stdout.clone(),
        stderr: stderr.clone(),
        ..process::Command::default()
    };
    let exit = process::run(bench.setup.program, &asked, ANSWERED_WITHIN, bench.setup.interrupt).ok()??;
    let line = first_line(&stdout, before.0).or_else(|| first_line(&stderr, before.1))?;
    exit.is_success().then_some(line)
}

/// The first line of a file from there on.
fn first_line(path: &Path, from: u64) -> Option<String> {
    let mut file = File::open(path).ok()?;
    file.seek(SeekFrom::Start(from)).ok()?;
    let mut line = Vec::new();
    BufReader::new(file).take(LONGEST_LINE).read_until(b'\n', &mut line).ok()?;
    let line = String::from_utf8_lossy(&line).trim().to_owned();
    (!line.is_empty()).then_some(line)
}

/// The program file, looked for as the launch will.
fn program(dir: &Path, name: &str) -> Option<Vec<u8>> {
    let file: PathBuf = if name.contains('/') { dir.join(name) } else { process::find_program(name)? };
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
    fn a_version_is_the_first_line_from_there_on() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "before\n1.2\nmore\n").unwrap();
        assert_eq!(first_line(file.path(), 7).as_deref(), Some("1.2"));
        assert_eq!(first_line(file.path(), 16), None);
    }

    #[test]
    fn what_cannot_be_told_is_unknown_and_locks_have_their_checksum() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("go.sum"), "abc").unwrap();
        let mut target = SampleRun::default().build().plan.targets.remove(0);
        target.dir = folder.path().to_path_buf();
        let argv = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        target.versions.insert("here".to_owned(), argv(&["good"]));
        target.versions.insert("broken".to_owned(), argv(&["bad"]));
        let found = told(&target, |command| (command == ["good"]).then(|| "1.2".to_owned()));
        let said: Vec<(&str, &str)> = found.versions.iter().map(|(name, version)| (&**name, &**version)).collect();
        assert_eq!(said, [("broken", "unknown"), ("here", "1.2")]);
        assert_eq!(found.program_sha256, None);
        // The first test vector of FIPS 180-2.
        assert_eq!(found.locks["go.sum"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
