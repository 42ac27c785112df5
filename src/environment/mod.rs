//! The machine as facts: what it is ([`record`]) and how disturbed it was over a stretch of time ([`NoiseWatch`]).
//!
//! Each fact is read on its own and may be unknown; none of them stops a run. The roots of `/proc` and `/sys` are
//! arguments, so that captured texts can be read; the `sysinfo` crate, which knows about a third of the facts, has no such
//! arguments.

mod cpu;
pub mod go;
mod kernel;
mod memory;
mod noise;

use std::fs;
use std::path::{Path, PathBuf};

pub use noise::NoiseWatch;

use crate::model::facts::Environment;

/// Where the kernel's files are.
#[derive(Clone, Debug)]
pub struct Roots {
    /// Normally `/proc`.
    pub proc: PathBuf,
    /// Normally `/sys`.
    pub sys: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Self { proc: "/proc".into(), sys: "/sys".into() }
    }
}

impl Roots {
    fn proc(&self, name: &str) -> Option<String> {
        read(&self.proc, name)
    }

    fn sys(&self, name: &str) -> Option<String> {
        read(&self.sys, name)
    }
}

/// A file's text without its last newline; `None` when it cannot be read.
fn read(root: &Path, name: &str) -> Option<String> {
    fs::read_to_string(root.join(name)).ok().map(|text| text.trim_end().to_owned())
}

/// The machine now, about 30 facts.
#[must_use]
pub fn record(roots: &Roots) -> Environment {
    let mut facts = Environment::new();
    cpu::add(roots, &mut facts);
    memory::add(roots, &mut facts);
    kernel::add(roots, &mut facts);
    facts
}

/// The facts that must be alike for figures of two sessions to be set side by side.
pub const IDENTITY: [&str; 7] =
    ["cpu.model", "cpu.count", "memory.total", "kernel.release", "virtualisation", "cgroup.cpu_max", "cpu.governor"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_its_facts() {
        let facts = record(&Roots::default());
        assert!(facts.len() >= 30, "{} facts", facts.len());
        for name in IDENTITY {
            assert!(facts.contains_key(name), "{name} is recorded, known or not");
        }
        assert_eq!(facts["cpu.count"].as_deref(), Some(cpu::count().to_string().as_str()));
    }

    #[test]
    fn a_machine_without_files_has_the_same_facts_all_unknown_but_the_calls() {
        let empty = tempfile::tempdir().unwrap();
        let roots = Roots { proc: empty.path().into(), sys: empty.path().into() };
        let (here, nowhere) = (record(&Roots::default()), record(&roots));
        assert_eq!(here.keys().collect::<Vec<_>>(), nowhere.keys().collect::<Vec<_>>());
        assert_eq!(nowhere["cpu.model"], None);
    }
}
