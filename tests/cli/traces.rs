//! The extra life of a target whose runtime is known: its collector is traced there, and nowhere else.

use serde_json::Value;

use crate::lab::{Lab, SERVER, SHORT, target, versus};

const LOAD: &str = "[load.l]\nconnections = 2\nduration = \"600ms\"\n";

/// The traced loads of that target.
fn traced<'a>(document: &'a Value, name: &str) -> &'a Value {
    let traces = document["traces"].as_array().unwrap();
    &traces.iter().find(|trace| trace["target"] == name).unwrap_or_else(|| panic!("{traces:?}"))["loads"][0]
}

#[test]
fn collectors_are_traced_apart_from_the_measured_trials() {
    // A Go program that has a pause of 0.5 ms every tenth of a second, and tells when it is asked to.
    let tells = "echo \"GODEBUG=$GODEBUG PYTHONPATH=$PYTHONPATH\" >&2; if [ \"$GODEBUG\" = gctrace=1 ]; then \
        seq 0 0.1 120 | while read t; do echo \"gc 1 @${t}s 0%: 0.5+1.0+0.25 ms clock, 0.1+0/0/0+0.1 ms cpu\" >&2; done; fi; ";
    let go = format!("{tells} exec {SERVER} --listen {{host}}:{{port}}");
    let python = "echo \"GODEBUG=$GODEBUG PYTHONPATH=$PYTHONPATH\" >&2; exec python3 -c 'import gc, http.server, sys\n\
        class H(http.server.BaseHTTPRequestHandler):\n\
        \x20   def do_GET(self):\n\
        \x20       gc.collect(); self.send_response(200); self.send_header(\"Content-Length\", \"0\"); self.end_headers()\n\
        http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), H).serve_forever()' {host} {port}";
    let sides = versus(&["sh", "-c", python], &["sh", "-c", &go]);
    let config = sides.replacen("[target.a]\n", "[target.a]\nruntime = \"python\"\n", 1).replacen(
        "[target.b]\n",
        "[target.b]\nruntime = \"go\"\n",
        1,
    );
    let lab = Lab::new(&(config + LOAD));
    let said = lab.run(&["run", "--out", "it"]).code(1);
    said.answers(&["Garbage collection, traced apart from the claims", "b (Go) paused", "the longest 0.500 ms"]);
    let document = lab.run(&["report", "it", "--json"]).code(0).json();

    let (a, b) = (traced(&document, "a"), traced(&document, "b"));
    assert_eq!((&a["load"], &a["request"]), (&"l".into(), &"root".into()));
    assert_eq!(b["collector"]["longest_ns"], 500_000);
    let pauses = |load: &Value| load["collector"]["pauses"].as_u64().unwrap();
    assert!(pauses(b) >= 2 && pauses(b) == 2 * b["collector"]["collections"].as_u64().unwrap(), "{b}");
    // A collection is forced in every request; what the last tenth of a second held is told after the window.
    assert!(pauses(a) > 0 && a["good"].as_u64().unwrap() > 0, "{a}");

    // The measured trials know nothing of it, and nothing but text is left of the traced ones.
    let output = |name: &str| std::fs::read_to_string(lab.at("it/output").join(name)).unwrap();
    for name in ["a.stderr", "b.stderr"] {
        assert!(output(name).contains("GODEBUG= PYTHONPATH=\n") && !output(name).contains("gctrace"), "{name}");
    }
    assert!(output("b-traced.stderr").contains("GODEBUG=gctrace=1 PYTHONPATH=\n"));
    assert!(output("a-traced.stderr").contains("a-traced.trace\n"));
    assert!(std::fs::read_dir(lab.at("it/output")).unwrap().all(|entry| entry.unwrap().path().is_file()));
    for format in ["terminal", "markdown", "html"] {
        lab.run(&["report", "it", "--format", format])
            .code(0)
            .answers(&["what the garbage collectors did", "p99.9 then"]);
    }
}

#[test]
fn what_is_no_whole_run_traces_nothing() {
    let config = target("a", &crate::lab::truth(&[])).replacen("[target.a]\n", "[target.a]\nruntime = \"go\"\n", 1);
    let lab = Lab::new(&(config + SHORT + LOAD));
    for command in [
        &["load", "--requests", "20", "--json"][..],
        &["run", "--quick", "--json"],
        &["run", "--only", "idle", "--json"],
    ] {
        let document = lab.run(command).code(0).json();
        assert_eq!(document["traces"], Value::Array(vec![]), "{command:?}");
    }
    Lab::new(&(target("a", &[SERVER, "{port}"]) + "runtime = \"ruby\"\n"))
        .run(&["run"])
        .code(2)
        .says(&["`go`, `python`"]);
}

#[test]
fn what_gunicorn_says_of_its_workers_under_load_is_counted() {
    let line = "[2026-11-24 10:30:21 +0000] [9401] [CRITICAL] WORKER TIMEOUT (pid:9578)";
    let script = format!("(while sleep 0.1; do echo '{line}' >&2; done) & exec {SERVER} --listen {{host}}:{{port}}");
    let lab = Lab::new(&(target("a", &["sh", "-c", &script]) + SHORT + LOAD));
    let document = lab.run(&["run", "--json"]).code(0).json();
    let caveats = document["caveats"].as_array().unwrap();
    let churn = caveats.iter().find(|caveat| caveat["kind"] == "worker-churn").unwrap_or_else(|| panic!("{caveats:?}"));
    assert!(churn["text"].as_str().unwrap().contains("killed at their timeout"), "{churn}");
}
