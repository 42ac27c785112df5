//! How tables and choices of the file are declared: once, for the struct, the reader and the JSON schema.

use schemars::Schema;

/// A schema without a definition of its own.
macro_rules! plain_schema {
    ($kind:ty, $name:literal, $schema:tt) => {
        impl schemars::JsonSchema for $kind {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}
pub(super) use plain_schema;

/// Declares a table of the file: its keys, the types of their values, which of them must be there (`= required`), and the
/// text that the schema shows for each.
macro_rules! written {
    ($(#[doc = $about:literal])* $name:ident {
        $($(#[doc = $text:literal])* $key:ident: $kind:ty $(= $required:ident)?,)*
    }) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, Default)]
        pub struct $name {
            $($(#[doc = $text])* pub $key: $crate::config::written::Field<$kind>,)*
        }

        impl $crate::config::written::Read for $name {
            fn read(
                node: &$crate::config::written::Node<'_>,
                problems: &mut $crate::config::problem::Problems,
            ) -> Option<Self> {
                use $crate::config::written::{Field, read_at};
                let toml::de::DeValue::Table(table) = node.get_ref() else {
                    $crate::config::written::mistyped(node, "a table", problems);
                    return None;
                };
                let mut written = Self::default();
                for (key, value) in table {
                    match key.get_ref().as_ref() {
                        $(stringify!($key) => {
                            written.$key = read_at(value, problems).map_or(Field::Refused, Field::Given);
                        })*
                        other => {
                            const KEYS: &[&str] = &[$(stringify!($key)),*];
                            problems.unknown(&key.span(), "key", other, KEYS);
                            // What the misspelt key says is there, so that nothing is said to be missing because of it.
                            match $crate::config::suggest::nearest(other, KEYS) {
                                $(Some(stringify!($key)) if written.$key.is_absent() => written.$key = Field::Refused,)*
                                _ => {}
                            }
                        }
                    }
                }
                $($(if written.$key.is_absent() {
                    problems.add(&node.span(), concat!("`", stringify!($key), "` is ", stringify!($required)));
                })?)*
                Some(written)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::config::written::table_schema(
                    concat!($($about),*),
                    vec![$($crate::config::written::KeySchema {
                        key: stringify!($key),
                        text: concat!($($text),*),
                        schema: generator.subschema_for::<$kind>(),
                        marks: &[$(stringify!($required))?],
                    }),*],
                )
            }
        }
    };
}
pub(super) use written;

/// One key of a table in its schema.
pub struct KeySchema {
    /// The key as it is written in the file.
    pub key: &'static str,
    /// What it means.
    pub text: &'static str,
    /// What its value may be.
    pub schema: Schema,
    /// `required`, or nothing.
    pub marks: &'static [&'static str],
}

/// The schema of a table that knows exactly these keys.
pub fn table_schema(about: &str, keys: Vec<KeySchema>) -> Schema {
    let required: Vec<&str> = keys.iter().filter(|key| !key.marks.is_empty()).map(|key| key.key).collect();
    let mut properties = serde_json::Map::new();
    for KeySchema { key, text, mut schema, .. } in keys {
        schema.insert("description".to_owned(), text.trim().into());
        properties.insert(key.to_owned(), schema.to_value());
    }
    schemars::json_schema!({
        "type": "object",
        "description": about.trim(),
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// Declares how the words of a choice are read.
macro_rules! choice {
    ($kind:ty, $name:literal, $($word:literal => $value:expr),+) => {
        impl $crate::config::written::Read for $kind {
            fn read(
                node: &$crate::config::written::Node<'_>,
                problems: &mut $crate::config::problem::Problems,
            ) -> Option<Self> {
                let word = <String as $crate::config::written::Read>::read(node, problems)?;
                match word.as_str() {
                    $($word => Some($value),)+
                    other => {
                        problems.unknown(&node.span(), "word", other, &[$($word),+]);
                        None
                    }
                }
            }
        }

        $crate::config::written::plain_schema!($kind, $name, { "enum": [$($word),+] });
    };
}
pub(super) use choice;
