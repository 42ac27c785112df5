//! Where a tool is on this machine, and its version.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::model::engine::Engine;
use crate::process::find_program;

/// A tool that is at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Which.
    pub engine: Engine,
    /// The words that its own arguments follow.
    pub argv: Vec<String>,
    /// Its version as it says itself, where it does.
    pub version: Option<String>,
}

/// A tool that is not at hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Missing {
    /// Which.
    pub engine: Engine,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.engine {
            Engine::Jmeter => {
                f.write_str("jmeter was not found in PATH, JMETER_HOME or .pianoprof/jmeter, or java is missing")
            }
            other => write!(f, "{other} was not found in PATH"),
        }
    }
}

impl Missing {
    /// The command that installs it.
    #[must_use]
    pub fn install(&self) -> &'static str {
        match self.engine {
            Engine::Wrk => "install it with: sudo apt-get install wrk",
            Engine::Ab => "install it with: sudo apt-get install apache2-utils",
            Engine::Oha => "install it with: cargo install --locked oha",
            Engine::Jmeter => {
                "`make jmeter` puts JMeter 5.6.3 into .pianoprof/jmeter (java: sudo apt-get install default-jre-headless)"
            }
            Engine::Pianoprof => "it is this program",
        }
    }
}

/// Looks for a tool, for a user who stands in `from`.
///
/// # Errors
/// When it is not there.
pub fn find(engine: Engine, from: &Path) -> Result<Tool, Missing> {
    let (argv, ask): (Vec<String>, &str) = match engine {
        Engine::Wrk => (in_path("wrk").into_iter().collect(), "-v"),
        Engine::Ab => (in_path("ab").into_iter().collect(), "-V"),
        Engine::Oha => (in_path("oha").into_iter().collect(), "--version"),
        Engine::Jmeter => (jmeter(from).unwrap_or_default(), "--version"),
        Engine::Pianoprof => (vec![], ""),
    };
    if argv.is_empty() {
        return Err(Missing { engine });
    }
    let version = said(&argv, ask).as_deref().and_then(version);
    Ok(Tool { engine, argv, version })
}

/// `jmeter` in `PATH`, that of `JMETER_HOME`, or the one that `make jmeter` assembles in this folder or one above.
fn jmeter(from: &Path) -> Option<Vec<String>> {
    if let Some(program) = in_path("jmeter") {
        return Some(vec![program]);
    }
    let java = in_path("java")?;
    let home = env::var_os("JMETER_HOME").map(PathBuf::from);
    let ours = from.ancestors().map(|folder| folder.join(".pianoprof/jmeter"));
    let jar = home.into_iter().chain(ours).map(|home| home.join("bin/ApacheJMeter.jar")).find(|jar| jar.is_file())?;
    let options = ["-Xms256m", "-Xmx1g", "-XX:+UseG1GC", "-Djava.awt.headless=true", "-jar"];
    let words = options.map(str::to_owned);
    Some([java].into_iter().chain(words).chain([jar.to_string_lossy().into_owned()]).collect())
}

fn in_path(name: &str) -> Option<String> {
    find_program(name).map(|file| file.to_string_lossy().into_owned())
}

/// What it says of itself; wrk ends with an error meanwhile.
fn said(argv: &[String], ask: &str) -> Option<String> {
    let (program, rest) = argv.split_first()?;
    let folder = tempfile::tempdir().ok()?;
    let output = Command::new(program).args(rest).arg(ask).current_dir(&folder).stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
}

/// The first word that looks like a version: `5.6.3`, `debian/4.1.0-3+b2`.
fn version(text: &str) -> Option<String> {
    let digit = |c: char| c.is_ascii_digit();
    text.split(|c: char| c.is_whitespace() || c == '/' || c == ',')
        .map(|word| word.trim_start_matches('v'))
        .find(|word| word.starts_with(digit) && word.split_once('.').is_some_and(|(_, rest)| rest.starts_with(digit)))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_tools_say() {
        for (text, found) in [
            ("wrk debian/4.1.0-3+b2 [epoll] Copyright (C) 2012 Will Glozer", "4.1.0-3+b2"),
            ("This is ApacheBench, Version 2.3 <$Revision$>", "2.3"),
            ("oha 1.16.0", "1.16.0"),
            ("    _    ____   _    ____ _   _ _____\n\\_/ |_| \\_\\ 5.6.3\n\nCopyright (c) 1999-2024 The", "5.6.3"),
        ] {
            assert_eq!(version(text).as_deref(), Some(found));
        }
        assert_eq!(version("no version of 2012"), None);
    }

    #[test]
    fn what_is_missing_says_how_to_get_it() {
        for engine in [Engine::Wrk, Engine::Ab, Engine::Oha, Engine::Jmeter] {
            let missing = Missing { engine };
            assert!(missing.to_string().contains(engine.name()) && missing.install().contains("install"));
        }
    }
}
