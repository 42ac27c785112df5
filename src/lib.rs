//! `pianoprof` launches servers, profiles them and says, with evidence, whether one is as much better than another as
//! somebody claims.
//!
//! Modules in the order data flows. Imports only go down; `tests/architecture.rs` reads the sources and says so.
//!
//! ```text
//! 7   cli                              where the wings meet: words for people, exit codes
//! 6   report                           pure: a document, then one file per form
//! 5   session, doctor  | claims, checklist     left measures, right reads; they never import each other
//! 4                    | analysis              pure statistics
//! 3   config, store, environment   database, target, sampler, load, engine, parity, benchmark   siblings never meet
//! 2   process, export, http            guardian, process tree, /proc; load profiles in the words of other tools; answers read
//! 1   model                            plain data: plan, record, facts
//! 0   unit, clock, interrupt, template, console
//! ```

pub mod unit;
pub mod clock;
pub mod interrupt;
pub mod template;
pub mod console;
pub mod model;
pub mod process;
pub mod export;
pub mod http;
pub mod config;
pub mod database;
pub mod target;
pub mod sampler;
pub mod load;
pub mod engine;
pub mod parity;
pub mod environment;
pub mod benchmark;
pub mod doctor;
pub mod store;
pub mod session;
pub mod analysis;
pub mod claims;
pub mod checklist;
pub mod report;
pub mod selfcheck;
pub mod cli;
#[cfg(test)]
mod sample_run;
