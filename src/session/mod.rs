//! The measuring wing: turns a plan into a stored run.
//!
//! ```text
//! prepare   builds, versions, database, parity, benchmarks, generator's ceiling, common rates
//! schedule  which target when: blocks of one trial each, order seeded
//! trial     a fresh copy of the database, extra launches, then one life ...
//! life      ... through its phases, each a window with exact readings at both ends, its loads made by our own engine or
//!           by another tool
//! traced    after all blocks, apart from them: one more life with the garbage collector traced
//! opinion   the same when asked for: one more life whose load another tool makes as well
//! ```
//!
//! It measures and stores; it derives no statistic and judges nothing. A target that dies or a load that fails is a fact
//! of the record; an error is what ends the session.

mod bench;
mod error;
mod life;
mod observer;
mod opinion;
mod placement;
mod prepare;
mod schedule;
mod traced;
mod trial;

use std::collections::BTreeMap;
use std::path::Path;

pub use error::Error;
pub use observer::{Figures, Observer, Silent};
pub use opinion::load as opinion_load;
pub use schedule::{Duty, estimate};

use crate::clock;
use crate::engine::Tool;
use crate::environment::{self, Roots};
use crate::interrupt::Interrupt;
use crate::model::plan::Plan;
use crate::model::record::{FORMAT, Run};
use crate::store::Folder;
use bench::Bench;

/// The world that a session works in.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    /// This program, re-executed as the guardian of every server.
    pub program: &'a Path,
    /// Where the run is stored.
    pub folder: &'a Folder,
    /// Where the kernel's files are.
    pub roots: &'a Roots,
    /// The wish to stop.
    pub interrupt: &'a Interrupt,
    /// Who is told what is going on.
    pub observer: &'a dyn Observer,
    /// Other load tools that are at hand, those that the plan asks for among them.
    pub tools: &'a [Tool],
    /// Whether builds, parity and benchmarks are done first, as `run` does.
    pub thorough: bool,
    /// Asked at each planned look: whether more blocks would decide nothing further.
    pub settled: &'a dyn Fn(&Run) -> bool,
}

/// A run of which nothing is measured yet but the machine, and the versions of the tools it will use.
#[must_use]
pub fn begin(command: &str, plan: Plan, folder: &Folder, tools: &[Tool]) -> Run {
    let started = clock::wall();
    let mut environment = environment::record(&Roots::default());
    environment.extend(tools.iter().map(|tool| (format!("tool.{}", tool.engine), tool.version.clone())));
    Run {
        format: FORMAT,
        id: folder.id(),
        command: command.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started: started.clone(),
        updated: started,
        complete: false,
        plan,
        placement: None,
        stopped_at_look: None,
        traces: vec![],
        opinions: vec![],
        environment,
        targets: BTreeMap::new(),
        database: None,
        parity: None,
        ceiling: None,
        capacity: vec![],
        benchmarks: vec![],
        trials: vec![],
        caveats: vec![],
    }
}

/// Does everything in the run's plan that its record does not hold yet, storing after every trial.
///
/// An interrupt ends it early without an error: `run.complete` stays false and what was finished is stored.
///
/// # Errors
/// What makes it impossible to go on; the run is stored as far as it came.
pub fn measure(setup: Setup, run: &mut Run) -> Result<(), Error> {
    let mut bench = match Bench::open(setup, run) {
        // Nothing was begun, so nothing is missing but the trials.
        Err(_) if setup.interrupt.is_set() => return Ok(()),
        opened => opened?,
    };
    let done = work(&mut bench, run);
    let closed = bench.close();
    run.updated = clock::wall();
    run.complete = done.is_ok() && !setup.interrupt.is_set();
    setup.folder.save(run)?;
    match done {
        Err(_) if setup.interrupt.is_set() => Ok(()),
        done => done.and(closed),
    }
}

fn work(bench: &mut Bench, run: &mut Run) -> Result<(), Error> {
    prepare::all(bench, run)?;
    for block in schedule::blocks(&run.plan) {
        level(bench, run, &block, 1)?;
        // Only a whole comparison is mended: a single look does just what it was asked to do.
        if bench.setup.thorough
            && let Some(why) = schedule::must_redo(run, &block)
        {
            let number = block.first().map_or(0, |duty| duty.block);
            bench.setup.observer.note(&format!("block {number} is done once more: {why}"));
            level(bench, run, &block, 2)?;
        }
        if bench.interrupted() {
            break;
        }
        if let Some(look) = schedule::look(run, &block)
            && (bench.setup.settled)(run)
        {
            run.stopped_at_look = Some(look);
            break;
        }
    }
    traced::all(bench, run)?;
    opinion::all(bench, run)
}

/// Performs the trials of a block, unless it was finished that many times already.
fn level(bench: &mut Bench, run: &mut Run, block: &[Duty], wanted: usize) -> Result<(), Error> {
    if schedule::finished(run, block) >= wanted {
        return Ok(());
    }
    let attempt = schedule::next_attempt(run, block);
    for duty in block {
        if bench.interrupted() {
            break;
        }
        let trial = trial::perform(bench, run, duty, attempt)?;
        run.trials.push(trial);
        run.updated = clock::wall();
        bench.setup.folder.save(run)?;
    }
    Ok(())
}
