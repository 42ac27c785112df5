//! A test that cannot run here says so by its name, and `make test` lists the names at its end.
//!
//! With `STRICT=1` a tool that `make setup-test` installs may not be missing. What no package gives (a feature of the
//! kernel, the rights of root) is only said.

use std::io::Write as _;

/// The file that the names are appended to.
const LIST: &str = "PIANOPROF_SKIPPED";

/// A tool that `make setup-test` installs is not there.
///
/// # Panics
/// With `STRICT=1`.
pub fn missing(tool: &str) {
    let said = say(&format!("{tool} is not installed"));
    assert!(std::env::var_os("STRICT").is_none_or(|strict| strict != "1"), "STRICT=1: {said}");
}

/// This machine, its kernel or this user does not allow what the test needs; nothing can be installed that does.
#[allow(dead_code, reason = "one of the crates that include this file asks only for tools")]
pub fn impossible(why: &str) {
    say(&format!("this machine or user does not allow it: {}", why.trim()));
}

fn say(why: &str) -> String {
    let thread = std::thread::current();
    let said = format!("{}: {why}", thread.name().unwrap_or("a test"));
    println!("skipped {said}");
    if let Some(path) = std::env::var_os(LIST) {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let written = file.and_then(|mut file| writeln!(file, "{}", said.replace('\n', " ")));
        written.expect("the list of skipped tests is written");
    }
    said
}
