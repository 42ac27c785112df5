//! What a session is given: its world, and two questions that only the reading side can answer.

use std::path::Path;

use super::observer::Observer;
use crate::engine::Tool;
use crate::environment::Roots;
use crate::interrupt::Interrupt;
use crate::model::plan::Phase;
use crate::model::record::Run;
use crate::store::Folder;

/// A phase of a block that does not count, for reasons that are blind to every figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voided {
    /// What is to be done again: the idle window or one load.
    pub phase: Phase,
    /// Why, as a sentence without its full stop.
    pub why: String,
}

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
    /// Asked after a block: what of it does not count and is to be done again, with the reasons.
    pub voided: &'a dyn Fn(&Run, u32) -> Vec<Voided>,
}
