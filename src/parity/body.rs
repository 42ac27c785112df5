//! Bodies of corpus requests, and the ids of earlier answers in them.

use std::collections::BTreeMap;

use base64::Engine;
use serde::Deserialize;
use serde_json::Value;

use crate::template::fixed;

/// A request's body as it is written in the corpus.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// A JSON value; a string that is nothing but `{id_of:NAME}` becomes the number.
    Json(Value),
    /// A text as it stands.
    Text(String),
    /// Bytes that are no text.
    Base64(String),
    /// A text followed by spaces up to that many bytes.
    Padded {
        /// What the body begins with.
        text: String,
        /// The whole length.
        to: usize,
    },
    /// A text with one part repeated.
    Repeated {
        /// What comes before.
        before: String,
        /// What is repeated between the two.
        part: String,
        /// How often.
        times: usize,
        /// What comes after.
        after: String,
    },
}

/// The `id` of earlier answers by the request's name.
pub type Ids = BTreeMap<String, u64>;

impl Body {
    /// Every text in which an id may be named.
    pub fn texts(&self) -> Vec<&str> {
        fn strings<'value>(value: &'value Value, found: &mut Vec<&'value str>) {
            match value {
                Value::String(text) => found.push(text),
                Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
                Value::Object(members) => members.values().for_each(|member| strings(member, found)),
                _ => {}
            }
        }
        match self {
            Self::Json(value) => {
                let mut found = Vec::new();
                strings(value, &mut found);
                found
            }
            Self::Text(text) | Self::Padded { text, .. } => vec![text],
            Self::Base64(_) | Self::Repeated { .. } => Vec::new(),
        }
    }

    /// The bytes to send.
    ///
    /// # Errors
    /// An id that no answer gave, or bad base64.
    pub fn bytes(&self, ids: &Ids) -> Result<Vec<u8>, String> {
        match self {
            Self::Json(value) => {
                let mut value = value.clone();
                fill_value(&mut value, ids)?;
                Ok(value.to_string().into_bytes())
            }
            Self::Text(text) => fill(text, ids).map(String::into_bytes),
            Self::Base64(text) => {
                base64::engine::general_purpose::STANDARD.decode(text).map_err(|error| error.to_string())
            }
            Self::Padded { text, to } => {
                let mut bytes = fill(text, ids)?.into_bytes();
                bytes.resize(bytes.len().max(*to), b' ');
                Ok(bytes)
            }
            Self::Repeated { before, part, times, after } => {
                Ok(format!("{before}{}{after}", part.repeat(*times)).into_bytes())
            }
        }
    }
}

/// The value with the first of what each of its `{int:…}` and `{pick:…}` draws: both sides must be asked the same. A text
/// that is nothing but one `{int:…}` is a number.
pub fn first_values(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            let first = fixed(text);
            let is_number = text.starts_with("{int:") && text.find('}') == Some(text.len() - 1);
            let number = if is_number { first.parse::<i64>().ok() } else { None };
            number.map_or(Value::String(first), Value::from)
        }
        Value::Array(items) => items.iter().map(first_values).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), first_values(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        plain => plain.clone(),
    }
}

const OPEN: &str = "{id_of:";

/// The names between `{id_of:` and `}`.
pub fn references(text: &str) -> impl Iterator<Item = &str> {
    text.split(OPEN).skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// The text with every `{id_of:NAME}` replaced.
///
/// # Errors
/// An id that no answer gave.
pub fn fill(text: &str, ids: &Ids) -> Result<String, String> {
    let mut parts = text.split(OPEN);
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').ok_or("a '{id_of:' without its end")?;
        let id = ids.get(name).ok_or_else(|| format!("the answer to '{name}' had no id"))?;
        filled.push_str(&id.to_string());
        filled.push_str(rest);
    }
    Ok(filled)
}

fn fill_value(value: &mut Value, ids: &Ids) -> Result<(), String> {
    match value {
        Value::String(text) if text.contains(OPEN) => {
            let filled = fill(text, ids)?;
            let alone = text.starts_with(OPEN) && text.find('}') == Some(text.len() - 1);
            let number = if alone { filled.parse::<u64>().ok() } else { None };
            *value = number.map_or(Value::String(filled), Value::from);
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| fill_value(item, ids)),
        Value::Object(members) => members.values_mut().try_for_each(|member| fill_value(member, ids)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_numbers_alone_and_digits_in_texts() {
        let ids = Ids::from([("a".to_owned(), 7)]);
        let body = Body::Json(serde_json::json!({"id": "{id_of:a}", "list": ["x{id_of:a}y"], "n": 1.0}));
        assert_eq!(body.bytes(&ids).unwrap(), br#"{"id":7,"list":["x7y"],"n":1.0}"#);
        assert_eq!(fill("/e/{id_of:a}/s?x={id_of:a}", &ids).unwrap(), "/e/7/s?x=7");
        assert_eq!(references("/e/{id_of:a}/{id_of:b}").collect::<Vec<_>>(), ["a", "b"]);
        assert!(fill("{id_of:b}", &ids).unwrap_err().contains("'b'"));
    }

    #[test]
    fn long_bodies_have_their_length() {
        let padded = Body::Padded { text: "{}".to_owned(), to: 1000 };
        assert_eq!(padded.bytes(&Ids::new()).unwrap().len(), 1000);
        let repeated = Body::Repeated { before: "[".into(), part: "ab".into(), times: 3, after: "]".into() };
        assert_eq!(repeated.bytes(&Ids::new()).unwrap(), b"[ababab]");
    }
}
