//! Memory: how much, and what moves it about.

use super::{Check, View};
use crate::doctor::Finding;

pub(super) const CHECKS: &[Check] = &[total, swap, huge_pages, cgroup, pressure];

/// Two targets are never up at once, so this carries a database, a server with its workers and the generator.
const ENOUGH_MIB: f64 = 2048.0;
const MIB: f64 = 1024.0 * 1024.0;

fn total(view: &View<'_>) -> Option<Finding> {
    let total = view.number("memory.total").filter(|total| *total < ENOUGH_MIB)?;
    Some(Finding {
        kind: "memory",
        seen: format!("{total} MiB of memory"),
        consequence: "database, target and load generator may not fit: the kernel ends one of them or swaps",
        advice: "2 GiB or more; here, fewer connections and a smaller [database] scale".to_owned(),
    })
}

fn swap(view: &View<'_>) -> Option<Finding> {
    let used = view.number("memory.swap_total")? - view.number("memory.swap_free")?;
    (used >= 1.0).then(|| Finding {
        kind: "swap",
        seen: format!("{used} MiB of swap are in use"),
        consequence: "swapped pages are missing from resident sets, so memory looks smaller, and reading one back \
                      takes milliseconds",
        advice: view.as_root("swapoff -a"),
    })
}

fn huge_pages(view: &View<'_>) -> Option<Finding> {
    view.text("memory.thp").filter(|thp| *thp == "always")?;
    Some(Finding {
        kind: "thp",
        seen: "transparent huge pages are always used".to_owned(),
        consequence: "heaps grow in steps of 2 MiB: resident memory differs from launch to launch and is larger than \
                      what was touched",
        advice: view.write("madvise", "/sys/kernel/mm/transparent_hugepage/enabled"),
    })
}

fn cgroup(view: &View<'_>) -> Option<Finding> {
    let limit = view.number("cgroup.memory_max")? / MIB;
    Some(Finding {
        kind: "cgroup_memory",
        seen: format!("a cgroup limits this process and its targets to {limit:.0} MiB"),
        consequence: "near the limit the page cache shrinks first, then the kernel ends a process",
        advice: "run without a memory limit (docker: no --memory), or with 2 GiB and more".to_owned(),
    })
}

fn pressure(view: &View<'_>) -> Option<Finding> {
    let text = view.text("pressure.memory")?;
    let share: f64 = text.split(' ').find_map(|part| part.strip_prefix("avg10="))?.parse().ok()?;
    (share > 1.0).then(|| Finding {
        kind: "memory_pressure",
        seen: format!("in {share:.0} % of the last 10 s some task waited for memory"),
        consequence: "pages are reclaimed while targets run: latency and resident memory are those of a full machine",
        advice: "end what uses the memory; `top -o %MEM` shows who it is".to_owned(),
    })
}
