//! `pianoprof` launches servers, profiles them and says, with evidence, whether one is as much better than another as
//! somebody claims.
//!
//! Modules in the order data flows. Imports only go down; `tests/architecture.rs` reads the sources and says so.
//!
//! ```text
//! 6  cli                                                   words for people, exit codes
//! 5  report, export                                        pure: a document, then one file per form; other tools' words
//! 4  session (measures), doctor    | claims, checklist     the two wings never import each other
//! 3                                | analysis              pure statistics
//! 2  config, store, database, target, sampler, load, parity, environment, benchmark     siblings never meet
//! 1b process                                               guardian, process tree, /proc
//! 1  model                                                 plain data: plan, record, facts
//! 0  unit, clock, interrupt
//! ```

pub mod analysis;
pub mod benchmark;
pub mod checklist;
pub mod claims;
pub mod clock;
pub mod doctor;
pub mod environment;
pub mod export;
pub mod interrupt;
pub mod model;
pub mod store;
pub mod unit;
