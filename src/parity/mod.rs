//! Whether two targets answer alike: one corpus of requests to both, the answers compared structurally.
//!
//! [`corpus()`] reads the requests, [`play`] sends them to one side in order, [`compare`] finds every difference, and
//! [`readable()`] writes them for people. It starts no target and no database: each side is played on a fresh copy, so
//! that the same requests meet the same rows.

mod body;
mod compare;
mod corpus;
mod diff;
mod exchange;
mod expected;
mod ids;
mod mistakes;
mod readable;
mod times;
mod written;

pub use self::compare::compare;
pub use self::corpus::{Corpus, Request};
pub use self::exchange::{Answer, Content, Outcome, play};
pub use self::expected::Expected;
pub use self::readable::readable;
pub use self::written::corpus;

/// Why a corpus could not be read or played.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read.
    #[error("could not read the corpus {}", file.display())]
    Read {
        /// The corpus that `[parity] corpus` names.
        file: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no JSON.
    #[error("the corpus {} is no JSON", file.display())]
    Syntax {
        /// The corpus that `[parity] corpus` names.
        file: std::path::PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The file is JSON and no corpus.
    #[error("the corpus {} cannot be used:\n  {}", file.display(), mistakes.join("\n  "))]
    Mistakes {
        /// The corpus that `[parity] corpus` names.
        file: std::path::PathBuf,
        /// What is wrong, entry by entry.
        mistakes: Vec<String>,
    },
    /// A request of the corpus cannot be sent.
    #[error("request '{request}' of the corpus: {why}")]
    Request {
        /// The name of the corpus entry.
        request: String,
        /// What is wrong with it.
        why: String,
    },
    /// Somebody asked to stop.
    #[error("interrupted while playing the corpus")]
    Interrupted,
}
