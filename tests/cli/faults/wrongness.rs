//! Silent wrongness: what was measured while something was wrong never becomes a number without its caveat.

use std::io::{Read as _, Write as _};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::lab::{Lab, SERVER, truth, until};
use crate::skipped::impossible;

const WHILE: Duration = Duration::from_millis(700);

fn signal(pid: u32, signal: i32) {
    // SAFETY: the pid is of a process that a test of ours started and that nobody has waited for.
    assert_eq!(unsafe { libc::kill(i32::try_from(pid).unwrap(), signal) }, 0);
}

fn text<'a>(document: &'a Value, kind: &str) -> &'a str {
    let caveats = document["caveats"].as_array().unwrap();
    let found = caveats.iter().find(|caveat| caveat["kind"] == kind);
    found.unwrap_or_else(|| panic!("no caveat {kind}: {caveats:#?}"))["text"].as_str().unwrap()
}

#[test]
fn a_twin_on_the_port_is_found_out_while_the_load_runs() {
    let lab = Lab::of(&truth(&["--reuseport"]));
    let said = lab.run_while(&["load", "--duration", "3s", "--connections", "2", "--json"], |_| {
        let (_, address) = lab.server();
        sleep(WHILE);
        let mut twin = Command::new(SERVER).args(["--listen", &address, "--reuseport"]).spawn().unwrap();
        sleep(Duration::from_secs(1));
        twin.kill().unwrap();
        twin.wait().unwrap();
    });
    let said =
        said.code(2).says(&["error: in adhoc the port of target a was also served by process", "hint: end that"]);
    let document = said.json();
    assert!(text(&document, "intruder").contains("--reuseport"), "{document:#}");
    let void = |kind: &&str| ["invalid-trials", "too-noisy"].contains(kind);
    assert!(Lab::kinds(&document).iter().any(void), "{document:#}");
}

/// The truth server with two workers that are forked again when they end.
fn respawning() -> Lab {
    Lab::of(&truth(&["--workers", "2", "--respawn-after", "100000000", "--service-mix", "1x5ms"]))
}

/// Kills the younger worker once the target has been up for a while.
fn kill_a_worker(lab: &Lab) {
    lab.server();
    sleep(WHILE);
    let (pids, _) = lab.server();
    assert_eq!(pids.len(), 3, "a master and two workers");
    signal(pids[2], libc::SIGKILL);
}

#[test]
fn a_worker_that_dies_and_is_respawned_is_told_idle_and_under_load() {
    let lab = respawning();
    let idle = lab.run_while(&["profile", "--idle-after", "2s", "--json"], |_| kill_a_worker(&lab)).code(0).json();
    assert!(text(&idle, "restarted").contains("1 gone, 1 new"), "{idle:#}");
    let load = ["load", "--duration", "2s", "--connections", "4", "--json"];
    let loaded = lab.run_while(&load, |_| kill_a_worker(&lab)).code(0).json();
    assert!(text(&loaded, "worker-churn").contains("1 processes were born and 1 gone"), "{loaded:#}");
}

#[test]
fn a_worker_that_the_kernel_kills_for_lack_of_memory_is_told() {
    let Some(group) = MemoryGroup::of(64) else { return };
    let entry = group.path.join("cgroup.procs");
    let server = format!(
        "echo $$ > {} && exec {SERVER} --listen {{host}}:{{port}} --workers 2 --respawn-after 100000000",
        entry.display()
    );
    let lab = Lab::of(&["sh", "-c", &server]);
    let document = lab.run_while(&["profile", "--idle-after", "3s", "--json"], |_| {
        let (_, address) = lab.server();
        sleep(WHILE);
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(b"GET /touch?mib=500 HTTP/1.1\r\n\r\n").unwrap();
        // The worker is killed instead of answering.
        assert_eq!(stream.read(&mut [0; 16]).unwrap_or(0), 0);
    });
    let document = document.code(0).json();
    assert!(text(&document, "out-of-memory").contains("for lack of memory"), "{document:#}");
    assert!(text(&document, "restarted").contains("1 gone"), "{document:#}");
}

