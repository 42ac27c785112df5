//! Disks that are full or may not be written.

use super::apart::{mounts, words};
use crate::lab::{Lab, PROGRAM, SERVER, truth};

/// Runs where `small` is a file system of that size, and then reports the run that is stored there.
fn on(lab: &Lab, options: &str, arguments: &[&str]) -> Option<crate::lab::Said> {
    std::fs::create_dir_all(lab.at("small")).unwrap();
    let small = lab.at("small");
    let wrapper = mounts(&format!(
        "mount -t tmpfs -o {options} tmpfs {small} && {{ case $1 in true) exit 0;; esac; \"$@\"; code=$?; \
         {PROGRAM} report {small}/run >&2; exit $code; }}",
        small = small.display()
    ))?;
    Some(lab.run_under(&words(&wrapper), arguments))
}

#[test]
fn a_disk_that_fills_up_keeps_what_was_stored_before() {
    let chatty = format!("head -c 60000 /dev/zero >&2; exec {SERVER} --listen {{host}}:{{port}}");
    let lab = Lab::of(&["sh", "-c", &chatty]);
    let run = ["run", "--only", "startup,idle", "--blocks", "8", "--out", "small/run"];
    let Some(said) = on(&lab, "size=256k", &run) else { return };
    let said =
        said.code(2).says(&["could not write", "No space left", "trials are stored in", "hint: free some space"]);
    assert!(said.err.contains("The run was not finished"), "what was stored can be read: {said:#?}");
}

#[test]
fn a_disk_that_was_full_before_is_said() {
    let lab = Lab::of(&truth(&[]));
    let Some(said) = on(&lab, "size=4k", &["startup", "--out", "small/run"]) else { return };
    said.code(2).says(&["could not write", "No space left", "hint: free some space"]);
}

#[test]
fn a_folder_that_may_not_be_written_is_said_before_anything_is_started() {
    let lab = Lab::of(&truth(&["--stderr", "started"]));
    let said =
        |said: crate::lab::Said| said.code(2).says(&["error: could not write", "caused by: ", "hint: a run needs"]);
    std::fs::write(lab.at("file"), "").unwrap();
    said(lab.run(&["startup", "--out", "file/run"]));
    if let Some(read_only) = on(&lab, "ro", &["startup", "--out", "small/run"]) {
        said(read_only).says(&["Read-only file system"]);
    }
}
