//! `selfcheck`: sessions against known-truth servers, a line for each interval.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::args::Selfcheck;
use super::failure::{DONE, Failure, INCONCLUSIVE, INTERRUPTED, NOT_MET};
use super::progress::Progress;
use super::{World, print, say};
use crate::environment::Roots;
use crate::process::Keeper;
use crate::selfcheck::{self, Interval, Scene, Tally, Verdict};
use crate::session::{Observer as _, Setup};
use crate::store::Folder;
use crate::unit::plural;

/// After so many sessions in a row that could not be measured, the reason is no noise.
const FAILURES_IN_A_ROW: u32 = 3;

/// What `--json` prints.
#[derive(Serialize)]
struct Answer<'a> {
    noise: f64,
    intervals: &'a [Interval],
    tally: Tally,
    /// The same for each metric alone.
    metrics: Vec<OfMetric>,
}

/// What `--add` reads of such an answer.
#[derive(Deserialize)]
struct Earlier {
    noise: f64,
    intervals: Vec<Interval>,
}

#[derive(Serialize)]
struct OfMetric {
    metric: String,
    #[serde(flatten)]
    tally: Tally,
}

pub(super) fn selfcheck(world: &World, args: &Selfcheck) -> Result<u8, Failure> {
    let mut intervals = earlier(world, args)?;
    let place = Place::of(world, args)?;
    if !world.global.json {
        print(&format!(
            "{:>6}  {:<24} {:>8} {:>9}  {:<19} {}\n",
            "ratio", "metric", "truth", "measured", "interval", "truth held"
        ))?;
    }
    let (mut failures, mut gave_up) = (0, None);
    for scene in scenes(args) {
        if intervals.iter().any(|one| one.seed == scene.seed) {
            continue;
        }
        let measured = session(world, &place.folder.join(format!("{:03}", scene.seed)), &scene);
        if world.interrupt.is_set() {
            break;
        }
        failures = if measured.is_ok() { 0 } else { failures + 1 };
        let found = match measured {
            Ok(found) => found,
            Err(failure) if failures == FAILURES_IN_A_ROW => {
                gave_up = Some(failure);
                break;
            }
            Err(failure) => {
                say(&format!("the session of seed {} could not be measured: {}", scene.seed, failure.text()));
                selfcheck::without(&scene, failure.text())
            }
        };
        if !world.global.json {
            print(&found.iter().map(line).collect::<String>())?;
        }
        intervals.extend(found);
    }
    let with_noise = args.noise > 0.0;
    let (tally, metrics) = (Tally::of(intervals.iter(), with_noise), of_metrics(&intervals, with_noise));
    let is_good = tally.is_good() && metrics.iter().all(|one| one.tally.is_good());
    if world.global.json {
        let answer = Answer { noise: args.noise, intervals: &intervals, tally, metrics };
        print(&(serde_json::to_string_pretty(&answer).expect("an answer has only string keys") + "\n"))?;
    } else {
        print(&conclusion(&metrics, tally, args.noise))?;
    }
    if let Some(failure) = gave_up {
        return Err(failure);
    }
    Ok(match tally {
        _ if world.interrupt.is_set() => INTERRUPTED,
        _ if !is_good => NOT_MET,
        Tally { missing: 0, .. } => DONE,
        _ => INCONCLUSIVE,
    })
}

/// The sessions asked for. A seed always makes the same session, whichever was the first: sessions 51 to 100 of a check are the
/// fifty from seed 51 on.
fn scenes(args: &Selfcheck) -> impl Iterator<Item = Scene> {
    let sessions = args.sessions.map_or(args.ratio.len(), |sessions| sessions as usize);
    let ratio = |seed: u64| args.ratio[usize::try_from(seed.wrapping_sub(1)).unwrap_or(0) % args.ratio.len()];
    (args.seed..).take(sessions).map(move |seed| Scene {
        ratio: ratio(seed),
        blocks: args.blocks,
        noise: args.noise,
        seed,
    })
}

