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

/// Makes the calling thread one that wakes up often without pushing the target off a CPU: `SCHED_BATCH` does not preempt on
/// wake-up (sched(7)), and a timer slack of 1 us keeps short sleeps short (prctl(2), `PR_SET_TIMERSLACK`).
pub(super) fn yield_to_others() {
    let parameter = libc::sched_param { sched_priority: 0 };
    // SAFETY: a plain system call on the calling thread; refusal leaves the default policy, which is only less polite.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_BATCH, &raw const parameter) };
    let _ = nix::sys::prctl::set_timerslack(1_000);
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
