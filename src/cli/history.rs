//! `history`: every stored run of a folder in the order of time.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, thread};

use super::args::{History, HistoryFormat};
use super::failure::Failure;
use super::{World, deliver, say};
use crate::analysis;
use crate::claims;
use crate::model::record::Run;
use crate::report::history::{Entry, Filter, Form, history as render};
use crate::store;

/// The ends of the names of metrics that only samples tell.
const METRICS_OF_SAMPLES: [&str; 3] = ["rss", "pss", "rss_peak"];

pub(super) fn history(world: &World, args: &History) -> Result<u8, Failure> {
    let folders = runs(&args.folder)?;
    let table = matches!(args.format, HistoryFormat::Terminal) && !world.global.json;
    let (entries, lost) = read(&folders, !table || args.metric.iter().any(|metric| needs_samples(metric)));
    if let [(path, why), rest @ ..] = lost.as_slice()
        && !world.global.quiet
    {
        let more = if rest.is_empty() { String::new() } else { format!(" ({} more)", rest.len()) };
        say(&format!("left out: {}: {why}{more}", path.display()));
    }
    if entries.is_empty() {
        return Err(Failure::new(format!("there is no stored run in {}", args.folder.display()))
            .hint("name the folder that holds the runs' folders, for instance `pianoprof history runs`"));
    }
    let filter = Filter { metrics: args.metric.clone(), targets: args.target.clone() };
    for metric in &filter.metrics {
        if !entries.iter().flat_map(|entry| &entry.metrics).any(|short| short.metric == *metric) {
            return Err(Failure::new(format!("no run has a metric {metric}"))
                .hint("`pianoprof history --format csv` names every metric"));
        }
    }
    let form = match args.format {
        _ if world.global.json => Form::Json,
        HistoryFormat::Terminal => Form::Terminal,
        HistoryFormat::Csv => Form::Csv,
        HistoryFormat::Html => Form::Html,
    };
    deliver(&render(&entries, &filter, form, world.style()), args.output.as_deref())
}

/// The folders of runs in that folder; links (`latest`) would count a run twice.
pub(super) fn runs(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    is_no_file(folder)?;
    let read =
        fs::read_dir(folder).map_err(|error| Failure::new(format!("could not read {}: {error}", folder.display())))?;
    let folders = read.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut folders: Vec<PathBuf> =
        folders.map(|entry| entry.path()).filter(|path| path.join("run.json").is_file()).collect();
    folders.sort();
    Ok(folders)
}

/// Refuses a file in the place of the runs' folder.
pub(super) fn is_no_file(folder: &Path) -> Result<(), Failure> {
    if folder.is_file() {
        let text = format!("{} is a file, where runs are stored in a folder of that name", folder.display());
        return Err(Failure::new(text).hint("move the file away, or name another folder"));
    }
    Ok(())
}

fn needs_samples(metric: &str) -> bool {
    METRICS_OF_SAMPLES.iter().any(|ending| metric.ends_with(ending))
}

/// Reads a run, its samples too when they are wanted or a claim of it rests on them.
fn stored(path: &Path, whole: bool) -> Result<Run, store::Error> {
    if !whole {
        let run = store::glance(path)?;
        if !run.plan.claims.iter().any(|claim| needs_samples(&claim.metric)) {
            return Ok(run);
        }
    }
    store::open(path).map(|(_, run)| run)
}

/// Reads them all, as many at a time as there are CPUs; what cannot be read comes back with the reason.
fn read(folders: &[PathBuf], whole: bool) -> (Vec<Entry>, Vec<(PathBuf, String)>) {
    let next = AtomicUsize::new(0);
    let done = Mutex::new((Vec::new(), Vec::new()));
    let work = || {
        while let Some(path) = folders.get(next.fetch_add(1, Ordering::Relaxed)) {
            let read = stored(path, whole).map(|run| {
                let analysis = analysis::analyse(&run);
                Entry::new(&run, &analysis.metrics, &claims::judge(&run, &analysis))
            });
            let mut done = done.lock().expect("nobody panics while holding it");
            match read {
                Ok(entry) => done.0.push(entry),
                Err(why) => done.1.push((path.clone(), why.to_string())),
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(folders.len());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    done.into_inner().expect("nobody panicked while holding it")
}
