//! The corpus: named requests in an order that makes their outcome certain, each with the answer that is right.

use std::fs;
use std::path::Path;

use super::body::Body;
use super::expected::Expected;
use super::{Error, written};
use crate::model::plan::RequestPlan;
use crate::model::secret::Secret;

/// Requests in the order they are sent.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// Each with the answer that is right; an id of an earlier answer may stand in a later request.
    pub requests: Vec<Request>,
}

/// One request. `{id_of:NAME}` in the path, a header or the body is the `id` that this side's answer to the earlier
/// request NAME had.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its name, unique in the corpus.
    pub name: String,
    /// The HTTP method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Header lines.
    pub headers: Vec<(String, Secret)>,
    /// The body, if any.
    pub body: Option<Body>,
    /// Whether the body is sent in chunks, without a Content-Length.
    pub chunked: bool,
    /// The right answer.
    pub expect: Expected,
}

/// Reads a corpus. Its words are names of the configuration's `requests`.
///
/// # Errors
/// A file that cannot be read, that is no JSON, or with every mistake in it.
pub fn corpus(path: &Path, requests: &[RequestPlan]) -> Result<Corpus, Error> {
    let file = || path.to_path_buf();
    let text = fs::read_to_string(path).map_err(|source| Error::Read { file: file(), source })?;
    let value = serde_json::from_str(&text).map_err(|source| Error::Syntax { file: file(), source })?;
    Corpus::from_json(&value, requests).map_err(|mistakes| Error::Mistakes { file: file(), mistakes })
}

impl Corpus {
    /// The corpus that a file of this content holds.
    ///
    /// # Errors
    /// With every mistake in it, one an item.
    pub fn from_json(value: &serde_json::Value, requests: &[RequestPlan]) -> Result<Self, Vec<String>> {
        written::read(value, requests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_corpus_is_whole() {
        let shipped = corpus(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/piano/corpus.json"), &[]).unwrap();
        assert!(shipped.requests.len() >= 100, "{}", shipped.requests.len());
        for request in &shipped.requests {
            assert_eq!(
                request.expect.code.is_some(),
                request.expect.status.unwrap() >= 400 && request.method != "HEAD",
                "{}",
                request.name
            );
        }
    }
}
