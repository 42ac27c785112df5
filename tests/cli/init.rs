//! `init` in a folder with servers: found, started once, written down, and checked by `check`.

use crate::lab::Lab;

/// A server that answers 200 at one path and 404 elsewhere.
fn server(path: &str) -> String {
    format!(
        "import os\nfrom http.server import BaseHTTPRequestHandler, HTTPServer\nclass H(BaseHTTPRequestHandler):\n  \
         def do_GET(self):\n    self.send_response(200 if self.path == '{path}' else 404)\n    \
         self.send_header('Content-Length', '0')\n    self.end_headers()\n\
         HTTPServer(('127.0.0.1', int(os.environ['PORT'])), H).serve_forever()\n"
    )
}

fn lab(files: &[(&str, &str)]) -> Lab {
    let lab = Lab::new("");
    std::fs::remove_file(lab.at("pianoprof.toml")).unwrap();
    for (name, text) in files {
        std::fs::create_dir_all(lab.at(name).parent().unwrap()).unwrap();
        std::fs::write(lab.at(name), text).unwrap();
    }
    lab
}

fn config(lab: &Lab) -> String {
    std::fs::read_to_string(lab.at("pianoprof.toml")).unwrap()
}

#[test]
fn the_path_that_answers_is_kept() {
    let lab = lab(&[("app.py", &server("/healthz"))]);
    lab.run(&["init"]).code(0).says(&[
        "starting app: python3 app.py",
        "target app answers 200 at /healthz",
        "Found app.",
    ]);
    let text = config(&lab);
    assert!(text.contains("Tried: it answers 200.\nready   = { path = \"/healthz\""), "{text}");
    assert!(text.contains("[request.healthz]\npath   = \"/healthz\""), "{text}");
    lab.run(&["check"]).code(0);
    lab.run(&["startup", "--launches", "1"]).code(0);
    lab.run(&["init"]).code(2).says(&["pianoprof.toml is there already"]);
}

#[test]
fn nothing_is_started_with_no_try() {
    let lab = lab(&[("app.py", &server("/healthz"))]);
    let said = lab.run(&["init", "--no-try"]).code(0);
    assert!(!said.err.contains("starting"), "{said:#?}");
    assert!(config(&lab).contains("it was not tried.\nready   = { path = \"/\""));
}

#[test]
fn a_server_that_does_not_start_is_said_and_the_file_is_written() {
    let lab = lab(&[("app.py", "import http.server\nraise SystemExit('no such table: songs')\n")]);
    lab.run(&["init"])
        .code(0)
        .says(&["target app: ended with exit status 1 before it listened", "no such table: songs"]);
    let text = config(&lab);
    assert!(text.contains("It did not start when it was tried: ended with exit status 1 before it listened"), "{text}");
    lab.run(&["check"]).code(0);
    let lab = self::lab(&[("go.mod", "module shop\n"), ("main.go", "package nothing\n")]);
    lab.run(&["init", "--build-time", "1ms"]).code(0).says(&["building go: go build"]);
    assert!(config(&lab).contains("It did not start when it was tried: its build"), "{}", config(&lab));
}

#[test]
fn two_servers_become_a_comparison_whose_settings_can_be_switched_on() {
    let lab = lab(&[("new/app.py", &server("/")), ("old/app.py", &server("/"))]);
    lab.run(&["init"])
        .code(0)
        .says(&["target new answers 200 at /", "Found old, new. Wrote pianoprof.toml and corpus.json"]);
    lab.run(&["check"]).code(0);
    let text = config(&lab);
    let is_off = |line: &&str| line.strip_prefix('#').is_some_and(|rest| !rest.starts_with(' '));
    assert!(text.lines().filter(is_off).count() > 15, "{text}");
    let on: Vec<&str> = text.lines().map(|line| if is_off(&line) { &line[1..] } else { line }).collect();
    std::fs::write(lab.at("pianoprof.toml"), on.join("\n")).unwrap();
    let checked = lab.run(&["check"]).code(0);
    assert!(checked.out.contains("2 loads, 2 claims"), "{checked:#?}");
    lab.run(&["parity"]).code(0);
}
