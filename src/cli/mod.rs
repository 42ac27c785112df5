//! The command line: what a person or a CI job types.

/// Runs the command and gives its exit code.
#[must_use]
pub fn main() -> i32 {
    // First of all, because a guardian must stay single-threaded and small.
    if std::env::args_os().nth(1).is_some_and(|word| word == crate::process::GUARDIAN) {
        return crate::process::guardian_main();
    }
    2
}
