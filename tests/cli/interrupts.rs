//! Whatever ends the program, nothing of a target is left, and what was finished is kept.

use std::io::{BufRead, BufReader, Read as _};
use std::process::Child;

use pianoprof::model::record::Run;
use pianoprof::store;
use serde_json::Value;

use crate::lab::{Lab, SERVER, Said, truth, until, versus};
use crate::verdicts::copy;

/// A comparison whose trials take long enough to be met in the middle.
fn slow() -> Lab {
    let sleepy = truth(&["--delay", "150", "--relative", "session", "--stderr", "born"]);
    Lab::new(&versus(&sleepy, &sleepy).replace("launches   = 1", "launches   = 2"))
}

fn signal(child: &Child, signal: i32) {
    // SAFETY: a child of ours that was not waited for.
    assert_eq!(unsafe { libc::kill(i32::try_from(child.id()).unwrap(), signal) }, 0);
}

/// Sends the signal once `look` has seen what it waits for; gives exit code and standard output.
pub fn ended_by(lab: &Lab, number: i32, arguments: &[&str], look: impl Fn() -> bool) -> (Option<i32>, String) {
    let mut child = lab.command(arguments).stderr(std::process::Stdio::null()).spawn().unwrap();
    until("the moment for the signal", || (look() || child.try_wait().unwrap().is_some()).then_some(()));
    signal(&child, number);
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// What was done so far, pairs of launches first.
fn done(run: &Value) -> Vec<&Value> {
    ["startup", "trials"].iter().flat_map(|key| run[key].as_array().unwrap()).collect()
}

fn trials(lab: &Lab, run: &str) -> Vec<(String, String, u64)> {
    let run = lab.stored(run).unwrap();
    let trials = done(&run);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    trials.iter().map(|t| (text(&t["target"]), text(&t["end"]["how"]), t["attempt"].as_u64().unwrap())).collect()
}

pub fn has_trials(lab: &Lab, run: &str, count: usize) -> bool {
    lab.stored(run).is_some_and(|run| done(&run).len() >= count)
}

/// How many blocks (of a run without loads: pairs of launches) have an attempt in which both sides were finished.
fn whole_blocks(lab: &Lab, run: &str) -> usize {
    let run = lab.stored(run).unwrap();
    let trials = done(&run);
    let finished = |block: u64, attempt: u64| {
        let of = |t: &&Value| t["block"] == block && t["attempt"] == attempt && t["end"]["how"] == "stopped";
        trials.iter().copied().filter(of).count() == 2
    };
    (1..=20).filter(|block| (1..=5).any(|attempt| finished(*block, attempt))).count()
}

/// What resuming a copy of the run `it` gives that tells of another past.
fn elsewhere(lab: &Lab, change: impl FnOnce(&mut Run)) -> Said {
    let _ = std::fs::remove_dir_all(lab.at("elsewhere"));
    copy(&lab.at("it"), &lab.at("elsewhere"));
    let (folder, mut run) = store::open(&lab.at("elsewhere")).unwrap();
    change(&mut run);
    folder.save(&run).unwrap();
    lab.run(&["run", "--resume", "elsewhere"]).code(2)
}

/// How many servers of that target have spoken so far.
fn births(lab: &Lab, run: &str, target: &str) -> usize {
    let path = lab.at(run).join(format!("output/{target}.stderr"));
    std::fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

#[test]
fn an_interrupted_run_keeps_its_trials_and_is_resumed() {
    let lab = slow();
    let run = ["run", "--only", "idle", "--blocks", "3", "--out", "it"];
    let (code, out) = ended_by(&lab, libc::SIGINT, &run, || has_trials(&lab, "it", 3));
    assert_eq!(code, Some(130), "{out}");
    assert!(out.contains("The run is not complete."), "{out}");
    assert_eq!(lab.alive(), Vec::<String>::new());
    let before = trials(&lab, "it");
    assert_eq!(before.iter().filter(|trial| trial.1 == "stopped").count(), 3, "{before:?}");
    lab.run(&["verify", "it", "--claims"]).code(3).answers(&["not complete"]);
    elsewhere(&lab, |run| drop(run.environment.insert("cpu.model".to_owned(), Some("another".to_owned()))))
        .says(&["not the machine that elsewhere was begun on: cpu.model differs"]);
    elsewhere(&lab, |run| run.targets.get_mut("b").unwrap().program_sha256 = Some("ab".to_owned()))
        .says(&["target b is another build than when the run was begun: its program differs"]);
    // A run without loads cannot pass the checklist: 1 says so, and that it was done.
    let document = lab.run(&["run", "--resume", "it", "--json"]).code(1).json();
    assert_eq!(document["complete"], true);
    let after = trials(&lab, "it");
    assert_eq!(after[..before.len()], before[..], "what was finished is kept");
    assert_eq!(whole_blocks(&lab, "it"), 3, "{after:?}");
    lab.run(&["run", "--resume", "it"]).code(2).says(&["complete already"]);
}

#[test]
fn a_run_of_commands_is_resumed_by_the_same_commands() {
    let lab = slow();
    std::fs::remove_file(lab.at("pianoprof.toml")).unwrap();
    let server = truth(&["--delay", "50"]);
    let sides = [&["--"], &server[..], &["--vs"], &server[..]].concat();
    let run = [&["run", "--quick", "--only", "startup", "--out", "it"], &sides[..]].concat();
    let (code, _) = ended_by(&lab, libc::SIGINT, &run, || has_trials(&lab, "it", 1));
    assert_eq!(code, Some(130));
    lab.run(&["run", "--resume", "it"]).code(2).says(&["the same commands after `--`"]);
    let other = [&["run", "--resume", "it", "--"], &server[..], &["--vs"], &server[..3]].concat();
    lab.run(&other).code(2).says(&["not the one that it was begun with"]);
    let document = lab.run(&[&["--json", "run", "--resume", "it"], &sides[..]].concat()).code(1).json();
    assert_eq!(document["complete"], true);
    assert_eq!(whole_blocks(&lab, "it"), 2, "a quick run launches two pairs");
}

#[test]
fn an_interrupted_startup_prints_the_launches_it_has() {
    // Each life says so first and then takes its time, so that one is met while it is waited for. The first is not counted.
    let script = format!("echo born >&2; sleep 0.4; exec {SERVER} --listen {{host}}:{{port}}");
    let lab = Lab::of(&["sh", "-c", &script]);
    let look = || births(&lab, "it", "a") >= 3;
    let (code, out) = ended_by(&lab, libc::SIGINT, &["startup", "--launches", "300", "--out", "it", "--json"], look);
    assert_eq!(code, Some(130));
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["complete"], false);
    assert!(!document["launches"].as_array().unwrap().is_empty(), "{document:#}");
    assert!(document["metrics"].as_array().unwrap().iter().any(|metric| metric["metric"] == "startup.first_ok"));
    assert_eq!(lab.alive(), Vec::<String>::new());
    lab.run(&["run", "--resume", "it"]).code(2).says(&["cannot be resumed"]);
}

#[test]
fn an_interrupted_load_prints_what_it_has() {
    let lab = Lab::of(&truth(&["--service-mix", "1x5ms"]));
    let mut child = lab.command(&["load", "--duration", "60s", "--connections", "2", "--json"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("adhoc root")), "the load was never begun");
    // The first requests need no more than this to be answered; a slower machine makes it a load of none, seen below.
    std::thread::sleep(std::time::Duration::from_millis(500));
    signal(&child, libc::SIGINT);
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["complete"], false);
    let load = &document["loads"][0];
    assert!(load["answered"].as_u64().unwrap() > 0, "{load}");
    assert!(load["latency_us"]["p50"].as_f64().unwrap() >= 5000.0, "{load}");
    assert_eq!(lab.alive(), Vec::<String>::new());
}

#[test]
fn a_termination_is_an_interrupt() {
    let lab = slow();
    let look = || births(&lab, "it", "a") + births(&lab, "it", "b") >= 2;
    let (code, _) = ended_by(&lab, libc::SIGTERM, &["run", "--only", "startup", "--out", "it"], look);
    assert_eq!(code, Some(130));
    assert_eq!(lab.alive(), Vec::<String>::new());
}

#[test]
fn a_killed_program_leaves_nothing_running_and_a_run_that_can_be_resumed() {
    let lab = slow();
    let run = ["run", "--only", "startup", "--out", "it"];
    let (code, _) = ended_by(&lab, libc::SIGKILL, &run, || has_trials(&lab, "it", 1) && !lab.alive().is_empty());
    assert_eq!(code, None);
    until("guardian and target are gone", || lab.alive().is_empty().then_some(()));
    lab.run(&["report", "it"]).code(0).answers(&["The run is not complete."]);
    let before = trials(&lab, "it");
    assert_eq!(lab.run(&["run", "--resume", "it", "--json"]).code(1).json()["complete"], true);
    assert_eq!(trials(&lab, "it")[..before.len()], before[..]);
}
