//! A folder to work in, the program, and a look at what it leaves behind.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_pianoprof");
pub const SERVER: &str = env!("CARGO_BIN_EXE_truth-server");
/// Keeps a broken build from hanging; no test depends on it.
const LONG: Duration = Duration::from_mins(2);

/// A folder with a configuration.
pub struct Lab {
    folder: TempDir,
}

/// What the program said and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    /// Expects this exit code.
    pub fn code(self, expected: i32) -> Self {
        assert_eq!(self.code, Some(expected), "{self:#?}");
        self
    }

    /// Expects these words on standard error.
    pub fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "no `{word}` in {self:#?}");
        }
        self
    }

    /// Expects these words on standard output, wherever its lines are broken.
    pub fn answers(self, words: &[&str]) -> Self {
        let unbroken = self.out.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in words {
            assert!(unbroken.contains(word) || self.out.contains(word), "no `{word}` in {self:#?}");
        }
        self
    }

    /// Standard output, which must be one JSON document and nothing else.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

impl Lab {
    /// A folder whose `pianoprof.toml` is this text.
    pub fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("tmp")).unwrap();
        std::fs::write(folder.path().join("pianoprof.toml"), config).unwrap();
        Self { folder }
    }

    /// A folder with one target `a` of this argv, with short windows.
    pub fn of(argv: &[&str]) -> Self {
        Self::new(&(target("a", argv) + SHORT))
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// The program with these arguments, to be started here.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_under(&[], arguments)
    }

    /// The same as the last words of a wrapper such as `taskset -c 0`.
    pub fn command_under(&self, wrapper: &[&str], arguments: &[&str]) -> Command {
        let words = [wrapper, &[PROGRAM], arguments].concat();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).current_dir(self.path()).env("TMPDIR", self.at("tmp")).env_remove("NO_COLOR");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end and expects that it leaves nothing behind.
    pub fn run(&self, arguments: &[&str]) -> Said {
        self.run_under(&[], arguments)
    }

    /// The same under a wrapper.
    pub fn run_under(&self, wrapper: &[&str], arguments: &[&str]) -> Said {
        let command = self.command_under(wrapper, arguments);
        self.said(arguments, assert_cmd::Command::from_std(command).timeout(LONG).output().unwrap())
    }

    /// Runs the program to its end while something is done to it or to its targets.
    pub fn run_while(&self, arguments: &[&str], deed: impl FnOnce(u32)) -> Said {
        self.run_under_while(&[], arguments, deed)
    }

    /// The same under a wrapper.
    pub fn run_under_while(&self, wrapper: &[&str], arguments: &[&str], deed: impl FnOnce(u32)) -> Said {
        let child = self.command_under(wrapper, arguments).spawn().unwrap();
        deed(child.id());
        self.said(arguments, child.wait_with_output().unwrap())
    }

    fn said(&self, arguments: &[&str], output: Output) -> Said {
        let said = Said {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        assert_eq!(self.alive(), Vec::<String>::new(), "left running after {arguments:?}: {said:#?}");
        assert_eq!(self.litter(), Vec::<PathBuf>::new(), "left in TMPDIR after {arguments:?}");
        said
    }

    /// The processes that work in this folder: targets and guardians.
    pub fn alive(&self) -> Vec<String> {
        self.processes().into_iter().map(|(_, words)| words).collect()
    }

    /// The same with their numbers, oldest first.
    pub fn processes(&self) -> Vec<(u32, String)> {
        let here = self.path().canonicalize().unwrap();
        let of = |entry: std::fs::DirEntry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let cwd = std::fs::read_link(entry.path().join("cwd")).ok()?;
            let words = std::fs::read(entry.path().join("cmdline")).ok()?;
            // A zombie has no command line; it is dead and waits for whoever inherited it.
            let alive = cwd.starts_with(&here) && !words.is_empty();
            alive.then(|| (pid, String::from_utf8_lossy(&words).replace('\0', " ")))
        };
        let mut found: Vec<_> = std::fs::read_dir("/proc").unwrap().filter_map(|entry| of(entry.ok()?)).collect();
        found.sort_unstable();
        found
    }

    /// The processes of the truth server once it answers, and its address.
    pub fn server(&self) -> (Vec<u32>, String) {
        until("the server listens", || {
            let mut found = self.processes();
            found.retain(|(_, words)| words.starts_with(SERVER));
            let address = found.first()?.1.split(' ').nth(2)?.to_owned();
            std::net::TcpStream::connect(&address).ok()?;
            Some((found.into_iter().map(|(pid, _)| pid).collect(), address))
        })
    }

    fn litter(&self) -> Vec<PathBuf> {
        std::fs::read_dir(self.at("tmp")).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    /// The kinds of the caveats in a summary.
    pub fn kinds(document: &Value) -> Vec<&str> {
        document["caveats"].as_array().unwrap().iter().map(|caveat| caveat["kind"].as_str().unwrap()).collect()
    }

    /// A stored run's `run.json`.
    pub fn stored(&self, run: &str) -> Option<Value> {
        serde_json::from_slice(&std::fs::read(self.at(run).join("run.json")).ok()?).ok()
    }
}

/// Short windows and one request.
pub const SHORT: &str = r#"
[request.root]
path = "/"

[run]
blocks     = 1
launches   = 1
idle_after = "100ms"
warmup     = "100ms"
"#;

/// A `[target]` table with all the time to get ready and little to end.
pub fn target(name: &str, argv: &[&str]) -> String {
    let ready = r#"{ path = "/", timeout = "60s" }"#;
    format!("[target.{name}]\ncommand = {argv:?}\nready = {ready}\nstop = {{ signal = \"TERM\", grace = \"400ms\" }}\n")
}

/// The truth server's argv with more options.
pub fn truth<'a>(options: &[&'a str]) -> Vec<&'a str> {
    [&[SERVER, "--listen", "{host}:{port}"], options].concat()
}

/// A comparison of two targets.
pub fn versus(a: &[&str], b: &[&str]) -> String {
    let head = "[comparison]\nbaseline = \"a\"\ncandidate = \"b\"\n";
    head.to_owned() + &target("a", a) + &target("b", b) + SHORT
}

/// Waits until something is there.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + LONG;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
