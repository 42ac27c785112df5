//! Runs that ended early say so, and stored runs are deleted only when they are meant.

use crate::lab::{Lab, truth, until, versus};

/// A folder with three runs, oldest first: one that failed, `b` and `c`.
fn three() -> Lab {
    let lab = Lab::of(&truth(&[]));
    let config = std::fs::read_to_string(lab.at("pianoprof.toml")).unwrap();
    std::fs::create_dir(lab.at("runs")).unwrap();
    let broken = config.replacen("ready =", "build = [[\"false\"]]\nready =", 1);
    std::fs::write(lab.at("broken.toml"), broken).unwrap();
    lab.run(&["run", "--config", "broken.toml", "--out", "runs/a"]).code(2);
    for name in ["runs/b", "runs/c"] {
        lab.run(&["startup", "--launches", "1", "--out", name]).code(0);
    }
    lab
}

fn left(lab: &Lab) -> Vec<String> {
    let entries = std::fs::read_dir(lab.at("runs")).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_would_be_deleted_is_listed_and_nothing_is_without_yes() {
    let lab = three();
    std::os::unix::fs::symlink("b", lab.at("runs/latest")).unwrap();
    lab.run(&["prune"]).code(2).says(&["--failed", "--keep"]);
    let said = lab.run(&["prune", "--failed"]).code(0).says(&["nothing was deleted", "--yes"]);
    assert!(
        said.out.contains("runs/a  ended before anything was measured") && said.out.lines().count() == 1,
        "{said:#?}"
    );
    let said = lab.run(&["prune", "--keep", "1"]).code(0).answers(&["runs/a", "runs/b"]);
    assert!(!said.out.contains("runs/c"), "{said:#?}");
    assert_eq!(left(&lab), ["a", "b", "c", "latest"]);

    lab.run(&["prune", "--failed", "--yes"]).code(0).says(&["deleted: 1"]);
    assert_eq!(left(&lab), ["b", "c", "latest"]);
    lab.run(&["prune", "--failed", "--yes"]).code(0).says(&["nothing to delete"]);
    lab.run(&["prune", "--keep", "1", "--yes"]).code(0);
    assert_eq!(left(&lab), ["c", "latest"]);
    assert_eq!(std::fs::read_link(lab.at("runs/latest")).unwrap().to_str(), Some("c"));
}

#[test]
fn nothing_but_runs_is_deleted() {
    let lab = three();
    std::fs::create_dir(lab.at("runs/mine")).unwrap();
    std::fs::write(lab.at("runs/b/run.json"), "{").unwrap();
    lab.run(&["prune", "--failed", "--keep", "0", "--yes"]).code(0).says(&["left alone: runs/b", "deleted: 2"]);
    assert_eq!(left(&lab), ["b", "mine"]);
}

#[test]
fn a_run_that_is_being_measured_is_left_alone() {
    let lab = three();
    let mut measuring = lab.command(&["profile", "--idle-after", "1h", "--out", "runs/d"]).spawn().unwrap();
    until("the run is stored", || lab.stored("runs/d"));
    let pruned = lab.command(&["prune", "--failed", "--yes"]).output().unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(measuring.id().cast_signed()), nix::sys::signal::Signal::SIGINT)
        .unwrap();
    measuring.wait().unwrap();
    assert!(String::from_utf8(pruned.stderr).unwrap().contains("another pianoprof measures here"));
    assert_eq!(left(&lab), ["a", "b", "c", "d"]);
}

#[test]
fn runs_that_ended_early_say_so() {
    let lab = three();
    lab.run(&["history"]).code(0).answers(&["a, ended before anything was measured"]);
    lab.run(&["verify", "runs/a"]).code(3).answers(&["The run ended before anything was measured."]);
    let said = lab.run(&["verify", "runs/b"]);
    assert!(!said.out.contains("ended before"), "{said:#?}");

    let parity = "[parity]\ncorpus = 'corpus.json'\n";
    let lab = Lab::new(
        &(versus(&truth(&[]), &truth(&["--status", "404"]))
            .replace("path = \"/\", timeout", "path = \"/stamps\", timeout")
            + parity),
    );
    std::fs::write(lab.at("corpus.json"), r#"{"requests": ["root"]}"#).unwrap();
    lab.run(&["run", "--out", "it"]).code(2);
    lab.run(&["verify", "it"]).answers(&["The run ended before anything was measured: parity failed."]);
}

#[test]
fn a_file_in_the_place_of_the_runs_is_said() {
    let lab = Lab::of(&truth(&[]));
    std::fs::write(lab.at("runs"), "").unwrap();
    for command in [&["startup"][..], &["history"], &["prune", "--failed"]] {
        lab.run(command).code(2).says(&["runs is a file", "hint: move the file away"]);
    }
}
