//! The HTML report in a real browser: every chart is drawn and nothing is complained about.
//!
//! Skipped with a printed reason where no Chromium is installed.

use std::path::Path;
use std::process::Command;

use pianoprof::report::{Findings, Format, Style, render};
use pianoprof::{analysis, checklist, claims, model};

#[path = "../src/report/synthetic/mod.rs"]
mod synthetic;

const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

#[test]
fn every_chart_is_drawn() {
    let Some(browser) = BROWSERS.into_iter().find(|name| Command::new(name).arg("--version").output().is_ok()) else {
        eprintln!("skipped: no Chromium on this machine (looked for {})", BROWSERS.join(", "));
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    // One latency chart, and memory and CPU of each side.
    for (name, made, charts) in [("comparison", synthetic::comparison(), 5), ("single", synthetic::single(), 3)] {
        let page = folder.path().join(format!("{name}.html"));
        std::fs::write(&page, render(&made.findings(), Format::Html, Style::default())).unwrap();
        let (dom, log) = load(browser, &page, folder.path());
        assert!(dom.contains(&format!("data-charts=\"{charts}\"")), "{name}: charts not drawn\n{log}");
        assert_eq!(dom.matches("<canvas").count(), charts, "{name}");
        assert!(!dom.contains("[object Object]"), "{name}: an object shown as text");
        let complaints: Vec<&str> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
        assert!(complaints.is_empty(), "{name}: {complaints:?}");
    }
}

/// The page after its scripts ran, and what the browser logged.
fn load(browser: &str, page: &Path, folder: &Path) -> (String, String) {
    // `timeout` ends a browser that hangs, which its own virtual clock does not.
    let output = Command::new("timeout")
        .args(["--kill-after=5", "120", browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"])
        .args(["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--virtual-time-budget=4000", "--window-size=1200,3000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("coreutils' timeout is on every Linux machine");
    (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
}
