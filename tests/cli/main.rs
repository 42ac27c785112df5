//! The product as its users and CI jobs meet it: commands, exit codes, words, files, and what is left behind.
//!
//! Every server is the known-truth server or one line of shell around it. Nothing here decides on a time: only on codes,
//! counts, order, exact values and words.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod corpus;
mod engines;
mod faults;
mod damage;
mod documentation;
mod init;
mod interrupts;
mod jmeter;
mod lab;
mod lists;
mod looks;
mod measuring;
mod mistakes;
mod prune;
mod readiness;
mod refusals;
mod secrets;
#[path = "../support/skipped.rs"]
mod skipped;
mod surroundings;
mod terminal;
mod traces;
mod validity;
mod verdicts;
