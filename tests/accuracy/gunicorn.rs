//! The shipped Flask target as it is measured: gunicorn with four workers on its own PostgreSQL.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pianoprof::model::record::Group;
use pianoprof::process::{procfile, tree};

use super::support::PROGRAM;

/// The target, up until it is dropped.
pub struct Gunicorn {
    serve: Child,
    pub url: String,
    pid: u32,
}

impl Gunicorn {
    pub fn start() -> Self {
        let folder = env!("CARGO_MANIFEST_DIR");
        let mut command = Command::new(PROGRAM);
        command.args(["serve", "flask", "--json", "--quiet"]).current_dir(folder).stdout(Stdio::piped());
        let mut serve = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(serve.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let up: serde_json::Value = serde_json::from_str(&line).expect("`make setup` has been run");
        let pid = up["pid"].as_u64().unwrap().try_into().unwrap();
        Self { serve, url: up["url"].as_str().unwrap().to_owned(), pid }
    }

    /// Whom a run would sample, by their guardians: the target's tree, PostgreSQL's; and ourselves.
    pub fn groups(&self) -> [(Group, u32); 3] {
        let below = tree::descendants(self.serve.id());
        let postgres = below.into_iter().find(|pid| procfile::name(*pid).as_deref() == Some("postgres")).unwrap();
        let guardian = |pid| procfile::stat(pid).unwrap().parent;
        [
            (Group::Target, guardian(self.pid)),
            (Group::Database, guardian(postgres)),
            (Group::Pianoprof, std::process::id()),
        ]
    }
}

impl Drop for Gunicorn {
    fn drop(&mut self) {
        kill(Pid::from_raw(self.serve.id().cast_signed()), Signal::SIGTERM).unwrap();
        self.serve.wait().unwrap();
    }
}