/// The intervals of earlier checks that are to be counted with these.
fn earlier(world: &World, args: &Selfcheck) -> Result<Vec<Interval>, Failure> {
    let mut intervals: Vec<Interval> = Vec::new();
    for file in &args.add {
        let failed = |why: String| Failure::new(format!("--add {}: {why}", file.display()));
        let text = std::fs::read_to_string(world.cwd.join(file)).map_err(|error| failed(error.to_string()))?;
        let found: Earlier = serde_json::from_str(&text)
            .map_err(|error| failed(format!("this is not what `selfcheck --json` prints: {error}")))?;
        #[expect(clippy::float_cmp, reason = "written and read, not computed")]
        if found.noise != args.noise {
            return Err(failed(format!("it was measured with --noise {}, this is {}", found.noise, args.noise)));
        }
        if let Some(twice) = found.intervals.iter().find(|one| intervals.iter().any(|known| known.seed == one.seed)) {
            return Err(failed(format!("the session of seed {} was given before", twice.seed)));
        }
        intervals.extend(found.intervals);
    }
    Ok(intervals)
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

fn of_metrics(intervals: &[Interval], with_noise: bool) -> Vec<OfMetric> {
    let mut metrics: Vec<&str> = Vec::new();
    for interval in intervals {
        if !metrics.contains(&interval.metric.as_str()) {
            metrics.push(&interval.metric);
        }
    }
    let of = |metric: &str| Tally::of(intervals.iter().filter(|one| one.metric == metric), with_noise);
    metrics.into_iter().map(|metric| OfMetric { metric: metric.to_owned(), tally: of(metric) }).collect()
}

fn conclusion(metrics: &[OfMetric], tally: Tally, noise: f64) -> String {
    let mut text = format!(
        "\n{:<24} {:>9}  {:>8} {:>14}  {:>10} {:>10}  {}\n",
        "metric", "held", "coverage", "allowed", "half width", "from noise", "verdict"
    );
    let all = OfMetric { metric: "all".to_owned(), tally };
    for OfMetric { metric, tally } in metrics.iter().chain([&all]) {
        let percent = |share: f64| format!("{:.1}", share * 100.0);
        let with_sign = |share: Option<f64>| share.map_or("-".to_owned(), |share| percent(share) + " %");
        let allowed = tally
            .coverage_allowed
            .map_or("-".to_owned(), |[low, high]| format!("{} to {} %", percent(low), percent(high)));
        let _ = writeln!(
            text,
            "{metric:<24} {:>9}  {:>8} {allowed:>14}  {:>10} {:>10}  {}",
            format!("{}/{}", tally.held, tally.intervals),
            with_sign(tally.coverage),
            with_sign(tally.half_width),
            with_sign(tally.half_width_from_noise),
            verdict(tally.verdict),
        );
    }
    let _ = writeln!(text, "{}", what_is_judged(metrics, noise));
    if tally.missing > 0 {
        let count = usize::try_from(tally.missing).unwrap_or(usize::MAX);
        let _ = writeln!(text, "{} could not be had", plural(count, "interval"));
    }
    text
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Kept => "kept",
        Verdict::TooNarrow => "TOO NARROW",
        Verdict::TooWide => "TOO WIDE",
        Verdict::Unknown => "unknown",
    }
}

fn what_is_judged(metrics: &[OfMetric], noise: f64) -> String {
    if noise <= 0.0 {
        return "without noise only the instruments' bounds make an interval: whether it is too wide cannot be said"
            .to_owned();
    }
    if metrics.iter().all(|one| one.tally.two_sided) {
        return format!("the servers vary by {noise} (standard deviation of logarithms) from launch to launch");
    }
    "with fewer than 72 intervals whether they are too wide cannot be said, only whether they are too narrow".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(words: &[&str]) -> Selfcheck {
        use clap::Parser as _;
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            args: Selfcheck,
        }
        Line::parse_from([&["selfcheck"], words].concat()).args
    }

    #[test]
    fn chunks_are_the_sessions_of_the_whole_check() {
        let of = |words: &[&str]| scenes(&args(words)).map(|scene| (scene.seed, scene.ratio)).collect::<Vec<_>>();
        let whole = of(&["--sessions", "12"]);
        assert_eq!(whole[..6], [(1, 1.0), (2, 1.1), (3, 1.25), (4, 2.0), (5, 20.0), (6, 1.0)]);
        assert_eq!([of(&["--sessions", "7"]), of(&["--sessions", "5", "--seed", "8"])].concat(), whole);
        assert_eq!(of(&["--ratio", "2,3"]), [(1, 2.0), (2, 3.0)]);
    }

    #[test]
    fn the_table_says_what_is_judged() {
        let interval = |seed: u64, holds| Interval {
            seed,
            ratio: 2.0,
            metric: "idle.rss".to_owned(),
            truth: 2.0,
            measured: Some(2.0),
            low: Some(1.5),
            high: Some(2.6),
            half_width_from_noise: Some(0.25),
            holds: Some(holds),
            why: None,
        };
        let said = |count: u64, missed: u64, noise: f64| {
            let all: Vec<Interval> = (1..=count).map(|seed| interval(seed, seed > missed)).collect();
            conclusion(&of_metrics(&all, noise > 0.0), Tally::of(all.iter(), noise > 0.0), noise)
        };
        insta::assert_snapshot!(said(200, 10, 0.15), @"
        metric                        held  coverage        allowed  half width from noise  verdict
        idle.rss                   190/200    95.0 % 92.0 to 98.0 %      27.5 %     25.0 %  kept
        all                        190/200    95.0 % 92.0 to 98.0 %      27.5 %     25.0 %  kept
        the servers vary by 0.15 (standard deviation of logarithms) from launch to launch
        ");
        assert!(said(200, 0, 0.15).contains("TOO WIDE") && said(200, 30, 0.15).contains("TOO NARROW"));
        assert!(said(20, 0, 0.15).contains("fewer than 72") && said(200, 0, 0.0).contains("without noise"));
    }
}
