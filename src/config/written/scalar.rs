//! Texts, switches, durations and JSON values.

use std::time::Duration;

use serde_json::Value;
use toml::de::{DeInteger, DeValue};

use super::{Node, Read, mistyped, plain_schema};
use crate::config::duration;
use crate::config::problem::Problems;

impl Read for String {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        match node.get_ref() {
            DeValue::String(text) if text.contains('\0') => {
                problems.add(&node.span(), "a NUL character fits in no argument, path or header");
                None
            }
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) => {
                problems.advise(&node.span(), "expected a text", "put it in quotes");
                None
            }
            _ => {
                mistyped(node, "a text", problems);
                None
            }
        }
    }
}

impl Read for bool {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        if let DeValue::Boolean(switch) = node.get_ref() {
            return Some(*switch);
        }
        mistyped(node, "true or false", problems);
        None
    }
}

/// A duration above zero.
#[derive(Clone, Copy, Debug)]
pub struct Length(pub Duration);

/// A duration that may be zero.
#[derive(Clone, Copy, Debug)]
pub struct Pause(pub Duration);

plain_schema!(Length, "Length", { "type": "string", "pattern": "^\\s*([0-9.]+\\s*(h|m|min|s|ms|us)\\s*)+$", "examples": ["30s", "500ms", "1m30s"] });
plain_schema!(Pause, "Pause", { "type": "string", "pattern": "^\\s*([0-9.]+\\s*(h|m|min|s|ms|us)\\s*)+$", "examples": ["30s", "0s"] });

impl Read for Pause {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let DeValue::String(text) = node.get_ref() else {
            problems.advise(
                &node.span(),
                "a duration is a text with a unit",
                "write for instance \"30s\" or \"500ms\"",
            );
            return None;
        };
        duration(text).map(Self).map_err(|message| problems.add(&node.span(), message)).ok()
    }
}

impl Read for Length {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let Pause(duration) = Pause::read(node, problems)?;
        if duration.is_zero() {
            problems.add(&node.span(), "must be longer than zero");
            return None;
        }
        Some(Self(duration))
    }
}

/// Any value, as JSON.
#[derive(Clone, Debug)]
pub struct Json(pub Value);

plain_schema!(Json, "Json", {});

impl Read for Json {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let value = json(node);
        if value.is_none() {
            problems.add(&node.span(), "holds a number that JSON cannot write");
        }
        value.map(Self)
    }
}

fn json(node: &Node<'_>) -> Option<Value> {
    match node.get_ref() {
        DeValue::String(text) => Some(Value::from(text.as_ref())),
        DeValue::Integer(integer) => whole(integer).map(Value::from),
        DeValue::Float(float) => float.as_str().parse().ok().and_then(serde_json::Number::from_f64).map(Value::Number),
        DeValue::Boolean(switch) => Some(Value::Bool(*switch)),
        DeValue::Datetime(time) => Some(Value::from(time.to_string())),
        DeValue::Array(items) => items.iter().map(json).collect(),
        DeValue::Table(table) => table
            .iter()
            .map(|(key, value)| json(value).map(|value| (key.get_ref().to_string(), value)))
            .collect::<Option<serde_json::Map<_, _>>>()
            .map(Value::Object),
    }
}

/// An integer of TOML, which may be decimal, hexadecimal, octal or binary.
pub fn whole(integer: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}
