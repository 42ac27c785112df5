//! Facts about memory.

use super::{Roots, cpu::own_cgroup};
use crate::model::facts::Environment;

pub(super) fn add(roots: &Roots, facts: &mut Environment) {
    let meminfo = roots.proc("meminfo");
    let amount =
        |name: &str| meminfo.as_deref().and_then(|text| kibibytes(text, name)).map(|kib| format!("{} MiB", kib / 1024));
    let mut put = |name: &str, value: Option<String>| {
        facts.insert(name.to_owned(), value);
    };
    put("memory.total", amount("MemTotal"));
    put("memory.available", amount("MemAvailable"));
    put("memory.swap_total", amount("SwapTotal"));
    put("memory.swap_free", amount("SwapFree"));
    put("memory.swappiness", roots.proc("sys/vm/swappiness"));
    put("memory.overcommit", roots.proc("sys/vm/overcommit_memory"));
    put("memory.thp", roots.sys("kernel/mm/transparent_hugepage/enabled").as_deref().and_then(chosen));
    put("memory.ksm", roots.sys("kernel/mm/ksm/run"));
    put("cgroup.memory_max", roots.sys("fs/cgroup/memory.max").or_else(|| own_cgroup(roots, "memory.max")));
    put("pressure.memory", roots.proc("pressure/memory").and_then(|text| text.lines().next().map(str::to_owned)));
}

fn kibibytes(meminfo: &str, name: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// The word in brackets: `always [madvise] never`.
fn chosen(text: &str) -> Option<String> {
    Some(text.split_once('[')?.1.split_once(']')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captured_texts_are_read() {
        assert_eq!(kibibytes("MemTotal:       24616412 kB\nSwapTotal: 0 kB", "MemTotal"), Some(24_616_412));
        assert_eq!(kibibytes("MemTotal: lots", "MemTotal"), None);
        assert_eq!(chosen("always [madvise] never").as_deref(), Some("madvise"));
    }
}
