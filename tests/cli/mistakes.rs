//! Mistakes that people make in a configuration, a corpus and a command line: of each the words, the place, and what helps.
//!
//! Every one ends with 2, starts nothing and stores nothing; and a file that has one of them is said to have one.

use std::fmt::Write as _;

use crate::lab::{Lab, SERVER, Said};

const CONFIG: &str = r#"[comparison]
baseline  = "old"
candidate = "new"

[target.old]
command = ["SERVER", "--listen", "{host}:{port}"]
ready   = { path = "/", status = 200, timeout = "5s" }

[target.new]
command = ["SERVER", "--listen", "{host}:{port}"]
env     = { MODE = "fast" }

[request.root]
path = "/"

[request.create]
method  = "POST"
path    = "/items"
headers = { Authorization = "Bearer x" }
json    = { name = "item {int:1..9}" }
expect  = { status = 201 }

[load.peak]
connections = 20
duration    = "5s"
mix         = { root = 3, create = 1 }

[run]
blocks = 3

[parity]
corpus = "corpus.json"

[[claim]]
text     = "half the latency"
metric   = "peak.root.p50"
at_least = 2
"#;

const CORPUS: &str = r#"{
  "requests": [
    "root",
    { "name": "make", "method": "POST", "path": "/items", "json": { "name": "x" }, "expect": { "status": 201 } },
    { "name": "see", "path": "/items/{id_of:make}", "expect": { "status": 200 } }
  ]
}
"#;

fn lab(config: &str, corpus: &str) -> Lab {
    let lab = Lab::new(&config.replace("SERVER", SERVER));
    std::fs::write(lab.at("corpus.json"), corpus).unwrap();
    lab
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "`{from}` must be there once");
    text.replace(from, to)
}

/// What is wrong with what was said of a mistake; empty when it is as it should be.
fn objections(lab: &Lab, said: &Said, words: &[&str]) -> Vec<String> {
    let all = format!("{}{}", said.out, said.err);
    let mut found: Vec<String> = words
        .iter()
        .filter(|word| !all.contains(&word.replace("SERVER", SERVER)))
        .map(|word| format!("no `{word}`"))
        .collect();
    found.extend((said.code != Some(2)).then(|| format!("code {:?}", said.code)));
    found.extend(lab.at("runs").exists().then(|| "a run is stored".to_owned()));
    found
}

