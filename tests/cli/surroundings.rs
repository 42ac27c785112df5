//! The program's surroundings as input: odd variables and arguments are taken or refused in words, never a panic.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use crate::lab::{Lab, SERVER, SHORT, target, truth, versus};

const ODD: &[u8] = b"/\xff\xfe";

#[test]
fn a_measurement_does_without_what_the_environment_usually_holds() {
    let odd = OsStr::from_bytes(ODD);
    let lab = Lab::new(&versus(&truth(&[]), &truth(&[])));
    let with = |name: &str, value: &OsStr| vec![(name.to_owned(), value.to_owned())];
    let mut cases = vec![("nothing".to_owned(), vec![])];
    for name in ["TMPDIR", "HOME", "COLUMNS", "NO_COLOR", "CI", "TERM", "PGPASSWORD", "ANYTHING"] {
        cases.push((format!("{name} odd"), with(name, odd)));
        cases.push((format!("{name} empty"), with(name, OsStr::new(""))));
    }
    cases.push(("TMPDIR missing".to_owned(), with("TMPDIR", OsStr::new("/no/such/folder"))));
    cases.push(("TMPDIR relative".to_owned(), with("TMPDIR", OsStr::new("here"))));
    for (index, (case, variables)) in cases.into_iter().enumerate() {
        let out = format!("run-{index}");
        let mut command = lab.command(&["startup", "--launches", "1", "--out", &out]);
        let output = command.env_clear().envs(variables).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{case}: {said}");
        assert!(lab.stored(&out).is_some(), "{case}");
    }
}

#[test]
fn an_argument_that_is_no_text_is_refused_in_words() {
    let lab = Lab::new(&versus(&truth(&[]), &truth(&[])));
    let output = lab.command(&[]).arg(OsStr::from_bytes(ODD)).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("error:") && !said.contains("panicked"), "{said}");
}

#[test]
fn a_target_inherits_what_its_configuration_names_and_nothing_else_that_changes_speed() {
    // The server writes its own environment down and then serves.
    let script = format!("env >>said; exec {SERVER} --listen {{host}}:{{port}}");
    let run = |more: &str| {
        let lab = Lab::new(&(target("a", &["sh", "-c", &script]) + more + SHORT));
        let mut command = lab.command(&["startup", "--launches", "1", "--out", "it", "--json"]);
        let output = command.env("GOGC", "off").env("STRAY", "yes").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        for format in ["terminal", "markdown", "html"] {
            let text = lab.run(&["report", "it", "--format", format]).code(0).out;
            assert_eq!(text.contains("GOGC=off"), !more.is_empty(), "{format}\n{text}");
        }
        (std::fs::read_to_string(lab.at("said")).unwrap(), document)
    };
    let (said, document) = run("");
    assert!(said.contains("PATH=") && !said.contains("GOGC") && !said.contains("STRAY"), "{said}");
    assert_eq!(document["targets"]["a"]["environment"], serde_json::json!({}));
    let (said, document) = run("inherit_env = [\"GOGC\"]\n");
    assert!(said.contains("GOGC=off") && !said.contains("STRAY"), "{said}");
    assert_eq!(document["targets"]["a"]["environment"], serde_json::json!({ "GOGC": "off" }));
    assert!(document["caveats"].to_string().contains("GOGC=off"), "{document:#}");
}
