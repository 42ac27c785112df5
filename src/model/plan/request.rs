//! Requests as the config names them.

use serde::{Deserialize, Serialize};

use crate::model::secret::Secret;

/// One request of the config. `path`, header values and `body` are templates: `{int:LOW..HIGH}` draws a seeded integer
/// (both ends included), `{pick:A|B|C}` draws one of the words; any other brace is itself, so that JSON needs no escape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestPlan {
    /// Its name in the config.
    pub name: String,
    /// The HTTP method, upper case.
    pub method: String,
    /// Path and query.
    #[serde(serialize_with = "crate::model::scrub::text")]
    pub path: String,
    /// Header lines beside `Host` and `Content-Length`.
    pub headers: Vec<(String, Secret)>,
    /// The body, if any.
    #[serde(serialize_with = "crate::model::scrub::maybe")]
    pub body: Option<String>,
    /// What a good answer is.
    pub expect: ExpectPlan,
    /// The table that every good answer adds one row to, if any.
    pub inserts: Option<String>,
}

/// What a good answer is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExpectPlan {
    /// The good status; `None` takes any 2xx.
    pub status: Option<u16>,
    /// The body's length in bytes.
    pub length: Option<u64>,
    /// A text that the body must contain.
    pub contains: Option<String>,
    /// A JSON pointer (RFC 6901) and the value that must stand there.
    pub json: Option<(String, serde_json::Value)>,
}
