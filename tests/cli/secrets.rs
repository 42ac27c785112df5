//! Secrets of a configuration reach the target and nobody else.

use std::path::Path;

use crate::lab::{Lab, SERVER, SHORT};

/// The files below that folder which hold the text.
pub fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains(text) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn secrets_reach_no_file_no_report_and_no_other_command_line() {
    let lab = Lab::new(&format!(
        r#"
[target.a]
command = ["sh", "-c", "test $TOKEN = pearl1 && exec {SERVER} --listen {{host}}:{{port}}", "postgres://bob:pearl2@db/x"]
build = [["true", "--token=pearl3"]]
versions = {{ v = ["true", "--password", "pearl4"] }}
env = {{ TOKEN = "pearl1" }}
ready = {{ path = "/ready?token=pearl5", timeout = "60s" }}
[request.root]
method = "POST"
path = "/x?api_key=pearl6"
headers = {{ Authorization = "Bearer pearl7", Cookie = "sid=pearl8" }}
body = '{{"password": "pearl9"}}'
[load.l]
connections = 2
duration = "300ms"
[run]
blocks = 1
launches = 1
idle_after = "600ms"
warmup = "100ms"
"#
    ));
    let said = lab.run_while(&["run", "--out", "it", "-v"], |_| {
        lab.server();
        for (pid, words) in lab.processes() {
            // The root process of the target was given one in its argv by the configuration itself.
            let own = words.starts_with(SERVER) || words.starts_with("sh ");
            assert!(own || !words.contains("pearl"), "process {pid}: {words}");
        }
    });
    let said = said.code(0);
    assert!(!said.out.contains("pearl") && !said.err.contains("pearl"), "{said:#?}");
    assert_eq!(files_with(&lab.at("it"), "pearl"), Vec::<String>::new());
    // What is stored as [redacted] is compared as such, and reported from there.
    lab.run(&["run", "--resume", "it"]).code(2).says(&["complete already"]);
    for format in ["json", "html", "markdown"] {
        let said = lab.run(&["report", "it", "--format", format]).code(0);
        assert!(said.out.contains("bob:[redacted]@db") || format == "markdown", "{format}");
        assert!(!said.out.contains("pearl"), "{format}");
    }
}

#[test]
fn the_login_of_a_url_under_load_is_stored_nowhere() {
    let lab = Lab::of(&[]);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut server =
        std::process::Command::new(SERVER).args(["--listen", &format!("127.0.0.1:{port}")]).spawn().unwrap();
    crate::lab::until("the server listens", || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
    let url = format!("http://bob:pearl@127.0.0.1:{port}/?token=pearl");
    let said = lab.run(&["load", "--url", &url, "--requests", "10", "--connections", "1", "--out", "it"]);
    server.kill().unwrap();
    server.wait().unwrap();
    let said = said.code(0);
    assert!(!said.out.contains("pearl") && !said.err.contains("pearl"), "{said:#?}");
    assert_eq!(files_with(&lab.at("it"), "pearl"), Vec::<String>::new());
}

#[test]
fn another_load_tool_is_given_secrets_that_nobody_else_can_read() {
    // A tool, what the request says beside its method, and the refusal where the tool would show it.
    let path = "path = \"/x?api_key=pearl6\"\n";
    let header = "path = \"/\"\nheaders = { Authorization = \"Bearer pearl7\", Cookie = \"sid=pearl8\" }\n";
    let body = "path = \"/\"\nbody = '{\"password\": \"pearl9\", \"n\": {int:1..9}}'\n";
    let fixed = "path = \"/\"\nbody = '{\"password\": \"pearl9\"}'\n";
    for (tool, request, refused) in [
        ("wrk", path, None),
        ("wrk", header, None),
        ("wrk", body, None),
        ("jmeter", path, None),
        ("jmeter", header, None),
        ("jmeter", body, None),
        ("ab", fixed, None),
        ("ab", path, Some("ab takes the path on its command line")),
        ("ab", header, Some("ab takes headers on its command line")),
    ] {
        let argv = crate::lab::truth(&["--close"]);
        let env = "env = { DATABASE_URL = \"postgres://bob:pearl1@db/x\" }\nready = ";
        let method = "[request.root]\nmethod = \"POST\"\n";
        let config = (crate::lab::target("a", &argv) + SHORT).replacen("ready = ", env, 1);
        let lab = Lab::new(&config.replacen("[request.root]\npath = \"/\"\n", &format!("{method}{request}"), 1));
        let exported = lab.run(&["export", tool]);
        assert!(!exported.out.contains("pearl") && !exported.err.contains("pearl"), "{exported:#?}");
        if !crate::engines::installed(tool) {
            continue;
        }
        let load = ["load", "--engine", tool, "--duration", "1s", "--connections", "2", "--out", "it", "-v"];
        let said = lab.run_while(&load, |pianoprof| {
            let mut seen = false;
            let ended = || pianoprof::process::procfile::stat(pianoprof).is_none_or(|stat| stat.state == 'Z');
            while !ended() {
                for (pid, words) in lab.processes() {
                    let own = words.starts_with(SERVER) || words.starts_with("sh ");
                    assert!(own || !words.contains("pearl"), "{tool}: process {pid}: {words}");
                    seen |= words.split(' ').next().is_some_and(|program| program.ends_with(tool));
                }
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            assert!(tool == "jmeter" || seen == refused.is_none(), "{tool} was seen at work");
        });
        if let Some(words) = refused {
            said.code(2).says(&[words]);
            continue;
        }
        let said = said.code(0);
        assert!(!said.out.contains("pearl") && !said.err.contains("pearl"), "{tool}: {said:#?}");
        assert_eq!(files_with(&lab.at("it"), "pearl"), Vec::<String>::new(), "{tool} {request}");
        // The tool was given the secret itself, not what is stored in its place.
        assert_eq!(
            lab.stored("it").unwrap()["trials"][0]["loads"][0]["errors"],
            serde_json::json!({}),
            "{tool} {request}"
        );
    }
}
