//! The corpus as a user meets it: what `parity` answers, when a run plays it, and what is said where it is not played.

use serde_json::Value;

use crate::lab::{Lab, truth, versus};

const RULES: &str = "[parity]\ncorpus = 'corpus.json'\nrules = [{ key = 'arrived', compare = 'type' }, { key = 'answered', compare = 'type' }]\n";
const THREE: &str = r#"{"requests": ["root",
    {"name": "x", "path": "/x", "expect": {"status": 200}},
    {"name": "y", "path": "/y", "expect": {"status": 200}}]}"#;

/// Two sides that are ready where they answer alike, the candidate with these options, and a corpus of three requests.
fn lab(options: &[&str]) -> Lab {
    let config = versus(&truth(&[]), &truth(options)) + RULES;
    let lab = Lab::new(&config.replace("path = \"/\", timeout", "path = \"/stamps\", timeout"));
    std::fs::write(lab.at("corpus.json"), THREE).unwrap();
    lab
}

fn document(lab: &Lab) -> Value {
    lab.run(&["report", "it", "--format", "json"]).code(0).json()
}

#[test]
fn a_good_corpus_is_answered_by_its_own_headline() {
    let lab = lab(&[]);
    let said = lab.run(&["parity", "--out", "it"]).code(0).answers(&["b against a: 3 requests answered alike."]);
    for word in ["nothing that both sides have", "few-blocks", "Checklist"] {
        assert!(!said.out.contains(word), "{said:#?}");
    }
    said.says(&[
        "parity corpus on a\n",
        "parity corpus on a again: what differs between two plays of one side is noise\n",
        "parity corpus on b\n",
    ]);
    let document = document(&lab);
    assert!(!Lab::kinds(&document).contains(&"few-blocks"), "{document:#}");
    assert_eq!(document["checklist"], Value::Array(vec![]));
    lab.run(&["verify", "it"]).code(0).answers(&["3 requests answered alike"]);
}

#[test]
fn requests_that_differ_are_counted_and_not_their_places_alone() {
    let lab = lab(&["--status", "404"]);
    lab.run(&["parity", "--out", "it"]).code(2).says(&["do not answer alike: 3 of 3 requests differ, in 3 places\n"]);
    let said = lab.run(&["report", "it"]).code(0).answers(&["b against a: 3 of 3 requests differ, in 3 places."]);
    assert!(!said.out.contains("not complete") && !said.out.contains("blocks were begun"), "{said:#?}");
    std::fs::write(lab.at("corpus.json"), r#"{"requests": ["root"]}"#).unwrap();
    lab.run(&["parity"]).code(2).says(&["do not answer alike: 1 of 1 request differs, in 1 place\n"]);
}

#[test]
fn startup_alone_compares_no_work_and_plays_no_corpus() {
    let lab = lab(&["--status", "404"]);
    let said = lab.run(&["run", "--quick", "--only", "startup", "--out", "it"]);
    assert!(!said.err.contains("parity corpus"), "{said:#?}");
    assert!(matches!(said.code, Some(0 | 1)), "{said:#?}");
    assert_eq!(document(&lab)["parity"], Value::Null);
    lab.run(&["run", "--quick", "--only", "startup,first_request"]).code(2).says(&["do not answer alike"]);
}

#[test]
fn a_missing_program_is_said_before_the_other_side_is_asked() {
    let lab = lab(&[]);
    let config = std::fs::read_to_string(lab.at("pianoprof.toml")).unwrap();
    let (before, after) = config.split_once("[target.b]\ncommand = [").unwrap();
    let (_, after) = after.split_once("]\n").unwrap();
    for (command, words) in [
        ("\"./nothing\", \"{port}\"", "target b: there is no program"),
        ("\"no-such-program-here\", \"{port}\"", "target b: no-such-program-here is not in PATH"),
    ] {
        let broken = format!("{before}[target.b]\ncommand = [{command}]\n{after}");
        std::fs::write(lab.at("pianoprof.toml"), broken).unwrap();
        for command in ["run", "parity"] {
            let said = lab.run(&[command]).code(2).says(&[words, "hint: "]);
            assert!(!said.err.contains("parity corpus"), "{said:#?}");
        }
    }
    assert!(!lab.at("runs").exists(), "nothing was measured, so nothing is stored");
    let built = format!("{before}[target.b]\ncommand = [\"./nothing\", \"{{port}}\"]\nbuild = [[\"true\"]]\n{after}");
    std::fs::write(lab.at("pianoprof.toml"), built).unwrap();
    let said = lab.run(&["run"]).code(2).says(&["target b: the program `./nothing` was not found", "hint: "]);
    assert!(!said.err.contains("parity corpus"), "{said:#?}");
}

#[test]
fn a_single_look_does_not_ask_for_a_corpus_that_is_there() {
    let lab = lab(&[]);
    let look = ["profile", "--under-load", "--idle-after", "100ms", "--rate", "100", "--duration", "300ms", "--out"];
    let kinds = |folder: &str| {
        lab.run(&[&look[..], &[folder]].concat()).code(0);
        let document = lab.run(&["report", folder, "--format", "json"]).code(0).json();
        Lab::kinds(&document).contains(&"parity-not-done")
    };
    assert!(!kinds("with"));
    let config = std::fs::read_to_string(lab.at("pianoprof.toml")).unwrap();
    std::fs::write(lab.at("pianoprof.toml"), config.replace(RULES, "")).unwrap();
    assert!(kinds("without"));
}
