//! `[request.NAME]`: one request and what a good answer is.

use toml::de::DeValue;

use super::{Count, Json, Node, Read, Texts, Whole, mistyped, plain_schema, written};
use crate::config::problem::Problems;

written! {
    /// One request. In `path`, header values and the body `{int:1..500}` draws an integer and `{pick:a|b}` a word.
    Request {
        /// The HTTP method; `GET` by default.
        method: String,
        /// Path and query, for instance `/items?page=1`.
        path: String = required,
        /// Header lines beside `Host` and `Content-Length`.
        headers: Texts,
        /// The body: a text as it is, or a table, sent as JSON.
        body: Body,
        /// The body as JSON; a text that is nothing but `{int:1..500}` becomes a number.
        json: Json,
        /// What a good answer is; any 2xx by default.
        expect: Expect,
        /// The table that every good answer adds one row to: the rows are counted after each load.
        inserts: String,
    }
}

written! {
    /// What a good answer is.
    Expect {
        /// The one status that is good, for instance 201.
        status: Count,
        /// The body's length in bytes.
        length: Whole,
        /// A text that the body must contain.
        contains: String,
        /// A value in a JSON body.
        json: JsonExpect,
    }
}

written! {
    /// A value that must stand in a JSON body.
    JsonExpect {
        /// Where: a JSON pointer (RFC 6901), for instance `/data/0/id`.
        pointer: String = required,
        /// What must stand there, compared as a JSON value.
        equals: Json = required,
    }
}

/// A body as it was written.
#[derive(Clone, Debug)]
pub enum Body {
    /// A text, sent as it is.
    Text(String),
    /// A table, sent as JSON.
    Json(serde_json::Value),
}

plain_schema!(Body, "Body", { "type": ["string", "object"] });

impl Read for Body {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        match node.get_ref() {
            DeValue::String(_) => String::read(node, problems).map(Self::Text),
            DeValue::Table(_) => Json::read(node, problems).map(|Json(value)| Self::Json(value)),
            _ => {
                mistyped(node, "a text or a table", problems);
                None
            }
        }
    }
}
