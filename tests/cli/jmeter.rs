//! `JMeter` itself, on this machine and as two servers that make the load for it. `make test-jmeter` runs these: they need
//! what `make jmeter` assembles, and take half a minute.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::lab::{Lab, truth};

/// Keeps a broken server from hanging the test; a start takes a few seconds.
const LONG: Duration = Duration::from_mins(1);

fn home() -> PathBuf {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pianoprof/jmeter");
    assert!(home.join("bin/ApacheJMeter.jar").is_file(), "`make jmeter` puts JMeter into {}", home.display());
    home
}

/// A `jmeter-server` at an address of its own; ended when dropped.
struct Server {
    child: Child,
    /// What `--remote` is told.
    address: String,
    /// Its log and whatever else it writes.
    _folder: tempfile::TempDir,
}

impl Server {
    fn start(host: &str) -> Self {
        // Its registry listens on every address, so that two on one machine need two ports.
        let port = TcpListener::bind((host, 0)).unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let child = Command::new("java")
            .args(["-Xms64m", "-Xmx256m", "-Djava.awt.headless=true", &format!("-Djava.rmi.server.hostname={host}")])
            .arg("-jar")
            .arg(home().join("bin/ApacheJMeter.jar"))
            .args(["-s", "-j", "server.log", &format!("-Dserver_port={port}"), "-Jserver.rmi.ssl.disable=true"])
            .current_dir(&folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("java is installed");
        let server = Self { child, address: format!("{host}:{port}"), _folder: folder };
        let end = Instant::now() + LONG;
        while TcpStream::connect((host, port)).is_err() {
            assert!(Instant::now() < end, "{} never listened", server.address);
            std::thread::sleep(Duration::from_millis(100));
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The load's figures, and the lines of its JTL file without the names of the columns.
fn load(arguments: &[&str]) -> (Value, Vec<String>) {
    let lab = Lab::of(&truth(&["--service-mix", "1x2ms"]));
    let all = [&["load", "--engine", "jmeter", "--json"], arguments].concat();
    let output = lab.command(&all).env("JMETER_HOME", home()).output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(0), "{err}");
    assert_eq!(lab.alive(), Vec::<String>::new(), "left running");
    let document: Value = serde_json::from_str(&out).expect(&out);
    let folders = std::fs::read_dir(lab.at("runs/latest/jmeter")).unwrap();
    let folders: Vec<PathBuf> = folders.map(|entry| entry.unwrap().path()).collect();
    let [only] = folders.as_slice() else { panic!("one load, and {folders:?}") };
    let samples = std::fs::read_to_string(only.join("results.jtl")).unwrap();
    assert!(only.join("dashboard/index.html").is_file());
    (document["loads"][0].clone(), samples.lines().skip(1).map(str::to_owned).collect())
}

#[test]
#[ignore = "needs JMeter: make test-jmeter"]
fn jmeter_makes_the_load_and_every_line_is_counted() {
    let (load, samples) = load(&["--connections", "4", "--requests", "200"]);
    assert_eq!((&load["engine"], samples.len()), (&"jmeter".into(), 200));
    for key in ["sent", "answered", "good"] {
        assert_eq!(load[key], 200, "{key}");
    }
    assert!(load["generator_cpu_s"].as_f64().unwrap() > 0.0);
}

#[test]
#[ignore = "needs JMeter: make test-jmeter"]
fn two_machines_share_the_load_and_every_line_is_counted() {
    let servers = ["127.0.0.2", "127.0.0.3"].map(Server::start);
    let remote = servers.each_ref().map(|server| server.address.as_str()).join(",");
    let (load, samples) = load(&["--connections", "4", "--requests", "200", "--remote", &remote]);
    assert_eq!(samples.len(), 200);
    for key in ["sent", "answered", "good"] {
        assert_eq!(load[key], 200, "{key}");
    }
    assert_eq!((&load["statuses"]["200"], load["errors"].as_object().unwrap().len()), (&200.into(), 0));
    assert!(load["generator_cpu_s"].is_null(), "their CPU is not known here");
    // JMeter writes the machine before the name of the thread.
    for server in &servers {
        let host = server.address.split(':').next().unwrap();
        assert_eq!(samples.iter().filter(|line| line.contains(host)).count(), 100, "{host} in {samples:#?}");
    }
}
