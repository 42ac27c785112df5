//! Faults before the first trial: a build that fails, sides that do not answer alike.

use crate::lab::{Lab, truth, versus};

#[test]
fn a_build_that_fails_shows_its_end_and_keeps_the_rest() {
    let lab = Lab::of(&truth(&[]));
    let config = std::fs::read_to_string(lab.at("pianoprof.toml")).unwrap();
    let build = "build = [[\"sh\", \"-c\", \"seq 1 50; echo no rule to make it >&2; exit 7\"]]\nready =";
    std::fs::write(lab.at("pianoprof.toml"), config.replacen("ready =", build, 1)).unwrap();
    lab.run(&["run", "--out", "it"]).code(2).says(&[
        "the build of target a failed",
        "ended with exit status 7",
        "no rule to make it",
        "hint: run the command by hand",
    ]);
    let kept = std::fs::read_to_string(lab.at("it/output/a-build.log")).unwrap();
    assert!(kept.starts_with("1\n2\n") && kept.ends_with("50\nno rule to make it\n"), "{kept}");
}

#[test]
fn sides_that_answer_differently_are_not_compared() {
    let lab = Lab::new(&(versus(&truth(&[]), &truth(&["--status", "404"])) + "[parity]\ncorpus = \"corpus.json\"\n"));
    let config = std::fs::read_to_string(lab.at("pianoprof.toml")).unwrap();
    // Both are ready where they answer alike.
    std::fs::write(lab.at("pianoprof.toml"), config.replace("path = \"/\", timeout", "path = \"/stamps\", timeout"))
        .unwrap();
    std::fs::write(
        lab.at("corpus.json"),
        r#"{"requests": [{"name": "one", "path": "/x", "expect": {"status": 200}}]}"#,
    )
    .unwrap();
    for command in [["parity", "--out", "one"], ["run", "--out", "two"]] {
        lab.run(&command).code(2).says(&["the targets do not answer alike", "404", "hint: "]);
    }
    assert_eq!(lab.stored("two").unwrap()["trials"].as_array().unwrap().len(), 0);
}

#[test]
fn a_corpus_with_mistakes_names_them_all_and_stores_no_run() {
    let parity = "[parity]\ncorpus = 'corpus.json'\nrules = [{ key = 'arrived', compare = 'type' }, { key = 'answered', compare = 'type' }]\n";
    let lab = Lab::new(&(versus(&truth(&[]), &truth(&[])) + parity));
    std::fs::write(lab.at("corpus.json"), r#"{"requests": ["rot", {"name": "x", "path": "/x"}]}"#).unwrap();
    for command in ["parity", "run"] {
        lab.run(&[command]).code(2).says(&[
            "corpus.json cannot be used",
            "entry 1 ('rot'): the configuration has no request of that name (it has: root)",
            "entry 2 ('x'): `expect.status` is missing",
        ]);
    }
    std::fs::write(lab.at("corpus.json"), r#"{"requests": ["root",]}"#).unwrap();
    lab.run(&["parity"]).code(2).says(&["corpus.json is no JSON", "at line 1"]);
    assert!(!lab.at("runs").exists());
    std::fs::write(lab.at("corpus.json"), r#"{"requests": ["root"]}"#).unwrap();
    lab.run(&["parity", "--out", "it"]).code(0);
    assert_eq!(lab.stored("it").unwrap()["parity"]["requests"], 1);
}
