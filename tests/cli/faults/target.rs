//! Targets that misbehave: each is told apart, said in words, and ended.

use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use crate::lab::{Lab, SERVER, Said, truth, until};

fn startup(argv: &[&str]) -> Said {
    startup_within("800ms", argv)
}

/// One start, for which the target has so long.
fn startup_within(timeout: &str, argv: &[&str]) -> Said {
    let lab = Lab::of(argv);
    let path = lab.at("pianoprof.toml");
    std::fs::write(&path, std::fs::read_to_string(&path).unwrap().replace("60s", timeout)).unwrap();
    let said = lab.run(&["startup", "--launches", "1"]);
    if said.code != Some(0) {
        assert!(said.err.contains("ended before its first trial was complete"), "{said:#?}");
    }
    said
}

/// The truth server under a shell that does this to it, `$!`, once it has served for a while.
fn later(deed: &str) -> String {
    format!("{SERVER} --listen {{host}}:{{port}} --service-mix 1x5ms & sleep 1; {deed}")
}

#[test]
fn a_program_that_cannot_be_started() {
    startup(&["./nothing", "{port}"]).code(2).says(&["target a", "`./nothing` was not found", "hint: "]);
    let lab = Lab::of(&["./plain", "{port}"]);
    std::fs::write(lab.at("plain"), "words").unwrap();
    lab.run(&["startup"]).code(2).says(&["`./plain` cannot be executed", "chmod +x"]);
}

#[test]
fn a_program_that_ends_too_early() {
    startup(&["true", "{port}"]).code(2).says(&["ended with exit status 0 before it listened", "foreground"]);
    startup(&truth(&["--stderr", "no such table: songs", "--exit", "1"]))
        .code(2)
        .says(&["ended with exit status 1", "no such table: songs"]);
}

#[test]
fn a_program_that_never_gets_ready() {
    startup(&truth(&["--never-listen"])).code(2).says(&["did not listen on port", "use {port}"]);
    let said = startup(&truth(&["--other-port"])).code(2).says(&["it listens on port", "instead", "use {port}"]);
    assert!(!said.err.contains("port 0"), "{said:#?}");
    startup(&truth(&["--status", "404"])).code(2).says(&["status 404, not 200", "hint: `ready`"]);
    startup(&truth(&["--mute"])).code(2).says(&["nothing was answered"]);
}

#[test]
fn a_port_that_somebody_else_has() {
    let lab = Lab::of(&truth(&[]));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    lab.run(&["startup", "--", SERVER, "--listen", &taken, "{port}"]).code(2).says(&["ended with exit status 64"]);
    lab.run(&["startup", "--", "sh", "-c", &format!("exec {SERVER} --listen {taken} # {{port}}")]).code(2).says(&[
        "already taken by process",
        &std::process::id().to_string(),
        "use {port}",
        "cannot listen on",
    ]);
}

#[test]
fn the_line_that_decides_is_shown_wherever_it_stands() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // As Node does it: the reason first, a stack behind it; it ends, or goes on trying for ever.
    let words = format!("echo 'Error: listen EADDRINUSE: address already in use :::{port}' >&2; seq 100 140 >&2");
    for end in ["exit 1", "sleep 60"] {
        let said = startup_within("60s", &["sh", "-c", &format!("{words}; {end} # {{port}}")]).code(2).says(&[
            &format!("it wants port {port}, which is already taken by process {}", std::process::id()),
            "listen EADDRINUSE",
            "[24 more lines]",
            "140",
        ]);
        assert!(!said.err.contains("\n115\n"), "{said:#?}");
    }
}

#[test]
fn a_steady_wrong_answer_is_said_before_the_wait_is_over() {
    let said = startup_within("5s", &truth(&["--status", "404"])).code(2);
    let told = "target a answers 404 at /, not 200: set --ready PATH";
    assert_eq!(said.err.matches(told).count(), 1, "{said:#?}");
    assert!(said.err.find(told) < said.err.find("gave no good answer"), "{said:#?}");
    startup_within("5s", &truth(&["--other-port"])).code(2).says(&["target a listens on port", "still waiting"]);
    let quiet = Lab::of(&truth(&["--status", "404"]));
    let path = quiet.at("pianoprof.toml");
    std::fs::write(&path, std::fs::read_to_string(&path).unwrap().replace("60s", "3s")).unwrap();
    let said = quiet.run(&["startup", "--launches", "1", "--quiet"]).code(2);
    assert!(!said.err.contains("set --ready PATH (in"), "{said:#?}");
}

#[test]
fn a_line_for_each_step_where_there_is_no_terminal() {
    let said = Lab::of(&truth(&[])).run(&["startup", "--launches", "1"]).code(0);
    assert!(said.err.contains("block 1  a  launch"), "{said:#?}");
}

#[test]
fn a_server_that_is_unready_for_a_while_is_waited_for() {
    let lab = Lab::of(&truth(&["--listen-then-503", "150"]));
    let document = lab.run(&["startup", "--launches", "1", "--json"]).code(0).json();
    let launch = &document["launches"][0];
    let ms = |key: &str| launch[key].as_f64().unwrap();
    assert!(ms("listen_ms") < ms("first_ok_ms") && ms("first_ok_ms") >= 150.0, "{launch}");
}

#[test]
fn a_server_that_ignores_its_signal_is_killed_and_that_is_said() {
    let lab = Lab::of(&truth(&["--ignore-term"]));
    lab.run(&["profile", "--idle-after", "50ms"])
        .code(0)
        .answers(&["killed", "a did not end within 400 ms of SIGTERM"]);
}