/// All mistakes of which something else is said, at once.
fn all_are_well_said(found: impl Iterator<Item = (String, Said, Vec<String>)>) {
    let mut wrong = String::new();
    for (mistake, said, objections) in found {
        println!("{mistake}\n{}{}\n", said.out, said.err);
        if !objections.is_empty() {
            let _ = writeln!(wrong, "{mistake}: {} in\n{}{}\n", objections.join(", "), said.out, said.err);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_files_without_a_mistake_are_good() {
    lab(CONFIG, CORPUS).run(&["check"]).code(0);
}

/// What is replaced by what, the line, and the words.
const IN_THE_CONFIGURATION: &[(&str, &str, u32, &[&str])] = &[
    ("[comparison]", "[comparision]", 1, &["unknown key `comparision`", "did you mean `comparison`?"]),
    ("baseline  = \"old\"", "baseline  = \"odl\"", 2, &["unknown target `odl`", "did you mean `old`?"]),
    ("candidate = \"new\"", "", 1, &["`candidate` is required"]),
    ("candidate = \"new\"", "candidate = \"old\"", 3, &["the same target"]),
    (
        "command = [\"SERVER\", \"--listen\", \"{host}:{port}\"]\nenv",
        "command = \"SERVER --listen {port}\"\nenv",
        10,
        &["a command is a list of arguments, never a shell line", "write [\"SERVER\", \"--listen\", \"{port}\"]"],
    ),
    (
        "command = [\"SERVER\", \"--listen\", \"{host}:{port}\"]\nenv",
        "comand = [\"SERVER\", \"{port}\"]\nenv",
        10,
        &["unknown key `comand`", "did you mean `command`?"],
    ),
    (
        "command = [\"SERVER\", \"--listen\", \"{host}:{port}\"]\nenv",
        "command = [\"SERVER\", \"8080\"]\nenv",
        10,
        &["nothing tells `new` its port", "put {port} into the command"],
    ),
    (
        "command = [\"SERVER\", \"--listen\", \"{host}:{port}\"]\nenv",
        "command = [\"SERVER\", \"{prot}\"]\nenv",
        10,
        &["nothing tells `new` its port", "did you mean `{port}` instead of `{prot}`?"],
    ),
    (
        "command = [\"SERVER\", \"--listen\", \"{host}:{port}\"]\nenv",
        "command = []\nenv",
        10,
        &["begins with the name of a program", "write for instance [\"python3\""],
    ),
    ("env     = { MODE = \"fast\" }", "env     = { MODE = 7 }", 11, &["expected a text", "put it in quotes"]),
    (
        "env     = { MODE = \"fast\" }",
        "env     = { URL = \"{database_url}\" }",
        11,
        &["asks for {database_url}, and there is no [database]", "add a [database]"],
    ),
    (
        "env     = { MODE = \"fast\" }",
        "dir     = \"nowhere\"",
        11,
        &["no such folder", "relative paths start at", "nowhere"],
    ),
    (
        "env     = { MODE = \"fast\" }",
        "stop    = { signal = \"TREM\" }",
        11,
        &["unknown signal `TREM`", "did you mean `TERM`?"],
    ),
    ("env     = { MODE = \"fast\" }", "cpus    = \"one\"", 11, &["no list of CPUs", "0-3"]),
    ("timeout = \"5s\"", "timeout = 5", 7, &["a duration is a text with a unit", "\"30s\""]),
    ("timeout = \"5s\"", "timeout = \"5 sek\"", 7, &["`5 sek` is no duration", "the units h, m, s, ms or us"]),
    ("status = 200,", "status = \"200\",", 7, &["expected an integer, found a text", "without quotes: 200"]),
    ("status = 200,", "status = 20,", 7, &["status", "100", "599"]),
    ("ready   = { path = \"/\"", "ready   = { path = \"health\"", 7, &["a path begins with `/`"]),
    (
        "ready   = { path = \"/\"",
        "ready   = { path = \"http://localhost/\"",
        7,
        &["a path begins with `/`", "host and port are those of the launch"],
    ),
    ("[request.root]\npath = \"/\"", "[request.root]\npath = \"items\"", 14, &["a path begins with `/`"]),
    ("[request.root]\npath = \"/\"", "[request.root]\npth = \"/\"", 14, &["unknown key `pth`", "did you mean `path`?"]),
    (
        "[request.root]\npath = \"/\"",
        "[request.root]\npath = \"/{int:9..1}\"",
        14,
        &["9 is more than 1", "write {int:LOW..HIGH}"],
    ),
    ("method  = \"POST\"", "method  = \"PO ST\"", 17, &["no HTTP method", "\"GET\" or \"POST\""]),
    (
        "json    = { name = \"item {int:1..9}\" }",
        "json    = { name = 1 }\nbody    = \"x\"",
        20,
        &["exclude each other"],
    ),
    (
        "headers = { Authorization = \"Bearer x\" }",
        "headers = { Host = \"x\" }",
        19,
        &["written by the load engine", "leave it out"],
    ),
    (
        "expect  = { status = 201 }",
        "expect  = { stauts = 201 }",
        21,
        &["unknown key `stauts`", "did you mean `status`?"],
    ),
    ("duration    = \"5s\"", "", 23, &["nothing ends this load", "duration"]),
    ("duration    = \"5s\"", "duration    = \"5s\"\nrequests    = 10", 25, &["exclude each other"]),
    (
        "duration    = \"5s\"",
        "duration    = \"5s\"\narrival     = \"open\"",
        23,
        &["an open loop needs its rate", "rate = 1000"],
    ),
    ("duration    = \"5s\"", "duration    = \"5s\"\nrate        = 0", 26, &["must be a finite number above 0"]),
    ("connections = 20", "connections = 0", 24, &["must be an integer from 1 to"]),
    ("connections = 20", "connections = \"20\"", 24, &["expected an integer, found a text", "without quotes: 20"]),
    (
        "mix         = { root = 3, create = 1 }",
        "mix         = { rot = 3, create = 1 }",
        26,
        &["unknown request `rot`", "did you mean `root`?"],
    ),
    (
        "mix         = { root = 3, create = 1 }",
        "mix         = [\"root\"]",
        26,
        &["expected a table, found a list", "{ NAME = VALUE }"],
    ),
    ("[load.peak]", "[load.startup]", 23, &["no load can be called `startup`", "[load.my_startup]"]),
    ("[load.peak]", "[laod.peak]", 23, &["unknown key `laod`", "did you mean `load`?"]),
    ("blocks = 3", "blocks = 3.5", 29, &["expected an integer, found a number with a fraction"]),
    ("blocks = 3", "blocks = 3\nphases = [\"strtup\"]", 30, &["unknown phase `strtup`", "did you mean `startup`?"]),
    (
        "corpus = \"corpus.json\"",
        "corpus = \"corpse.json\"",
        32,
        &["cannot read it", "relative paths start at", "corpse.json"],
    ),
    (
        "metric   = \"peak.root.p50\"",
        "metric   = \"peak.root.p51\"",
        36,
        &["unknown metric `peak.root.p51`", "peak.root.p50"],
    ),
    (
        "metric   = \"peak.root.p50\"",
        "metric   = \"startup.ready\"",
        36,
        &["unknown metric `startup.ready`", "known of `startup`: ", "`first_ok`"],
    ),
    ("metric   = \"peak.root.p50\"", "metric   = \"latency\"", 36, &["unknown metric `latency`", "pianoprof metrics"]),
    ("at_least = 2", "at_least = \"2x\"", 37, &["expected a number, found a text"]),
    ("at_least = 2", "", 34, &["this claim has no bound", "add `at_least` or `at_most`"]),
    ("at_least = 2", "at_least = 2\nat_most = 3", 38, &["a claim has one bound only", "one [[claim]] for each"]),
    ("[[claim]]", "[claim]", 34, &["expected a list, found a table", "[[NAME]]"]),
    ("blocks = 3", "blocks = = 3", 29, &["expected"]),
    ("blocks = 3", "blocks = 3\nblocks = 4", 30, &["this key is written twice", "once in its table"]),
    (
        "[request.root]",
        "[request.\"all items\"]\npath = \"/\"\n\n[request.root]",
        13,
        &["`all items` cannot be a name", "letters, digits"],
    ),
];

#[test]
fn in_a_configuration() {
    all_are_well_said(IN_THE_CONFIGURATION.iter().map(|(from, to, line, words)| {
        let lab = lab(&replaced(CONFIG, from, to), CORPUS);
        let said = lab.run(&["check"]);
        let mut wrong = objections(&lab, &said, words);
        wrong.extend((!said.err.contains(&format!("pianoprof.toml:{line}:"))).then(|| format!("not in line {line}")));
        wrong.extend((said.err.matches(" --> ").count() != 1).then(|| "not one error".to_owned()));
        ((*to).to_owned(), said, wrong)
    }));
}

/// What is replaced by what, and the words.
const IN_THE_CORPUS: &[(&str, &str, &[&str])] = &[
    ("\"requests\": [", "\"reqests\": [", &["unknown key `reqests`", "{ \"requests\": [ … ] }"]),
    ("{\n  \"requests\": [", "[\n  \"requests\": [", &["corpus.json", "line 2"]),
    ("\"root\",", "\"root\"", &["corpus.json", "line 4"]),
    ("\"root\",", "\"rot\",", &["entry 1 ('rot')", "no request of that name", "it has: root, create"]),
    ("\"root\",", "7,", &["entry 1:", "the name of a request of the configuration"]),
    ("\"name\": \"make\", ", "", &["entry 2", "`name` is missing", "\"name\": \"list_items\""]),
    ("\"name\": \"see\", ", "\"name\": \"root\", ", &["entry 3 ('root')", "used twice", "another `name`"]),
    ("\"path\": \"/items\", ", "", &["entry 2 ('make')", "`path` is missing", "\"path\": \"/items"]),
    ("\"path\": \"/items\", ", "\"path\": \"items\", ", &["entry 2 ('make')", "`path` begins with a slash"]),
    ("\"method\": \"POST\"", "\"method\": \"PO ST\"", &["entry 2 ('make')", "no HTTP method", "\"POST\""]),
    ("\"method\": \"POST\"", "\"metod\": \"POST\"", &["entry 2 ('make')", "unknown key `metod`", "`method`"]),
    (
        ", \"expect\": { \"status\": 201 }",
        "",
        &["entry 2 ('make')", "`expect.status` is missing", "{ \"status\": 200 }"],
    ),
    ("\"status\": 201", "\"status\": \"201\"", &["entry 2 ('make')", "`expect.status` is a number"]),
    ("\"status\": 201", "\"stauts\": 201", &["entry 2 ('make')", "unknown key `stauts`", "`status`"]),
    ("\"json\": { \"name\": \"x\" }", "\"json\": 1, \"body\": \"x\"", &["entry 2 ('make')", "exclude each other"]),
    ("{id_of:make}", "{id_of:mak}", &["entry 3 ('see')", "no entry before is named 'mak'"]),
];

#[test]
fn in_a_corpus() {
    all_are_well_said(IN_THE_CORPUS.iter().flat_map(|(from, to, words)| {
        let lab = lab(CONFIG, &replaced(CORPUS, from, to));
        // A run says the same before it stores anything.
        ["check", "parity"].map(|command| {
            let said = lab.run(&[command]);
            let wrong = objections(&lab, &said, words);
            (format!("{command}: {to}"), said, wrong)
        })
    }));
}

/// The words of the command line, and what is said.
const IN_THE_COMMAND_LINE: &[(&[&str], &[&str])] = &[
    (&["rnu"], &["unrecognized subcommand 'rnu'", "--help"]),
    (&["run", "--qiuck"], &["unexpected argument '--qiuck'", "'--quick'"]),
    (&["run", "--only", "strtup"], &["there is no phase strtup", "there are: startup"]),
    (&["run", "--targets", "odl"], &["there is no target odl", "there are: old, new"]),
    (&["run", "--blocks", "0"], &["'--blocks <N>'", "1..=1000"]),
    (&["run", "--blocks", "many"], &["'many'", "'--blocks <N>'"]),
    (&["run", "--within", "20"], &["'--within <TIME>'", "the unit is missing", "`30s`"]),
    (&["run", "--within", "1s"], &["hint"]),
    (&["run", "--resume", "nowhere"], &["nowhere", "hint"]),
    (&["run", "--quick", "--blocks", "3", "--looks"], &["cannot be used with"]),
    (&["run", "--config", "elsewhere.toml"], &["elsewhere.toml", "No such file"]),
    (&["load", "--request", "rot"], &["there is no request rot", "there are: root, create"]),
    (&["load", "--url", "127.0.0.1:9"], &["begins with http:// or https://", "--url http://127.0.0.1:8000/items"]),
    (&["load", "--url", "ftp://127.0.0.1/"], &["the scheme ftp is not known", "http"]),
    (&["load", "--requests", "5", "--duration", "5s"], &["cannot be used with"]),
    (&["load", "--duration", "5 sek"], &["`5 sek` is no duration", "h, m, s, ms or us"]),
    (&["load", "--rate", "-1"], &["--rate"]),
    (&["load", "--engine", "wrk2"], &["invalid value 'wrk2'", "wrk"]),
    (&["startup", "--", "./server"], &["no argument after `--` takes the port: ./server", "put {port}"]),
    (&["startup", "--", "./server", "{port}", "--vs"], &["no command after `--vs`"]),
    (&["startup", "old", "--", "./server", "{port}"], &["not both"]),
    (&["startup", "--ready", "health", "--", "./server", "{port}"], &["--ready health", "a path begins with `/`"]),
    (&["startup", "./server", "{port}"], &["there is no target ./server", "`--`"]),
    (&["profile", "--pid", "4194305"], &["no process 4194305", "hint"]),
    (&["report"], &["<RUN>"]),
    (&["report", "runs/latest"], &["runs/latest", "hint"]),
    (&["report", "--format", "pdf", "runs/latest"], &["there is no format pdf", "terminal"]),
    (&["verify", "corpus.json"], &["corpus.json", "hint"]),
    (&["export", "curl"], &["invalid value 'curl'", "jmeter, ab, wrk"]),
    (&["export", "wrk", "--load", "paek"], &["there is no load profile paek", "there are: peak"]),
    (&["prune"], &["--failed"]),
];

#[test]
fn in_a_command_line() {
    all_are_well_said(IN_THE_COMMAND_LINE.iter().map(|(arguments, words)| {
        let lab = lab(CONFIG, CORPUS);
        let said = lab.run(arguments);
        let wrong = objections(&lab, &said, words);
        (arguments.join(" "), said, wrong)
    }));
}
