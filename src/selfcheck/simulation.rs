//! The selfcheck of the selfcheck: what the servers draw, put through the intervals of the analysis in place of a machine.
//!
//! It shows that the noise and the instruments' bounds leave the coverage within what is asked for, and that intervals which are
//! too wide or too narrow do not pass.

use super::scene::{LAUNCHES, NOISE, Scene};
use super::server::draws::{Figure, Spread};
use super::tally::half_width_from;
use super::{Interval, Tally, Verdict};
use crate::analysis::launch::{LATENCY_SHARE, MEMORY_MIB, cpu_bound_ms};
use crate::analysis::statistics::{interval, multiplier};

const RATIOS: [f64; 5] = [1.0, 1.1, 1.25, 2.0, 20.0];
const BLOCKS: usize = 4;
/// What the moment of listening may be off, ms: the step between two probes, and the stamp t0.
const LISTEN_MS: f64 = 0.25 + 0.1;

/// Each metric with what is drawn for it, its pairs, and the relative bounds of both sides.
fn metrics(scene: &Scene) -> [(&'static str, Figure, usize, [f64; 2]); 4] {
    let [listen, memory, cpu, _] = scene.truths();
    let requests = 112.0;
    let cpu_share = |us: f64| {
        let ms = us / 1e3 * requests;
        cpu_bound_ms(ms, false) / ms
    };
    [
        ("startup.listen", Figure::Listen, LAUNCHES as usize, listen.sides().map(|us| LISTEN_MS / (us / 1e3))),
        ("idle.rss", Figure::Resident, BLOCKS, memory.sides().map(|mib| MEMORY_MIB / mib)),
        ("cpu.cpu.cpu_per_request", Figure::Cpu, BLOCKS, cpu.sides().map(cpu_share)),
        ("latency.wait.p50", Figure::Wait, BLOCKS, [LATENCY_SHARE; 2]),
    ]
}

/// The intervals of that many sessions. The statistical part of each is made that many `times` as wide, and `more` is added to the
/// relative bound of each side.
fn simulated(sessions: u64, times: f64, more: f64) -> Vec<Interval> {
    let one = |seed: u64| {
        let ratio = RATIOS[usize::try_from(seed).unwrap() % RATIOS.len()];
        let scene = Scene { ratio, blocks: 4, noise: NOISE, seed };
        let of_metric = move |(metric, figure, pairs, off): (&str, Figure, usize, [f64; 2])| {
            let side = |better: u64| Spread { deviation: NOISE, seed: seed * 2 + better };
            // The launches that are not counted, and those of other phases, come before.
            let log = |launch| ratio.ln() + (side(0).factor(launch, figure) / side(1).factor(launch, figure)).ln();
            let logs: Vec<f64> = (2..).take(pairs).map(log).collect();
            let found = interval(&logs, multiplier(pairs, &[]) * times, off[0] + more, off[1] + more).unwrap();
            Interval {
                seed,
                ratio,
                metric: metric.to_owned(),
                truth: ratio,
                measured: Some(found.centre),
                low: Some(found.low),
                high: Some(found.high),
                half_width_from_noise: Some(half_width_from(NOISE, pairs)),
                holds: Some(found.low <= ratio && ratio <= found.high),
                why: None,
            }
        };
        metrics(&scene).map(of_metric)
    };
    (1..=sessions).flat_map(one).collect()
}

fn verdicts(intervals: &[Interval]) -> Vec<Verdict> {
    let of = |metric: &str| Tally::of(intervals.iter().filter(|one| one.metric == metric), true).verdict;
    metrics(&Scene { ratio: 1.0, blocks: 4, noise: NOISE, seed: 1 }).map(|(metric, ..)| of(metric)).to_vec()
}

#[test]
fn intervals_as_they_are_hold_as_often_as_asked_for() {
    let found = simulated(20_000, 1.0, 0.0);
    for (metric, ..) in metrics(&Scene { ratio: 1.0, blocks: 4, noise: NOISE, seed: 1 }) {
        let tally = Tally::of(found.iter().filter(|one| one.metric == metric), true);
        let coverage = tally.coverage.unwrap();
        println!("{metric} {coverage:.4} {:.4} {:.4}", tally.half_width.unwrap(), tally.half_width_from_noise.unwrap());
        assert!((0.945..0.963).contains(&coverage), "{metric}: {coverage}");
        // The rest is the instruments' bounds.
        let more = tally.half_width.unwrap() / tally.half_width_from_noise.unwrap();
        assert!((0.97..1.1).contains(&more), "{metric}: {more}");
    }
}

#[test]
fn two_hundred_sessions_pass_and_broken_intervals_do_not() {
    assert_eq!(verdicts(&simulated(200, 1.0, 0.0)), [Verdict::Kept; 4]);
    assert_eq!(verdicts(&simulated(200, 4.0, 0.0)), [Verdict::TooWide; 4], "four times as wide");
    assert_eq!(verdicts(&simulated(200, 0.5, 0.0)), [Verdict::TooNarrow; 4], "half as wide");
    assert_eq!(
        verdicts(&simulated(200, 1.0, 0.3)),
        [Verdict::TooWide; 4],
        "the bounds decide, as they do without noise"
    );
}

#[test]
fn the_noise_is_more_than_the_bounds_at_every_ratio() {
    for ratio in RATIOS {
        for (metric, _, pairs, off) in metrics(&Scene { ratio, blocks: 4, noise: NOISE, seed: 1 }) {
            let bounds = off[0] + off[1];
            assert!(bounds < half_width_from(NOISE, pairs) / 3.0, "{metric} at {ratio}: {bounds}");
        }
    }
}
