//! The right answer of a corpus request.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::mistakes::{Mistakes, text, unknown_keys};

const KEYS: [&str; 5] = ["status", "length", "contains", "json", "code"];

/// What is certain of the right answer, so that two sides that agree on a wrong one are seen too.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// The status; `None` takes any 2xx.
    pub status: Option<u16>,
    /// The body's length in bytes.
    pub length: Option<u64>,
    /// A text that the body must contain.
    pub contains: Option<String>,
    /// What stands at `/error/code`.
    pub code: Option<String>,
    /// Values by JSON pointer.
    pub json: BTreeMap<String, Value>,
}

impl Expected {
    /// Whether that status is right.
    pub(super) fn takes(&self, status: u16) -> bool {
        self.status.map_or_else(|| (200..300).contains(&status), |right| right == status)
    }

    /// The right status in words.
    pub(super) fn status_in_words(&self) -> String {
        self.status.map_or_else(|| "any 2xx".to_owned(), |right| right.to_string())
    }
}

/// What an entry says of the right answer; `None` with the mistake noted when it says nothing.
pub(super) fn expected(members: &Map<String, Value>, mistakes: &mut Mistakes) -> Option<Expected> {
    const MISSING: &str = "`expect.status` is missing, such as \"expect\": { \"status\": 200 }";
    let Some(written) = members.get("expect") else {
        mistakes.add(MISSING);
        return None;
    };
    let Some(written) = written.as_object() else {
        mistakes.add("`expect` is an object, such as { \"status\": 200 }");
        return None;
    };
    unknown_keys(written, &KEYS, "`expect`", mistakes);
    let status = written.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    match (written.get("status"), status) {
        (None, _) => mistakes.add(MISSING),
        (_, Some(100..=599)) => {}
        _ => mistakes.add("`expect.status` is a number from 100 to 599"),
    }
    let length = written.get("length").and_then(Value::as_u64);
    if written.contains_key("length") && length.is_none() {
        mistakes.add("`expect.length` is a number of bytes");
    }
    Some(Expected {
        status,
        length,
        contains: text(written, "contains", mistakes).map(str::to_owned),
        code: text(written, "code", mistakes).map(str::to_owned),
        json: values(written, mistakes),
    })
}

/// Values by JSON pointer: `{ "pointer": "/id", "equals": 1 }` as in the configuration, or `{ "/id": 1, … }`.
fn values(expect: &Map<String, Value>, mistakes: &mut Mistakes) -> BTreeMap<String, Value> {
    const FORM: &str = "`expect.json` is { \"pointer\": \"/data/0/id\", \"equals\": 1 }, or { \"/data/0/id\": 1, … }";
    let Some(written) = expect.get("json") else { return BTreeMap::new() };
    let pairs = written.as_object().and_then(|members| match (members.get("pointer"), members.get("equals")) {
        (Some(pointer), Some(value)) if members.len() == 2 => {
            Some(BTreeMap::from([(pointer.as_str()?.to_owned(), value.clone())]))
        }
        _ => Some(members.clone().into_iter().collect()),
    });
    let is_pointer = |text: &String| text.is_empty() || text.starts_with('/');
    match pairs {
        Some(pairs) if pairs.keys().all(is_pointer) => pairs,
        _ => {
            mistakes.add(FORM);
            BTreeMap::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_status_any_success_is_right() {
        let expect = Expected { status: None, length: None, contains: None, code: None, json: BTreeMap::new() };
        assert!(expect.takes(204) && !expect.takes(302) && !expect.takes(199));
        assert!(!Expected { status: Some(200), ..expect }.takes(204));
    }
}
