//! Whole configs and what they resolve to.

use std::path::Path;
use std::time::Duration;

use super::*;
use crate::model::plan::{
    ArrivalPlan, Bound, LoadPart, LoadRequests, ParityCompare, Phase, Rate, ReadyBy, ReadyPlan, Role, Spacing, StopRule,
};

pub(super) const SHIPPED: &str = include_str!("../../pianoprof.toml");

/// The smallest useful form, as the documentation gives it.
const SMALLEST: &str = r#"[comparison]
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
"#;

pub(super) fn read(text: &str) -> Result<Plan, Error> {
    let variable = |name: &str| (name == "PIANO_URL").then(|| "postgresql://me:hush@db/piano".to_owned());
    parse(text, Path::new("pianoprof.toml"), Path::new("/nowhere"), &variable)
}

fn good(text: &str) -> Plan {
    read(text).unwrap_or_else(|error| panic!("{}", error.render(false)))
}

/// The shipped config in a folder that holds what it names.
fn shipped() -> (tempfile::TempDir, Plan) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["targets/flask", "targets/gin", "fixtures/piano"] {
        std::fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    for name in ["schema.sql", "seed.sql", "corpus.json"] {
        std::fs::write(folder.path().join("fixtures/piano").join(name), "").unwrap();
    }
    let file = folder.path().join(FILE_NAME);
    std::fs::write(&file, SHIPPED).unwrap();
    let plan = load(&file).unwrap_or_else(|error| panic!("{}", error.render(false)));
    (folder, plan)
}

#[test]
fn the_smallest_form_works_as_it_stands() {
    let plan = good(SMALLEST);
    let names: Vec<&str> = plan.targets.iter().map(|target| target.name.as_str()).collect();
    assert_eq!(names, ["old", "new"]);
    assert_eq!(plan.role("old"), Role::Baseline);
    assert_eq!(plan.targets[1].ready.timeout, Duration::from_secs(30));
    assert_eq!(plan.targets[1].stop.signal, "TERM");
    assert_eq!(plan.targets[1].dir, Path::new("/nowhere"));
    let loads: Vec<&str> = plan.loads.iter().map(|load| load.name.as_str()).collect();
    assert_eq!(loads, ["latency", "sustained", "queries", "under_load", "points"]);
    let phases: Vec<&str> = plan.phases.iter().map(Phase::name).collect();
    assert_eq!(phases[..4], ["startup", "first_request", "idle", "warmup"]);
    assert_eq!(phases[4..], loads);
    assert_eq!(plan.load("sustained").unwrap().ramp, Duration::from_secs(1));
    assert_eq!(plan.schedule, super::defaults::schedule());
    assert!(plan.database.is_none() && plan.parity.is_none() && plan.claims.is_empty());
}

#[test]
fn a_target_has_what_it_does_not_write_from_its_base() {
    let plan = good(
        "[target.tuned]\nbase = 'middle'\ncommand = ['y', '{port}']\nenv = { B = '3' }\n\
         [target.old]\ncommand = ['x', '--much', '{port}']\nenv = { A = '1', B = '2' }\nready = { path = '/up' }\n\
         [target.middle]\nbase = 'old'\nstop = { signal = 'INT' }\n",
    );
    let [tuned, old, middle] = &plan.targets[..] else { panic!("three targets") };
    assert_eq!(tuned.command, ["y", "{port}"]);
    let env: Vec<(&str, &str)> = tuned.env.iter().map(|(name, value)| (name.as_str(), value.reveal())).collect();
    assert_eq!(env, [("A", "1"), ("B", "3")]);
    assert_eq!((&tuned.ready.by, tuned.stop.signal.as_str()), (&super::defaults::page("/up"), "INT"));
    assert_eq!((&middle.command, middle.stop.signal.as_str()), (&old.command, "INT"));
    assert_eq!(old.stop.signal, "TERM");
}

#[test]
fn a_rival_runs_only_the_loads_that_claims_name() {
    let rivals = SMALLEST.replace("candidate = \"new\"", "candidate = \"new\"\nrivals = ['tuned']");
    let plan = good(&format!(
        "{rivals}[target.tuned]\nbase = 'old'\n[[claim]]\nmetric = 'sustained.root.p50'\nat_least = 2\n"
    ));
    assert_eq!(plan.role("tuned"), Role::Rival);
    let phases = |target: &str| plan.phases_of(target).iter().map(|phase| phase.name().to_owned()).collect::<Vec<_>>();
    assert_eq!(phases("tuned"), ["startup", "first_request", "idle", "warmup", "sustained"]);
    for side in ["old", "new"] {
        assert_eq!(plan.phases_of(side), plan.phases, "{side}");
    }
}

