//! The main job on the real thing: Flask behind gunicorn against Gin, both on PostgreSQL 15, short windows.
//!
//! Ignored by default because it needs what `make setup` installs; `make test` runs it.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what it needs has failed")]

use std::path::Path;
use std::process::{Command, Output};

use pianoprof::process::procfile;
use serde_json::Value;

fn pianoprof(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pianoprof"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the binary was built")
}

fn said(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Makes this process the parent of everything that its children leave behind (`PR_SET_CHILD_SUBREAPER`).
fn adopt_orphans() {
    nix::sys::prctl::set_child_subreaper(true).unwrap();
}

/// The command lines of this process's children: once `pianoprof` has ended, what it left behind.
fn left_behind() -> Vec<String> {
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|&pid| procfile::stat(pid).is_some_and(|stat| stat.parent == std::process::id()))
        .map(|pid| format!("{pid}: {}", procfile::command_line(pid).unwrap_or_default()))
        .collect()
}

fn metric<'a>(document: &'a Value, name: &str, target: &str) -> &'a Value {
    document["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .find(|metric| metric["metric"] == name && metric["target"] == target)
        .unwrap_or_else(|| panic!("no {name} of {target}"))
}

#[test]
#[ignore = "needs the real targets: make test-end-to-end"]
fn the_whole_comparison_on_real_servers() {
    adopt_orphans();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let run = pianoprof(&["run", "--quick", "--json", "--quiet", "--out", out.to_str().unwrap()]);
    assert!(matches!(run.status.code(), Some(0 | 1 | 3)), "{}", said(&run));
    let document: Value = serde_json::from_slice(&run.stdout).expect("clean JSON on standard output");
    assert_eq!(document["format"], 1);
    assert_eq!(document["complete"], true);
    for target in ["flask", "gin"] {
        for name in ["startup.first_ok", "idle.rss", "idle.pss", "latency.list.p50", "sustained.list.throughput"] {
            assert!(metric(&document, name, target)["median"].as_f64().unwrap() > 0.0, "{name} of {target}");
        }
    }
    for load in document["loads"].as_array().unwrap() {
        let errors: u64 = load["errors"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(errors, 0, "{load}");
    }
    assert_eq!(document["checklist"].as_array().unwrap().len(), 8);
    assert_eq!(document["claims"].as_array().unwrap().len(), 8);
    let run_json: Value = serde_json::from_str(&std::fs::read_to_string(out.join("run.json")).unwrap()).unwrap();
    assert_eq!(run_json["parity"]["differences"].as_array().unwrap().len(), 0);
    assert!(run_json["parity"]["requests"].as_u64().unwrap() >= 60);
    let writes: Vec<&Value> =
        run_json["trials"].as_array().unwrap().iter().flat_map(|trial| trial["writes"].as_array().unwrap()).collect();
    assert!(!writes.is_empty());
    for write in writes {
        assert_eq!(write["promised"], write["inserted"], "{write}");
    }
    read_again(&out, &run.stdout);
    assert_eq!(left_behind(), Vec::<String>::new());
}

/// The stored run says the same as the live one, in every form, and `verify` gates on it.
fn read_again(out: &Path, live: &[u8]) {
    let path = out.to_str().unwrap();
    let replayed = pianoprof(&["report", path, "--format", "json"]);
    assert_eq!(replayed.stdout, live, "live and replayed output differ");
    for format in
        ["terminal", "markdown", "html", "csv", "junit", "github", "openmetrics", "bencher", "template", "hdr"]
    {
        let report = pianoprof(&["report", path, "--format", format]);
        assert_eq!(report.status.code(), Some(0), "{format}: {}", said(&report));
        assert!(report.stdout.len() > 100, "{format} is empty");
    }
    let verify = pianoprof(&["verify", path]);
    assert!(matches!(verify.status.code(), Some(0 | 1 | 3)), "{}", said(&verify));
    assert_eq!(pianoprof(&["verify", path, "--claims", "--inconclusive", "warn"]).status.code(), Some(0));
}

#[test]
#[ignore = "needs the real targets: make test-end-to-end"]
fn the_fingerprint_is_the_same_on_every_machine() {
    let fingerprint = |arguments: &[&str]| {
        let output = pianoprof(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let one = fingerprint(&["seed", "--scale", "0.1", "--print-fingerprint"]);
    assert_eq!(one, include_str!("golden/fingerprint-scale-0.1.txt").trim());
    assert_ne!(one, fingerprint(&["seed", "--scale", "0.05", "--print-fingerprint"]));
}

#[test]
#[ignore = "takes most of a minute: make test-end-to-end"]
fn a_selfcheck_sets_every_figure_beside_the_truth() {
    adopt_orphans();
    let temporary = tempfile::tempdir().unwrap();
    let check = Command::new(env!("CARGO_BIN_EXE_pianoprof"))
        .args(["selfcheck", "--ratio", "2", "--noise", "0", "--blocks", "3", "--json", "--quiet"])
        .env("TMPDIR", temporary.path())
        .output()
        .expect("the binary was built");
    // Misses and a noisy machine are answers too.
    assert!(matches!(check.status.code(), Some(0 | 1 | 3)), "{}", said(&check));
    let answer: Value = serde_json::from_slice(&check.stdout).expect("clean JSON on standard output");
    let intervals = answer["intervals"].as_array().unwrap();
    let metrics: Vec<&str> = intervals.iter().map(|one| one["metric"].as_str().unwrap()).collect();
    assert_eq!(metrics, ["startup.listen", "idle.rss", "cpu.cpu.cpu_per_request", "latency.wait.p50"]);
    for one in intervals {
        assert!((one["truth"].as_f64().unwrap() - 2.0).abs() < 0.05, "{one}");
        let measured = one["measured"].as_f64().unwrap();
        assert!(measured > 1.4 && measured < 2.8, "{one}");
    }
    // What a launch and the way of a request add to both sides moves the ratio of what the servers were told, but only when it
    // was read. The way of a request is the same for both; a launch is later by what each server itself was late.
    assert!((intervals[0]["truth"].as_f64().unwrap() - 2.0).abs() > 1e-9, "{}", intervals[0]);
    assert!(intervals[3]["truth"].as_f64().unwrap() < 2.0, "{}", intervals[3]);
    let memory = intervals[1]["measured"].as_f64().unwrap();
    assert!((memory - 2.0).abs() < 0.02, "memory does not depend on the machine's mood: {memory}");
    assert_eq!(left_behind(), Vec::<String>::new());
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "its runs are removed");
}

#[test]
#[ignore = "takes half a minute: make test-end-to-end"]
fn a_selfcheck_with_noise_goes_on_from_an_earlier_one() {
    let temporary = tempfile::tempdir().unwrap();
    let earlier = temporary.path().join("earlier.json");
    let check = |arguments: &[&str]| -> Value {
        let arguments = [&["selfcheck", "--ratio", "2", "--json", "--quiet"], arguments].concat();
        let output = pianoprof(&arguments);
        assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{}", said(&output));
        std::fs::write(&earlier, &output.stdout).unwrap();
        serde_json::from_slice(&output.stdout).expect("clean JSON on standard output")
    };
    let one = check(&[]);
    let both = check(&["--sessions", "2", "--add", earlier.to_str().unwrap()]);
    let seeds = |answer: &Value| -> Vec<u64> {
        answer["intervals"].as_array().unwrap().iter().map(|one| one["seed"].as_u64().unwrap()).collect()
    };
    assert_eq!((seeds(&one), seeds(&both)), (vec![1; 4], [[1; 4], [2; 4]].concat()));
    assert_eq!(both["intervals"].as_array().unwrap()[..4], one["intervals"].as_array().unwrap()[..]);
    assert_eq!((&both["noise"], &both["tally"]["two_sided"]), (&Value::from(0.15), &Value::from(false)));
    for one in both["intervals"].as_array().unwrap().iter().filter(|one| !one["low"].is_null()) {
        // Two sessions whose servers were drawn anew in each launch are as wide as that makes them, not as the instruments.
        let half = (one["high"].as_f64().unwrap() / one["low"].as_f64().unwrap()).ln() / 2.0;
        let from_noise = one["half_width_from_noise"].as_f64().unwrap();
        assert!(half > 0.05 * from_noise && half < 5.0 * from_noise, "{one}");
    }
}
