//! What can be asked before anything is measured: metrics, loads, and whether a run could be done.

use crate::lab::{Lab, SERVER, SHORT, target, truth, versus};

/// Nothing has a configuration here.
fn bare() -> Lab {
    let lab = Lab::of(&truth(&[]));
    std::fs::remove_file(lab.at("pianoprof.toml")).unwrap();
    lab
}

#[test]
fn without_a_configuration_every_metric_has_a_line_with_unit_and_meaning() {
    let lab = bare();
    lab.run(&["metrics"]).code(0).answers(&[
        "startup.first_ok ms first good answer",
        "LOAD.REQUEST.p50 ms latency p50 (median)",
        "LOAD, of an open loop",
        "LOAD.REQUEST.sent_rate 1/s",
        "LOAD.REQUEST.rows_per_request –",
        "handler.REQUEST.time ns time per call",
    ]);
    let listed = lab.run(&["metrics", "--json"]).code(0).json();
    for metric in listed.as_array().unwrap() {
        assert!(!metric["meaning"].as_str().unwrap().is_empty() && metric["claimable"] == true, "{metric}");
    }
}

#[test]
fn the_metrics_of_a_file_are_those_that_a_claim_in_it_may_use() {
    let loads =
        "[load.steady]\nrate = 10\nduration = \"1s\"\n[load.both]\nduration = \"1s\"\nmix = { root = 1, list = 1 }\n";
    let requests = "[request.list]\npath = \"/l\"\n";
    let config = target("a", &truth(&[])) + SHORT + requests + loads;
    let lab = Lab::new(&config);
    let said =
        lab.run(&["metrics"]).code(0).answers(&["steady.root.lateness_p99 us", "both.all.cpu %", "both.list.p99"]);
    for absent in ["both.list.cpu ", "both.root.sent_rate", "steady.root.database_cpu", "latency.root", "handler."] {
        assert!(!said.out.contains(absent), "{absent} in {said:#?}");
    }
    let listed = lab.run(&["metrics", "--json"]).code(0).json();
    let claims = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|metric| format!("[[claim]]\nmetric = {}\nvalue_at_most = 1\ntarget = \"a\"\n", metric["metric"]));
    std::fs::write(lab.at("claims.toml"), config + &claims.collect::<String>()).unwrap();
    // Each is known, though one block decides none of them.
    lab.run(&["check", "--config", "claims.toml"]).code(2).answers(&["ok configuration", "it rests on 1 block"]);
}

#[test]
fn loads_are_those_of_the_file_or_the_built_in_ones() {
    bare().run(&["loads"]).code(0).answers(&[
        "latency closed – 100 1000 requests – root",
        "sustained closed – 100 10s 1s root",
        "points open 0.2, 0.4, 0.6, 0.8 of capacity, poisson 100 5s",
    ]);
    let lab = Lab::new(&(target("a", &truth(&[])) + SHORT + "[load.m]\nrequests = 5\nmix = { root = 3 }\n"));
    let said = lab.run(&["loads"]).code(0).answers(&["m closed – 100 5 requests – mix of root 3"]);
    assert!(!said.out.contains("sustained"), "{said:#?}");
    assert_eq!(lab.run(&["loads", "--json"]).code(0).json()[0]["name"], "m");
}

#[test]
fn check_reads_everything_and_runs_nothing() {
    // It would leave a file where it was started.
    let trace = ["sh", "-c", "touch started; exec sleep 9", "{port}"];
    let lab = Lab::new(&(versus(&trace, &truth(&[])) + "[parity]\ncorpus = \"corpus.json\"\n"));
    std::fs::write(lab.at("corpus.json"), r#"{"requests": ["root"]}"#).unwrap();
    lab.run(&["check"]).code(0).answers(&[
        "ok configuration 2 targets, 1 request, 5 loads, 0 claims",
        "1 requests in",
        "/sh",
        SERVER,
    ]);
    assert!(!lab.at("started").exists() && !lab.at("runs").exists());

    std::fs::write(lab.at("corpus.json"), r#"{"requests": ["rot"]}"#).unwrap();
    lab.run(&["check"]).code(2).answers(&["wrong corpus", "entry 1 ('rot')", "ok target b"]);
}

#[test]
fn check_says_which_claims_the_plan_cannot_decide() {
    let claimed = |blocks: &str| {
        versus(&truth(&[]), &truth(&[])).replace("blocks     = 1", &format!("blocks = {blocks}"))
            + "[[claim]]\ntext = \"a third\"\nmetric = \"idle.pss\"\nat_least = 3\n"
    };
    Lab::new(&claimed("3")).run(&["check"]).code(0).answers(&["ok claims", "the plan can decide 1 claim"]);
    Lab::new(&claimed("2")).run(&["check"]).code(2).answers(&["wrong claim a third", "it rests on 2 blocks"]);
}

#[test]
fn check_names_what_is_missing() {
    let lab = Lab::new(&(versus(&["no-such-program", "{port}"], &["./gone", "{port}"])));
    let said = lab.run(&["check"]).code(2);
    said.answers(&["wrong target a no-such-program is not in PATH", "wrong target b there is no program", "/gone"]);
    let document = lab.run(&["check", "--json"]).code(2).json();
    assert_eq!((&document["good"], &document["items"][1]["good"]), (&false.into(), &false.into()));
    Lab::new("[target.a]\n").run(&["check"]).code(2).says(&["`command` is required"]);
}
