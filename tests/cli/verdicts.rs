//! `verify` as the gate of a CI job, over a run that was really measured.
//!
//! Only how disturbed the machine was is not the test's business: the stored run is made quiet, and its claims are set, by
//! the product's own store.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use pianoprof::model::facts::Noise;
use pianoprof::model::plan::{Bound, ClaimPlan};
use pianoprof::model::record::Run;
use pianoprof::store;

use crate::lab::{Lab, truth, versus};

/// Three blocks of both sides with a load. What is static is never dropped, so the run lies in the build's own folder, not
/// in a temporary one.
static MEASURED: LazyLock<PathBuf> = LazyLock::new(|| {
    let load = "[load.l]\nconnections = 2\nrequests = 60\n";
    let claim = "[[claim]]\ntext = \"it starts in time\"\nmetric = \"startup.first_ok\"\nat_least = 0.01\n";
    let server = truth(&["--delay", "20", "--service-mix", "1x4ms"]);
    let lab = Lab::new(&(versus(&server, &server).replace("blocks     = 1", "blocks     = 3") + load + claim));
    let said = lab.run(&["run", "--out", "it"]);
    assert!(matches!(said.code, Some(0 | 1 | 3)), "{said:#?}");
    assert!(said.out.contains("it starts in time"), "{said:#?}");
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("measured");
    if kept.exists() {
        std::fs::remove_dir_all(&kept).unwrap();
    }
    copy(&lab.at("it"), &kept);
    kept
});

/// A copy of the measured run, changed.
pub fn stored(change: impl FnOnce(&mut Run)) -> Lab {
    let lab = Lab::new("");
    copy(&MEASURED, &lab.at("it"));
    let (folder, mut run) = store::open(&lab.at("it")).unwrap();
    for trial in &mut run.trials {
        trial.noise = Noise::default();
        trial.windows.iter_mut().filter_map(|window| window.noise.as_mut()).for_each(|noise| *noise = Noise::default());
        trial.loads.iter_mut().for_each(|load| load.generator_stall_ns = 0);
    }
    change(&mut run);
    folder.save(&run).unwrap();
    lab
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn claim(bound: Bound) -> impl FnOnce(&mut Run) {
    move |run| {
        run.plan.claims = vec![ClaimPlan {
            text: "the claim".to_owned(),
            metric: "startup.first_ok".to_owned(),
            bound,
            expected: None,
        }];
    }
}

#[test]
fn one_target_alone_has_no_checklist_unless_it_is_asked_for() {
    let lab = stored(|run| {
        claim(value(60_000.0))(run);
        run.plan.comparison = None;
    });
    lab.run(&["verify", "it"]).code(0).answers(&["met"]);
    lab.run(&["verify", "it", "--checklist"]).code(1);
    let said = lab.run(&["report", "it", "--format", "junit"]).code(0);
    assert!(said.out.contains("the claim") && !said.out.contains("<failure"), "{said:#?}");
    assert!(!lab.run(&["report", "it", "--format", "github"]).code(0).out.contains("::error"));
}

#[test]
fn a_quick_run_without_claims_passes_and_one_with_claims_decides_none() {
    let short = |run: &mut Run, quick: bool| {
        run.plan.schedule.quick = quick;
        run.trials.retain(|trial| trial.block == 1);
    };
    let lab = stored(|run| {
        short(run, true);
        run.plan.claims.clear();
    });
    lab.run(&["verify", "it"]).code(0).answers(&["Checklist: 6 of 6 passed, 2 not asked for in a quick run"]);
    let document = lab.run(&["report", "it", "--json"]).code(0).json();
    let left_out: Vec<&str> = document["checklist"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["asked"] == false)
        .map(|item| item["item"].as_str().unwrap())
        .collect();
    assert_eq!(left_out, ["Measurements repeated 3+ times", "Results averaged"]);
    let junit = lab.run(&["report", "it", "--format", "junit"]).code(0).out;
    assert_eq!(junit.matches("<skipped").count(), 2, "{junit}");
    stored(|run| {
        short(run, false);
        run.plan.claims.clear();
    })
    .run(&["verify", "it"])
    .code(1);
    stored(|run| {
        claim(Bound::AtLeast(0.01))(run);
        short(run, true);
    })
    .run(&["verify", "it"])
    .code(3);
}

fn value(value: f64) -> Bound {
    Bound::ValueAtMost { target: "b".to_owned(), value }
}

#[test]
fn a_claim_that_is_surely_met_passes() {
    stored(claim(Bound::AtLeast(0.01))).run(&["verify", "it", "--claims"]).code(0).answers(&["the claim", "met"]);
    stored(claim(Bound::AtMost(1000.0))).run(&["verify", "it", "--claims"]).code(0);
}

#[test]
fn a_claim_that_surely_does_not_hold_fails() {
    let lab = stored(claim(Bound::AtLeast(1000.0)));
    lab.run(&["verify", "it"]).code(1).answers(&["not met"]);
    let document = lab.run(&["verify", "it", "--json"]).code(1).json();
    assert_eq!(document["claims"][0]["verdict"], "not met");
    assert!(document["claims"][0]["high"].as_f64().unwrap() < 1000.0);
    lab.run(&["verify", "it", "--inconclusive", "warn"]).code(1);
}

#[test]
fn one_block_decides_nothing() {
    let lab = stored(|run| {
        claim(Bound::AtLeast(0.01))(run);
        run.trials.retain(|trial| trial.block == 1);
    });
    lab.run(&["verify", "it", "--claims"]).code(3).answers(&["inconclusive"]);
    lab.run(&["verify", "it", "--claims", "--inconclusive", "warn"]).code(0).answers(&["inconclusive"]);
    lab.run(&["verify", "it", "--checklist"]).code(1).answers(&["3 are needed"]);
}

#[test]
fn a_value_of_one_target_can_be_claimed() {
    stored(claim(value(60_000.0))).run(&["verify", "it", "--claims"]).code(0);
    // The server sleeps for 20 ms before it listens.
    stored(claim(value(1.0))).run(&["verify", "it", "--claims"]).code(1).answers(&["not met"]);
}

#[test]
fn a_run_that_was_changed_or_cut_is_not_judged() {
    let with = |content: &dyn Fn(&str) -> String| {
        let lab = stored(|_| ());
        let path = lab.at("it/run.json");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, content(&text)).unwrap();
        lab.run(&["verify", "it"]).code(2)
    };
    with(&|text| text.replacen("\"good\": 60", "\"good\": 61", 1)).says(&["was changed after the run was stored"]);
    with(&|text| text[..text.len() / 2].to_owned()).says(&["run.json is not a run file"]);
    with(&|text| text.replacen("\"format\": 1", "\"format\": 99", 1)).says(&["has format 99", "up to format 1"]);
    with(&|_| "{}".to_owned()).says(&["no format number"]);
    let lab = stored(|_| ());
    std::fs::remove_file(std::fs::read_dir(lab.at("it/histograms")).unwrap().next().unwrap().unwrap().path()).unwrap();
    lab.run(&["report", "it"]).code(2).says(&["it/histograms/block0"]);
}

