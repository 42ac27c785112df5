//! `prune`: deletes stored runs that nobody wants to keep.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use super::args::Prune;
use super::failure::{DONE, Failure};
use super::history::runs;
use super::{World, print, say};
use crate::report::history::ended_early;
use crate::store;

/// A stored run as far as it matters here.
struct Stored {
    path: PathBuf,
    started: String,
    complete: bool,
    /// Why it measured nothing, if so.
    failed: Option<String>,
}

pub(super) fn prune(world: &World, args: &Prune) -> Result<u8, Failure> {
    let mut stored = Vec::new();
    for path in runs(&args.folder)? {
        match store::glance(&path) {
            Ok(run) => {
                let (started, complete, failed) = (run.started.clone(), run.complete, ended_early(&run));
                stored.push(Stored { path, started, complete, failed });
            }
            Err(error) if !world.global.quiet => say(&format!("left alone: {}: {error}", path.display())),
            Err(_) => {}
        }
    }
    if is_measuring(world, &args.folder) {
        // A run that is being measured looks like one that ended early.
        stored.retain(|run| run.complete);
        say("left alone: unfinished runs, because another pianoprof measures here now");
    }
    let doomed = doomed(stored, args);
    if doomed.is_empty() {
        say("there is nothing to delete");
        return Ok(DONE);
    }
    print(&doomed.iter().fold(String::new(), |mut text, run| {
        let why = run.failed.as_deref().map_or(String::new(), |why| format!("  {why}"));
        let _ = writeln!(text, "{}  {}{why}", run.started, run.path.display());
        text
    }))?;
    if !args.yes && !confirmed(doomed.len()) {
        say("nothing was deleted; `--yes` deletes what is listed");
        return Ok(DONE);
    }
    for run in &doomed {
        std::fs::remove_dir_all(&run.path)
            .map_err(|error| Failure::new(format!("could not delete {}: {error}", run.path.display())))?;
    }
    point_latest(&args.folder)?;
    say(&format!("deleted: {}", doomed.len()));
    Ok(DONE)
}

/// The runs to delete, oldest first.
fn doomed(mut stored: Vec<Stored>, args: &Prune) -> Vec<Stored> {
    stored.sort_by(|one, next| (&one.started, &one.path).cmp(&(&next.started, &next.path)));
    let is_failed = |run: &Stored| args.failed && run.failed.is_some();
    let others = stored.iter().filter(|run| !is_failed(run)).count();
    let mut too_old = args.keep.map_or(0, |keep| others.saturating_sub(keep));
    stored.retain(|run| {
        if is_failed(run) {
            return true;
        }
        let is_old = too_old > 0;
        too_old = too_old.saturating_sub(1);
        is_old
    });
    stored
}

/// Whether another process of this program was started in the folder or above it, where runs are stored into it.
fn is_measuring(world: &World, folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    let is_other = |process: &std::fs::DirEntry| {
        // `/proc/self` is this process once more.
        let pid = process.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
        pid.is_some_and(|pid| pid != std::process::id())
    };
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter(is_other).any(|process| {
        let link = |name: &str| std::fs::read_link(process.path().join(name)).ok();
        link("exe").is_some_and(|exe| exe == world.program) && link("cwd").is_some_and(|cwd| folder.starts_with(cwd))
    })
}

/// Asks on a terminal; elsewhere nobody can answer.
fn confirmed(count: usize) -> bool {
    if !io::stdin().is_terminal() {
        return false;
    }
    say(&format!("Delete {count}? [y/N]"));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}

/// Lets `latest` lead to the newest run that is left, where it leads nowhere now.
fn point_latest(folder: &Path) -> Result<(), Failure> {
    let latest = folder.join("latest");
    if !latest.is_symlink() || latest.exists() {
        return Ok(());
    }
    let failure = |error: io::Error| Failure::new(format!("could not renew {}: {error}", latest.display()));
    std::fs::remove_file(&latest).map_err(failure)?;
    // The names of runs begin with the moment that they were started.
    match runs(folder)?.last().and_then(|run| run.file_name()) {
        Some(newest) => std::os::unix::fs::symlink(newest, &latest).map_err(failure),
        None => Ok(()),
    }
}
