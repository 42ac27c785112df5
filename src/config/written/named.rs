//! Tables whose keys are the user's own words.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use toml::de::DeValue;

use super::{At, Node, Read, mistyped, read_at};
use crate::config::problem::{Problems, shown};

/// Entries by name, in the order of the file. An entry that could not be read keeps its name, so that no second
/// problem says it were unknown.
#[derive(Clone, Debug)]
pub struct Named<T>(pub Vec<(At<String>, Option<At<T>>)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Named<T> {
    /// Every name, read or not.
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.value.as_str()).collect()
    }

    /// The entries that could be read.
    pub fn entries(&self) -> impl Iterator<Item = (&At<String>, &At<T>)> {
        self.0.iter().filter_map(|(name, value)| value.as_ref().map(|value| (name, value)))
    }
}

/// Names become parts of metric names (`LOAD.REQUEST.p50`), of file names and of comma-separated flags.
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 60 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

impl<T: Read> Read for Named<T> {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let DeValue::Table(table) = node.get_ref() else {
            mistyped(node, "a table", problems);
            return None;
        };
        let mut entries = Vec::new();
        for (key, value) in table {
            let name = At { value: key.get_ref().to_string(), span: key.span() };
            if !is_name(&name.value) {
                problems.advise(
                    &name.span,
                    format!("`{}` cannot be a name", shown(&name.value)),
                    "a name is 1 to 60 letters, digits, `_` and `-`",
                );
            }
            entries.push((name, read_at(value, problems)));
        }
        entries.sort_by_key(|(name, _)| name.span.start);
        Some(Self(entries))
    }
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Named_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": "object",
            "propertyNames": { "pattern": "^[A-Za-z0-9_-]{1,60}$" },
            "additionalProperties": generator.subschema_for::<T>(),
        })
    }
}

/// Texts by name, for the environment and for headers; what a name may be is theirs to say.
#[derive(Clone, Debug)]
pub struct Texts(pub Vec<(At<String>, At<String>)>);

super::plain_schema!(Texts, "Texts", { "type": "object", "additionalProperties": { "type": "string" } });

impl Read for Texts {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let DeValue::Table(table) = node.get_ref() else {
            mistyped(node, "a table of texts", problems);
            return None;
        };
        let entries = table.iter().filter_map(|(key, value)| {
            let name = At { value: key.get_ref().to_string(), span: key.span() };
            read_at(value, problems).map(|value| (name, value))
        });
        Some(Self(entries.collect()))
    }
}
