//! `pianoprof` launches servers, profiles them and says, with evidence, whether one is as much better than another as
//! somebody claims.
//!
//! Modules in the order data flows. Imports only go down; `tests/architecture.rs` reads the sources and says so.
//!
//! ```text
//! 6  cli                                                   words for people, exit codes
//! 5  report                                                pure: a document, then one file per form
//! 4  session (measures)            | claims, checklist     the two wings never import each other
//! 3                                | analysis              pure statistics
//! 2  config, store, database, target, sampler, load, parity, environment, benchmark     siblings never meet
//! 1b process                                               guardian, process tree, /proc
//! 1  model                                                 plain data: plan, record, facts
//! 0  unit, clock, interrupt
//! ```

pub mod unit;
pub mod clock;
pub mod interrupt;
pub mod model;
pub mod process;
pub mod config;
pub mod database;
pub mod target;
pub mod sampler;
pub mod load;
pub mod parity;
pub mod environment;
pub mod benchmark;
pub mod doctor;
pub mod store;
pub mod session;
pub mod analysis;
pub mod claims;
pub mod checklist;
pub mod export;
pub mod report;
pub mod cli;
#[cfg(test)]
mod sample_run;
