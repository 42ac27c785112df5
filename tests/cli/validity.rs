//! What counts and what does not: the same answer for verdict, caveat, table and headline, over runs that were really measured.

use std::thread::sleep;
use std::time::Duration;

use pianoprof::model::facts::Noise;
use pianoprof::model::plan::{Bound, ClaimPlan};
use serde_json::Value;

use crate::lab::{Lab, SERVER, target, truth, until, versus};
use crate::verdicts::stored;

const WHILE: Duration = Duration::from_millis(700);

fn signal(pid: u32, signal: i32) {
    // SAFETY: the pid is of a process that a test of ours started and that nobody has waited for.
    assert_eq!(unsafe { libc::kill(i32::try_from(pid).unwrap(), signal) }, 0);
}

fn freeze(pid: u32, time: Duration) {
    signal(pid, libc::SIGSTOP);
    sleep(time);
    signal(pid, libc::SIGCONT);
}

fn voids(load: &Value) -> Vec<&str> {
    load["void"].as_array().unwrap().iter().map(|why| why.as_str().unwrap()).collect()
}

/// The trials of a stored run that are the so manieth of their block.
fn attempts(run: &Value, attempt: u32) -> Vec<&Value> {
    run["trials"].as_array().unwrap().iter().filter(|trial| trial["attempt"] == attempt).collect()
}

/// Reasons that lie in the generator, not in the machine around it.
fn blames_generator(load: &Value) -> bool {
    let of_generator =
        |why: &&str| ["stood still", "late (p99)", "never sent", "generator"].iter().any(|word| why.contains(word));
    voids(load).iter().any(of_generator)
}

#[test]
fn a_claim_beyond_the_machine_says_so_with_the_arithmetic() {
    let lab = stored(|run| {
        let claim = |factor: f64| ClaimPlan {
            text: format!("{factor}x"),
            metric: "l.root.throughput".to_owned(),
            bound: Bound::AtLeast(factor),
            expected: None,
        };
        run.plan.claims = vec![claim(0.01), claim(100_000.0)];
    });
    let document = lab.run(&["verify", "it", "--claims", "--json"]).code(3).json();
    let claims = &document["claims"];
    assert_eq!((&claims[0]["verdict"], &claims[0]["reason"]), (&"met".into(), &"decided".into()), "{claims:#}");
    assert_eq!((&claims[1]["verdict"], &claims[1]["reason"]), (&"inconclusive".into(), &"beyond-this-machine".into()));
    let why = claims[1]["why"].as_str().unwrap();
    for word in
        ["is beyond this machine: each request costs generator and database", "ms of CPU", "serve at most", "which is"]
    {
        assert!(why.contains(word), "no `{word}` in {why}");
    }
}

#[test]
fn a_target_that_freezes_by_its_own_doing_keeps_its_load() {
    // Few connections, which all wait for it, and many, which do not.
    for connections in ["2", "100"] {
        let lab = Lab::of(&truth(&["--service-mix", "1x1ms"]));
        let options = ["load", "--rate", "200", "--duration", "3s", "--connections", connections, "--json"];
        let document = lab.run_while(&options, |_| {
            let (pids, _) = lab.server();
            sleep(WHILE);
            freeze(pids[0], Duration::from_millis(300));
        });
        let document = document.code(0).json();
        let load = &document["loads"][0];
        assert!(!blames_generator(load) && load["generator_bound"] == false, "{load:#}");
        assert!(!Lab::kinds(&document).contains(&"generator-bound"), "{document:#}");
        assert!(load["latency_us"]["max"].as_f64().unwrap() > 200_000.0, "the freeze is its latency: {load:#}");
    }
}

#[test]
fn what_a_frozen_generator_voids_is_done_again_alone_and_so_often_at_most() {
    let server = truth(&["--service-mix", "1x1ms"]);
    let load = "[load.l]\nrate = 200\nconnections = 8\nduration = \"1500ms\"\n";
    let lab = Lab::new(&(versus(&server, &server).replace("blocks     = 1", "blocks     = 3") + load));
    let said = lab.run_while(&["run", "--only", "warmup,l", "--out", "it"], |pianoprof| {
        lab.server();
        sleep(WHILE);
        freeze(pianoprof, Duration::from_millis(500));
        let again = || lab.stored("it").map_or(0, |run| attempts(&run, 2).len());
        until("the first block was done again", || (again() == 2).then_some(()));
        // One of three blocks may be done again, and now it was.
        sleep(WHILE);
        freeze(pianoprof, Duration::from_millis(500));
    });
    assert!(matches!(said.code, Some(0 | 1 | 3)), "{said:#?}");
    let run = lab.stored("it").unwrap();
    let again = attempts(&run, 2);
    assert_eq!((again.len(), attempts(&run, 3).len()), (2, 0), "both sides of one block, once: {said:#?}");
    for trial in &again {
        assert_eq!((&trial["attempt"], &trial["block"]), (&2.into(), &1.into()));
        let loads: Vec<&str> =
            trial["loads"].as_array().unwrap().iter().map(|load| load["load"].as_str().unwrap()).collect();
        assert_eq!((loads, &trial["idle"]), (vec!["l"], &Value::Null), "that load alone");
    }
    let document = lab.run(&["report", "it", "--json"]).code(0).json();
    let loads = document["loads"].as_array().unwrap();
    assert!(loads.iter().any(blames_generator), "{loads:#?}");
    let superseded = loads.iter().filter(|load| voids(load).iter().any(|why| why.contains("another attempt")));
    assert_eq!(superseded.count(), 2, "of the block that was done again one attempt counts: {loads:#?}");
}

