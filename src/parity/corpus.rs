//! The corpus: named requests in an order that makes their outcome certain, each with the answer that is right.

use super::body::Body;
use super::expected::Expected;
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
