//! Lists: of anything, of files, and the argv of a command.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use toml::de::DeValue;

use super::{At, Node, Read, mistyped, plain_schema, read_at};
use crate::config::problem::Problems;

/// A list of values of one type; what could not be read is left out (and noted).
#[derive(Clone, Debug, Default)]
pub struct List<T>(pub Vec<At<T>>);

impl<T: Read> Read for List<T> {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let DeValue::Array(items) = node.get_ref() else {
            mistyped(node, "a list", problems);
            return None;
        };
        Some(Self(items.iter().filter_map(|item| read_at(item, problems)).collect()))
    }
}

impl<T: JsonSchema> JsonSchema for List<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("List_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "array", "items": generator.subschema_for::<T>() })
    }
}

/// A program and its arguments.
#[derive(Clone, Debug)]
pub struct Argv(pub Vec<At<String>>);

plain_schema!(Argv, "Argv", { "type": "array", "items": { "type": "string" }, "minItems": 1 });

impl Argv {
    /// The words alone.
    pub fn words(&self) -> Vec<String> {
        self.0.iter().map(|word| word.value.clone()).collect()
    }
}

impl Read for Argv {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        if let DeValue::String(line) = node.get_ref() {
            let words: Vec<String> = line.split_whitespace().map(|word| format!("{word:?}")).collect();
            problems.advise(
                &node.span(),
                "a command is a list of arguments, never a shell line",
                format!("write [{}]", words.join(", ")),
            );
            return None;
        }
        let count = node.get_ref().as_array().map(|items| items.iter().count());
        let List(words) = List::<String>::read(node, problems)?;
        if count != Some(words.len()) {
            return None;
        }
        if words.first().is_none_or(|program| program.value.is_empty()) {
            problems.advise(
                &node.span(),
                "a command begins with the name of a program",
                "write for instance [\"python3\", \"-m\", \"http.server\", \"{port}\"]",
            );
            return None;
        }
        Some(Self(words))
    }
}

/// One file or a list of files.
#[derive(Clone, Debug)]
pub struct Files(pub Vec<At<String>>);

plain_schema!(Files, "Files", { "oneOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] });

impl Read for Files {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        match node.get_ref() {
            DeValue::Array(_) => List::read(node, problems).map(|List(files)| Self(files)),
            DeValue::String(_) => read_at(node, problems).map(|file| Self(vec![file])),
            _ => {
                mistyped(node, "a file or a list of files", problems);
                None
            }
        }
    }
}
