//! The commands that measure: what they print, what they store, and the keys of the JSON summary.

use serde_json::Value;

use crate::lab::{Lab, SERVER, Said, target, truth, versus};

/// The document of a command, which must also be what `report` says of the stored run.
fn document(lab: &Lab, arguments: &[&str], code: i32) -> Value {
    let said = lab.run(&[&["--json"], arguments].concat()).code(code);
    let replayed = lab.run(&["report", "runs/latest", "--format", "json"]).code(0);
    assert_eq!(said.out, replayed.out, "live and replayed output differ after {arguments:?}");
    let document = said.json();
    let id = document["id"].as_str().unwrap();
    assert_eq!(std::fs::read_link(lab.at("runs/latest")).unwrap().to_str(), Some(id));
    assert!(id.ends_with(document["command"].as_str().unwrap()), "{id}");
    document
}

/// A key of the contract, and whether a value fits it.
type Key<'a> = (&'a str, fn(&Value) -> bool);

/// The values of an object's keys, each of which must be there.
fn check(object: &Value, keys: &[Key]) {
    for (key, fits) in keys {
        let value = object.get(key).unwrap_or_else(|| panic!("no {key} in {object:#}"));
        assert!(fits(value), "{key} is {value} in {object:#}");
    }
}

fn number_or_null(value: &Value) -> bool {
    value.is_number() || value.is_null()
}

fn percentiles(value: &Value) -> bool {
    ["p50", "p90", "p95", "p99", "p999", "max", "mean"].iter().all(|key| value.get(key).is_some_and(number_or_null))
}

fn lateness(value: &Value) -> bool {
    ["p50", "p99", "max"].iter().all(|key| value.get(key).is_some_and(number_or_null))
}

fn floor(value: &Value) -> bool {
    value.is_null()
        || ["low", "median", "high"].iter().all(|key| value[key].is_number())
            && value["n"].as_u64().is_some_and(|n| n > 0)
}

fn keys_of_the_contract(document: &Value) {
    check(
        document,
        &[
            ("format", |value| *value == 1),
            ("id", Value::is_string),
            ("command", Value::is_string),
            ("started", |value| value.as_str().is_some_and(|text| text.contains('T'))),
            ("complete", |value| *value == true),
            ("targets", Value::is_object),
            ("metrics", Value::is_array),
            ("launches", Value::is_array),
            ("loads", Value::is_array),
            ("comparisons", Value::is_array),
            ("claims", Value::is_array),
            ("checklist", Value::is_array),
            ("caveats", Value::is_array),
            ("environment", Value::is_object),
        ],
    );
    let each = |key: &str| document[key].as_array().unwrap().iter();
    for target in document["targets"].as_object().unwrap().values() {
        check(
            target,
            &[
                ("role", |value| ["baseline", "candidate", "other"].iter().any(|role| value == role)),
                ("command", Value::is_array),
                ("versions", Value::is_object),
            ],
        );
    }
    for metric in each("metrics") {
        check(
            metric,
            &[
                ("metric", Value::is_string),
                ("unit", Value::is_string),
                ("better", |value| value == "lower" || value == "higher"),
                ("target", Value::is_string),
                ("values", |value| value.as_array().is_some_and(|values| !values.is_empty())),
                ("median", Value::is_number),
                ("low", number_or_null),
                ("high", number_or_null),
                ("n", Value::is_u64),
            ],
        );
    }
    for launch in each("launches") {
        check(
            launch,
            &[
                ("target", Value::is_string),
                ("t0_monotonic_ns", Value::is_u64),
                ("exec_ms", Value::is_number),
                ("listen_ms", Value::is_number),
                ("first_byte_ms", Value::is_number),
                ("first_ok_ms", Value::is_number),
                ("cpu_ms", Value::is_number),
                ("bracket_ms", |value| value.as_array().is_some_and(|pair| pair.len() == 2)),
            ],
        );
    }
    each("loads").for_each(load);
    for comparison in each("comparisons") {
        check(
            comparison,
            &[
                ("metric", Value::is_string),
                ("baseline", number_or_null),
                ("candidate", number_or_null),
                ("ratio", number_or_null),
                ("low", number_or_null),
                ("high", number_or_null),
                ("blocks", Value::is_u64),
            ],
        );
    }
    for item in each("checklist") {
        check(
            item,
            &[
                ("item", Value::is_string),
                ("passed", Value::is_boolean),
                ("asked", Value::is_boolean),
                ("evidence", Value::is_string),
            ],
        );
    }
    for caveat in each("caveats") {
        check(caveat, &[("kind", Value::is_string), ("text", Value::is_string), ("advice", Value::is_string)]);
    }
}

