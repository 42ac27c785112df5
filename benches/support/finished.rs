//! A process that has ended, with what it used.

use std::process::Child;
use std::time::Duration;

/// Waits for the end of a child; gives the CPU time (user and system, from start to exit) of it and of all that it waited
/// for, and the greatest resident set of any of them, MiB.
pub fn wait(child: &Child) -> (Duration, f64) {
    // SAFETY: the child is ours and not waited for elsewhere; the structure outlives the call.
    let (waited, usage) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::wait4(child.id().cast_signed(), std::ptr::null_mut(), 0, &raw mut usage), usage)
    };
    assert_eq!(waited, child.id().cast_signed(), "it was waited for");
    let time = |time: libc::timeval| {
        Duration::from_secs(time.tv_sec.cast_unsigned()) + Duration::from_micros(time.tv_usec.cast_unsigned())
    };
    (time(usage.ru_utime) + time(usage.ru_stime), usage.ru_maxrss as f64 / 1024.0)
}
