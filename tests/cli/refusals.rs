//! What cannot be done ends with 2, says why, and names what helps, before anything is started.

use crate::lab::{Lab, truth};

#[test]
fn unknown_names_are_refused_with_the_known_ones() {
    let lab = Lab::of(&truth(&[]));
    lab.run(&["startup", "zz"]).code(2).says(&["error: there is no target zz", "hint: there are: a"]);
    lab.run(&["run", "--only", "zz"]).code(2).says(&["there is no phase zz", "hint: there are: startup"]);
    lab.run(&["load", "--request", "zz"]).code(2).says(&["there is no request zz", "hint: there are: root"]);
    lab.run(&["load", "--format", "zz"]).code(2).says(&["there is no format zz", "hint: there are: terminal"]);
    lab.run(&["startup", "a", "--", "true"]).code(2).says(&["not both"]);
    lab.run(&["startup", "--launches", "0"]).code(2).says(&["--launches"]);
    lab.run(&["nonsense"]).code(2);
    assert!(!lab.at("runs").exists(), "a refused command stores nothing");
}

#[test]
fn a_selfcheck_counts_only_what_fits_to_it() {
    let lab = Lab::of(&truth(&[]));
    lab.run(&["selfcheck", "--noise", "0.5"]).code(2).says(&["0, or from 0.1 to 0.15"]);
    let add = ["selfcheck", "--add", "one.json"];
    lab.run(&add).code(2).says(&["--add one.json: No such file"]);
    std::fs::write(lab.at("one.json"), "{}").unwrap();
    lab.run(&add).code(2).says(&["this is not what `selfcheck --json` prints"]);
    std::fs::write(lab.at("one.json"), r#"{"noise":0.0,"intervals":[]}"#).unwrap();
    lab.run(&add).code(2).says(&["it was measured with --noise 0, this is 0.15"]);
    let interval = r#"{"noise":0.15,"intervals":[{"seed":7,"ratio":2,"metric":"idle.rss","truth":2}]}"#;
    std::fs::write(lab.at("one.json"), interval).unwrap();
    let twice = [&add[..], &["--add", "one.json"]].concat();
    lab.run(&twice).code(2).says(&["the session of seed 7 was given before"]);
}

#[test]
fn a_folder_that_exists_is_never_written_into() {
    let lab = Lab::of(&truth(&[]));
    std::fs::create_dir(lab.at("mine")).unwrap();
    lab.run(&["startup", "--out", "mine"]).code(2).says(&["mine exists already", "hint: leave --out away"]);
    assert_eq!(std::fs::read_dir(lab.at("mine")).unwrap().count(), 0);
}

#[test]
fn all_errors_of_a_file_come_at_once_with_their_lines() {
    let lab = Lab::new(
        "[comparision]\nbaseline = \"a\"\n[target.a]\ncomand = [\"x\"]\nready = { path = \"/\", timeout = \"2 parsecs\" }\n",
    );
    lab.run(&["run"]).code(2).says(&[
        "unknown key `comparision`",
        "pianoprof.toml:1:2",
        "did you mean `comparison`?",
        "unknown key `comand`",
        "pianoprof.toml:4:1",
        "`2 parsecs` is no duration",
        "pianoprof.toml:5:",
        "errors",
    ]);
    Lab::new("[target.a\n").run(&["run"]).code(2).says(&["pianoprof.toml:1"]);
}

#[test]
fn no_configuration_is_said_with_two_ways_out() {
    let lab = Lab::of(&truth(&[]));
    std::fs::remove_file(lab.at("pianoprof.toml")).unwrap();
    lab.run(&["startup"]).code(2).says(&["no pianoprof.toml", "pianoprof init", "startup -- "]);
    lab.run(&["startup", "--config", "elsewhere.toml"]).code(2).says(&["elsewhere.toml"]);
}

#[test]
fn nobody_at_the_url_is_an_error_and_not_a_thousand() {
    let lab = Lab::of(&truth(&[]));
    // Port 9 (discard) needs root to listen on and has not been served by anything for decades.
    lab.run(&["load", "--url", "http://127.0.0.1:9/"])
        .code(2)
        .says(&["nobody answers", "hint: start the server first"]);
    lab.run(&["load", "--url", "ftp://127.0.0.1/"]).code(2).says(&["the scheme ftp is not known"]);
    lab.run(&["profile", "--pid", "4194305", "--idle-after", "1s"]).code(2).says(&["no process 4194305"]);
}

#[test]
fn what_is_not_a_run_is_not_read_as_one() {
    let lab = Lab::of(&truth(&[]));
    for command in ["report", "verify"] {
        lab.run(&[command, "tmp"]).code(2).says(&["is not a stored run"]);
        lab.run(&[command, "nowhere"]).code(2).says(&["nowhere"]);
    }
    lab.run(&["run", "--resume", "tmp"]).code(2).says(&["is not a stored run"]);
}
