//! The instruments beside psrecord, pidstat, ps and a curl loop, on the known-truth server: `make compare-peers`.
//!
//! In every round each of them has one turn, in an order that is reversed from round to round. An error is the distance from
//! the server's own account; a cost is the instrument's own CPU time as a share of the time that it watched. `ROUNDS`
//! changes how often.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a benchmark may panic; its figures are small")]

#[path = "../support/finished.rs"]
mod finished;
mod launches;
mod peer;
#[path = "../../tests/support/mod.rs"]
mod support;

use peer::{Peer, Turn};

fn main() {
    let rounds = std::env::var("ROUNDS").map_or(5, |text| text.parse().unwrap()).max(3);
    println!(
        "{rounds} rounds, medians (greatest); a start of 50 ms, 64 MiB touched, 900 ms computed by process, thread and child"
    );
    launches::compare(rounds);
    let peers: Vec<Peer> = Peer::ALL.into_iter().filter(|peer| peer.is_installed()).collect();
    for missing in Peer::ALL.iter().filter(|peer| !peers.contains(peer)) {
        println!("{} is not installed: left out", missing.name());
    }
    let mut turns: Vec<Vec<Turn>> = vec![Vec::new(); peers.len()];
    for round in 0..rounds {
        let mut order: Vec<usize> = (0..peers.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for place in order {
            turns[place].push(peers[place].turn());
        }
    }
    println!(
        "\n{:<26} {:>7} {:>22} {:>22} {:>20} {:>8}",
        "memory and CPU", "rate", "64 MiB off by, KiB", "900 ms CPU off by, ms", "own cost, % of core", "of ours"
    );
    let cost = |turns: &[Turn]| spread(turns.iter().map(|turn| turn.cost_percent));
    let ours = cost(&turns[0]).0;
    for (peer, turns) in peers.iter().zip(&turns) {
        let (memory, cpu) =
            (spread(turns.iter().map(|turn| turn.memory_off_kib)), spread(turns.iter().map(|turn| turn.cpu_off_ms)));
        let cost = cost(turns);
        println!(
            "{:<26} {:>4} Hz {:>22} {:>22} {:>20} {:>7.1}x{}",
            peer.name(),
            peer.rate(),
            pair(memory, 0),
            pair(cpu, 1),
            pair(cost, 2),
            cost.0 / ours,
            peer.remark()
        );
    }
}

/// Median and greatest.
fn spread(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], values[values.len() - 1])
}

fn pair((median, greatest): (f64, f64), decimals: usize) -> String {
    format!("{median:.decimals$} ({greatest:.decimals$})")
}
