//! One run folder: made, saved into, read.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};

use super::{Error, checksums, histograms, samples};
use crate::model::record::{FORMAT, Run, Trial};

/// The two forms of samples.
const ENDINGS: [&str; 2] = ["csv", "csv.zst"];
/// Folders of other load tools.
const TOOLS: [&str; 4] = ["wrk", "ab", "oha", "jmeter"];

/// The folder of one run.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes a new run folder: `out` itself, or `runs/ID` below `base` with `runs/latest` pointing to it.
    ///
    /// # Errors
    /// [`Error::Exists`] when `out` is there already, [`Error::Write`] when it cannot be made.
    pub fn create(base: &Path, out: Option<&Path>, id: &str) -> Result<Self, Error> {
        let path = if let Some(out) = out {
            make(out)?;
            std::path::absolute(out).map_err(|source| Error::write(out, source))?
        } else {
            let runs = base.join("runs");
            fs::create_dir_all(&runs).map_err(|source| Error::write(&runs, source))?;
            let path = unused(&runs, id)?;
            point_latest(&runs, &path)?;
            path
        };
        for part in ["histograms", "samples", "output"] {
            let part = path.join(part);
            fs::create_dir(&part).map_err(|source| Error::write(&part, source))?;
        }
        Ok(Self { path })
    }

    /// The folder of a run that is there already.
    ///
    /// # Errors
    /// [`Error::NotARun`] when it holds no `run.json`.
    pub fn existing(path: &Path) -> Result<Self, Error> {
        if !path.join("run.json").is_file() {
            return Err(Error::NotARun(path.to_owned()));
        }
        fs::canonicalize(path).map(|path| Self { path }).map_err(|source| Error::read(path, source))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder's own name: the run's id.
    #[must_use]
    pub fn id(&self) -> String {
        self.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// Where the servers' output goes.
    #[must_use]
    pub fn output(&self) -> PathBuf {
        self.path.join("output")
    }

    /// Writes the run as it stands: files of trials that have none yet, then `run.json` and `SHA256SUMS`, atomically.
    ///
    /// # Errors
    /// [`Error::Write`] naming the file.
    pub fn save(&self, run: &Run) -> Result<(), Error> {
        let known = self.known()?;
        for trial in &run.trials {
            let name = file_stem(trial);
            let log = format!("histograms/{name}.hlog");
            if !trial.loads.is_empty() && !known.contains_key(&log) {
                write_atomically(&self.path.join(log), &histograms::text(trial))?;
            }
            let stored = ENDINGS.iter().any(|ending| known.contains_key(&format!("samples/{name}.{ending}")));
            if !trial.samples.is_empty() && !stored {
                let (ending, bytes) = samples::bytes(&trial.samples);
                write_atomically(&self.path.join("samples").join(format!("{name}.{ending}")), &bytes)?;
            }
        }
        let json = serde_json::to_vec_pretty(run).expect("a run has only string keys");
        let mut sums = self.sums_of_parts(run.complete)?;
        sums.insert("run.json".to_owned(), checksums::of_bytes(&json));
        let next = self.path.join(checksums::NEXT);
        write_atomically(&next, checksums::text(&sums).as_bytes())?;
        write_atomically(&self.path.join("run.json"), &json)?;
        fs::rename(&next, self.path.join(checksums::NAME)).map_err(|source| Error::write(&next, source))
    }

    /// Puts a file made from the run (a report) beside it, atomically.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn put(&self, name: &str, content: &str) -> Result<PathBuf, Error> {
        let path = self.path.join(name);
        write_atomically(&path, content.as_bytes())?;
        Ok(path)
    }

    /// Reads the run; without `samples` neither these nor the files that only people read are looked at.
    pub(super) fn load(&self, samples: bool) -> Result<Run, Error> {
        let path = self.path.join("run.json");
        let json = fs::read(&path).map_err(|source| Error::read(&path, source))?;
        let mut run = parse(&path, &json)?;
        let mut sums = self.expected_sums(&json)?;
        sums.retain(|name, _| samples || name.starts_with("histograms/"));
        checksums::check(&self.path, &sums)?;
        // A file whose sum was taken out of the list could have been changed as well.
        let vouched = |file: &Path| {
            let name = file.strip_prefix(&self.path).unwrap_or(file).to_string_lossy().into_owned();
            if sums.contains_key(&name) { Ok(()) } else { Err(Error::Edited(file.to_owned())) }
        };
        for trial in &mut run.trials {
            if !trial.loads.is_empty() {
                let log = self.path.join("histograms").join(format!("{}.hlog", file_stem(trial)));
                vouched(&log)?;
                let text = fs::read(&log).map_err(|source| Error::read(&log, source))?;
                histograms::fill(trial, &text).map_err(|why| Error::Malformed { path: log, why })?;
            }
            if let Some(file) = self.samples_file(trial).filter(|_| samples) {
                vouched(&file)?;
                trial.samples = samples::read(&file)?;
            }
        }
        Ok(run)
    }

    fn expected_sums(&self, json: &[u8]) -> Result<checksums::Sums, Error> {
        let sum = checksums::of_bytes(json);
        let sums = checksums::recover(&self.path, &sum)?;
        if sums.get("run.json") == Some(&sum) { Ok(sums) } else { Err(Error::Edited(self.path.join("run.json"))) }
    }

    /// The files that belong to the run as it is stored. Whatever else lies there is of a trial that was never stored: the
    /// program was killed in between, and the trial done anew has the same name. Such files go.
    fn known(&self) -> Result<checksums::Sums, Error> {
        let sums = match fs::read(self.path.join("run.json")) {
            Ok(json) => checksums::recover(&self.path, &checksums::of_bytes(&json))?,
            Err(_) => checksums::Sums::new(),
        };
        for part in ["histograms", "samples"] {
            let folder = self.path.join(part);
            for entry in fs::read_dir(&folder).map_err(|source| Error::read(&folder, source))? {
                let path = entry.map_err(|source| Error::read(&folder, source))?.path();
                if !sums.contains_key(&format!("{part}/{}", path.file_name().unwrap_or_default().to_string_lossy())) {
                    fs::remove_file(&path).map_err(|source| Error::write(&path, source))?;
                }
            }
        }
        Ok(sums)
    }

    fn samples_file(&self, trial: &Trial) -> Option<PathBuf> {
        let folder = self.path.join("samples");
        let name = file_stem(trial);
        ENDINGS.iter().map(|ending| folder.join(format!("{name}.{ending}"))).find(|path| path.exists())
    }

    /// Sums of the finished parts. The servers' output grows while they run, so it is summed only in a complete run.
    fn sums_of_parts(&self, complete: bool) -> Result<checksums::Sums, Error> {
        let mut sums = checksums::Sums::new();
        let parts: &[&str] = if complete { &["histograms", "samples", "output"] } else { &["histograms", "samples"] };
        for part in parts {
            let folder = self.path.join(part);
            for entry in fs::read_dir(&folder).map_err(|source| Error::read(&folder, source))? {
                let path = entry.map_err(|source| Error::read(&folder, source))?.path();
                // A folder there is some target's own, or that of a traced life that was cut short.
                if path.is_dir() {
                    continue;
                }
                let name = format!("{part}/{}", path.file_name().unwrap_or_default().to_string_lossy());
                sums.insert(name, checksums::of_file(&path).map_err(|source| Error::read(&path, source))?);
            }
        }
        // What other load tools read and wrote, in folders of their own.
        for tool in TOOLS.iter().filter(|tool| complete && self.path.join(tool).is_dir()) {
            self.sum(Path::new(tool), &mut sums)?;
        }
        Ok(sums)
    }

    /// Sums of every file below a folder of the run.
    fn sum(&self, part: &Path, sums: &mut checksums::Sums) -> Result<(), Error> {
        let folder = self.path.join(part);
        for entry in fs::read_dir(&folder).map_err(|source| Error::read(&folder, source))? {
            let entry = entry.map_err(|source| Error::read(&folder, source))?;
            let (path, name) = (entry.path(), part.join(entry.file_name()));
            if path.is_dir() {
                self.sum(&name, sums)?;
            } else {
                let sum = checksums::of_file(&path).map_err(|source| Error::read(&path, source))?;
                sums.insert(name.to_string_lossy().into_owned(), sum);
            }
        }
        Ok(())
    }
}

