//! What is wrong with a corpus, collected while reading goes on.

use serde_json::{Map, Value};

/// What is wrong with the entry that is read now, behind what was wrong with those before it.
pub(super) struct Mistakes {
    pub found: Vec<String>,
    pub entry: String,
}

impl Mistakes {
    pub(super) fn add(&mut self, what: impl std::fmt::Display) {
        self.found.push(format!("{}: {what}", self.entry));
    }
}

/// Notes every key that is none of these.
pub(super) fn unknown_keys(members: &Map<String, Value>, known: &[&str], owner: &str, mistakes: &mut Mistakes) {
    for key in members.keys().filter(|key| !known.contains(&key.as_str())) {
        let known: Vec<String> = known.iter().map(|key| format!("`{key}`")).collect();
        mistakes.add(format!("unknown key `{key}`: {owner} has {}", known.join(", ")));
    }
}

/// The text under that key; anything else there is a mistake.
pub(super) fn text<'entry>(
    members: &'entry Map<String, Value>,
    key: &str,
    mistakes: &mut Mistakes,
) -> Option<&'entry str> {
    let value = members.get(key)?;
    if !value.is_string() {
        mistakes.add(format!("`{key}` is a text"));
    }
    value.as_str()
}