#[test]
fn a_rival_does_only_the_operating_points_that_claims_name() {
    let rivals = SMALLEST.replace("candidate = \"new\"", "candidate = \"new\"\nrivals = ['tuned']");
    let plan = good(&format!(
        "{rivals}[target.tuned]\nbase = 'old'\n[load.points]\nutilisation = [0.2, 0.6]\nconnections = 4\nduration = '1s'\n\
         send = ['root']\n[[claim]]\nmetric = 'points.root.at_60.p50'\nat_least = 2\n"
    ));
    let load = plan.load("points").expect("written above");
    let subjects = |target| plan.parts_of(target, load).iter().map(LoadPart::subject).collect::<Vec<_>>();
    assert_eq!(subjects("tuned"), ["root.at_60"]);
    assert_eq!(subjects("old"), ["root.at_20", "root.at_60"]);
}

#[test]
fn one_target_without_anything_else_is_fine() {
    let plan = good("[target.only]\ncommand = ['x', '{port}']\nready = { path = '/up', status = 204 }\n");
    assert!(plan.comparison.is_none());
    assert_eq!((plan.requests[0].name.as_str(), plan.requests[0].path.as_str()), ("root", "/up"));
    assert_eq!(plan.requests[0].expect.status, Some(204));
    assert_eq!(plan.load("queries").unwrap().requests, LoadRequests::Each(vec!["root".to_owned()]));
}

#[test]
fn a_target_is_ready_by_a_page_a_line_or_its_port() {
    let ready =
        |written: &str| good(&format!("[target.a]\ncommand = ['x', '{{port}}']\n{written}\n")).targets[0].ready.clone();
    let (by, timeout) = (super::defaults::page("/"), Duration::from_secs(30));
    assert_eq!(ready(""), ReadyPlan { by: by.clone(), timeout });
    assert_eq!(ready("ready = { timeout = '5s' }"), ReadyPlan { by, timeout: Duration::from_secs(5) });
    assert_eq!(
        ready(r"ready = { log = 'up on :\d+$' }"),
        ReadyPlan { by: ReadyBy::Log(r"up on :\d+$".to_owned()), timeout }
    );
    assert_eq!(ready("ready = { tcp = true }"), ReadyPlan { by: ReadyBy::Tcp, timeout });
}

#[test]
fn targets_that_take_no_port_are_started_and_watched_and_not_asked() {
    let worker = "[target.worker]\ncommand = ['./worker']\nready = { log = 'up' }\n";
    let plan = good(worker);
    assert!(!plan.targets[0].takes_port());
    assert_eq!(plan.phases.iter().map(Phase::name).collect::<Vec<_>>(), ["startup", "idle"]);
    let both = good(&format!("{worker}[target.web]\ncommand = ['x', '{{port}}']\n"));
    assert!(both.phases.iter().any(Phase::asks), "the other one can be asked");
}

#[test]
fn the_order_of_the_file_is_kept() {
    let plan = good(
        "[target.z]\ncommand = ['x', '{port}']\n[target.a]\ncommand = ['x', '{port}']\n[request.y]\npath = '/y'\n[request.b]\npath = '/b'\n",
    );
    assert_eq!(plan.targets[0].name, "z");
    assert_eq!(plan.requests[0].name, "y");
    assert_eq!(plan.load("latency").unwrap().requests, LoadRequests::Each(vec!["y".to_owned()]));
}