/// The name of a trial's files: target names are checked by `config` to be plain words.
fn file_stem(trial: &Trial) -> String {
    format!("block{:02}-attempt{}-{}", trial.block, trial.attempt, trial.target)
}

/// `run.json` as a run, its format looked at first so that a newer file is called newer, not malformed.
fn parse(path: &Path, json: &[u8]) -> Result<Run, Error> {
    let malformed = |why: String| Error::Malformed { path: path.to_owned(), why };
    let value: serde_json::Value = serde_json::from_slice(json).map_err(|error| malformed(error.to_string()))?;
    match value.get("format").and_then(serde_json::Value::as_u64) {
        None => Err(malformed("it has no format number".to_owned())),
        Some(format) if format > u64::from(FORMAT) => Err(Error::TooNew { path: path.to_owned(), format }),
        Some(_) => match absurd(value.get("trials").unwrap_or(&serde_json::Value::Null)) {
            Some(number) => Err(malformed(format!("it holds {number}, which nothing that was seen can be"))),
            None => serde_json::from_value(value).map_err(|error| malformed(error.to_string())),
        },
    }
}

/// A whole number beyond everything that is counted here: 36 years in nanoseconds, an exbibyte. Sums of what is below it
/// do not overflow.
fn absurd(value: &serde_json::Value) -> Option<u64> {
    match value {
        serde_json::Value::Number(number) => number.as_u64().filter(|number| *number > 1 << 60),
        serde_json::Value::Array(items) => items.iter().find_map(absurd),
        serde_json::Value::Object(members) => members.values().find_map(absurd),
        _ => None,
    }
}

