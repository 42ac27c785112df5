//! A process that has ended, with what it used.

use std::process::Child;
use std::time::Duration;

/// Waits for the end of a child and gives the CPU time of it and of all that it waited for.
pub fn cpu_of(child: &Child) -> Duration {
    // SAFETY: the child is ours and not waited for elsewhere; the structure outlives the call.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::wait4(child.id().cast_signed(), std::ptr::null_mut(), 0, &raw mut usage);
        usage
    };
    let time = |time: libc::timeval| {
        Duration::from_secs(time.tv_sec.cast_unsigned()) + Duration::from_micros(time.tv_usec.cast_unsigned())
    };
    time(usage.ru_utime) + time(usage.ru_stime)
}
