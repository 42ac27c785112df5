//! Other load tools beside our own engine, on the known-truth server. A test whose tool is not installed is skipped.

use serde_json::Value;

use crate::lab::{Lab, SHORT, target, truth};
use crate::skipped::{impossible, missing};

/// Every answer closes, which ab and python servers understand alike; 1 of 100 takes 40 ms.
const OPTIONS: [&str; 3] = ["--service-mix", "99x2ms,1x40ms", "--close"];

pub fn installed(tool: &str) -> bool {
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap()).any(|folder| folder.join(tool).is_file());
    if !found {
        match tool {
            // To compile the one takes minutes and the other is large, so that `make setup-test` leaves them out.
            "oha" | "jmeter" => {
                impossible(&format!("{tool} is not installed, nor in PATH (`make setup-test` leaves it out)"));
            }
            _ => missing(tool),
        }
    }
    found
}

fn load(arguments: &[&str]) -> Value {
    let lab = Lab::of(&truth(&OPTIONS));
    let document = lab.run(&[&["load", "--json", "--connections", "10"], arguments].concat()).code(0).json();
    let replayed = lab.run(&["report", "runs/latest", "--format", "json"]).code(0);
    assert_eq!(document, replayed.json(), "live and replayed output differ");
    document["loads"][0].clone()
}

fn number(load: &Value, pointer: &str) -> f64 {
    load.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {pointer} in {load:#}"))
}

/// The server's truth, within wide bounds: no answer is faster than its service time.
fn true_latency(load: &Value) {
    let (p50, max) = (number(load, "/latency_us/p50"), number(load, "/latency_us/max"));
    assert!((1900.0..200_000.0).contains(&p50) && max >= 39_000.0, "{load:#}");
    assert!(number(load, "/generator_cpu_s") > 0.0);
    for key in ["service_us", "connect_us", "lateness_us", "littles_law", "connections_opened"] {
        assert!(load[key].is_null(), "{key} is not told: {load:#}");
    }
}

#[test]
fn wrk_makes_the_load_and_is_read() {
    if !installed("wrk") {
        return;
    }
    let load = load(&["--engine", "wrk", "--duration", "1s"]);
    assert_eq!(load["engine"], "wrk");
    assert_eq!(load["statuses"]["200"], load["answered"]);
    assert_eq!((&load["good"], &load["errors"]), (&load["answered"], &Value::Object(serde_json::Map::new())));
    true_latency(&load);
    assert!(number(&load, "/latency_us/p999") >= 39_000.0);
}

#[test]
fn ab_makes_the_load_and_is_read_as_exactly_as_our_own() {
    if !installed("ab") {
        return;
    }
    let theirs = load(&["--engine", "ab", "--requests", "500"]);
    let ours = load(&["--requests", "500"]);
    assert_eq!((&theirs["engine"], &ours["engine"]), (&"ab".into(), &"pianoprof".into()));
    for key in ["sent", "answered", "good"] {
        assert_eq!((&theirs[key], &ours[key]), (&500.into(), &500.into()), "{key}");
    }
    true_latency(&theirs);
    assert!(theirs["latency_us"]["p999"].is_null() && theirs["latency_us"]["mean"].is_null());
}

#[test]
fn oha_makes_the_load_and_is_read_as_exactly_as_our_own() {
    if !installed("oha") {
        return;
    }
    let theirs = load(&["--engine", "oha", "--requests", "500"]);
    assert_eq!(theirs["engine"], "oha");
    for key in ["sent", "answered", "good"] {
        assert_eq!(theirs[key], 500, "{key}");
    }
    assert_eq!((&theirs["statuses"]["200"], theirs["errors"].as_object().unwrap().len()), (&500.into(), 0));
    true_latency(&theirs);
    assert!(number(&theirs, "/latency_us/p999") >= 39_000.0 && theirs["latency_us"]["mean"].is_null());
}

#[test]
fn oha_holds_a_rate() {
    if !installed("oha") {
        return;
    }
    let open = load(&["--engine", "oha", "--rate", "200", "--duration", "1500ms"]);
    assert_eq!((&open["arrival"], &open["rate_asked"]), (&"open".into(), &200.0.into()));
    // 300 are due, the one at the deadline itself included or not; a busy machine sends fewer, never more.
    assert!((1.0..=301.0).contains(&number(&open, "/sent")), "{open:#}");
    assert_eq!(open["answered"], open["sent"]);
    true_latency(&open);
}

#[test]
fn what_a_tool_cannot_do_is_refused_before_anything_starts() {
    let lab = Lab::of(&truth(&[]));
    for (arguments, words) in [
        (&["--engine", "ab", "--rate", "50"][..], "ab has no open loop"),
        (&["--engine", "wrk"], "wrk ends after a time"),
        (&["--engine", "wrk", "--duration", "1s", "--ramp", "1s"], "no ramp"),
        (&["--engine", "oha", "--rate", "50", "--poisson"], "equal gaps"),
        (&["--engine", "jmeter", "--requests", "15", "--connections", "2"], "no multiple of 2"),
        (&["--remote", "127.0.0.2"], "only jmeter"),
    ] {
        lab.run(&[&["load"], arguments].concat()).code(2).says(&[words]);
    }
    assert!(!lab.at("runs").exists());
}

#[test]
fn a_tool_that_is_missing_is_one_error_with_its_installation() {
    let lab = Lab::new(
        &(target("a", &truth(&[])) + SHORT + "[load.busy]\nconnections = 4\nduration = \"1s\"\nsend = [\"root\"]\n"),
    );
    for (arguments, words) in [
        (&["load", "--engine", "wrk", "--duration", "1s"][..], ["wrk was not found in PATH", "apt-get install wrk"]),
        (&["load", "--engine", "oha"], ["oha was not found in PATH", "cargo install --locked oha"]),
        (&["run", "--second-opinion=oha"], ["oha was not found in PATH", "cargo install --locked oha"]),
    ] {
        let output = lab.command(arguments).env("PATH", lab.at("tmp")).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    }
    assert!(!lab.at("runs").exists());
}

#[test]
fn a_run_hears_a_second_opinion_when_asked() {
    let lab = Lab::new(
        &(target("a", &truth(&["--service-mix", "1x1ms"]))
            + SHORT
            + "[load.busy]\nconnections = 4\nduration = \"1s\"\nsend = [\"root\"]\n"),
    );
    lab.run(&["run", "--second-opinion", "--only", "startup"]).code(2).says(&["a load that is a closed loop"]);
    assert!(!lab.at("runs").exists());
    if !installed("wrk") {
        return;
    }
    let document = lab.run(&["run", "--second-opinion", "--only", "busy", "--json"]).code(0).json();
    let said = document["second_opinion"].as_array().unwrap();
    let figures: Vec<(&str, &str)> =
        said.iter().map(|one| (one["figure"].as_str().unwrap(), one["by"].as_str().unwrap())).collect();
    for expected in [("throughput", "wrk"), ("p50", "wrk"), ("rss", "ps"), ("pss", "smaps")] {
        assert!(figures.contains(&expected), "{expected:?} in {said:#?}");
    }
    // The same tree at the same moment, read in two ways.
    let rss = said.iter().find(|one| one["figure"] == "rss").unwrap();
    assert!(rss["percent"].as_f64().unwrap().abs() < 20.0, "{rss:#}");
    assert!(lab.at("runs/latest/wrk").is_dir());
    // It is apart: one trial, one load of the plan.
    assert_eq!(document["loads"].as_array().unwrap().len(), 1);
    assert_eq!(document, lab.run(&["report", "runs/latest", "--format", "json"]).code(0).json());
}