#[test]
fn a_server_that_hangs_while_it_ends_is_killed_and_that_is_said() {
    let script = format!("trap 'sleep 1000' TERM; {SERVER} --listen {{host}}:{{port}} & wait");
    let lab = Lab::of(&["sh", "-c", &script]);
    lab.run(&["profile", "--idle-after", "50ms"])
        .code(0)
        .answers(&["killed", "a did not end within 400 ms of SIGTERM"]);
}

#[test]
fn a_twin_that_answers_before_the_target_does_is_named() {
    let lab = Lab::of(&truth(&["--delay", "1500", "--reuseport"]));
    let said = lab.run_while(&["startup", "--launches", "1"], |_| {
        let address = until("the target is started", || {
            let found = lab.processes().into_iter().find(|(_, words)| words.starts_with(SERVER))?;
            found.1.split(' ').nth(2).map(str::to_owned)
        });
        let mut twin = Command::new(SERVER).args(["--listen", &address, "--reuseport"]).spawn().unwrap();
        thread::sleep(Duration::from_millis(2500));
        twin.kill().unwrap();
        twin.wait().unwrap();
    });
    said.code(2).says(&["target a: port", "is served by process", "which the launch did not start", "hint: end that"]);
}

#[test]
fn a_daemon_is_measured_and_ended_like_any_other() {
    let lab = Lab::of(&truth(&["--daemonise"]));
    let document = lab.run(&["profile", "--idle-after", "50ms", "--json"]).code(0).json();
    assert!(document["caveats"].as_array().unwrap().iter().all(|caveat| caveat["kind"] != "died"), "{document:#}");
    let idle = document["metrics"].as_array().unwrap().iter().find(|metric| metric["metric"] == "idle.rss");
    assert!(idle.unwrap()["median"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_death_in_the_idle_window_is_a_failure_with_a_caveat() {
    let lab = Lab::of(&["sh", "-c", &later("kill -9 $!; exit 3")]);
    lab.run(&["profile", "--idle-after", "30s"])
        .code(2)
        .answers(&["died", "a died in idle of block 1 (exit status 3)"])
        .says(&["error: target a died in idle (exit status 3)"]);
}

#[test]
fn a_death_under_load_is_a_failure_with_a_caveat() {
    let lab = Lab::of(&["sh", "-c", &later("kill -9 $!; exit 3")]);
    let said = lab.run(&["load", "--duration", "2500ms", "--connections", "2", "--json"]).code(2);
    let document = said.json();
    let kinds: Vec<_> = document["caveats"].as_array().unwrap().iter().map(|c| c["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"died") && kinds.contains(&"errors"), "{kinds:?}");
    let load = &document["loads"][0];
    assert!(load["answered"].as_u64().unwrap() > 0, "{load}");
    assert!(load["errors"]["connect_refused"].as_u64().unwrap() > 0, "{load}");
}

/// A server that nobody started for us, and the address where it answers.
fn stranger() -> (Child, String) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let server = Command::new(SERVER).args(["--listen", &address, "--service-mix", "1x5ms"]).spawn().unwrap();
    until("the server listens", || std::net::TcpStream::connect(&address).ok());
    (server, address)
}

#[test]
fn a_death_of_a_server_that_already_ran_is_seen_too() {
    let lab = Lab::of(&[]);
    let death = |mut server: Child, run: &'static str| {
        let samples = lab.at(run).join("output");
        thread::spawn(move || {
            until("the run has begun", || samples.exists().then_some(()));
            thread::sleep(Duration::from_secs(1));
            server.kill().unwrap();
            server.wait().unwrap();
        })
    };
    let (server, _) = stranger();
    let pid = server.id().to_string();
    let killer = death(server, "idle");
    lab.run(&["profile", "--pid", &pid, "--idle-after", "2s", "--out", "idle"]).code(2).answers(&["died in idle"]);
    killer.join().unwrap();
    let (server, address) = stranger();
    let killer = death(server, "load");
    let options = ["--duration", "2s", "--connections", "2", "--out", "load", "--json"];
    let url = format!("http://{address}/");
    let said = lab.run(&[&["load", "--url", &url], options.as_slice()].concat()).code(2);
    assert!(said.err.contains("target 127.0.0.1") && said.err.contains("died in adhoc root"), "{said:#?}");
    killer.join().unwrap();
    for metric in said.json()["metrics"].as_array().unwrap() {
        let memory = metric["unit"] == "MiB";
        assert!(!memory || metric["median"].as_f64().unwrap() > 0.0, "{metric}");
    }
}

#[test]
fn a_server_that_stops_answering_is_never_passed_over() {
    let lab = Lab::of(&["sh", "-c", &later("kill -STOP $!; wait")]);
    let options = ["load", "--duration", "2500ms", "--connections", "2", "--timeout", "200ms", "--json"];
    let document = lab.run(&options).code(0).json();
    assert!(document["loads"][0]["errors"]["timeout"].as_u64().unwrap() > 0, "{document:#}");
    let caveats = document["caveats"].as_array().unwrap();
    assert!(caveats.iter().any(|c| c["kind"] == "timeouts" || c["kind"] == "errors"), "{caveats:#?}");
}

#[test]
fn a_load_without_one_good_answer_has_failed() {
    let lab = Lab::of(&truth(&["--error-every", "1"]));
    let config = std::fs::read_to_string(lab.at("pianoprof.toml")).unwrap();
    std::fs::write(
        lab.at("pianoprof.toml"),
        config.replace(r#"ready = { path = "/""#, r#"ready = { path = "/stamps""#),
    )
    .unwrap();
    let said = lab.run(&["load", "--requests", "20", "--connections", "2", "--json"]).code(2);
    let said = said.says(&["error: target a gave not one good answer to root of load adhoc", "hint: `expect`"]);
    let load = &said.json()["loads"][0];
    assert_eq!((&load["statuses"]["500"], &load["errors"]["bad_status"]), (&20.into(), &20.into()), "{load}");
}