fn load(load: &Value) {
    check(
        load,
        &[
            ("target", Value::is_string),
            ("trial", Value::is_u64),
            ("load", Value::is_string),
            ("request", Value::is_string),
            ("arrival", |value| value == "closed" || value == "open"),
            ("connections", Value::is_u64),
            ("sent", Value::is_u64),
            ("answered", Value::is_u64),
            ("statuses", Value::is_object),
            ("errors", Value::is_object),
            ("connections_opened", Value::is_u64),
            ("rate_asked", number_or_null),
            ("rate_sent", Value::is_number),
            ("rate_served", Value::is_number),
            ("latency_us", percentiles),
            ("service_us", percentiles),
            ("connect_us", percentiles),
            ("lateness_us", lateness),
            ("floor_us", floor),
            ("floor_at_most_us", number_or_null),
            ("littles_law", number_or_null),
            ("generator_cpu_s", Value::is_number),
            ("generator_bound", Value::is_boolean),
            ("overloaded", Value::is_boolean),
        ],
    );
}

fn names(document: &Value) -> Vec<&str> {
    document["metrics"].as_array().unwrap().iter().map(|metric| metric["metric"].as_str().unwrap()).collect()
}

#[test]
fn the_smallest_configuration_works_as_it_stands() {
    let lab = Lab::new(
        r#"
[comparison]
baseline  = "old"
candidate = "new"

[target.old]
command = ["python3", "-m", "http.server", "{port}", "--bind", "{host}"]   # an argv, never a shell line
ready   = { path = "/", status = 200, timeout = "30s" }

[target.new]
command = ["./server", "--listen", "{host}:{port}"]
ready   = { path = "/" }

[request.root]
path = "/"
"#,
    );
    std::os::unix::fs::symlink(SERVER, lab.at("server")).unwrap();
    let document = document(&lab, &["startup", "--launches", "1"], 0);
    keys_of_the_contract(&document);
    assert_eq!(document["targets"]["old"]["role"], "baseline");
    assert_eq!(document["comparisons"].as_array().unwrap().len(), 4);
    let launches = document["launches"].as_array().unwrap();
    assert_eq!(launches.len(), 2);
}

#[test]
fn one_target_alone_is_profiled_idle_and_under_load() {
    let lab = Lab::of(&truth(&["--touch", "20"]));
    let options = ["--idle-after", "100ms", "--rate", "100", "--connections", "4", "--duration", "500ms"];
    let document = document(&lab, &[&["profile", "--under-load"], options.as_slice()].concat(), 0);
    keys_of_the_contract(&document);
    assert_eq!(document["comparisons"], Value::Array(vec![]));
    let metric = |name: &str| {
        let found = document["metrics"].as_array().unwrap().iter().find(|metric| metric["metric"] == name);
        found.unwrap_or_else(|| panic!("no {name}"))["median"].as_f64().unwrap()
    };
    assert!((20.0..60.0).contains(&metric("idle.rss")));
    assert!((20.0..60.0).contains(&metric("under_load.root.rss_peak")));
    let load = &document["loads"][0];
    assert_eq!((&load["arrival"], &load["sent"], &load["statuses"]["200"]), (&"open".into(), &50.into(), &50.into()));
}

#[test]
fn commands_need_no_configuration() {
    let lab = Lab::of(&[]);
    std::fs::remove_file(lab.at("pianoprof.toml")).unwrap();
    let server = truth(&[]);
    let document =
        document(&lab, &[&["load", "--requests", "40", "--connections", "2", "--"], &server[..]].concat(), 0);
    keys_of_the_contract(&document);
    let stored = lab.stored("runs/latest").unwrap();
    assert!(!stored["trials"][0]["loads"][0]["floor_ns"].as_array().unwrap().is_empty(), "{stored:#}");
    let load = &document["loads"][0];
    assert_ne!(load["floor_us"].is_null(), load["floor_at_most_us"].is_null(), "{load:#}");
    lab.run(&["report", "runs/latest"]).code(0).answers(&["Network floor: ", "; network floor "]);
}

#[test]
fn a_server_that_already_runs_is_loaded_by_its_url() {
    let lab = Lab::of(&truth(&[]));
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let mut server = std::process::Command::new(SERVER).args(["--listen", &address]).spawn().unwrap();
    crate::lab::until("the server listens", || std::net::TcpStream::connect(&address).ok());
    let url = format!("http://{address}/any?x=1");
    let said = lab.run(&["load", "--url", &url, "--requests", "40", "--connections", "2", "--json"]);
    server.kill().unwrap();
    server.wait().unwrap();
    let document = said.code(0).json();
    let load = &document["loads"][0];
    assert_eq!((&load["load"], &load["request"], &load["answered"]), (&"adhoc".into(), &"any".into(), &40.into()));
    assert_eq!(document["launches"], Value::Array(vec![]));
}

