//! Playing the corpus to one side: one request after the other, each answer kept whole.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::blocking::{Client, Response};
use reqwest::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, redirect};
use serde_json::Value;

use super::Error;
use super::body::{Ids, fill};
use super::corpus::{Corpus, Request};
use crate::interrupt::Interrupt;

/// How long one answer may take: no corpus request is slow, but a hung target must not hang us.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What one side gave to one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The corpus request's name.
    pub request: String,
    /// Wall clock when it was sent.
    pub sent: Timestamp,
    /// Wall clock when the answer was in.
    pub ended: Timestamp,
    /// The answer or its absence.
    pub outcome: Outcome,
}

/// An answer, or why there was none.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A whole answer.
    Answered {
        /// The status code, for instance 200.
        status: u16,
        /// The media type of Content-Type, lower case, without parameters.
        media_type: Option<String>,
        /// The methods of `Allow`.
        allow: Option<BTreeSet<String>>,
        /// The body, decoded as far as its kind is known.
        content: Content,
        /// The body as it came.
        bytes: Vec<u8>,
    },
    /// No answer: the request could not be made or the exchange failed.
    Failed(String),
}

/// A body.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// None.
    Empty,
    /// JSON, whatever its Content-Type says.
    Json(Value),
    /// Anything else.
    Text(String),
}

/// Sends every request of the corpus to `base_url` (for instance `http://127.0.0.1:5000`), in order, redirects not
/// followed. A request that gets no answer is a fact in its [`Answer`], not an error.
///
/// # Errors
/// An interrupt, a request that no client could send, or no HTTP client at all.
pub fn play(corpus: &Corpus, base_url: &str, interrupt: &Interrupt) -> Result<Vec<Answer>, Error> {
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(TIMEOUT)
        // A server may close an idle connection at the moment that we use it again; that is no difference.
        .pool_max_idle_per_host(0)
        .build()
        .map_err(Error::Client)?;
    let mut ids = Ids::new();
    let mut answers = Vec::with_capacity(corpus.requests.len());
    for request in &corpus.requests {
        if interrupt.is_set() {
            return Err(Error::Interrupted);
        }
        let sent = Timestamp::now();
        let outcome = exchange(&client, base_url, request, &ids)?;
        if let Outcome::Answered { content: Content::Json(value), .. } = &outcome
            && let Some(id) = value.get("id").and_then(Value::as_u64)
        {
            ids.insert(request.name.clone(), id);
        }
        answers.push(Answer { request: request.name.clone(), sent, ended: Timestamp::now(), outcome });
    }
    Ok(answers)
}

fn exchange(client: &Client, base_url: &str, request: &Request, ids: &Ids) -> Result<Outcome, Error> {
    let refused = |why: String| Error::Request { request: request.name.clone(), why };
    // An id that this side's own earlier answer lacks is this side's fault, not the corpus's.
    let path = match fill(&request.path, ids) {
        Ok(path) => path,
        Err(why) => return Ok(Outcome::Failed(why)),
    };
    let method = Method::from_bytes(request.method.as_bytes()).map_err(|error| refused(error.to_string()))?;
    let mut builder = client.request(method, format!("{}{path}", base_url.trim_end_matches('/')));
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| refused(error.to_string()))?;
        let value = match fill(value.reveal(), ids) {
            Ok(value) => HeaderValue::from_str(&value).map_err(|error| refused(error.to_string()))?,
            Err(why) => return Ok(Outcome::Failed(why)),
        };
        builder = builder.header(name, value);
    }
    if let Some(body) = &request.body {
        let bytes = match body.bytes(ids) {
            Ok(bytes) => bytes,
            Err(why) => return Ok(Outcome::Failed(why)),
        };
        builder = if request.chunked {
            builder.body(reqwest::blocking::Body::new(Cursor::new(bytes)))
        } else {
            builder.body(bytes)
        };
    }
    let request = builder.build().map_err(|error| refused(describe(&error)))?;
    Ok(client.execute(request).and_then(answered).unwrap_or_else(|error| Outcome::Failed(describe(&error))))
}

fn answered(response: Response) -> reqwest::Result<Outcome> {
    let status = response.status().as_u16();
    let header =
        |name| response.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let media_type = header(CONTENT_TYPE).map(|value| media_type(&value));
    let allow = header(ALLOW).map(|value| methods(&value));
    let bytes = response.bytes()?.to_vec();
    Ok(Outcome::Answered { status, media_type, allow, content: content(&bytes), bytes })
}

fn media_type(value: &str) -> String {
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn methods(value: &str) -> BTreeSet<String> {
    value.split(',').map(|method| method.trim().to_ascii_uppercase()).filter(|method| !method.is_empty()).collect()
}

fn content(bytes: &[u8]) -> Content {
    if bytes.is_empty() {
        return Content::Empty;
    }
    serde_json::from_slice(bytes)
        .map_or_else(|_| Content::Text(String::from_utf8_lossy(bytes).into_owned()), Content::Json)
}

/// The error with its causes, without the URL: the two sides' ports differ.
fn describe(error: &reqwest::Error) -> String {
    let mut words = if error.is_timeout() { "no answer in time".to_owned() } else { "no whole answer".to_owned() };
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_what_they_mean() {
        assert_eq!(media_type("Application/JSON; charset=utf-8"), "application/json");
        assert_eq!(methods("GET, head,,OPTIONS"), methods("OPTIONS,HEAD,GET"));
    }

    #[test]
    fn bodies_are_json_where_they_can_be() {
        assert_eq!(content(b""), Content::Empty);
        assert_eq!(content(b"[1]"), Content::Json(serde_json::json!([1])));
        assert_eq!(content(b"<html>"), Content::Text("<html>".to_owned()));
    }
}
