//! Planned looks: a run ends at the first look at which its claims are decided, and says so wherever it is read.
//!
//! Only startup is measured, so that a life is too short for the machine's noise to void it.

use serde_json::Value;

use crate::interrupts::{ended_by, has_trials};
use crate::lab::{Lab, truth, versus};

/// Two servers that become ready after 60 and 20 ms, and one claim about their ratio of three.
fn lab(claimed: &str) -> Lab {
    let claim = format!("[[claim]]\nmetric = \"startup.first_ok\"\nat_least = {claimed}\n");
    Lab::new(&(versus(&truth(&["--delay", "60"]), &truth(&["--delay", "20"])) + &claim))
}

fn blocks(document: &Value) -> (u64, Value) {
    let trials = document["launches"].as_array().unwrap().iter().map(|launch| launch["trial"].as_u64().unwrap());
    let schedule = &document["schedule"];
    assert_eq!(schedule["blocks_done"].as_u64(), trials.max(), "{schedule}");
    (schedule["blocks_done"].as_u64().unwrap(), schedule["stopped_at_look"].clone())
}

#[test]
fn a_run_stops_at_the_look_that_decides_every_claim() {
    let lab = lab("1.2");
    let said = lab.run(&["run", "--looks", "--only", "startup"]);
    // A run without loads cannot pass the checklist.
    let said = said.code(1).says(&["5 to 20 blocks", "look after 5 blocks: every claim decided"]);
    said.answers(&["the claim is met", "stopped at the planned look of 5 blocks: every claim decided"]);
    let document = lab.run(&["report", "runs/latest", "--json"]).code(0).json();
    assert_eq!(blocks(&document), (5, 5.into()));
    assert_eq!(document["schedule"]["looks"], serde_json::json!([5, 10, 20]));
    assert_eq!(document["complete"], true);
    for format in ["terminal", "markdown", "html"] {
        let words = ["stopped at the planned look of 5 blocks"];
        lab.run(&["report", "runs/latest", "--format", format]).code(0).answers(&words);
    }
    // `verify` judges what the session judged: nothing more is open, and the interval is as wide as a look needs.
    lab.run(&["verify", "runs/latest", "--claims"]).code(0).answers(&["met"]);
    lab.run(&["run", "--resume", "runs/latest"]).code(2).says(&["complete already"]);
}

#[test]
fn a_run_whose_claim_stays_open_goes_to_its_last_look() {
    // Twice the same: the instrument's own error of 0.35 ms in 15 keeps the truth within the interval.
    let same = truth(&["--delay", "15"]);
    let claim = "[[claim]]\nmetric = \"startup.first_ok\"\nat_least = 1\n";
    let lab = Lab::new(&(versus(&same, &same).replace("blocks     = 1", "looks = [5, 10]") + claim));
    let said = lab.run(&["run", "--only", "startup"]).code(1);
    let said = said.says(&["look after 5 blocks: 0 of 1 claim decided, going on for startup.first_ok"]);
    said.answers(&["1 claim is open after the last of them"]);
    let document = lab.run(&["report", "runs/latest", "--json"]).code(0).json();
    assert_eq!(blocks(&document), (10, Value::Null));
}

#[test]
fn blocks_are_a_fixed_number_and_looks_need_claims() {
    let lab = lab("1.2");
    let document = lab.run(&["run", "--blocks", "3", "--only", "startup", "--json"]).code(1).json();
    assert_eq!(blocks(&document), (3, Value::Null));
    lab.run(&["run", "--looks", "--blocks", "3"]).code(2).says(&["cannot be used with"]);
    lab.run(&["run", "--looks=5,7"]).code(2).says(&["looks are planned at 5, 10 and 20 blocks"]);
    let none = Lab::new(&versus(&truth(&[]), &truth(&[])));
    none.run(&["run", "--looks"]).code(2).says(&["planned looks decide claims, and there are none"]);
}

#[test]
fn an_interrupted_run_is_looked_at_when_it_is_resumed() {
    let lab = lab("1.2");
    let run = ["run", "--looks=5,10", "--only", "startup", "--out", "it"];
    let (code, out) = ended_by(&lab, libc::SIGINT, &run, || has_trials(&lab, "it", 3));
    assert_eq!(code, Some(130), "{out}");
    let document = lab.run(&["run", "--resume", "it", "--json"]).code(1).json();
    assert_eq!(blocks(&document), (5, 5.into()));
}