#[test]
fn a_death_in_the_warm_up_is_the_answer_with_its_last_words() {
    let dying = format!(
        "{SERVER} --listen {{host}}:{{port}} & server=$!; while ! test -e dead; do sleep 0.02; done; rm dead; echo out of luck >&2; kill $server; exit 3"
    );
    let config = "[comparison]\nbaseline = \"a\"\ncandidate = \"b\"\n".to_owned()
        + &target("a", &truth(&[]))
        + &target("b", &["sh", "-c", &dying])
        + &crate::lab::SHORT
            .replace("warmup     = \"100ms\"", "warmup     = \"1500ms\"")
            .replace("blocks     = 1", "blocks = 3")
        + "[load.l]\nconnections = 2\nrequests = 60\n[[claim]]\nmetric = \"l.root.p50\"\nat_least = 2\n[[claim]]\nmetric = \"idle.rss\"\nat_least = 2000\n";
    let lab = Lab::new(&config);
    let said = lab.run_while(&["run", "--only", "warmup,l", "--out", "it"], |_| {
        until("the second target warms up", || {
            lab.processes().iter().any(|(_, words)| words.contains("test -e dead")).then_some(())
        });
        sleep(WHILE);
        std::fs::write(lab.at("dead"), "").unwrap();
    });
    let said = said.code(2).says(&["target b died in warmup"]);
    let headline = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(headline.starts_with("b died in warmup of block"), "{headline}");
    assert!(headline.contains("(exit status 3); it printed last: out of luck."), "{headline}");
    assert!(!headline.contains("claims met"), "{headline}");
    for format in ["markdown", "html"] {
        lab.run(&["report", "it", "--format", format]).code(0).answers(&["b died in warmup of block", "out of luck"]);
    }
}

#[test]
fn windows_that_the_machine_disturbed_are_told_in_headline_caveat_and_every_form() {
    let disturb = |block: u32| {
        stored(move |run| {
            // What this machine itself did to the run is taken out, so that only what is put in here counts.
            run.trials.retain(|trial| trial.attempt == 1);
            for trial in &mut run.trials {
                trial.noise = Noise::default();
                trial.loads.iter_mut().for_each(|load| load.generator_stall_ns = 0);
                for window in &mut trial.windows {
                    let is_disturbed = trial.block <= block && window.phase == "l";
                    let foreign_cpu_percent = is_disturbed.then_some(90.0);
                    window.noise = Some(Noise { foreign_cpu_percent, ..Noise::default() });
                }
            }
            run.plan.claims = vec![ClaimPlan {
                text: "the claim".to_owned(),
                metric: "l.root.throughput".to_owned(),
                bound: Bound::AtLeast(0.01),
                expected: None,
            }];
        })
    };
    let one = disturb(1);
    let document = one.run(&["report", "it", "--json"]).code(0).json();
    let kinds = Lab::kinds(&document);
    assert!(kinds.contains(&"disturbed-windows") && !kinds.contains(&"too-noisy"), "{kinds:?}");
    assert_eq!(document["claims"][0]["reason"], "few-blocks", "two of three are left: {:#}", document["claims"]);
    let void: Vec<bool> = document["loads"].as_array().unwrap().iter().map(|load| !voids(load).is_empty()).collect();
    assert_eq!(void.iter().filter(|void| **void).count(), 2, "{:#}", document["loads"]);
    let item = &document["checklist"].as_array().unwrap()[4];
    assert!(
        item["passed"] == false && item["evidence"].as_str().unwrap().contains("l.root counts in 2 of them"),
        "{item}"
    );
    for (format, word) in [
        ("terminal", "not counted in 1 of 3 trials"),
        ("markdown", "not counted in 1 of 3 trials"),
        ("html", "not counted in 1 of 3 trials"),
    ] {
        one.run(&["report", "it", "--format", format]).code(0).answers(&[word]);
    }
    let all = disturb(3);
    let document = all.run(&["report", "it", "--json"]).code(0).json();
    assert!(Lab::kinds(&document).contains(&"too-noisy"), "{:#}", document["caveats"]);
    assert_eq!(document["claims"][0]["reason"], "voided");
    for (format, words) in [
        (
            "terminal",
            [
                "The machine was too noisy",
                "not counted: other programs used 90 % of a core",
                "*: the figure decides no claim",
            ],
        ),
        (
            "markdown",
            [
                "The machine was too noisy",
                "not counted: other programs used 90 % of a core",
                "latency p50 (median) \\*",
            ],
        ),
        ("html", ["The machine was too noisy", "not counted: other programs used 90 % of a core", "no trial of"]),
        ("csv", ["l.root.p50,ms,a,", "no valid trial", "too-noisy"]),
    ] {
        all.run(&["report", "it", "--format", format]).code(0).answers(&words);
    }
}
