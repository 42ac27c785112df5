//! Requests.

use serde_json::Value;

use super::template;
use crate::config::problem::{Problems, shown};
use crate::config::written::{At, Body, Expect, Named, Request, Texts};
use crate::http::{is_header_value, is_token};
use crate::model::plan::{ExpectPlan, RequestPlan};
use crate::model::secret::Secret;

/// The name that the record of a whole mix bears.
const ALL: &str = "all";

/// Header lines that the engine itself writes, or that would break its framing.
const OWN_HEADERS: [&str; 5] = ["host", "content-length", "transfer-encoding", "connection", "expect"];

/// The requests of the file, in its order.
pub fn requests(written: &Named<Request>, has_database: bool, problems: &mut Problems) -> Vec<RequestPlan> {
    if let Some((name, _)) = written.0.iter().find(|(name, _)| name.value == ALL) {
        problems.advise(&name.span, "no request can be called `all`", "reports call the sum of a mix so");
    }
    written.entries().map(|(name, request)| resolve(name, &request.value, has_database, problems)).collect()
}

fn resolve(name: &At<String>, request: &Request, has_database: bool, problems: &mut Problems) -> RequestPlan {
    let method = request.method.given().map_or_else(|| "GET".to_owned(), |method| method.value.to_uppercase());
    if let Some(written) = request.method.given()
        && !is_token(&written.value)
    {
        problems.advise(&written.span, "no HTTP method", "write for instance \"GET\" or \"POST\"");
    }
    if let Some(path) = request.path.given() {
        template::check(path, problems);
        if let Err((message, hint)) = template::sound_path(&path.value) {
            problems.advise(&path.span, message, hint);
        }
    }
    let (body, is_json) = body(request, problems);
    let mut headers = request.headers.value().map_or_else(Vec::new, |written| headers(written, problems));
    if is_json && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        headers.push(("Content-Type".to_owned(), Secret::new("application/json")));
    }
    if let Some(table) = request.inserts.given() {
        inserts(table, has_database, problems);
    }
    RequestPlan {
        name: name.value.clone(),
        method,
        // A path that is missing was noted; the request keeps its name, so that loads and claims know it.
        path: request.path.value().cloned().unwrap_or_default(),
        headers,
        body,
        expect: request.expect.value().map_or_else(nothing_asked, |written| expect(written, problems)),
        inserts: request.inserts.value().cloned(),
    }
}

/// The body, and whether it was written as JSON.
fn body(request: &Request, problems: &mut Problems) -> (Option<String>, bool) {
    if let (Some(_), Some(json)) = (request.body.given(), request.json.given()) {
        problems.add(&json.span, "`body` and `json` exclude each other");
    }
    let (text, span, is_json) = match (request.body.given(), request.json.given()) {
        (Some(At { value: Body::Text(text), span }), _) => (text.clone(), span, false),
        (Some(At { value: Body::Json(value), span }), _) => (json_template(value), span, true),
        (None, Some(json)) => (json_template(&json.value.0), &json.span, true),
        (None, None) => return (None, false),
    };
    let body = At { value: text, span: span.clone() };
    template::check(&body, problems);
    (Some(body.value), is_json)
}

/// The value as a JSON template: a text that is nothing but one `{int:…}` becomes a number.
fn json_template(value: &Value) -> String {
    match value {
        Value::String(text) if is_one_int(text) => text.clone(),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(json_template).collect::<Vec<_>>().join(","))
        }
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), json_template(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        plain => plain.to_string(),
    }
}

fn is_one_int(text: &str) -> bool {
    text.strip_prefix("{int:").and_then(|rest| rest.strip_suffix('}')).is_some_and(|inner| !inner.contains(['{', '}']))
}

fn headers(written: &Texts, problems: &mut Problems) -> Vec<(String, Secret)> {
    let mut seen: Vec<String> = Vec::new();
    let mut headers = Vec::new();
    for (name, value) in &written.0 {
        let lower = name.value.to_lowercase();
        if !is_token(&name.value) {
            problems.add(&name.span, format!("`{}` cannot be a header's name", shown(&name.value)));
        } else if OWN_HEADERS.contains(&lower.as_str()) {
            problems.advise(&name.span, format!("`{}` is written by the load engine", name.value), "leave it out");
        } else if seen.contains(&lower) {
            problems.add(&name.span, format!("the header `{}` occurs twice", name.value));
        }
        if value.value.trim() != value.value || !is_header_value(&value.value) {
            problems.add(&value.span, "a header's value holds no line end, control character or blank at its ends");
        }
        template::check(value, problems);
        seen.push(lower);
        headers.push((name.value.clone(), Secret::new(&value.value)));
    }
    headers
}

fn nothing_asked() -> ExpectPlan {
    ExpectPlan { status: None, length: None, contains: None, json: None }
}

fn expect(written: &Expect, problems: &mut Problems) -> ExpectPlan {
    if let Some(pointer) = written.json.value().and_then(|json| json.pointer.given())
        && !(pointer.value.is_empty() || pointer.value.starts_with('/'))
    {
        problems.advise(&pointer.span, "no JSON pointer", "write for instance \"/data/0/id\"");
    }
    let json = written.json.value();
    ExpectPlan {
        status: written.status.given().map(|at| template::status(at, problems)),
        length: written.length.value().map(|length| length.0),
        contains: written.contains.value().cloned(),
        json: json.and_then(|json| json.pointer.value().cloned().zip(json.equals.value().map(|json| json.0.clone()))),
    }
}

/// A table's name goes into a query, so it is a plain identifier, perhaps behind its schema's.
fn inserts(table: &At<String>, has_database: bool, problems: &mut Problems) {
    let plain = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.len() <= 63
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    if table.value.split('.').count() > 2 || !table.value.split('.').all(plain) {
        problems.add(&table.span, "no name of a table");
    } else if !has_database {
        problems.add(&table.span, "rows can only be counted in a [database], and there is none");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_bodies_are_templates() {
        let body = json!({ "id": "{int:1..5}", "name": "n {pick:a|b}", "deep": { "x": { "y": [1, { "z": "\"" }] } } });
        let text = json_template(&body);
        assert_eq!(text, r#"{"deep":{"x":{"y":[1,{"z":"\""}]}},"id":{int:1..5},"name":"n {pick:a|b}"}"#);
        let drawn: Value = serde_json::from_str(&text.replace("{int:1..5}", "3").replace("{pick:a|b}", "a")).unwrap();
        assert_eq!(drawn["id"], 3);
        assert_eq!(json_template(&json!({ "a": "{int:1..5}" })), r#"{"a":{int:1..5}}"#);
    }
}
