//! HTTP/1.x as a client sees it: answers read piece by piece, one request and its answer over a blocking stream.
//!
//! Readiness, parity and load all read answers with [`Parser`], so that they agree on where an answer ends. What a good
//! answer is, is decided by whoever asked.

mod chunked;
mod exchange;
mod parser;
mod words;

pub use exchange::exchange;
pub use parser::{Parser, Progress};
pub use words::{is_header_value, is_token};
