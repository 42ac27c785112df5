//! The instruments on real processes: launching and ending trees, starting targets, sampling. One program, because they
//! share their set-up and each program of tests takes seconds to link.

#![allow(clippy::unwrap_used, reason = "a test may panic, helpers of tests too")]

mod process;
mod sampler;
#[path = "../support/mod.rs"]
mod support;
mod target;
