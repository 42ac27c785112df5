//! How often one looks while waiting, and with what priority.

use std::time::Duration;

use crate::clock::Nanos;

/// The finest step between two looks.
const FINEST_NS: Nanos = 250_000;
/// The coarsest step, reached after twenty seconds.
const COARSEST_NS: Nanos = 10_000_000;

/// The pause before the next look, that long after t0: a two-thousandth of the time waited, so that what is seen late is at
/// most 0.05 % of it, between 250 us and 10 ms.
pub(super) fn pause(elapsed: Nanos) -> Duration {
    Duration::from_nanos((elapsed / 2000).clamp(FINEST_NS, COARSEST_NS))
}

/// The time slice that the waiting thread asks for: the least that the kernel grants.
const SLICE_NS: u64 = 100_000;

/// Sets the calling thread up for frequent, short probes. A short time slice gets it onto a busy CPU at once, for the
/// few microseconds of a look (`sched_setattr(2)`; since Linux 6.12 the runtime of an ordinary task is the slice it asks for,
/// and needs no privilege): without it a look waits up to 4 ms for somebody else's slice to end. A timer slack of 1 us keeps
/// short sleeps short (prctl(2), `PR_SET_TIMERSLACK`). An older kernel ignores the slice.
pub(super) fn look_on_time() {
    let attributes = Attributes { size: 48, runtime: SLICE_NS, ..Attributes::default() };
    // SAFETY: a plain system call on the calling thread that reads one structure of ours.
    unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) };
    let _ = nix::sys::prctl::set_timerslack(1_000);
}

/// `struct sched_attr` as its first version had it (`linux/sched/types.h`); policy 0 is `SCHED_OTHER`.
#[repr(C)]
#[derive(Default)]
struct Attributes {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    runtime: u64,
    deadline: u64,
    period: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_grow_coarser_with_age() {
        for (elapsed_ms, micros) in [(0, 250), (500, 250), (2_000, 1_000), (60_000, 10_000)] {
            assert_eq!(pause(elapsed_ms * 1_000_000), Duration::from_micros(micros));
        }
    }
}
