//! Memory of a tree read in another way than the sampler does, to be held against it: `ps` finds the tree and its resident
//! memory, `smaps` gives every mapping's share one by one.
//!
//! Slow, and it stalls what it reads: never used while anything is measured.

use std::process::{Command, Stdio};

/// What the other readers say, bytes; `None` where they say nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecondReading {
    /// Resident, by `ps`.
    pub rss: Option<u64>,
    /// Shared pages split, by `smaps`.
    pub pss: Option<u64>,
}

impl SecondReading {
    /// Reads everything below that process, which is not counted itself.
    #[must_use]
    pub fn below(root: u32) -> Self {
        let asked = Command::new("ps").args(["-e", "-o", "pid=,ppid=,rss="]).stdin(Stdio::null()).output();
        let Some(said) = asked.ok().filter(|output| output.status.success()) else { return Self::default() };
        let tree = descendants(&table(&String::from_utf8_lossy(&said.stdout)), root);
        if tree.is_empty() {
            return Self::default();
        }
        let shares = |pid: u32| std::fs::read_to_string(format!("/proc/{pid}/smaps")).ok().map(|text| shares(&text));
        Self {
            rss: Some(tree.iter().map(|(_, kib)| kib * 1024).sum()),
            pss: tree.iter().map(|(pid, _)| shares(*pid)).sum(),
        }
    }
}

/// (process, its parent, resident KiB) of each line.
fn table(text: &str) -> Vec<(u32, u32, u64)> {
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
    };
    text.lines().filter_map(row).collect()
}

/// (process, resident KiB) of all below `root`.
fn descendants(table: &[(u32, u32, u64)], root: u32) -> Vec<(u32, u64)> {
    let (mut found, mut parents) = (Vec::new(), vec![root]);
    while let Some(parent) = parents.pop() {
        for (pid, _, kib) in table.iter().filter(|(pid, above, _)| *above == parent && *pid != parent) {
            found.push((*pid, *kib));
            parents.push(*pid);
        }
    }
    found
}

/// The sum of the lines `Pss:` of a `smaps` text, bytes.
fn shares(text: &str) -> u64 {
    let kib = |line: &str| line.strip_prefix("Pss:")?.split_whitespace().next()?.parse::<u64>().ok();
    text.lines().filter_map(kib).sum::<u64>() * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_what_hangs_below_the_root() {
        let table = table(
            "    1     0  9000\n   50     1   100\n   60    50   200\n   70    60   300\n   80     1   400\nbad\n",
        );
        let mut found = descendants(&table, 50);
        found.sort_unstable();
        assert_eq!(found, [(60, 200), (70, 300)]);
        assert_eq!(descendants(&table, 70), []);
    }

    #[test]
    fn only_the_whole_share_of_each_mapping_counts() {
        let text = "7f00-7f01 r--p 0 0:1 2 /lib\nRss:   8 kB\nPss:   4 kB\nPss_Dirty:  2 kB\n7f01-7f02 rw-p 0 0:0 0\nPss:  12 kB\n";
        assert_eq!(shares(text), 16 * 1024);
    }
}
