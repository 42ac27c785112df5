//! `pianoprof` launches servers, profiles them and says, with evidence, whether one is as much better than another as
//! somebody claims.
//!
//! It is a program first: `README.md` says how it is used, `docs/architecture.md` how it is built. The library is what
//! the program is made of. A program of your own can read what a run has stored, which is most of what one wants:
//!
//! ```
//! use std::path::Path;
//!
//! use pianoprof::claims::Verdict;
//! use pianoprof::report::{Findings, Format, Style, render};
//! use pianoprof::{analysis, checklist, claims, store};
//!
//! // Reads the folder that `pianoprof run` has written and checks its checksums.
//! let (_folder, run) = store::open(Path::new("fixtures/runs/piano-quick"))?;
//!
//! // Everything below is pure: figures, ratios with intervals, caveats; then the verdicts.
//! let analysis = analysis::analyse(&run);
//! let judgements = claims::judge(&run, &analysis);
//! let startup = analysis.comparison("startup.first_ok").expect("both sides were started");
//! println!("started {:.1} times faster", startup.ratio);
//! // A quick run has one block, which decides no claim.
//! assert!(judgements.iter().all(|one| one.verdict == Verdict::Inconclusive));
//!
//! // Any form of the report, as `pianoprof report --format csv` gives it.
//! let checklist = checklist::check(&run, &analysis);
//! let findings = Findings { run: &run, analysis: &analysis, judgements: &judgements, checklist: &checklist };
//! let csv = render(&findings, Format::Csv, Style::default());
//! assert!(csv.starts_with("metric,unit,target"));
//! # Ok::<(), store::Error>(())
//! ```
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
