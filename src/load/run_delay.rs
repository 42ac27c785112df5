//! How long a thread could run and waited for a CPU that others had, by the kernel's own account.
//!
//! The second number of `/proc/thread-self/schedstat` (Documentation/scheduler/sched-stats.rst, in the kernel's sources). It
//! tells a generator that the machine's other processes kept from running, the target among them, from one that stood still
//! for a reason of its own: a stopped or sleeping thread waits for no CPU.

use crate::clock::Nanos;
use crate::process::procfile::{ProcFile, numbers};

/// The account of one thread.
#[derive(Debug)]
pub(super) struct RunDelay {
    file: ProcFile,
    /// At the latest reading, ns since the thread began.
    latest: Nanos,
}

impl RunDelay {
    /// Of the calling thread; `None` where the kernel keeps no such account.
    pub fn of_this_thread() -> Option<Self> {
        let mut delay = Self { file: ProcFile::open("/proc/thread-self/schedstat").ok()?, latest: 0 };
        delay.latest = delay.read()?;
        Some(delay)
    }

    /// Nanoseconds waited since the last call, or since the beginning. A reading takes some 2 us.
    pub fn since_last(&mut self) -> Nanos {
        let now = self.read().unwrap_or(self.latest);
        let waited = now.saturating_sub(self.latest);
        self.latest = now;
        waited
    }

    fn read(&self) -> Option<Nanos> {
        parse(self.file.read(&mut [0; 128]).ok()?)
    }
}

/// The fields are time on a CPU, time waited for one, and how often it was given one; a thread that reads this runs, so that
/// all zeros come from a kernel that does not count.
fn parse(text: &[u8]) -> Option<Nanos> {
    let mut fields = numbers(text).skip(1);
    let (waited, turns) = (fields.next()?, fields.next()?);
    (turns > 0).then_some(waited)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_field_of_a_kernel_that_counts() {
        assert_eq!(parse(b"813244 2183807 17\n"), Some(2_183_807));
        assert_eq!(parse(b"0 0 0\n"), None);
        assert_eq!(parse(b""), None);
    }
}