#[test]
fn every_query_is_sent_as_often_as_asked() {
    let lab = Lab::new(&(target("a", &truth(&[])) + crate::lab::SHORT + "[request.other]\npath = \"/other\"\n"));
    let document = document(&lab, &["queries", "--requests", "30", "--connections", "2"], 0);
    let answered: Vec<_> = document["loads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|load| (load["request"].as_str(), load["answered"].as_u64()))
        .collect();
    assert_eq!(answered, [(Some("root"), Some(30)), (Some("other"), Some(30))]);
}

#[test]
fn two_commands_are_compared_quickly() {
    let lab = Lab::of(&[]);
    std::fs::remove_file(lab.at("pianoprof.toml")).unwrap();
    let server = truth(&[]);
    let words =
        [&["run", "--quick", "--only", "startup,first_request,latency", "--"], &server[..], &["--vs"], &server[..]];
    let said: Said = lab.run(&words.concat());
    // A load without a warm-up fails the checklist of a quick run too.
    said.code(1)
        .says(&["Plan: baseline, candidate", "Stored in runs/", "Report:   runs/"])
        .answers(&["candidate", "than baseline"]);
    assert!(std::fs::read_to_string(lab.at("runs/latest/report.html")).unwrap().contains("</html>"));
    let document = lab.run(&["report", "runs/latest", "--json"]).code(0).json();
    keys_of_the_contract(&document);
    let names = names(&document);
    for name in ["startup.first_ok", "first_request.latency", "latency.root.p99", "latency.root.throughput"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
}

#[test]
fn one_target_alone_runs_without_a_checklist_to_pass() {
    let lab = Lab::new(&(target("a", &truth(&[])) + crate::lab::SHORT + "[load.l]\nconnections = 2\nrequests = 40\n"));
    let document = document(&lab, &["run"], 0);
    keys_of_the_contract(&document);
    assert!(names(&document).contains(&"l.root.p50"));
}

#[test]
fn both_sides_of_a_comparison_are_named_and_quiet_is_quiet() {
    let lab = Lab::new(&versus(&truth(&[]), &truth(&["--delay", "50"])));
    let said = lab.run(&["startup", "-q", "--launches", "1"]).code(0).answers(&["than a", "first good answer"]);
    assert_eq!(said.err, "");
}

#[test]
fn as_many_launches_as_asked_for() {
    let lab = Lab::new(&versus(&truth(&[]), &truth(&[])));
    for launches in [3, 7] {
        let document = lab.run(&["startup", "--json", "--launches", &launches.to_string()]).code(0).json();
        for target in ["a", "b"] {
            let made =
                document["launches"].as_array().unwrap().iter().filter(|launch| launch["target"] == target).count();
            assert_eq!(made, launches, "{target}");
        }
    }
}

#[test]
fn cold_launches_are_pairs_of_their_own_and_never_taken_for_warm_ones() {
    if std::fs::OpenOptions::new().write(true).open("/proc/sys/vm/drop_caches").is_err() {
        return crate::skipped::impossible("the page cache cannot be dropped");
    }
    let config = versus(&truth(&[]), &truth(&[]));
    let lab = Lab::new(&config);
    let cold = |document: &Value| {
        let launches = document["launches"].as_array().unwrap();
        launches.iter().map(|launch| launch["cold"].as_bool().unwrap()).collect::<Vec<_>>()
    };
    let document = lab.run(&["startup", "--cold", "--launches", "3", "--json", "--out", "cold"]).code(0).json();
    assert_eq!(cold(&document), [true; 6]);
    assert!(Lab::kinds(&document).contains(&"cold"), "{document:#}");
    let document = lab.run(&["startup", "--launches", "3", "--json", "--out", "warm"]).code(0).json();
    assert_eq!(cold(&document), [false; 6]);
    lab.run(&["compare", "cold", "warm"]).code(2).says(&["from a cold and a warm page cache", "`launches`"]);
    // The same of a whole run, whose trials are launched as its pairs are.
    let config =
        config.replace("launches   = 1", "launches = 3\ncold = true") + "[load.l]\nconnections = 2\nrequests = 40\n";
    let said = Lab::new(&config).run(&["run", "--json"]);
    assert!(matches!(said.code, Some(0 | 1 | 3)), "{said:#?}");
    let document = said.json();
    assert_eq!(cold(&document), [true; 6]);
    assert!(!document["loads"].as_array().unwrap().is_empty(), "{document:#}");
}
