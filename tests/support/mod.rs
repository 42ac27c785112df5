//! What several integration tests need: a plan for the truth server, and a small HTTP client.

#![allow(dead_code, clippy::unwrap_used, reason = "each test crate uses a part; a test may panic")]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use pianoprof::interrupt::Interrupt;
use pianoprof::model::plan::{ReadyBy, ReadyPlan, StopPlan, TargetPlan};
use pianoprof::target::{Error, Launched, Settings, start};
use tempfile::TempDir;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_pianoprof");
pub const SERVER: &str = env!("CARGO_BIN_EXE_truth-server");
pub const LONG: Duration = Duration::from_mins(1);

/// A folder for output and a way to start truth servers.
pub struct Bench {
    pub folder: TempDir,
    pub plan: TargetPlan,
    pub settings: Settings,
}

impl Bench {
    pub fn new(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let argv = [&[SERVER, "--listen", "{host}:{port}"], options].concat();
        let plan = TargetPlan {
            name: "truth".to_owned(),
            dir: folder.path().to_owned(),
            attach: None,
            command: argv.into_iter().map(str::to_owned).collect(),
            env: BTreeMap::new(),
            build: Vec::new(),
            versions: BTreeMap::new(),
            ready: ReadyPlan { by: ReadyBy::Page { path: "/".to_owned(), status: 200 }, timeout: LONG },
            stop: StopPlan { signal: "TERM".to_owned(), grace: LONG },
            cpus: None,
            benchmark: None,
            runtime: None,
            inherit_env: vec![],
        };
        let settings = Settings {
            host: "127.0.0.1".to_owned(),
            port: None,
            database_url: None,
            output: folder.path().join("truth"),
            cold: false,
            cpus: None,
        };
        Self { folder, plan, settings }
    }

    pub fn try_start(&self) -> Result<Launched, Error> {
        start(Path::new(PROGRAM), &self.plan, &self.settings, &Interrupt::new(), &|_| ())
    }

    pub fn start(&self) -> Launched {
        self.try_start().unwrap()
    }
}

/// The body of a GET.
pub fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut text = String::new();
    let mut chunk = [0; 4096];
    loop {
        let count = stream.read(&mut chunk).unwrap();
        text.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split("Content-Length: ").nth(1).and_then(|rest| rest.lines().next()).unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                return body.to_owned();
            }
        }
        assert!(count > 0, "cut short: {text}");
    }
}

/// The server's own stamps.
pub fn stamps(port: u16) -> serde_json::Value {
    serde_json::from_str(&get(port, "/stamps")).unwrap()
}

/// Waits until `condition` holds; the bound only keeps a broken build from hanging.
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !condition() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
