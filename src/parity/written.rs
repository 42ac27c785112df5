//! A corpus as it is written: what each entry says, and what is wrong with it in the words of the file.
//!
//! An entry is a word, the name of a request of the configuration, or an object with the keys of `[request.NAME]` and
//! `name`. Every mistake of a file is found in one reading.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use super::Error;
use super::body::{Body, first_values, references};
use super::corpus::{Corpus, Request};
use super::expected::{Expected, expected};
use super::mistakes::{Mistakes, text, unknown_keys};
use crate::http;
use crate::model::plan::RequestPlan;
use crate::model::secret::Secret;
use crate::template::fixed;

const KEYS: [&str; 9] = ["name", "method", "path", "headers", "json", "body", "expect", "inserts", "chunked"];
/// The keys of a body that is more than a text or a table.
const BODY_KEYS: [&str; 5] = ["json", "text", "base64", "padded", "repeated"];

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
        read(value, requests)
    }
}

/// The corpus of a parsed file; its words are names of the configuration's `requests`.
///
/// # Errors
/// With every mistake, one a line.
fn read(file: &Value, requests: &[RequestPlan]) -> Result<Corpus, Vec<String>> {
    const FORM: &str = "a corpus is { \"requests\": [ … ] }";
    let Some(members) = file.as_object() else { return Err(vec![FORM.to_owned()]) };
    if let Some(key) = members.keys().find(|key| *key != "requests") {
        return Err(vec![format!("unknown key `{key}`: {FORM}")]);
    }
    let Some(entries) = members.get("requests").and_then(Value::as_array) else {
        return Err(vec![format!("`requests` is missing or no list: {FORM}")]);
    };
    if entries.is_empty() {
        return Err(vec!["`requests` is empty: nothing would be compared".to_owned()]);
    }
    let mut mistakes = Mistakes { found: Vec::new(), entry: String::new() };
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut read = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let name = entry.as_str().or_else(|| entry.get("name")?.as_str());
        mistakes.entry = format!("entry {}", index + 1);
        if let Some(name) = name {
            mistakes.entry = format!("{} ('{name}')", mistakes.entry);
        }
        let request = match entry {
            Value::String(word) => named(word, requests, &mut mistakes),
            Value::Object(members) => self::entry(members, &mut mistakes),
            _ => {
                mistakes.add("an entry is the name of a request of the configuration, or { \"name\": …, \"path\": … }");
                None
            }
        };
        if let Some(request) = &request {
            refer(request, &names, &mut mistakes);
        }
        if let Some(name) = name
            && !names.insert(name.to_owned())
        {
            mistakes.add("the name is used twice: to send a request again, write it as an entry with another `name`");
        }
        read.extend(request);
    }
    if mistakes.found.is_empty() { Ok(Corpus { requests: read }) } else { Err(mistakes.found) }
}

/// A request of the configuration. Both sides must be asked the same, so its templates stand for their first values.
fn named(word: &str, requests: &[RequestPlan], mistakes: &mut Mistakes) -> Option<Request> {
    let Some(plan) = requests.iter().find(|request| request.name == word) else {
        let known: Vec<&str> = requests.iter().map(|request| request.name.as_str()).collect();
        mistakes.add(format!(
            "the configuration has no request of that name (it has: {}); a request of the corpus alone is \
             {{ \"name\": \"{word}\", \"path\": \"/…\", \"expect\": {{ \"status\": 200 }} }}",
            known.join(", ")
        ));
        return None;
    };
    Some(Request {
        name: plan.name.clone(),
        method: plan.method.clone(),
        path: fixed(&plan.path),
        headers: plan.headers.iter().map(|(name, value)| (name.clone(), Secret::new(fixed(value.reveal())))).collect(),
        body: plan.body.as_deref().map(|body| Body::Text(fixed(body))),
        chunked: false,
        expect: Expected {
            status: plan.expect.status,
            length: plan.expect.length,
            contains: plan.expect.contains.clone(),
            code: None,
            json: plan.expect.json.clone().into_iter().collect(),
        },
    })
}

