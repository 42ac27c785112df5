//! `selfcheck`: sessions against known-truth servers, a line for each interval.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::args::Selfcheck;
use super::failure::{DONE, Failure, INCONCLUSIVE, INTERRUPTED, NOT_MET};
use super::progress::Progress;
use super::{World, print};
use crate::environment::Roots;
use crate::process::Keeper;
use crate::selfcheck::{self, Interval, Scene, Tally};
use crate::session::{Observer as _, Setup};
use crate::store::Folder;
use crate::unit::plural;

/// What `--json` prints.
#[derive(Serialize)]
struct Answer<'a> {
    intervals: &'a [Interval],
    tally: Tally,
    /// The same for each metric alone.
    metrics: Vec<OfMetric>,
}

#[derive(Serialize)]
struct OfMetric {
    metric: &'static str,
    #[serde(flatten)]
    tally: Tally,
}

pub(super) fn selfcheck(world: &World, args: &Selfcheck) -> Result<u8, Failure> {
    let place = Place::of(world, args)?;
    let sessions = args.sessions.unwrap_or_else(|| u32::try_from(args.ratio.len()).unwrap_or(u32::MAX));
    let mut intervals: Vec<Interval> = Vec::new();
    if !world.global.json {
        print(&format!(
            "{:>6}  {:<24} {:>8} {:>9}  {:<19} {}\n",
            "ratio", "metric", "truth", "measured", "interval", "truth held"
        ))?;
    }
    for (number, ratio) in (1..=sessions).zip(args.ratio.iter().cycle()) {
        let scene = Scene { ratio: *ratio, blocks: args.blocks, seed: args.seed + u64::from(number) };
        let found = session(world, &place.folder.join(format!("{number:03}")), &scene)?;
        if world.interrupt.is_set() {
            break;
        }
        if !world.global.json {
            print(&found.iter().map(line).collect::<String>())?;
        }
        intervals.extend(found);
    }
    let tally = Tally::of(intervals.iter());
    if world.global.json {
        let metrics = of_metrics(&intervals);
        let answer = Answer { intervals: &intervals, tally, metrics };
        print(&(serde_json::to_string_pretty(&answer).expect("an answer has only string keys") + "\n"))?;
    } else {
        print(&conclusion(&intervals, tally))?;
    }
    Ok(match tally {
        _ if world.interrupt.is_set() => INTERRUPTED,
        _ if !tally.is_good() => NOT_MET,
        Tally { missing: 0, .. } => DONE,
        _ => INCONCLUSIVE,
    })
}

fn session(world: &World, folder: &Path, scene: &Scene) -> Result<Vec<Interval>, Failure> {
    let folder = Folder::create(&world.cwd, Some(folder), "")?;
    let progress = Progress::new(world.global.quiet, world.global.verbose);
    progress.planned(crate::session::estimate(&scene.plan(&world.program, folder.path())));
    let setup = Setup {
        program: &world.program,
        folder: &folder,
        roots: &Roots::default(),
        interrupt: &world.interrupt,
        observer: &progress,
        tools: &[],
        thorough: true,
        settled: &|_| false,
        voided: &super::measure::voided,
    };
    let found = selfcheck::session(setup, scene);
    progress.finish();
    Ok(found?)
}

/// Where the runs lie: in the folder asked for, else in one that goes at the end.
struct Place {
    folder: PathBuf,
    _keeper: Option<Keeper>,
}

impl Place {
    fn of(world: &World, args: &Selfcheck) -> Result<Self, Failure> {
        if let Some(folder) = &args.out {
            std::fs::create_dir(folder)
                .map_err(|error| Failure::new(format!("could not make {}: {error}", folder.display())))?;
            return Ok(Self { folder: folder.clone(), _keeper: None });
        }
        let mut keeper = Keeper::new(&world.program)?;
        let folder = keeper.scratch(&std::env::temp_dir())?;
        Ok(Self { folder, _keeper: Some(keeper) })
    }
}

fn line(one: &Interval) -> String {
    let figure = |value: Option<f64>| value.map_or("-".to_owned(), ratio);
    let interval = format!("[{}, {}]", figure(one.low), figure(one.high));
    let held = match (one.holds, &one.why) {
        (Some(true), _) => "yes",
        (Some(false), _) => "NO",
        (None, why) => why.as_deref().unwrap_or("not measured"),
    };
    format!(
        "{:>6}  {:<24} {:>8} {:>9}  {interval:<19} {held}\n",
        ratio(one.ratio),
        one.metric,
        ratio(one.truth),
        figure(one.measured)
    )
}

/// Four digits: intervals of memory are narrower than three can show.
fn ratio(value: f64) -> String {
    if value < 10.0 { format!("{value:.3}") } else { format!("{value:.2}") }
}

fn of_metrics(intervals: &[Interval]) -> Vec<OfMetric> {
    let mut metrics: Vec<&'static str> = Vec::new();
    for interval in intervals {
        if !metrics.contains(&interval.metric) {
            metrics.push(interval.metric);
        }
    }
    let of = |metric| Tally::of(intervals.iter().filter(|one| one.metric == metric));
    metrics.into_iter().map(|metric| OfMetric { metric, tally: of(metric) }).collect()
}

fn conclusion(intervals: &[Interval], tally: Tally) -> String {
    let mut text = String::from("\n");
    for OfMetric { metric, tally } in of_metrics(intervals) {
        let _ = writeln!(text, "{metric:<24} {} of {} intervals hold the truth", tally.held, tally.intervals);
    }
    let kept = match tally {
        Tally { intervals: 0, .. } => "nothing can be said of this machine",
        _ if tally.is_good() => "the intervals keep their promise here",
        _ => "the intervals do NOT keep their promise here",
    };
    let (held, all, may_miss) = (tally.held, tally.intervals, tally.misses_allowed);
    let _ = writeln!(text, "{:<24} {held} of {all}, {may_miss} may miss by chance: {kept}", "all");
    if tally.missing > 0 {
        let count = usize::try_from(tally.missing).unwrap_or(usize::MAX);
        let _ = writeln!(text, "{} could not be had", plural(count, "interval"));
    }
    text
}
