//! No bytes make the readers of `/proc` and of cgroup files panic: a process writes its own name into some of them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pianoprof::process::{cgroup, memory, procfile};

fuzz_target!(|bytes: &[u8]| {
    let _ = procfile::parse_stat(bytes);
    let _ = memory::parse_shares(bytes);
    let _ = memory::resident(bytes);
    let _ = cgroup::parse_usage(bytes);
    let _ = procfile::field(bytes, "VmHWM");
    assert!(procfile::numbers(bytes).count() <= bytes.len());
});
