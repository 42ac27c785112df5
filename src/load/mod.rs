//! The load engine: sends requests by a rule, reads answers, and counts what happened.
//!
//! ```text
//! job, endpoint        what to do, where
//! requests             the bytes of every request, written before the clock starts
//! engine               limits, threads, records
//! shared               what the threads of a load share
//! worker, phases       one thread, from ramp to window to drain
//! pacing, publishing   who sends when; what is told of a load under way
//! window, run_delay    the integrals over the window; who kept a thread from running
//! exchange, slot       one request and its answer on one connection
//! settlement, verdict  how a request ends
//! dialer, lingering    opening and closing connections
//! poller, tls          sockets
//! schedule             intended times of an open loop
//! counts, tally, outcome   counts, and the record made of them
//! null_server, ceiling the generator's own limits
//! floor                what an answer takes that needs no work
//! ```
//!
//! A server that answers badly, late or not at all is counted; only a machine or a job that cannot carry the load is an
//! error. The engine starts no server and judges no figure.

mod ceiling;
mod counts;
mod dialer;
mod endpoint;
mod engine;
mod error;
mod exchange;
mod first;
mod floor;
mod job;
mod lingering;
mod live;
mod null_server;
mod outcome;
mod pacing;
mod phases;
mod poller;
mod publishing;
mod requests;
mod run_delay;
mod schedule;
mod settlement;
mod shared;
mod slot;
mod tally;
#[cfg(test)]
mod tests;
mod tls;
mod verdict;
mod window;
mod worker;

pub use ceiling::ceiling;
pub use endpoint::{Endpoint, Place};
pub use engine::run;
pub use error::Error;
pub use first::first;
pub use floor::{FloorWay, floor};
pub use job::{Job, JobArrival};
pub use live::Live;
pub use null_server::NullServer;
