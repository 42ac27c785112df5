//! The JSON Schema of the config file, for editors that complete and check TOML.

use serde_json::Value;

use super::written::Config;

/// A JSON Schema (draft 2020-12) of `pianoprof.toml`, made from the declarations that read it.
#[must_use]
pub fn schema() -> Value {
    let mut schema =
        schemars::generate::SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Config>();
    schema.insert("title".to_owned(), "pianoprof.toml".into());
    schema.to_value()
}
