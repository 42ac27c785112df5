//! The one clock of every measurement: `CLOCK_MONOTONIC`, in nanoseconds since boot.
//!
//! Servers, guardian, sampler and generator stamp with the same clock, so that stamps of different processes compare.
//! Wall-clock time is used only to say when a run happened.

use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use nix::time::{ClockId, clock_gettime};

/// A reading of `CLOCK_MONOTONIC`, nanoseconds.
pub type Nanos = u64;

/// Now, on the monotonic clock.
#[must_use]
pub fn now() -> Nanos {
    read(ClockId::CLOCK_MONOTONIC)
}

/// CPU time used so far by the calling thread, nanoseconds.
#[must_use]
pub fn thread_cpu() -> Nanos {
    read(ClockId::CLOCK_THREAD_CPUTIME_ID)
}

/// CPU time used so far by this process, all threads, nanoseconds.
#[must_use]
pub fn process_cpu() -> Nanos {
    read(ClockId::CLOCK_PROCESS_CPUTIME_ID)
}

/// CPU time of the children of this process that ended and were waited for, with all that they waited for in turn
/// (`getrusage(2)`, `RUSAGE_CHILDREN`), nanoseconds.
#[must_use]
pub fn ended_children_cpu() -> Nanos {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel knows this process");
    let of = |time: TimeVal| nanos(time.tv_sec(), time.tv_usec() * 1000);
    of(usage.user_time()) + of(usage.system_time())
}

/// A reading of any clock that this kernel is known to have, nanoseconds.
#[must_use]
pub fn read(clock: ClockId) -> Nanos {
    let time = clock_gettime(clock).expect("the kernel has this clock");
    nanos(time.tv_sec(), time.tv_nsec())
}

/// Seconds and nanoseconds of a `timespec` as one number.
#[must_use]
pub fn nanos(seconds: i64, nanoseconds: i64) -> Nanos {
    u64::try_from(seconds).unwrap_or(0) * 1_000_000_000 + u64::try_from(nanoseconds).unwrap_or(0)
}

/// A duration as nanoseconds, saturating after 584 years.
#[must_use]
pub fn duration_nanos(duration: Duration) -> Nanos {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// The wall clock as RFC 3339 in UTC, whole seconds.
#[must_use]
pub fn wall() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
