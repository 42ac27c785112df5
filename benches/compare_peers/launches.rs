//! When a server gives its first good answer: our launch beside a loop of curl.

use std::process::{Command, Stdio};

use pianoprof::clock;
use pianoprof::process::cpu::process_clock;

use crate::finished::wait;
use crate::support::{Bench, SERVER, stamps};
use crate::{pair, spread};

/// What a launch was said to take beside the server's stamp, ms, and what looking for it cost, ms of CPU.
struct Found {
    off_ms: f64,
    cost_ms: f64,
}

pub fn compare(rounds: usize) {
    let (mut ours, mut curls) = (Vec::new(), Vec::new());
    for round in 0..rounds * 4 {
        if round % 2 == 0 {
            ours.push(our());
            curls.push(curl());
        } else {
            curls.push(curl());
            ours.push(our());
        }
    }
    println!("\n{:<26} {:>30} {:>24}", "startup", "first good answer off by, ms", "own cost, ms of CPU");
    for (name, found) in [("pianoprof", ours), ("until curl; do :; done", curls)] {
        let off = spread(found.iter().map(|found| found.off_ms));
        let cost = spread(found.iter().map(|found| found.cost_ms));
        println!("{name:<26} {:>30} {:>24}", pair(off, 3), pair(cost, 2));
    }
}

fn our() -> Found {
    let own = || process_clock(std::process::id()).unwrap();
    let before = own();
    let launched = Bench::new(&["--delay", "50"]).start();
    // The guardian was born for this launch: all that it used so far was for it.
    let cost = own() - before + process_clock(launched.server.guardian()).unwrap();
    let truth = stamps(launched.port)["first_ok"].as_u64().unwrap() - launched.launch.t0_ns;
    let found = launched.launch.first_ok.unwrap().first_hit_ns;
    Found { off_ms: found.abs_diff(truth) as f64 / 1e6, cost_ms: cost as f64 / 1e6 }
}

#[expect(clippy::zombie_processes, reason = "wait4 waits for the loop and tells what it used")]
fn curl() -> Found {
    let port = pianoprof::target::port::free().unwrap();
    let address = format!("127.0.0.1:{port}");
    let mut server =
        Command::new(SERVER).args(["--listen", &address, "--delay", "50"]).stdin(Stdio::null()).spawn().unwrap();
    let line = format!("until curl --silent --output /dev/null http://{address}/; do :; done");
    let looker = Command::new("sh").args(["-c", &line]).spawn().unwrap();
    let cost = wait(&looker).0;
    let found = clock::now();
    let truth = stamps(port)["first_ok"].as_u64().unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    Found { off_ms: found.abs_diff(truth) as f64 / 1e6, cost_ms: cost.as_secs_f64() * 1e3 }
}
