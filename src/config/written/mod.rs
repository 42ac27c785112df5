//! The written form: what the file says, each value with its place, before any default or look at another part.
//!
//! Each table is declared once, by [`written!`], and that declaration is its struct, its reader and its JSON schema, so
//! that the three cannot differ. Readers note what is wrong and go on.

mod comparison;
mod database;
mod declare;
mod list;
mod load;
mod named;
mod number;
mod request;
mod run;
mod scalar;
mod target;

use schemars::JsonSchema;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problems, Span};

use declare::{KeySchema, choice, plain_schema, table_schema, written};

pub use comparison::{Claim, Comparison, Expected, Parity, Rule};
pub use database::Database;
pub use list::{Argv, Files, List};
pub use load::{Arrival, Load};
pub use named::{Named, Texts};
pub use number::{Count, Positive, Share, Whole};
pub use request::{Body, Expect, Request};
pub use run::Run;
pub use scalar::{Json, Length, Pause};
pub use target::{Benchmark, Ready, Stop, Target};

/// One value of the parsed text.
pub type Node<'a> = Spanned<DeValue<'a>>;

/// A value and where it was written.
#[derive(Clone, Debug)]
pub struct At<T> {
    /// What was written, read as this type.
    pub value: T,
    /// The bytes of the file that it was read from.
    pub span: Span,
}

/// What a table says under one key.
#[derive(Clone, Debug, Default)]
pub enum Field<T> {
    /// Nothing.
    #[default]
    Absent,
    /// Something that could not be read; the problem is noted.
    Refused,
    /// A value.
    Given(At<T>),
}

impl<T> Field<T> {
    /// The value with its place.
    pub fn given(&self) -> Option<&At<T>> {
        match self {
            Self::Given(at) => Some(at),
            Self::Absent | Self::Refused => None,
        }
    }

    /// What was written under the key; `None` where the key is absent or could not be read.
    pub fn value(&self) -> Option<&T> {
        self.given().map(|at| &at.value)
    }

    /// Whether the value could not be read.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Refused)
    }

    /// Whether the key does not occur at all.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// Something that can be read from a value of the file.
pub trait Read: Sized + JsonSchema {
    /// The value, or `None` with the problem noted.
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self>;
}

/// Reads a value and keeps its place.
fn read_at<T: Read>(node: &Node<'_>, problems: &mut Problems) -> Option<At<T>> {
    T::read(node, problems).map(|value| At { value, span: node.span() })
}

/// Notes that a value is of another type than it should.
fn mistyped(node: &Node<'_>, wanted: &str, problems: &mut Problems) {
    let message = format!("expected {wanted}, found {}", type_name(node));
    let hint = match node.get_ref() {
        DeValue::String(text) if is_plain_value(text, wanted) => format!("write it without quotes: {text}"),
        DeValue::Table(_) if wanted == "a list" => {
            "a list of tables has two brackets, [[NAME]], any other list is [VALUE, VALUE]".to_owned()
        }
        DeValue::Array(_) if wanted == "a table" => {
            "a table is { NAME = VALUE }, or [NAME] with its keys below it".to_owned()
        }
        _ => return problems.add(&node.span(), message),
    };
    problems.advise(&node.span(), message, hint);
}

/// Whether the text is in quotes what would be right without them.
fn is_plain_value(text: &str, wanted: &str) -> bool {
    match wanted {
        "an integer" => text.parse::<i64>().is_ok(),
        "a number" => text.parse::<f64>().is_ok_and(f64::is_finite),
        "true or false" => text.parse::<bool>().is_ok(),
        _ => false,
    }
}

fn type_name(node: &Node<'_>) -> &'static str {
    match node.get_ref() {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

written! {
    /// What `pianoprof` shall launch, measure and judge.
    Config {
        /// Who is compared with whom; without it there are measurements and no ratios.
        comparison: Comparison,
        /// The implementations under test.
        target: Named<Target> = required,
        /// The PostgreSQL database that every launch gets a fresh copy of.
        database: Database,
        /// The requests that loads and claims name; without any there is one, `root`, for the first target's ready path.
        request: Named<Request>,
        /// The load profiles; without any there are `latency`, `sustained`, `queries`, `under_load` and `points`.
        load: Named<Load>,
        /// What somebody claims of the comparison.
        claim: List<Claim>,
        /// The corpus of requests that all targets must answer alike.
        parity: Parity,
        /// How often, how long and in which order.
        run: Run,
    }
}

/// The file's written form, `None` when a syntax error leaves all of it in doubt, and the places of values that must not be shown.
pub fn read(text: &str, problems: &mut Problems) -> (Option<Config>, Vec<Span>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        syntax_errors(text, &errors, problems);
    }
    let span = table.span();
    let node = Spanned::new(span.start..span.start, DeValue::Table(table.into_inner()));
    let secrets = secrets(&node);
    let config = if errors.is_empty() { Config::read(&node, problems) } else { None };
    (config, secrets)
}

/// Notes the first error of each line; only the very first where a bracket stays open, because that makes an error of
/// every line after it.
fn syntax_errors(text: &str, errors: &[toml::de::Error], problems: &mut Problems) {
    let open = errors.iter().any(|error| error.message().starts_with("unclosed"));
    let mut lines: Vec<usize> = Vec::new();
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let line = text.bytes().take(span.start).filter(|byte| *byte == b'\n').count();
        if !lines.contains(&line) && (lines.is_empty() || !open) {
            match error.message() {
                "duplicate key" => problems.advise(
                    &span,
                    "this key is written twice",
                    "a key stands once in its table; several tables of one kind are [kind.NAME], or [[claim]]",
                ),
                message => problems.add(&span, message.lines().collect::<Vec<_>>().join(", ")),
            }
            lines.push(line);
        }
    }
}

/// The places of `[database] url`, of the environment's values and of header values.
fn secrets(root: &Node<'_>) -> Vec<Span> {
    let entries = |node: &Node<'_>, key: &str| -> Vec<Span> {
        let table = node.get_ref().as_table().and_then(|table| table.get(key));
        let table = table.and_then(|node| node.get_ref().as_table());
        table.map(|table| table.values().map(Spanned::span).collect()).unwrap_or_default()
    };
    let each = |table: &str, key: &str| -> Vec<Span> {
        let all = root.get_ref().as_table().and_then(|root| root.get(table)).and_then(|node| node.get_ref().as_table());
        all.map(|all| all.values().flat_map(|node| entries(node, key)).collect()).unwrap_or_default()
    };
    let database = root.get_ref().as_table().and_then(|root| root.get("database"));
    let url = database.and_then(|node| node.get_ref().as_table()).and_then(|table| table.get("url"));
    each("target", "env").into_iter().chain(each("request", "headers")).chain(url.map(Spanned::span)).collect()
}
