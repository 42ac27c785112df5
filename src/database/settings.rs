//! The private server's settings: fixed, the same for every side, recorded with the run.
//!
//! Durability is real: a committed insert is on disk, as it would be in production, so the cost of a commit is in the
//! figures of both sides alike. What is switched off is what strikes one trial and not the next: autovacuum (the
//! template is vacuumed and analysed once), checkpoints by time (one is made before each trial), JIT compilation and
//! parallel workers (who gets them depends on what other queries run at that moment).

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Above this much memory the buffers take their full size.
const ENOUGH_MEMORY: u64 = 2 << 30;

/// Settings by name, on a machine with that many bytes of memory; with `counted`, statements are counted.
pub fn fixed(memory: u64, counted: bool) -> BTreeMap<String, String> {
    let buffers = if memory < ENOUGH_MEMORY { "64MB" } else { "256MB" };
    [
        ("autovacuum", "off"),
        ("checkpoint_timeout", "1h"),
        ("fsync", "on"),
        ("jit", "off"),
        ("log_timezone", "UTC"),
        ("max_connections", "100"),
        ("max_parallel_workers_per_gather", "0"),
        ("max_wal_size", "2GB"),
        ("shared_buffers", buffers),
        ("shared_preload_libraries", if counted { "pg_stat_statements" } else { "" }),
        ("synchronous_commit", "on"),
        ("timezone", "UTC"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

/// The configuration file of the server: the fixed settings and where it listens.
///
/// It listens on loopback TCP only, because targets connect over TCP; no socket file, because nothing would use it and
/// a long `TMPDIR` overflows the 107 bytes of its path. Shared memory that is made while it runs lies in its folder, which
/// is removed whatever ends it; `/dev/shm` is not. Without parallel workers next to nothing is kept there.
pub fn file(fixed: &BTreeMap<String, String>, port: u16) -> String {
    let mut text = String::new();
    let places = [
        ("listen_addresses", "127.0.0.1".to_owned()),
        ("port", port.to_string()),
        ("unix_socket_directories", String::new()),
        ("dynamic_shared_memory_type", "mmap".to_owned()),
    ];
    let fixed = fixed.iter().map(|(name, value)| (name.as_str(), value.clone()));
    for (name, value) in places.into_iter().chain(fixed) {
        let _ = writeln!(text, "{name} = '{value}'");
    }
    text
}

/// Bytes of memory in the text of `/proc/meminfo`.
pub fn memory(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_machine_gets_small_buffers() {
        assert_eq!(fixed(1 << 30, false)["shared_buffers"], "64MB");
        assert_eq!(fixed(8 << 30, false)["shared_buffers"], "256MB");
        assert_eq!(memory("MemTotal:       24682500 kB\nMemFree: 1 kB\n"), Some(24_682_500 * 1024));
    }

    #[test]
    fn every_setting_is_a_quoted_line() {
        let text = file(&fixed(8 << 30, true), 5000);
        assert!(
            text.starts_with(
                "listen_addresses = '127.0.0.1'\nport = '5000'\nunix_socket_directories = ''\n\
                 dynamic_shared_memory_type = 'mmap'\n"
            ),
            "{text}"
        );
        assert!(text.ends_with("timezone = 'UTC'\n"), "{text}");
    }
}
