//! Which servers a folder seems to hold, and how they are started.

mod container;
mod go;
mod java;
mod node;
mod place;
mod python;
mod ruby;
mod rust;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use super::command_line::{with_port, words};
use place::Place;

/// One server that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guess {
    /// A name for the target.
    pub name: String,
    /// The folder that it is started in, below the one that was looked at; empty when it is that one.
    pub dir: String,
    /// The file that gave it away.
    pub from: String,
    /// How it is started.
    pub command: Vec<String>,
    /// How it is built first.
    pub build: Option<Vec<String>>,
    /// Variables that tell it its place, or that it runs as in production.
    pub env: Vec<(&'static str, &'static str)>,
    /// What should be looked at before it is trusted.
    pub doubts: Vec<String>,
    /// Paths that its sources answer, as far as that can be seen.
    pub routes: Vec<String>,
    /// What it answered when it was started.
    pub tried: Tried,
}

/// What came of starting a server that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tried {
    /// It was not started.
    #[default]
    No,
    /// It listened: each path with its status, `None` where nothing was answered.
    Answered(Vec<(String, Option<u16>)>),
    /// It could not be built or did not listen, in one line.
    Failed(String),
}

impl Guess {
    /// A server of that name that a file gave away.
    fn new(name: &str, from: &str, command: Vec<String>) -> Self {
        Self { name: name.to_owned(), from: from.to_owned(), command, ..Self::default() }
    }

    /// The same, told its place as its sources read it.
    fn placed(mut self, place: Place) -> Self {
        self.command.extend(place.arguments);
        self.env.extend(place.env);
        self.doubts.extend(place.doubt.map(str::to_owned));
        self
    }

    fn doubt(mut self, doubt: impl Into<String>) -> Self {
        self.doubts.push(doubt.into());
        self
    }

    fn routes(mut self, sources: &str) -> Self {
        self.routes = place::routes(sources);
        self
    }

    /// The paths to ask when it is tried, those that usually say that all is well first.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = ["/health", "/healthz", "/"].map(str::to_owned).to_vec();
        paths.extend(
            self.routes.iter().filter(|route| !["/health", "/healthz", "/"].contains(&route.as_str())).cloned(),
        );
        paths
    }
}

/// Folders that hold no server of one's own.
const SKIPPED: [&str; 14] = [
    "node_modules",
    "target",
    "vendor",
    "venv",
    "env",
    "build",
    "dist",
    "test",
    "tests",
    "docs",
    "runs",
    "bin",
    "obj",
    "__pycache__",
];
/// As many servers are written into one file.
const MOST: usize = 6;

/// The servers of the folder or, where it holds none itself, of its folders (and theirs). Python first and compiled ones last: a
/// rewrite usually goes that way. Each name occurs once.
pub fn guesses(dir: &Path) -> Vec<Guess> {
    let mut found = of_folder(dir);
    let mut level = vec![(dir.to_owned(), String::new())];
    for _ in 0..2 {
        if !found.is_empty() {
            break;
        }
        level = level.iter().flat_map(|(folder, below)| folders(folder, below)).collect();
        for (folder, below) in &level {
            let here = of_folder(folder);
            let alone = here.len() == 1;
            let name = below.rsplit('/').next().unwrap_or_default();
            found.extend(here.into_iter().map(|guess| Guess {
                name: if alone { name.to_owned() } else { format!("{name}-{}", guess.name) },
                dir: below.clone(),
                ..guess
            }));
        }
        found.sort_by_key(rank);
    }
    found.truncate(MOST);
    for index in 0..found.len() {
        let plain = plain_letters(&found[index].name);
        let taken = |name: &str| found[..index].iter().any(|other| other.name == name);
        let free = (2..=MOST).map(|number| format!("{plain}-{number}")).find(|name| !taken(name));
        found[index].name = if taken(&plain) { free.expect("there are fewer others than numbers") } else { plain };
    }
    found
}

/// What is replaced before what replaces it, as far as names tell; else interpreted ones before compiled ones.
fn rank(guess: &Guess) -> (u8, u8) {
    let says = |words: &[&str]| guess.name.split(['-', '_']).any(|part| words.contains(&part));
    let by_name = if says(&["old", "legacy", "before", "baseline", "v1"]) {
        0
    } else if says(&["new", "after", "candidate", "rewrite", "v2"]) {
        2
    } else {
        1
    };
    let by_language = match guess.from.rsplit('.').next().unwrap_or_default() {
        "json" | "js" | "mjs" | "cjs" => 1,
        "xml" | "gradle" | "kts" => 2,
        "go" | "mod" | "toml" if guess.build.is_some() => 3,
        _ => 0,
    };
    (by_name, by_language)
}

/// The folders in a folder, by name, each with its path from where the search began.
fn folders(dir: &Path, below: &str) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok);
    let mut names: Vec<String> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| {
            !name.starts_with('.') && !name.chars().any(char::is_control) && !SKIPPED.contains(&name.as_str())
        })
        .collect();
    names.sort();
    let path = |name: &String| if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
    names.iter().take(50).map(|name| (dir.join(name), path(name))).collect()
}

/// A `Procfile` says how the server is really started, so it stands for all; a `Dockerfile` is asked when nothing else is known.
fn of_folder(dir: &Path) -> Vec<Guess> {
    if let Some(guess) = container::procfile(dir) {
        return vec![guess];
    }
    let mut found = python::guesses(dir);
    found.extend(ruby::guess(dir));
    found.extend(node::guesses(dir));
    found.extend(java::guess(dir));
    found.extend(go::guesses(dir));
    found.extend(rust::guesses(dir));
    if found.is_empty() { container::dockerfile(dir).into_iter().collect() } else { found }
}

fn read(dir: &Path, name: &str) -> Option<String> {
    fs::read_to_string(dir.join(name)).ok()
}

fn argv(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A name of a package that can be part of a path.
fn plain_name(name: &str) -> Option<&str> {
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    plain.then_some(name)
}

/// The name in the letters that a target's name may have.
fn plain_letters(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '-' };
    let plain: String = name.chars().map(letter).take(60).collect();
    if plain.trim_matches('-').is_empty() { "app".to_owned() } else { plain }
}
