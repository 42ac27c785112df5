//! One tree under the sampler's eyes: its members, and the files that are kept open for them.

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;

use super::reading;
use super::{SCAN_NS, SHARES_REST, SLOW_NS};
use crate::clock::{self, Nanos};
use crate::model::record::{Group, Sample};
use crate::process::cgroup::OwnMemory;
use crate::process::cpu::TreeCpu;
use crate::process::memory;
use crate::process::procfile::{ProcFile, numbers};
use crate::process::tree::{self, Anchor};

/// Processes of a tree for which files are kept open, two each; further ones are opened at each look, so that a large
/// PostgreSQL leaves files for the connections of a load.
const KEPT: usize = 128;

/// A tree that is sampled.
#[derive(Debug)]
pub(super) struct Watched {
    group: Group,
    anchor: Anchor,
    nodes: BTreeMap<u32, Node>,
    /// The members in the order of descent.
    members: Vec<u32>,
    cpu: TreeCpu,
    scanned: Option<Nanos>,
    exact_cpu: Nanos,
    peak_due: Nanos,
    shares_due: Nanos,
    /// Its memory by its own control group, found at the first slow beat.
    own: OnceCell<Option<OwnMemory>>,
}

/// The files of one process.
#[derive(Debug, Default)]
struct Node {
    statm: Option<ProcFile>,
    children: Option<ProcFile>,
}

/// What the slow beat shall read now.
#[derive(Debug, Default)]
pub(super) struct Slow {
    members: Vec<u32>,
    peak: bool,
    shares: bool,
    cgroup: Option<u64>,
    /// How long reading the shares took, ns.
    took: Cell<Nanos>,
}

impl Watched {
    pub(super) fn new(group: Group, anchor: Anchor) -> Self {
        Self {
            group,
            anchor,
            nodes: BTreeMap::new(),
            members: Vec::new(),
            cpu: TreeCpu::new(anchor),
            scanned: None,
            exact_cpu: 0,
            peak_due: 0,
            shares_due: 0,
            own: OnceCell::new(),
        }
    }

    pub(super) fn group(&self) -> Group {
        self.group
    }

    pub(super) fn anchor(&self) -> Anchor {
        self.anchor
    }

    /// CPU time now, exactly.
    pub(super) fn cpu(&mut self) -> Nanos {
        self.cpu.read()
    }

    pub(super) fn cpu_is_exact(&self) -> bool {
        self.cpu.is_exact()
    }

    /// The quick reading of a tick.
    pub(super) fn sample(&mut self) -> Sample {
        let now = clock::now();
        if self.scanned.is_none_or(|last| now >= last + SCAN_NS) {
            self.scan();
            self.scanned = Some(now);
        }
        let (mut rss, mut processes) = (0, 0);
        for pid in &self.members {
            let resident = self.nodes.get_mut(pid).and_then(|node| node.resident(*pid)).unwrap_or(0);
            rss += resident;
            processes += u32::from(resident > 0);
        }
        // Without a cgroup, what ended is settled with the parents' accounts at the slow beat; in between it is as last seen.
        let cpu_ns = if !self.cpu.is_exact() && now >= self.exact_cpu {
            self.exact_cpu = now + SLOW_NS;
            self.cpu.read()
        } else {
            self.cpu.glance(&self.members)
        };
        Sample { t_ns: now, group: self.group, processes, rss, cpu_ns, pss: None, uss: None, peak: None, cgroup: None }
    }

    /// What the slow beat shall read at `now`.
    pub(super) fn due(&mut self, now: Nanos, detail: bool) -> Slow {
        let (peak, shares) = (now >= self.peak_due, detail && now >= self.shares_due);
        let mut cgroup = None;
        if peak {
            self.peak_due = now + SLOW_NS;
            cgroup = self.cgroup();
        }
        let members = if peak || shares { self.members.clone() } else { Vec::new() };
        Slow { members, peak, shares, cgroup, took: 0.into() }
    }

