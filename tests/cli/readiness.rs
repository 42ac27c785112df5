//! Servers without a page to ask: ready by a line of their log or by their port, from the configuration to every form of the report.

use serde_json::Value;

use crate::lab::{Lab, SERVER, SHORT, truth, versus};

/// A target that takes no port: it prints, and waits.
fn worker(name: &str, script: &str) -> String {
    format!("[target.{name}]\ncommand = {:?}\nready = {{ log = '^up$', timeout = \"60s\" }}\n", ["sh", "-c", script])
}

#[test]
fn workers_that_take_no_port_are_launched_watched_and_compared() {
    let sides = worker("a", "sleep 0.05; echo up; exec sleep 60") + &worker("b", "echo up >&2; exec sleep 60");
    let config = format!("[comparison]\nbaseline = \"a\"\ncandidate = \"b\"\n{sides}{SHORT}");
    let claim = "[[claim]]\nmetric = \"startup.first_ok\"\nat_least = 1.2\n";
    let lab = Lab::new(&(config.replace("launches   = 1", "launches = 6") + claim));
    // Without a load the checklist cannot be passed.
    let said = lab.run(&["run", "--out", "it"]).code(1);
    let said = said.answers(&["the claim", "ready by a line of its log"]);
    assert!(!said.out.contains("good answer"), "{said:#?}");
    let document = lab.run(&["report", "it", "--json"]).code(0).json();
    assert!(document["claims"][0]["ratio"].is_number(), "{:#}", document["claims"]);
    for launch in document["launches"].as_array().unwrap() {
        assert_eq!((&launch["listen_ms"], &launch["first_byte_ms"]), (&Value::Null, &Value::Null), "{launch}");
        assert!(launch["first_ok_ms"].is_number() && launch["bracket_ms"][1].is_number(), "{launch}");
    }
    let caveats = document["caveats"].as_array().unwrap();
    let told = caveats.iter().filter(|caveat| caveat["kind"] == "readiness");
    let told: Vec<&str> = told.map(|caveat| caveat["text"].as_str().unwrap()).collect();
    assert!(told.len() == 2 && told[0].contains("matches `^up$` was read: no answer was asked for"), "{told:?}");
    let names: Vec<&str> =
        document["metrics"].as_array().unwrap().iter().map(|metric| metric["metric"].as_str().unwrap()).collect();
    assert!(names.contains(&"startup.settled") && names.contains(&"idle.pss"), "{names:?}");
    assert!(!names.contains(&"startup.first_byte") && !names.contains(&"startup.listen"), "{names:?}");
    for format in ["terminal", "markdown", "html", "csv", "template"] {
        let text = lab.run(&["report", "it", "--format", format]).code(0).out;
        assert!(!text.contains("first good answer</td>") && !text.contains("startup.first_byte"), "{format}\n{text}");
    }
    lab.run(&["profile", "a", "--idle-after", "50ms"]).code(0).answers(&["ready by a line of its log"]);
}

#[test]
fn nobody_is_asked_who_takes_no_port() {
    let lab = Lab::new(&(worker("w", "echo up; exec sleep 60") + SHORT));
    for command in [&["load"][..], &["queries"], &["profile", "--under-load"]] {
        let said = lab.run(command).code(2);
        said.says(&["nothing can be asked of target w, which is told no port", "hint: `pianoprof startup`"]);
    }
    lab.run(&["startup", "--launches", "2"]).code(0);
}

#[test]
fn a_line_that_never_comes_is_said_with_the_pattern_and_what_came() {
    let lab = Lab::new(&(worker("w", "echo nearly >&2; exec sleep 60").replace("60s", "800ms") + SHORT));
    lab.run(&["startup"]).code(2).says(&[
        "printed no line that matches `^up$` within 800 ms",
        "it printed:\nnearly",
        "hint: a program that prints to a file may keep its lines back",
    ]);
}

#[test]
fn a_claim_on_unlike_marks_is_refused_and_their_ratio_decides_nothing() {
    let by_port = |config: String| {
        let (a, b) = config.split_once("[target.b]").unwrap();
        format!("{a}[target.b]{}", b.replacen("path = \"/\"", "tcp = true", 1))
    };
    let config = by_port(versus(&truth(&[]), &truth(&[]))).replace("launches   = 1", "launches = 3");
    let lab = Lab::new(&config);
    let document = lab.run(&["startup", "--json"]).code(0).json();
    let compared = |name: &str| {
        document["comparisons"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["metric"] == name)
            .cloned()
            .unwrap_or_default()
    };
    let why = "a is ready by an answer and b by its port, which are not the same";
    assert_eq!(compared("startup.first_ok")["unusable"], why);
    assert_eq!(compared("startup.listen")["unusable"], Value::Null);
    assert_eq!(compared("startup.first_byte"), Value::Null, "b was never asked");
    let claim = "[[claim]]\nmetric = \"startup.first_ok\"\nat_least = 1.2\n";
    Lab::new(&(config + claim))
        .run(&["run", "--only", "startup"])
        .code(2)
        .says(&["the plan cannot decide 1 claim", why]);
}

#[test]
fn a_server_of_another_protocol_is_ready_by_its_port() {
    let lab = Lab::of(&truth(&["--mute"]));
    let path = lab.at("pianoprof.toml");
    let config = std::fs::read_to_string(&path).unwrap().replacen("path = \"/\"", "tcp = true", 1);
    std::fs::write(&path, config).unwrap();
    let document = lab.run(&["startup", "--launches", "1", "--json"]).code(0).json();
    let launch = &document["launches"][0];
    assert_eq!((&launch["first_ok_ms"], &launch["first_byte_ms"]), (&launch["listen_ms"], &Value::Null), "{launch}");
    let lab = Lab::new(&format!("[target.a]\ncommand = [{SERVER:?}]\nready = {{ tcp = true }}\n"));
    lab.run(&["check"]).code(2).says(&["nothing tells `a` its port"]);
}