fn entry(members: &Map<String, Value>, mistakes: &mut Mistakes) -> Option<Request> {
    unknown_keys(members, &KEYS, "an entry", mistakes);
    let name = text(members, "name", mistakes);
    if !members.contains_key("name") {
        mistakes.add("`name` is missing, such as \"name\": \"list_items\"");
    }
    let path = text(members, "path", mistakes);
    match path {
        Some(path) if !path.starts_with('/') => {
            mistakes.add("`path` begins with a slash: host and port are the launch's");
        }
        None if !members.contains_key("path") => mistakes.add("`path` is missing, such as \"path\": \"/items?page=1\""),
        _ => {}
    }
    let method = text(members, "method", mistakes).unwrap_or("GET").to_uppercase();
    if !http::is_token(&method) {
        mistakes.add("`method` is no HTTP method: write for instance \"GET\" or \"POST\"");
    }
    text(members, "inserts", mistakes);
    let chunked = match members.get("chunked") {
        None => Some(false),
        Some(Value::Bool(chunked)) => Some(*chunked),
        Some(_) => {
            mistakes.add("`chunked` is true or false");
            None
        }
    };
    let body = body(members, mistakes);
    let mut headers = headers(members, mistakes);
    let is_json = matches!(body, Some(Body::Json(_)));
    if is_json && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        headers.push(("Content-Type".to_owned(), Secret::new("application/json")));
    }
    let expect = expected(members, mistakes);
    Some(Request {
        name: name?.to_owned(),
        method,
        path: fixed(path?),
        headers,
        body,
        chunked: chunked?,
        expect: expect?,
    })
}

fn headers(members: &Map<String, Value>, mistakes: &mut Mistakes) -> Vec<(String, Secret)> {
    let Some(written) = members.get("headers") else { return Vec::new() };
    let Some(written) = written.as_object() else {
        mistakes.add("`headers` is an object, such as { \"Accept\": \"application/json\" }");
        return Vec::new();
    };
    let mut headers = Vec::new();
    for (name, value) in written {
        let Some(value) = value.as_str() else {
            mistakes.add(format!("the header `{name}` is a text"));
            continue;
        };
        if !http::is_token(name) {
            mistakes.add(format!("`{name}` cannot be a header's name"));
        } else if !http::is_header_value(value) {
            mistakes.add(format!("the header `{name}` holds a line end or a control character"));
        }
        headers.push((name.clone(), Secret::new(fixed(value))));
    }
    headers
}

fn body(members: &Map<String, Value>, mistakes: &mut Mistakes) -> Option<Body> {
    match (members.get("json"), members.get("body")) {
        (Some(_), Some(_)) => {
            mistakes.add("`body` and `json` exclude each other");
            None
        }
        (Some(json), None) => Some(Body::Json(first_values(json))),
        (None, Some(Value::String(text))) => Some(Body::Text(fixed(text))),
        (None, Some(Value::Object(table))) => match table.keys().collect::<Vec<_>>().as_slice() {
            [key] if BODY_KEYS.contains(&key.as_str()) => special_body(key, &table[*key], mistakes),
            _ => Some(Body::Json(first_values(&Value::Object(table.clone())))),
        },
        (None, Some(_)) => {
            mistakes.add("`body` is a text or an object; other JSON values go under `json`");
            None
        }
        (None, None) => None,
    }
}

/// `{ "json": … }`, `{ "text": … }`, `{ "base64": … }`, `{ "padded": … }` or `{ "repeated": … }`.
fn special_body(key: &str, value: &Value, mistakes: &mut Mistakes) -> Option<Body> {
    let body = serde_json::from_value(serde_json::json!({ key: value })).ok();
    if body.is_none() {
        mistakes.add(match key {
            "padded" => "`body.padded` has `text` and `to`, a length in bytes",
            "repeated" => "`body.repeated` has `before`, `part`, `times` (a number) and `after`",
            "base64" => "`body.base64` is a text",
            _ => "`body.text` is a text",
        });
    }
    body
}