#[test]
fn every_key_arrives_in_the_plan() {
    let text = SMALLEST.to_owned()
        + r#"
[target.third]
command = ["./x"]
build = [["make"], ["make", "install"]]
env = { PORT = "{port}", SECRET = "hush" }
stop = { signal = "sigint", grace = "0s" }
cpus = "0, 2-3"
versions = { x = ["./x", "--version"] }
benchmark = { request = "make", command = ["bench"], format = "go" }

[database]
url_env = "PIANO_URL"
scale = 0.5
statements = false
seed_number = 0x10

[request.make]
method = "post"
path = "/make/{int:1..9}"
headers = { Authorization = "Bearer {pick:a|b}" }
body = { n = "{int:1..5}", s = "x" }
expect = { status = 201, length = 3, contains = "ok", json = { pointer = "/id", equals = 1 } }
inserts = "public.things"

[load.mixed]
mix = { root = 3, make = 0.5 }
rate = 10
gaps = "exponential"
duration = "1m30s"
connections = 7
ramp = "500ms"
timeout = "2s"

[load.counted]
requests = 10
send = ["make", "root"]

[load.shared]
common_rate = 0.5
duration = "1s"

[load.points]
utilisation = [0.2, 0.6]
send = ["root"]
duration = "1s"
blocks = 3

[load.apart]
requests = 5
in_run = false

[[claim]]
metric = "mixed.all.p99"
at_most = 1.5

[[claim]]
metric = "points.root.at_60.p95"
at_most = 2

[[claim]]
metric = "counted.make.p95"
at_most = 2

[[claim]]
metric = "idle.pss"
value_at_most = 40
target = "third"

[run]
looks = [5, 10]
launches = 2
cold = true
idle_after = "1s"
warmup = "0s"
seed = 7
sample_hz = 10.5
phases = ["idle", "mixed", "counted", "points"]
no_pin = true
"#;
    let plan = good(&text);
    let third = plan.target("third").unwrap();
    assert_eq!(third.build, [vec!["make"], vec!["make", "install"]]);
    assert_eq!(third.env["SECRET"].reveal(), "hush");
    assert_eq!((third.stop.signal.as_str(), third.stop.grace), ("INT", Duration::ZERO));
    assert_eq!(third.cpus.as_deref(), Some("0,2-3"));
    assert_eq!(third.versions["x"], ["./x", "--version"]);
    assert_eq!(third.benchmark.as_ref().unwrap().request, "make");
    let database = plan.database.as_ref().unwrap();
    assert_eq!(database.url.as_ref().unwrap().reveal(), "postgresql://me:hush@db/piano");
    assert_eq!((database.scale, database.seed_number, database.statements), (0.5, 16, false));
    let make = plan.request("make").unwrap();
    assert_eq!(make.method, "POST");
    assert_eq!(make.body.as_deref(), Some(r#"{"n":{int:1..5},"s":"x"}"#));
    assert_eq!(make.headers.len(), 2);
    assert_eq!((make.headers[1].0.as_str(), make.headers[1].1.reveal()), ("Content-Type", "application/json"));
    assert_eq!(make.expect.json, Some(("/id".to_owned(), serde_json::json!(1))));
    assert_eq!((make.expect.status, make.expect.length), (Some(201), Some(3)));
    assert_eq!(make.inserts.as_deref(), Some("public.things"));
    loads_arrive(&plan);
    assert_eq!(plan.claims[0].bound, Bound::AtMost(1.5));
    assert_eq!(plan.claims[3].text, "idle.pss of third is at most 40 MiB");
    let loads = ["mixed", "counted", "points"].map(|name| Phase::Load(name.to_owned()));
    assert_eq!(plan.phases, [&[Phase::Idle][..], &loads].concat());
    let schedule = &plan.schedule;
    assert_eq!((schedule.blocks, schedule.looks.as_slice(), schedule.launches), (10, &[5, 10][..], 2));
    assert!(schedule.cold && schedule.no_pin && !schedule.quick);
    assert_eq!((schedule.seed, schedule.sample_hz), (7, 10.5));
}

fn loads_arrive(plan: &Plan) {
    let mixed = plan.load("mixed").unwrap();
    assert_eq!(mixed.arrival, ArrivalPlan::Open { rate: Rate::PerSecond(10.0), spacing: Spacing::Poisson });
    assert_eq!(mixed.requests, LoadRequests::Mix(vec![("root".to_owned(), 3.0), ("make".to_owned(), 0.5)]));
    assert_eq!(mixed.stop, StopRule::Duration(Duration::from_secs(90)));
    assert_eq!((mixed.connections, mixed.ramp), (7, Duration::from_millis(500)));
    assert_eq!(plan.load("counted").unwrap().arrival, ArrivalPlan::Closed);
    assert!(plan.load("shared").is_none(), "a load that no phase names is not planned");
    let points = plan.load("points").unwrap();
    let rate = Rate::Utilisation(vec![0.2, 0.6]);
    assert_eq!(points.arrival, ArrivalPlan::Open { rate, spacing: Spacing::Poisson });
    assert_eq!((points.subjects(), points.blocks), (vec!["root.at_20".to_owned(), "root.at_60".to_owned()], Some(3)));
    assert_eq!(plan.load("counted").unwrap().repeat, 200, "p95 needs 2,000 answers, a time has 10");
    assert!(!plan.load("apart").unwrap().in_run, "kept for those who name it");
}

#[test]
fn the_shipped_comparison_is_what_it_says() {
    let (folder, plan) = shipped();
    assert_eq!(plan.role("flask"), Role::Baseline);
    assert_eq!(plan.role("gin"), Role::Candidate);
    assert_eq!(plan.role("flask_dev"), Role::Other);
    let rivals = &plan.comparison.as_ref().unwrap().rivals;
    assert!(
        *rivals == ["flask_tuned"] && rivals.iter().all(|rival| plan.target(rival).unwrap().env == plan.targets[0].env)
    );
    assert_eq!(plan.targets[0].dir, folder.path().join("targets/flask"));
    assert_eq!(plan.database.as_ref().unwrap().seed, [folder.path().join("fixtures/piano/seed.sql")]);
    let metrics: Vec<(&str, &Bound)> = plan.claims.iter().map(|claim| (claim.metric.as_str(), &claim.bound)).collect();
    assert_eq!(
        metrics,
        [
            ("startup.first_ok", &Bound::AtLeast(20.0)),
            ("idle.pss", &Bound::AtLeast(3.0)),
            ("latency.list.p50", &Bound::AtLeast(10.0)),
            ("latency.list.p95", &Bound::AtLeast(8.0)),
            ("latency.list.p99", &Bound::AtLeast(10.0)),
            ("sustained.list.throughput", &Bound::AtLeast(25.0)),
            ("under_load.list.pss", &Bound::AtLeast(5.0)),
            ("points.list.at_60.cpu", &Bound::AtLeast(2.5)),
        ]
    );
    assert!(plan.claims.iter().all(|claim| claim.expected.is_some()));
    let insert = plan.request("insert_attempt").unwrap();
    assert_eq!(insert.inserts.as_deref(), Some("piano_attempts"));
    assert!(insert.body.as_ref().unwrap().contains(r#""exercise_id":{int:1..500}"#));
    assert_eq!(plan.parity.as_ref().unwrap().rules[0].compare, ParityCompare::Time);
    assert_eq!((plan.loads.len(), plan.load("latency").unwrap().repeat), (7, 10));
    assert!(!plan.phases.contains(&Phase::Load("jmeter".to_owned())), "done by name only");
}

#[test]
fn quick_is_short() {
    let plan = quicken(shipped().1);
    assert_eq!((plan.schedule.blocks, plan.schedule.launches, plan.schedule.quick), (1, 2, true));
    let seconds: f64 = plan
        .loads
        .iter()
        .filter(|load| load.in_run)
        .map(|load| match load.stop {
            StopRule::Duration(duration) => {
                (duration + load.ramp).as_secs_f64() * load.subjects().iter().map(|_| 1.0).sum::<f64>()
            }
            StopRule::Requests(count) => {
                assert!(count <= 300);
                0.0
            }
        })
        .sum();
    assert!(seconds <= 20.0, "{seconds}");
}

#[test]
fn a_stored_plan_keeps_no_secret() {
    let plan = good(&(SMALLEST.to_owned() + "headers = { A = 'hush' }\n[database]\nurl = '$PIANO_URL'\n"));
    let stored = serde_json::to_string(&plan).unwrap();
    assert!(!stored.contains("hush"), "{stored}");
}

#[test]
fn the_file_is_searched_upward() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a/b");
    std::fs::create_dir_all(&deep).unwrap();
    let file = folder.path().join(FILE_NAME);
    std::fs::write(&file, SMALLEST).unwrap();
    assert_eq!(find(&deep), Some(file));
    let missing = load(&deep.join("none.toml")).unwrap_err();
    assert!(missing.render(false).contains("none.toml"));
    assert!(std::error::Error::source(&missing).is_some());
}

#[test]
fn the_schema_takes_what_the_reader_takes() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let json = |text: &str| serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap();
    for text in [SHIPPED, SMALLEST] {
        let errors: Vec<String> = validator.iter_errors(&json(text)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    for text in [
        "",
        "[target.a]\ncommand = 'x'",
        "[target.a]\ncommand = ['x']\nport = 1",
        "[target.a]\ncommand = ['x']\n[run]\nblocks = 0",
        "[target.a]\ncommand = ['x']\n[load.a]\narrival = 'ajar'",
    ] {
        assert!(!validator.is_valid(&json(text)), "{text}");
        assert!(read(text).is_err(), "{text}");
    }
}
