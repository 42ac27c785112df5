//! The corpus: named requests in an order that makes their outcome certain, each with the answer that is right.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::Error;
use super::body::{Body, references};

/// Requests in the order they are sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corpus {
    /// The requests.
    pub requests: Vec<Request>,
}

/// One request. `{id_of:NAME}` in the path, a header or the body is the `id` that this side's answer to the earlier
/// request NAME had.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Its name, unique in the corpus.
    pub name: String,
    /// The HTTP method.
    #[serde(default = "get")]
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Header lines.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body, if any.
    #[serde(default)]
    pub body: Option<Body>,
    /// Whether the body is sent in chunks, without a Content-Length.
    #[serde(default)]
    pub chunked: bool,
    /// The right answer.
    pub expect: Expected,
}

/// What is certain of the right answer, so that two sides that agree on a wrong one are seen too.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The status.
    pub status: u16,
    /// What stands at `/error/code`.
    #[serde(default)]
    pub code: Option<String>,
    /// Values by JSON pointer.
    #[serde(default)]
    pub json: BTreeMap<String, serde_json::Value>,
}

fn get() -> String {
    "GET".to_owned()
}

/// Reads a corpus.
///
/// # Errors
/// A file that cannot be read, that is no corpus, that uses a name twice or refers to a request that comes later.
pub fn corpus(path: &Path) -> Result<Corpus, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::Read { file: path.to_path_buf(), source })?;
    let corpus = serde_json::from_str(&text).map_err(|source| Error::Parse { file: path.to_path_buf(), source })?;
    check(&corpus)?;
    Ok(corpus)
}

fn check(corpus: &Corpus) -> Result<(), Error> {
    let mut earlier = BTreeSet::new();
    for request in &corpus.requests {
        let refused = |why: String| Error::Request { request: request.name.clone(), why };
        let texts = request.headers.values().map(String::as_str).chain([request.path.as_str()]);
        let body = request.body.iter().flat_map(Body::texts);
        for name in texts.flat_map(references).chain(body.flat_map(references)) {
            if !earlier.contains(name) {
                return Err(refused(format!("no earlier request is named '{name}'")));
            }
        }
        if !request.path.starts_with('/') {
            return Err(refused("its path does not begin with a slash".to_owned()));
        }
        if !earlier.insert(request.name.as_str()) {
            return Err(refused("the name is used twice".to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Corpus, String> {
        let corpus: Corpus = serde_json::from_str(text).map_err(|error| error.to_string())?;
        check(&corpus).map_err(|error| error.to_string()).map(|()| corpus)
    }

    #[test]
    fn mistakes_are_named() {
        for (text, words) in [
            (
                r#"{"requests":[{"name":"a","path":"/x/{id_of:b}","expect":{"status":200}}]}"#,
                "no earlier request is named 'b'",
            ),
            (
                r#"{"requests":[{"name":"a","path":"/","body":{"json":{"n":"{id_of:a}"}},"expect":{"status":200}}]}"#,
                "'a'",
            ),
            (
                r#"{"requests":[{"name":"a","path":"/","expect":{"status":200}},{"name":"a","path":"/","expect":{"status":200}}]}"#,
                "used twice",
            ),
            (r#"{"requests":[{"name":"a","path":"x","expect":{"status":200}}]}"#, "slash"),
            (r#"{"requests":[{"name":"a","path":"/","expct":{}}]}"#, "expct"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn the_shipped_corpus_is_whole() {
        let shipped = corpus(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/piano/corpus.json")).unwrap();
        assert!(shipped.requests.len() >= 100, "{}", shipped.requests.len());
        for request in &shipped.requests {
            assert_eq!(
                request.expect.code.is_some(),
                request.expect.status >= 400 && request.method != "HEAD",
                "{}",
                request.name
            );
        }
    }
}