/// Notes what the request asks of answers that come later or never.
fn refer(request: &Request, earlier: &BTreeSet<String>, mistakes: &mut Mistakes) {
    let headers = request.headers.iter().map(|(_, value)| value.reveal());
    let body = request.body.iter().flat_map(Body::texts);
    for name in headers.chain([request.path.as_str()]).chain(body).flat_map(references) {
        if !earlier.contains(name) {
            mistakes.add(format!(
                "`{{id_of:{name}}}` is the id of an earlier answer, and no entry before is named '{name}'"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::model::plan::ExpectPlan;

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

    fn configured() -> Vec<RequestPlan> {
        let expect = ExpectPlan { status: None, length: Some(3), contains: None, json: Some(("/id".into(), json!(1))) };
        vec![RequestPlan {
            name: "make".to_owned(),
            method: "POST".to_owned(),
            path: "/make/{int:4..9}".to_owned(),
            headers: vec![("Authorization".to_owned(), Secret::new("Bearer {pick:a|b}"))],
            body: Some(r#"{"n":{int:1..5}}"#.to_owned()),
            expect,
            inserts: None,
        }]
    }

    fn requests(entries: &Value) -> Vec<Request> {
        read(&json!({ "requests": entries }), &configured()).unwrap().requests
    }

    fn headers(request: &Request) -> Vec<(&str, &str)> {
        request.headers.iter().map(|(name, value)| (name.as_str(), value.reveal())).collect()
    }

    #[test]
    fn a_word_is_a_request_of_the_configuration_with_fixed_values() {
        let [make] = requests(&json!(["make"])).try_into().unwrap();
        assert_eq!((make.method.as_str(), make.path.as_str()), ("POST", "/make/4"));
        assert_eq!(headers(&make), [("Authorization", "Bearer a")]);
        assert_eq!(make.body.unwrap().bytes(&BTreeMap::new()).unwrap(), br#"{"n":1}"#);
        assert_eq!((make.expect.status, make.expect.length), (None, Some(3)));
        assert_eq!(make.expect.json, BTreeMap::from([("/id".to_owned(), json!(1))]));
    }

    #[test]
    fn json_has_its_content_type_in_every_form() {
        let right = json!({ "status": 200 });
        let all = requests(&json!([
            { "name": "new", "path": "/", "json": { "n": "{int:3..5}", "s": "{pick:x|y}" }, "expect": right },
            { "name": "table", "path": "/", "body": { "n": 3, "s": "x" }, "expect": right },
            { "name": "old", "path": "/", "body": { "json": { "n": 3, "s": "x" } }, "expect": right },
            { "name": "own", "path": "/", "headers": { "content-type": "a/b" }, "json": { "n": 3, "s": "x" }, "expect": right },
            { "name": "text", "path": "/", "body": "{}", "expect": right },
        ]));
        for request in &all[..4] {
            let body = request.body.as_ref().unwrap().bytes(&BTreeMap::new()).unwrap();
            assert_eq!(body, br#"{"n":3,"s":"x"}"#, "{}", request.name);
        }
        for request in &all[..3] {
            assert_eq!(headers(request), [("Content-Type", "application/json")], "{}", request.name);
        }
        assert_eq!(headers(&all[3]), [("content-type", "a/b")]);
        assert_eq!(headers(&all[4]), []);
    }

    #[test]
    fn values_are_expected_in_the_words_of_the_configuration_or_many_at_once() {
        let all = requests(&json!([
            { "name": "a", "path": "/", "expect": { "status": 200, "json": { "pointer": "/id", "equals": 1 } } },
            { "name": "b", "path": "/", "expect": { "status": 200, "json": { "/id": 1 } } },
        ]));
        assert_eq!(all[0].expect, all[1].expect);
    }

    #[test]
    fn mistakes_are_named_in_the_words_of_the_file() {
        let right = r#""expect":{"status":200}"#;
        for (entry, words) in [
            (
                r#"{"name":"a","path":"/"}"#,
                "entry 1 ('a'): `expect.status` is missing, such as \"expect\": { \"status\": 200 }",
            ),
            (r#"{"name":"a","path":"/","expect":{}}"#, "`expect.status` is missing"),
            (r#"{"name":"a","path":"/","expect":200}"#, "`expect` is an object"),
            (r#"{"name":"a","path":"/","expect":{"status":"200"}}"#, "a number from 100 to 599"),
            (r#"{"name":"a","path":"/","expect":{"status":99}}"#, "a number from 100 to 599"),
            (r#"{"name":"a","path":"/","expect":{"status":200,"length":-1}}"#, "a number of bytes"),
            (r#"{"name":"a","path":"/","expect":{"status":200,"json":{"id":1}}}"#, "`expect.json` is { \"pointer\""),
            (r#"{"name":"a","path":"/","expect":{"status":200,"json":7}}"#, "`expect.json` is { \"pointer\""),
            (r#"{"name":"a","path":"/","expect":{"status":200,"contains":7}}"#, "`contains` is a text"),
            (r#"{"name":"a","path":"/","expect":{"stats":200}}"#, "unknown key `stats`: `expect` has `status`"),
            (r#"{"name":"a","path":"/","expct":{}}"#, "unknown key `expct`: an entry has `name`, `method`"),
            (r#"{"path":"/",RIGHT}"#, "entry 1: `name` is missing"),
            (r#"{"name":"a",RIGHT}"#, "`path` is missing"),
            (r#"{"name":"a","path":7,RIGHT}"#, "`path` is a text"),
            (r#"{"name":"a","path":"x",RIGHT}"#, "`path` begins with a slash"),
            (r#"{"name":"a","path":"/","method":"GE T",RIGHT}"#, "`method` is no HTTP method"),
            (r#"{"name":"a","path":"/","chunked":1,RIGHT}"#, "`chunked` is true or false"),
            (r#"{"name":"a","path":"/","headers":["X"],RIGHT}"#, "`headers` is an object"),
            (r#"{"name":"a","path":"/","headers":{"X":1},RIGHT}"#, "the header `X` is a text"),
            (r#"{"name":"a","path":"/","headers":{"X Y":"1"},RIGHT}"#, "`X Y` cannot be a header's name"),
            (r#"{"name":"a","path":"/","headers":{"X":"a\nb"},RIGHT}"#, "a line end"),
            (r#"{"name":"a","path":"/","body":7,RIGHT}"#, "`body` is a text or an object"),
            (r#"{"name":"a","path":"/","body":"x","json":1,RIGHT}"#, "exclude each other"),
            (r#"{"name":"a","path":"/","body":{"padded":"x"},RIGHT}"#, "`body.padded` has `text` and `to`"),
            (r#"{"name":"a","path":"/","body":{"repeated":{}},RIGHT}"#, "`body.repeated` has"),
            (r#"{"name":"a","path":"/x/{id_of:b}",RIGHT}"#, "no entry before is named 'b'"),
            (r#"{"name":"a","path":"/","json":{"n":"{id_of:a}"},RIGHT}"#, "no entry before is named 'a'"),
            (r#""mak""#, "entry 1 ('mak'): the configuration has no request of that name (it has: make)"),
            (r"7", "entry 1: an entry is the name of a request"),
            (r#""make","make""#, "entry 2 ('make'): the name is used twice"),
        ] {
            let text = format!(r#"{{"requests":[{}]}}"#, entry.replace("RIGHT", right));
            let mistakes = read(&serde_json::from_str(&text).unwrap(), &configured()).unwrap_err();
            assert!(mistakes.len() == 1 || entry.contains("expct") || entry.contains("stats"), "{mistakes:?}");
            assert!(mistakes.join("\n").contains(words), "{mistakes:?}");
        }
        for (file, words) in [
            ("[]", "a corpus is { \"requests\": [ … ] }"),
            ("{}", "`requests` is missing"),
            (r#"{"requests":{}}"#, "no list"),
            (r#"{"requests":[]}"#, "nothing would be compared"),
            (r#"{"request":[]}"#, "unknown key `request`"),
        ] {
            let mistakes = read(&serde_json::from_str(file).unwrap(), &[]).unwrap_err();
            assert!(mistakes[0].contains(words), "{mistakes:?}");
        }
    }

    #[test]
    fn all_mistakes_come_at_once() {
        let file = json!({ "requests": [{ "path": "x" }, "nothing"] });
        let mistakes = read(&file, &configured()).unwrap_err();
        assert_eq!(mistakes.len(), 4, "{mistakes:?}");
    }
}
