//! Signals by name.

use nix::sys::signal::Signal;

/// The number of a signal named without or with `SIG`, for instance `TERM`; `None` when there is no such signal.
#[must_use]
pub fn signal_number(name: &str) -> Option<i32> {
    let upper = name.trim().to_uppercase();
    let full = if upper.starts_with("SIG") { upper } else { format!("SIG{upper}") };
    full.parse::<Signal>().ok().map(|signal| signal as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_and_without_prefix() {
        assert_eq!(signal_number("TERM"), Some(15));
        assert_eq!(signal_number("SIGINT"), Some(2));
        assert_eq!(signal_number("quit"), Some(3));
        assert_eq!(signal_number("NOPE"), None);
    }
}
