//! Every fault in every form of the report: no form gives a figure and keeps its doubt to itself.

use std::thread::sleep;
use std::time::Duration;

use crate::lab::{Lab, SERVER, truth};

/// Every form that has room for a word; Bencher's has numbers alone.
const FORMS: [&str; 9] =
    ["terminal", "markdown", "html", "json", "csv", "junit", "github", "openmetrics", "benchmark-smaller"];

fn signal(pid: u32, signal: i32) {
    // SAFETY: the pid is of a process that a test of ours started and that nobody has waited for.
    assert_eq!(unsafe { libc::kill(i32::try_from(pid).unwrap(), signal) }, 0);
}

/// Makes one load with something done meanwhile, and looks for these kinds in each form of its report.
fn every_form_tells(argv: &[&str], options: &[&str], kinds: &[&str], deed: impl FnOnce(&Lab, u32)) {
    let lab = Lab::of(argv);
    let load = [&["load", "--connections", "4", "--out", "it"], options].concat();
    lab.run_while(&load, |pianoprof| deed(&lab, pianoprof));
    for format in FORMS {
        let said = lab.run(&["report", "it", "--format", format]).code(0);
        for kind in kinds {
            assert!(tells(format, &said.out, kind), "{format} keeps {kind} to itself: {}", said.out);
        }
    }
    let bencher = lab.run(&["report", "it", "--format", "bencher"]).code(0).json();
    let count = bencher["caveats"]["count"]["value"].as_f64().unwrap();
    assert!(count >= f64::from(u8::try_from(kinds.len()).unwrap()), "{bencher:#}");
}

/// Whether the form tells of that caveat; a metric's name with the same word in it is not enough.
fn tells(format: &str, text: &str, kind: &str) -> bool {
    let word = |list: &str| list.split_whitespace().any(|word| word == kind);
    match format {
        "json" => text.contains(&format!("\"kind\": \"{kind}\"")),
        "csv" => text.lines().skip(1).all(|line| line.rsplit(',').next().is_some_and(word)),
        "junit" => text.contains(&format!("caveat {kind}: ")),
        "github" => text.contains(&format!("::warning title=Caveat {kind}::")),
        "openmetrics" => text.contains(&format!("pianoprof_caveats{{kind=\"{kind}\"}} ")),
        "benchmark-smaller" => {
            let extras = text.lines().filter_map(|line| line.trim().strip_prefix("\"extra\": \""));
            extras
                .map(|extra| extra.trim_end_matches('"'))
                .all(|extra| extra.split_once("caveats: ").is_some_and(|(_, list)| word(list)))
        }
        _ => text.replace(&format!(".{kind}"), "").contains(kind),
    }
}

#[test]
fn errors_are_told() {
    let argv = truth(&["--error-every", "100"]);
    every_form_tells(&argv, &["--requests", "1000"], &["errors"], |_, _| ());
}

#[test]
fn a_death_is_told() {
    let server = format!("{SERVER} --listen {{host}}:{{port}} --service-mix 1x5ms & sleep 1; kill -9 $!; exit 3");
    every_form_tells(&["sh", "-c", &server], &["--duration", "2500ms"], &["died", "errors"], |_, _| ());
}

#[test]
fn a_worker_that_is_respawned_is_told() {
    let argv = truth(&["--workers", "2", "--respawn-after", "100000000", "--service-mix", "1x5ms"]);
    every_form_tells(&argv, &["--duration", "2s"], &["worker-churn"], |lab, _| {
        lab.server();
        sleep(Duration::from_millis(700));
        signal(lab.server().0[2], libc::SIGKILL);
    });
}

#[test]
fn a_late_generator_is_told() {
    let argv = truth(&["--service-mix", "1x1ms"]);
    every_form_tells(&argv, &["--rate", "200", "--duration", "3s"], &["generator-bound"], |lab, pianoprof| {
        lab.server();
        sleep(Duration::from_millis(700));
        signal(pianoprof, libc::SIGSTOP);
        sleep(Duration::from_millis(500));
        signal(pianoprof, libc::SIGCONT);
    });
}

#[test]
fn somebody_else_on_the_port_is_told() {
    every_form_tells(&truth(&["--reuseport"]), &["--duration", "3s"], &["intruder"], |lab, _| {
        let (_, address) = lab.server();
        sleep(Duration::from_millis(700));
        let mut twin = std::process::Command::new(SERVER).args(["--listen", &address, "--reuseport"]).spawn().unwrap();
        sleep(Duration::from_secs(1));
        twin.kill().unwrap();
        twin.wait().unwrap();
    });
}
