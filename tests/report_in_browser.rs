//! The HTML report and the page of a history in a real browser: every chart is drawn in both themes, can be zoomed and used without a mouse, the page
//! fits a phone, and nothing is complained about.
//!
//! Skipped where no Chromium is installed.

use std::path::Path;
use std::process::Command;

use pianoprof::report::history::{Entry, Filter, Form, Short, history};
use pianoprof::report::{Findings, Format, Style, render};
use pianoprof::{analysis, checklist, claims, model};

#[path = "../src/sample_run.rs"]
mod sample_run;
#[path = "../src/report/synthetic/mod.rs"]
mod synthetic;
#[path = "support/skipped.rs"]
mod skipped;

const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Pages that hold the report or the history in a frame and try what a reader does.
const READER: &str = include_str!("report_in_browser.html");
const HISTORY_READER: &str = include_str!("history_in_browser.html");

fn browser() -> Option<&'static str> {
    let browser = BROWSERS.into_iter().find(|name| Command::new(name).arg("--version").output().is_ok());
    if browser.is_none() {
        skipped::missing(&format!("Chromium (looked for {})", BROWSERS.join(", ")));
    }
    browser
}

#[test]
fn a_reader_can_use_it() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/runs/piano-quick");
    let real = Command::new(env!("CARGO_BIN_EXE_pianoprof")).args(["report", "--format", "html"]).arg(stored).output();
    let html = |made: &synthetic::Synthetic| render(&made.findings(), Format::Html, Style::default());
    // One latency chart, and memory and CPU of each side.
    for (name, page, charts, claims) in [
        ("comparison", html(&synthetic::comparison()), 5, 4),
        ("single", html(&synthetic::single()), 3, 0),
        ("real", String::from_utf8(real.unwrap().stdout).unwrap(), 5, 8),
    ] {
        let file = folder.path().join(format!("{name}.html"));
        std::fs::write(&file, page).unwrap();
        let reader = folder.path().join(format!("{name}-reader.html"));
        std::fs::write(&reader, READER.replace("PAGE", &format!("{name}.html"))).unwrap();
        let (dom, log) = load(browser, &reader, folder.path());
        let found = found(&dom, &log);
        assert_eq!(
            found,
            serde_json::json!({
                "drawn": charts, "claims": claims, "first_screen": true, "wide_tables": 0, "themes": true,
                "zoomed": true, "reset": true, "zoomed_by_key": true, "reset_by_key": true, "hidden_by_key": true,
                "unnamed": 0, "too_wide": [], "phone": true, "phone_charts": true,
            }),
            "{name}\n{log}"
        );
        let complaints: Vec<&str> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
        assert!(complaints.is_empty(), "{name}: {complaints:?}");
    }
}

#[test]
fn a_reader_can_use_the_history() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let made = synthetic::comparison();
    let analysis = analysis::analyse(&made.run);
    let short = Entry::new(&made.run, &analysis.metrics, &[]);
    // Ten targets of three runs, each with a figure of its own, so that every line is seen.
    let entry = |month: u32| {
        let figure = |(metric, times): (&str, u32), at: u32| Short {
            metric: metric.to_owned(),
            target: format!("target-{at:02}"),
            median: f64::from(10 * (at + 1) + times * month),
            ..short.metrics[0].clone()
        };
        let names = [("startup.first_ok", 1), ("idle.rss", 3)];
        let metrics = names.into_iter().flat_map(|name| (0..10).map(move |at| figure(name, at)));
        let started = format!("2026-0{month}-01T10:00:00Z");
        Entry { id: format!("run-{month}"), started, metrics: metrics.collect(), ..short.clone() }
    };
    let entries: Vec<Entry> = (1..=3).map(entry).collect();
    let page = history(&entries, &Filter::default(), Form::Html, Style::default());
    std::fs::write(folder.path().join("history.html"), page).unwrap();
    let reader = folder.path().join("reader.html");
    std::fs::write(&reader, HISTORY_READER.replace("PAGE", "history.html")).unwrap();
    let (dom, log) = load(browser, &reader, folder.path());
    let found = found(&dom, &log);
    assert_eq!(
        found,
        serde_json::json!({
            "charts": 1, "lines": 10, "marks": 10, "light": 8, "dark": 8, "papers": 2, "another_metric": true,
            "unnamed": 0, "too_wide": [], "phone": true,
        }),
        "{log}"
    );
    let complaints: Vec<&str> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
}

#[test]
fn the_page_itself_draws_its_charts() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    std::fs::write(&page, render(&synthetic::comparison().findings(), Format::Html, Style::default())).unwrap();
    let (dom, log) = load(browser, &page, folder.path());
    assert!(dom.contains("data-charts=\"5\""), "charts not drawn\n{log}");
    assert_eq!(dom.matches("<canvas").count(), 5);
    assert!(!dom.contains("[object Object]"), "an object shown as text");
}

/// What the reader's page wrote down of what it met.
fn found(dom: &str, log: &str) -> serde_json::Value {
    let found = dom.split_once("<pre id=\"found\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    serde_json::from_str(found.expect(log).0).expect(dom)
}

/// The page after its scripts ran, and what the browser logged.
fn load(browser: &str, page: &Path, folder: &Path) -> (String, String) {
    // `timeout` ends a browser that hangs, which its own virtual clock does not.
    let output = Command::new("timeout")
        .args(["--kill-after=5", "120", browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"])
        .args(["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--virtual-time-budget=8000", "--window-size=1300,3000", "--dump-dom"])
        // The reader looks into the report's frame, which is another file.
        .arg("--allow-file-access-from-files")
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("coreutils' timeout is on every Linux machine");
    (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
}
