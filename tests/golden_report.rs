//! A stored run of the shipped comparison, rendered in every form: what a user of a later version sees of an old run.
//!
//! `fixtures/runs/piano-quick` is a real quick run of Flask against Gin on a busy machine with two CPUs; its paths are
//! replaced, the kernel release is cut to its number and the output of servers left out, nothing else. Reading it must never
//! change it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::process::Command;

use insta::assert_snapshot;

const FORMATS: [&str; 13] = [
    "terminal",
    "markdown",
    "html",
    "json",
    "csv",
    "junit",
    "github",
    "openmetrics",
    "bencher",
    "benchmark-smaller",
    "benchmark-bigger",
    "template",
    "hdr",
];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/runs").join(name)
}

/// What the program prints for these arguments about the stored run, and its exit code.
fn said(arguments: &[&str]) -> (String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_pianoprof"))
        .args(arguments)
        .arg(fixture("piano-quick"))
        .env_remove("NO_COLOR")
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

fn report(format: &str) -> String {
    let (text, code) = said(&["report", "--format", format]);
    assert_eq!(code, 0, "{format}");
    text
}

#[test]
fn terminal() {
    assert_snapshot!(report("terminal"));
}

#[test]
fn markdown() {
    assert_snapshot!(report("markdown"));
}

#[test]
fn csv() {
    assert_snapshot!(report("csv"));
}

#[test]
fn junit() {
    assert_snapshot!(report("junit"));
}

#[test]
fn verdict() {
    let (text, code) = said(&["verify"]);
    assert_snapshot!(text);
    assert_eq!(code, 1, "failed checklist items");
    assert_eq!(said(&["verify", "--claims"]).1, 3, "no claim is refuted");
    assert_eq!(said(&["verify", "--claims", "--inconclusive", "warn"]).1, 0);
}

#[test]
fn template() {
    assert_snapshot!(report("template"));
}

#[test]
fn json_is_what_it_was_when_it_was_stored() {
    let stored = std::fs::read_to_string(fixture("piano-quick.json")).unwrap();
    let found = report("json");
    let different = stored.lines().zip(found.lines()).find(|(old, new)| old != new);
    assert!(different.is_none() && stored.len() == found.len(), "first difference: {different:?}");
}

#[test]
fn json_is_what_its_schema_says() {
    let schema = Command::new(env!("CARGO_BIN_EXE_pianoprof")).args(["schema", "run"]).output().unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_slice(&schema.stdout).unwrap()).unwrap();
    let document: serde_json::Value = serde_json::from_str(&report("json")).unwrap();
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let mut wrong = document;
    wrong["loads"][0]["engine"] = "hammer".into();
    assert!(!validator.is_valid(&wrong), "a schema that lets everything through");
}

#[test]
fn junit_is_well_formed_and_its_counts_are_true() {
    let text = report("junit");
    let mut reader = quick_xml::Reader::from_str(&text);
    let (mut cases, mut said) = (0, 0);
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                cases += usize::from(tag.name().as_ref() == b"testcase");
                if tag.name().as_ref() == b"testsuite" {
                    let tests = tag.try_get_attribute("tests").unwrap().unwrap();
                    said += String::from_utf8_lossy(&tests.value).parse::<usize>().unwrap();
                }
            }
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!((cases, said), (16, 16), "8 claims and 8 items of the checklist");
}

/// The rules of OpenMetrics 1.0 that a scraper trips over.
#[test]
fn openmetrics_can_be_scraped() {
    let text = report("openmetrics");
    let body = text.strip_suffix("# EOF\n").expect("ends with # EOF");
    let (mut families, mut seen) = (Vec::new(), std::collections::BTreeSet::new());
    for line in body.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.split(' ');
            let (kind, family) = (words.next().unwrap(), words.next().unwrap().to_owned());
            assert!(["TYPE", "UNIT", "HELP"].contains(&kind), "{line}");
            if families.last() != Some(&family) {
                assert!(!families.contains(&family), "{family} is not in one piece");
                families.push(family);
            }
            continue;
        }
        let (series, value) = line.rsplit_once(' ').expect(line);
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let family = families.last().expect("a TYPE comes first");
        assert!(name.starts_with(family.as_str()) && labels.ends_with('}'), "{line} in {family}");
        assert!(name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_'), "{line}");
        assert!(seen.insert(series.to_owned()), "{series} is there twice");
    }
    assert!(families.len() > 5, "{families:?}");
}

#[test]
fn every_form_names_both_sides_and_no_machine() {
    for format in FORMATS {
        let text = report(format);
        assert!(text.len() < 2_000_000, "{format}: {} bytes", text.len());
        for outside in ["/work/", "/tmp/", "/home/", "/root/"] {
            assert!(!text.contains(outside), "{format} says {outside}");
        }
        // A figure that cannot be said is left out, never printed.
        for nonsense in ["NaN", "–x", " -0 ", "inf "] {
            assert!(format == "hdr" || format == "html" || !text.contains(nonsense), "{format} says {nonsense}");
        }
        // JUnit has claims and checklist alone.
        assert!(format == "junit" || (text.contains("flask") && text.contains("gin")), "{format}");
    }
}

#[test]
fn the_fixture_is_small_and_whole() {
    let mut size = 0;
    let mut folders = vec![fixture("piano-quick")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                size += entry.metadata().unwrap().len();
            }
        }
    }
    assert!(size < 300_000, "{size} bytes");
    let check = Command::new("sha256sum")
        .args(["--check", "--quiet", "SHA256SUMS"])
        .current_dir(fixture("piano-quick"))
        .output()
        .unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}
