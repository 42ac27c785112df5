//! The schedule.

use crate::config::defaults;
use crate::config::problem::Problems;
use crate::config::written::Run;
use crate::model::plan::{LOOKS, Schedule};

/// More samples per second than the sampler can take without being seen in the figures.
const FASTEST_HZ: f64 = 1000.0;

/// The schedule of the file.
pub fn schedule(run: Option<&Run>, problems: &mut Problems) -> Schedule {
    let default = defaults::schedule();
    let Some(run) = run else { return default };
    let looks = looks(run, problems);
    if let Some(hz) = run.sample_hz.given()
        && hz.value.0 > FASTEST_HZ
    {
        problems.add(&hz.span, "at most 1000 samples per second");
    }
    let blocks = run.blocks.value().map(|count| count.0);
    if let (Some(blocks), Some(last)) = (run.blocks.given(), looks.last())
        && blocks.value.0 != *last
    {
        problems.advise(
            &blocks.span,
            format!("the last look is at {last} blocks"),
            "leave `blocks` out: a run with looks ends at one of them",
        );
    }
    Schedule {
        blocks: blocks.or(looks.last().copied()).unwrap_or(default.blocks),
        looks,
        launches: run.launches.value().map_or(default.launches, |count| count.0),
        cold: run.cold.value().copied().unwrap_or(default.cold),
        idle_after: run.idle_after.value().map_or(default.idle_after, |pause| pause.0),
        idle_blocks: run.idle_blocks.value().map(|count| count.0),
        warmup: run.warmup.value().map_or(default.warmup, |pause| pause.0),
        seed: run.seed.value().map_or(default.seed, |seed| seed.0),
        sample_hz: run.sample_hz.value().map_or(default.sample_hz, |hz| hz.0),
        quick: false,
        no_pin: run.no_pin.value().copied().unwrap_or(default.no_pin),
        second_opinion: default.second_opinion,
    }
}

fn looks(run: &Run, problems: &mut Problems) -> Vec<u32> {
    let Some(written) = run.looks.given() else { return Vec::new() };
    let looks: Vec<u32> = written.value.0.iter().map(|look| look.value.0).collect();
    let planned = looks.iter().all(|look| LOOKS.contains(look));
    if !planned || !looks.is_sorted_by(|before, after| before < after) {
        problems.advise(
            &written.span,
            "looks are planned at 5, 10 and 20 blocks, in this order",
            "write [5, 10, 20] or the first of them; looking more often gives false alarms",
        );
    }
    looks
}