#[test]
fn memory_of_a_control_group_of_the_targets_own_stands_beside_the_sums_over_processes() {
    let names = |document: &Value| {
        let metrics = document["metrics"].as_array().unwrap().iter();
        let of_group = metrics.filter(|metric| metric["metric"].as_str().unwrap().ends_with(".cgroup"));
        of_group.map(|metric| (metric["metric"].clone(), metric["median"].as_f64().unwrap())).collect::<Vec<_>>()
    };
    let profile = ["profile", "--under-load", "--idle-after", "1s", "--rate", "50", "--duration", "2500ms", "--json"];
    let Some(group) = MemoryGroup::of(512) else { return };
    let entry = group.path.join("cgroup.procs");
    let server = format!("echo $$ > {} && exec {SERVER} --listen {{host}}:{{port}} --touch 20", entry.display());
    let found = names(&Lab::of(&["sh", "-c", &server]).run(&profile).code(0).json());
    assert_eq!(found.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["idle.cgroup", "under_load.root.cgroup"]);
    assert!(found.iter().all(|(_, mib)| (20.0..512.0).contains(mib)), "{found:?}");
    let shared = Lab::of(&truth(&["--touch", "20"])).run(&profile).code(0).json();
    let counts = std::path::Path::new("/sys/fs/cgroup/memory.current").exists();
    assert!(counts || names(&shared).is_empty(), "{:?}", names(&shared));
}

/// A cgroup with a limit of memory.
struct MemoryGroup {
    path: std::path::PathBuf,
}

impl MemoryGroup {
    fn of(mib: u64) -> Option<Self> {
        let (root, file) = [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")]
            .into_iter()
            .find(|(root, _)| std::path::Path::new(root).join("cgroup.procs").exists())?;
        let path = std::path::Path::new(root).join(format!("pianoprof-test-{}", std::process::id()));
        if let Err(error) = std::fs::create_dir(&path) {
            impossible(&format!("{}: {error}", path.display()));
            return None;
        }
        let group = Self { path };
        match std::fs::write(group.path.join(file), (mib << 20).to_string()) {
            Ok(()) => Some(group),
            Err(error) => {
                impossible(&format!("{file}: {error}"));
                None
            }
        }
    }
}

impl Drop for MemoryGroup {
    fn drop(&mut self) {
        until("the cgroup is empty", || std::fs::remove_dir(&self.path).ok());
    }
}

#[test]
fn a_target_that_closes_no_file_is_told_before_and_after_its_limit() {
    let lab = Lab::of(&truth(&["--leak-files"]));
    let document = lab.run(&["load", "--requests", "500", "--connections", "2", "--json"]).code(0).json();
    assert!(text(&document, "open-files").contains("open before adhoc"), "{document:#}");

    let lab = Lab::of(&[&["prlimit", "--nofile=64:64"], truth(&["--leak-files", "--close"]).as_slice()].concat());
    let options = ["load", "--duration", "1s", "--connections", "2", "--timeout", "200ms", "--json"];
    let document = lab.run(&options).code(0).json();
    assert!(text(&document, "errors").contains("timeout"), "{document:#}");
}

#[test]
fn a_generator_that_stood_still_voids_its_load() {
    let lab = Lab::of(&truth(&["--service-mix", "1x1ms"]));
    let options = ["load", "--rate", "200", "--duration", "3s", "--connections", "8", "--json"];
    let document = lab.run_while(&options, |pianoprof| {
        lab.server();
        sleep(WHILE);
        signal(pianoprof, libc::SIGSTOP);
        sleep(Duration::from_millis(500));
        signal(pianoprof, libc::SIGCONT);
    });
    let document = document.code(0).json();
    assert_eq!(document["loads"][0]["generator_bound"], true, "{document:#}");
    assert!(text(&document, "generator-bound").contains("stood still"), "{document:#}");
}

#[test]
fn more_errors_than_one_in_a_thousand_void_a_load() {
    let lab = Lab::of(&truth(&["--error-every", "100"]));
    let document = lab.run(&["load", "--requests", "1000", "--connections", "2", "--json"]).code(0).json();
    assert!(text(&document, "errors").contains("% of the requests got no good answer"), "{document:#}");
    assert_eq!(document["loads"][0]["statuses"]["500"], 10, "nothing is dropped uncounted: {document:#}");
}

#[test]
fn a_gibibyte_of_output_fills_no_disk_and_is_told() {
    let lab =
        Lab::of(&["sh", "-c", &format!("head -c 1073741824 /dev/zero; exec {SERVER} --listen {{host}}:{{port}}")]);
    let document = lab.run(&["profile", "--idle-after", "50ms", "--out", "it", "--json"]).code(0).json();
    assert!(text(&document, "output-cut").contains("not kept"), "{document:#}");
    let kept = std::fs::metadata(lab.at("it/output/a.stdout")).unwrap().len();
    assert!(kept < 512 << 20, "{kept} bytes kept");
}
