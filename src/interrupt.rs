//! The wish to stop: set by a signal or by the caller, looked at by everything that waits.
//!
//! Asked twice, it is urgent: a grace that somebody else was given ends too. Asked by signals a third time, the program ends
//! where it stands, and its guardians tidy up.
//!
//! An [`Interrupt`] is an argument, never a global; clones share one state. Whoever sleeps does it through
//! [`Interrupt::sleep`], so that Ctrl-C ends every wait at once.

use std::io;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Two signals within this time are one wish: `timeout`, for one, signals a process and then its whole group.
const ONE_WISH: Duration = Duration::from_millis(100);
/// The exit code of a program that was interrupted.
const INTERRUPTED: i32 = 130;

/// A shared 'please stop'.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// The signal's number, 0 while nobody asked to stop.
    signal: AtomicI32,
    /// How often somebody asked.
    times: AtomicU32,
    lock: Mutex<()>,
    wake: Condvar,
}

impl Interrupt {
    /// One that nobody has set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One that SIGINT, SIGTERM and SIGHUP set; the third of them ends the program.
    ///
    /// # Errors
    /// When the signal handlers cannot be installed.
    pub fn on_signals() -> io::Result<Self> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let interrupt = Self::new();
        let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let shared = interrupt.clone();
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            let mut last = None;
            for signal in signals.forever() {
                if last.replace(Instant::now()).is_some_and(|last| last.elapsed() < ONE_WISH) {
                    continue;
                }
                if shared.is_urgent() {
                    std::process::exit(INTERRUPTED);
                }
                shared.set(signal);
            }
        })?;
        Ok(interrupt)
    }

    /// Asks everything to stop; the first reason given is kept.
    pub fn set(&self, signal: i32) {
        let _guard = self.shared.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = self.shared.signal.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst);
        self.shared.times.fetch_add(1, Ordering::SeqCst);
        self.shared.wake.notify_all();
    }

    /// Whether somebody asked to stop.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.shared.signal.load(Ordering::SeqCst) != 0
    }

    /// Whether somebody asked more than once, and so will wait for nothing any more.
    #[must_use]
    pub fn is_urgent(&self) -> bool {
        self.shared.times.load(Ordering::SeqCst) > 1
    }

    /// Waits for `duration`; false when the wait was cut short by an interrupt.
    #[must_use]
    pub fn sleep(&self, duration: Duration) -> bool {
        let end = Instant::now() + duration;
        let mut guard = self.shared.lock.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if self.is_set() {
                return false;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            guard = self.shared.wake.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_ends_when_set_from_another_thread() {
        let interrupt = Interrupt::new();
        let other = interrupt.clone();
        let thread = std::thread::spawn(move || other.sleep(Duration::from_hours(1)));
        interrupt.set(2);
        assert!(!thread.join().expect("the sleeper does not panic"));
        assert!(interrupt.is_set() && !interrupt.is_urgent());
        interrupt.set(15);
        assert!(interrupt.is_urgent());
    }

    #[test]
    fn an_undisturbed_sleep_runs_its_time() {
        assert!(Interrupt::new().sleep(Duration::from_millis(1)));
    }
}