#[test]
fn unlike_runs_are_compared_only_when_the_difference_is_named() {
    let lab = stored(|_| ());
    let other = stored(|run| {
        run.environment.insert("cpu.model".to_owned(), Some("another".to_owned()));
        run.targets.get_mut("b").unwrap().locks.insert("go.sum".to_owned(), "ab".repeat(32));
    });
    copy(&other.at("it"), &lab.at("new"));
    let refused = lab.run(&["compare", "it", "new"]).code(2);
    refused.says(&["unlike environments: cpu.model differ", "--despite"]).answers(&["another"]);
    lab.run(&["compare", "it", "new", "--despite", "cpu.count"]).code(2);
    let shown = lab.run(&["compare", "it", "new", "--despite", "cpu.model"]).code(0);
    shown.answers(&["although these differ, as asked: cpu.model", "b go.sum unknown abababababab", "startup"]);
    let document = lab.run(&["compare", "it", "new", "--despite", "cpu.model", "--json"]).code(0).json();
    assert_eq!((&document["refusal"], &document["despite"][0]), (&serde_json::Value::Null, &"cpu.model".into()));
}

#[test]
fn every_form_of_a_report_says_something() {
    let lab = stored(|_| ());
    for format in
        ["terminal", "markdown", "html", "json", "csv", "junit", "github", "openmetrics", "bencher", "template", "hdr"]
    {
        let said = lab.run(&["report", "it", "--format", format, "-o", "text"]).code(0);
        assert_eq!(said.out, "");
        assert!(std::fs::metadata(lab.at("text")).unwrap().len() > 100, "{format} is empty");
    }
    lab.run(&["report", "it", "--format", "zz"]).code(2).says(&["there is no format zz"]);
    lab.run(&["compare", "it", "it"]).code(0);
}

#[test]
fn a_history_goes_from_old_to_new_and_leaves_out_what_is_no_run() {
    let lab = Lab::of(&truth(&[]));
    lab.run(&["history"]).code(2).says(&["could not read runs"]);
    for name in ["runs/one", "runs/two"] {
        std::fs::create_dir_all(lab.at("runs")).unwrap();
        lab.run(&["startup", "--launches", "1", "--out", name]).code(0);
    }
    std::fs::create_dir(lab.at("runs/broken")).unwrap();
    std::fs::write(lab.at("runs/broken/run.json"), "{").unwrap();
    let said = lab.run(&["history"]).code(0).says(&["left out: runs/broken"]).answers(&["idle RSS", "one", "two"]);
    assert!(said.out.find("one") < said.out.find("two"), "{said:#?}");
    let list = lab.run(&["history", "--json", "-q", "--metric", "startup.first_ok"]).code(0).json();
    let runs: Vec<&str> = list.as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap()).collect();
    assert_eq!(runs, ["one", "two"]);
    assert_eq!(list[0]["metrics"].as_array().unwrap().len(), 1);
    lab.run(&["history", "--metric", "no.such"]).code(2).says(&["no run has a metric no.such"]);
    // A claim on samples is judged by them, also where no column shows them.
    let rss = stored(|run| {
        claim(value(60_000.0))(run);
        run.plan.claims[0].metric = "l.root.rss".to_owned();
    });
    rss.run(&["history", "."]).code(0).answers(&["1 of 1"]);
    lab.run(&["history", "--format", "html", "-o", "it.html"]).code(0);
    assert!(std::fs::read_to_string(lab.at("it.html")).unwrap().contains("2 stored runs over time"));
}