    /// What its own control group counts: two files of the kernel's memory, which stall nobody.
    fn cgroup(&self) -> Option<u64> {
        if self.members.is_empty() || self.group == Group::Pianoprof {
            return None;
        }
        self.own.get_or_init(|| OwnMemory::of(&self.members)).as_ref()?.read(&self.members)
    }

    /// Sets when shares may be read again, one of `trees` that share the budget.
    pub(super) fn rest(&mut self, slow: &Slow, trees: Nanos) {
        if slow.shares {
            self.shares_due = clock::now() + SLOW_NS.max(slow.took.get() * SHARES_REST * trees);
        }
    }

    /// Reads membership again through the kept files.
    fn scan(&mut self) {
        let mut found = match self.anchor {
            Anchor::Guardian(_) => Vec::new(),
            Anchor::Process(pid) | Anchor::Alone(pid) => vec![pid],
        };
        if let (Anchor::Guardian(root) | Anchor::Process(root), true) = (self.anchor, tree::has_children_files()) {
            let mut seen = BTreeSet::from([root]);
            let mut parent = root;
            let mut next = found.len();
            loop {
                let keep = self.nodes.len() < KEPT;
                let node = self.nodes.entry(parent).or_insert_with(|| Node::open(parent, keep));
                found.extend(node.children(parent).into_iter().filter(|child| seen.insert(*child)));
                let Some(pid) = found.get(next) else { break };
                parent = *pid;
                next += 1;
            }
        } else if !matches!(self.anchor, Anchor::Alone(_)) {
            found = self.anchor.members();
        }
        for pid in &found {
            let keep = self.nodes.len() < KEPT;
            self.nodes.entry(*pid).or_insert_with(|| Node::open(*pid, keep));
        }
        let kept: BTreeSet<u32> = found.iter().copied().collect();
        let root = match self.anchor {
            Anchor::Guardian(pid) | Anchor::Process(pid) | Anchor::Alone(pid) => pid,
        };
        self.nodes.retain(|pid, _| *pid == root || kept.contains(pid));
        self.members = found;
    }
}

impl Node {
    fn open(pid: u32, keep: bool) -> Self {
        if !keep {
            return Self::default();
        }
        let open = |file: &str| ProcFile::open(format!("/proc/{pid}/{file}")).ok();
        Self { statm: open("statm"), children: open(&format!("task/{pid}/children")) }
    }

    /// Resident bytes; `None` when the process has gone.
    fn resident(&mut self, pid: u32) -> Option<u64> {
        let mut buffer = [0; 128];
        if let Some(file) = &self.statm {
            if let Ok(text) = file.read(&mut buffer) {
                return memory::resident(text);
            }
            // The process has gone; its number may be another's by now, which only a new file shows.
            self.statm = None;
        }
        memory::resident(&std::fs::read(format!("/proc/{pid}/statm")).ok()?)
    }

    /// The direct children. One file tells for a process of one thread; which thread forked matters only for more. The
    /// number of threads stands in the link count of `task` (`proc_task_getattr` in fs/proc/base.c).
    fn children(&self, pid: u32) -> Vec<u32> {
        let single = || std::fs::metadata(format!("/proc/{pid}/task")).is_ok_and(|task| task.nlink() == 3);
        let mut text = Vec::new();
        match &self.children {
            Some(file) if single() && file.read_all(&mut text).is_ok() => {
                numbers(&text).filter_map(|pid| u32::try_from(pid).ok()).collect()
            }
            _ => tree::children(pid),
        }
    }
}

impl Slow {
    /// Reads what is due into `sample`.
    pub(super) fn fill(&self, sample: &mut Sample) {
        sample.cgroup = self.cgroup;
        if self.peak {
            sample.peak = reading::peak(&self.members);
        }
        if self.shares {
            let start = clock::now();
            (sample.pss, sample.uss) = reading::shares(&self.members);
            self.took.set(clock::now() - start);
        }
    }
}
