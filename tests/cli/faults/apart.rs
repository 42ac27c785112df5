//! Wrappers that give the program a machine of its own: mounts that nobody else sees, another user, fewer files.

use std::process::Command;

use crate::skipped::impossible;

/// The words before the program so that it runs where `setup`, a line of shell, was done to the mounts; `None`, with the
/// reason said, where this user may not do that.
pub fn mounts(setup: &str) -> Option<Vec<String>> {
    // A user namespace makes an ordinary user root of its own mounts; root needs none, and shall stay who it is.
    let ours: &[&str] = if nix::unistd::geteuid().is_root() { &["-m"] } else { &["-r", "-m"] };
    wrapper(ours, setup, "exec \"$@\"")
}

/// The same, and the program finds itself an ordinary user in a process namespace of its own.
pub fn ordinary(setup: &str) -> Option<Vec<String>> {
    wrapper(&["-r", "-m", "-p", "-f"], setup, "exec unshare -U --map-user=1000 --map-group=1000 \"$@\"")
}

fn wrapper(ours: &[&str], setup: &str, then: &str) -> Option<Vec<String>> {
    let script = format!("{setup} && {then}");
    let words: Vec<String> =
        [&["unshare"], ours, &["sh", "-c", &script, "sh"]].concat().into_iter().map(str::to_owned).collect();
    let tried = Command::new(&words[0]).args(&words[1..]).arg("true").current_dir("/tmp").output();
    let refused = match tried {
        Ok(output) if output.status.success() => return Some(words),
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    impossible(&refused);
    None
}

/// Words as a wrapper of a lab takes them.
pub fn words(wrapper: &[String]) -> Vec<&str> {
    wrapper.iter().map(String::as_str).collect()
}
