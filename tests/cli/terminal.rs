//! What stands on a terminal while it works.

use std::fs::File;
use std::io::Read as _;
use std::process::Stdio;

use nix::pty::{OpenptyResult, Winsize, openpty};

use crate::lab::{Lab, SHORT, target, truth};

/// The program's standard error on a terminal of that many columns, and its exit code.
fn on_a_terminal(lab: &Lab, columns: u16, arguments: &[&str]) -> (String, Option<i32>) {
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    let OpenptyResult { master, slave } = openpty(Some(&size), None).unwrap();
    let mut command = lab.command(arguments);
    command.env("TERM", "xterm").stdout(Stdio::null()).stderr(slave);
    let mut child = command.spawn().unwrap();
    // It holds our copy of the terminal's other end, without which reading would never end.
    drop(command);
    let mut said = Vec::new();
    let mut master = File::from(master);
    let mut part = [0; 4096];
    // The last reader's end is an error of the kind EIO.
    while let Ok(read @ 1..) = master.read(&mut part) {
        said.extend_from_slice(&part[..read]);
    }
    (String::from_utf8_lossy(&said).into_owned(), child.wait().unwrap().code())
}

#[test]
fn the_live_line_has_its_figures_whole_in_an_ordinary_terminal() {
    let name = "a-target-whose-name-is-longer-than-most";
    let lab = Lab::new(
        &(target(name, &truth(&["--service-mix", "1x2ms"]))
            + SHORT
            + "[load.sustained]\nconnections = 4\nduration = \"3s\"\nsend = [\"root\"]\n"),
    );
    let (said, code) = on_a_terminal(&lab, 80, &["run", "--only", "sustained", "--blocks", "1"]);
    assert_eq!(code, Some(0), "{said}");
    // A line is drawn over the one before it.
    let lines: Vec<&str> = said.split(['\r', '\n']).filter(|line| line.contains("req/s")).collect();
    assert!(!lines.is_empty(), "no rate in {said}");
    let whole = |line: &&str| ["block 1  a-target", "p99 ", " ms", "RSS "].iter().all(|part| line.contains(part));
    assert!(lines.iter().any(whole), "no line with every figure in {lines:#?}");
    assert!(said.contains(" left"), "no time left in {said}");
}