fn make(path: &Path) -> Result<(), Error> {
    match fs::DirBuilder::new().mode(0o755).create(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Error::Exists(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::DirBuilder::new().recursive(true).create(path).map_err(|source| Error::write(path, source))
        }
        Err(source) => Err(Error::write(path, source)),
    }
}

/// `runs/ID`, or `runs/ID-2` and so on when two runs began in the same second.
fn unused(runs: &Path, id: &str) -> Result<PathBuf, Error> {
    for number in 1..1000 {
        let path = runs.join(if number == 1 { id.to_owned() } else { format!("{id}-{number}") });
        match make(&path) {
            Err(Error::Exists(_)) => {}
            made => return made.map(|()| path),
        }
    }
    Err(Error::Exists(runs.join(id)))
}

fn point_latest(runs: &Path, path: &Path) -> Result<(), Error> {
    let name = path.file_name().unwrap_or_default();
    let link = runs.join(format!(".latest-{}", name.to_string_lossy()));
    symlink(name, &link)
        .and_then(|()| fs::rename(&link, runs.join("latest")))
        .map_err(|source| Error::write(&runs.join("latest"), source))
}

/// Writes a neighbour, syncs it, renames it in place: a reader sees the old file or the new one, whole.
fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut neighbour = path.as_os_str().to_owned();
    neighbour.push(".part");
    let neighbour = PathBuf::from(neighbour);
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o644)
        .open(&neighbour)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&neighbour, path));
    written.map_err(|source| {
        let _ = fs::remove_file(&neighbour);
        Error::write(path, source)
    })
}
