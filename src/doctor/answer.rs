//! Finding a program and asking it for its version.

use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// How long a program may take to say its version; a cold Java needs seconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether it has ended.
const BEAT: Duration = Duration::from_millis(5);

/// What a program printed, and whether it ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// Standard output, then standard error.
    pub text: String,
    pub success: bool,
}

/// Runs a program to its end. `None` when it cannot be started or takes too long; its whole process group is ended then.
pub(super) fn ask(program: &Path, arguments: &[&str]) -> Option<Answer> {
    ask_within(PATIENCE, program, arguments)
}

fn ask_within(patience: Duration, program: &Path, arguments: &[&str]) -> Option<Answer> {
    // Files instead of pipes: what a program left behind could hold a pipe open for ever.
    let (mut out, mut err) = (tempfile::tempfile().ok()?, tempfile::tempfile().ok()?);
    let mut child = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(out.try_clone().ok()?)
        .stderr(err.try_clone().ok()?)
        .process_group(0)
        .spawn()
        .ok()?;
    let group = i32::try_from(child.id()).ok().map(Pid::from_raw);
    let deadline = Instant::now() + patience;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(BEAT),
            _ => break None,
        }
    };
    if status.is_none() {
        if let Some(group) = group {
            let _ = killpg(group, Signal::SIGKILL);
        }
        let _ = child.wait();
    }
    let mut text = read_from_start(&mut out);
    text.push_str(&read_from_start(&mut err));
    status.map(|status| Answer { text, success: status.success() })
}

fn read_from_start(file: &mut std::fs::File) -> String {
    use std::io::Seek as _;
    let mut bytes = Vec::new();
    let _ = file.rewind().and_then(|()| file.take(64 * 1024).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The first word that looks like a version: `1.26.8` in `go version go1.26.8 linux/amd64`.
pub(super) fn version(text: &str) -> Option<String> {
    text.split(|c: char| c.is_whitespace() || "/\"()<>,$".contains(c)).find_map(|word| {
        let number = word.trim_start_matches(|c: char| c.is_ascii_alphabetic()).trim_end_matches(['.', ',']);
        let good = number.starts_with(|c: char| c.is_ascii_digit())
            && number.contains('.')
            && number.bytes().all(|b| b.is_ascii_alphanumeric() || b".-+~_".contains(&b))
            && number.len() <= 30;
        good.then(|| number.to_owned())
    })
}

/// Whether a version is at least another; parts that are no numbers count as 0.
pub(super) fn at_least(version: &str, wanted: &str) -> bool {
    let parts = |text: &str| -> Vec<u64> {
        let digits = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>();
        text.split('.').map(|part| digits(part).parse().unwrap_or(0)).collect()
    };
    let (mut have, mut want) = (parts(version), parts(wanted));
    let length = have.len().max(want.len());
    have.resize(length, 0);
    want.resize(length, 0);
    have >= want
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        for (text, expected) in [
            ("go version go1.26.8 linux/amd64", "1.26.8"),
            ("cargo 1.95.0 (f2d3ce0bd 2026-03-21)", "1.95.0"),
            ("Python 3.11.7", "3.11.7"),
            ("This is ApacheBench, Version 2.3 <$Revision$>", "2.3"),
            ("wrk debian/4.1.0-3+b2 [epoll] Copyright (C) 2012", "4.1.0-3+b2"),
            ("Chromium 156.0.8078.79 built on Debian", "156.0.8078.79"),
            ("gunicorn (version 27.0.1)", "27.0.1"),
            ("openjdk version \"17.0.15\" 2025-04-15", "17.0.15"),
        ] {
            assert_eq!(version(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(version("v22.14.0").as_deref(), Some("22.14.0"));
        assert_eq!(version("Usage: wrk <options> <url>"), None);
    }

    #[test]
    fn versions_are_compared_by_number() {
        for (have, want) in [("1.95.0", "1.95"), ("1.100", "1.95"), ("3.11.7", "3.11"), ("15.18", "15")] {
            assert!(at_least(have, want), "{have} {want}");
        }
        for (have, want) in [("1.9", "1.95"), ("3.9.20", "3.11"), ("", "1")] {
            assert!(!at_least(have, want), "{have} {want}");
        }
    }

    #[test]
    fn a_program_that_never_ends_is_ended_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let pid_file = folder.path().join("pid");
        let script = format!("sleep 1000 & echo $! >{}; wait", pid_file.display());
        assert_eq!(ask_within(Duration::from_millis(700), Path::new("/bin/sh"), &["-c", &script]), None);
        let pid: i32 = std::fs::read_to_string(pid_file).unwrap().trim().parse().unwrap();
        let gone = (0..400).any(|_| {
            std::thread::sleep(BEAT);
            std::fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |stat| stat.contains(") Z "))
        });
        assert!(gone, "the child of {pid} still runs");
    }

    #[test]
    fn both_outputs_and_the_status_are_kept() {
        let answer = ask(Path::new("/bin/sh"), &["-c", "echo out; echo err >&2; exit 3"]);
        assert_eq!(answer, Some(Answer { text: "out\nerr\n".to_owned(), success: false }));
        assert_eq!(ask(Path::new("/nowhere/x"), &[]), None);
    }
}
