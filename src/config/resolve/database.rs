//! The database.

use super::{Place, file};
use crate::config::problem::{Problems, Span, shown};
use crate::config::written::{At, Database, Files};
use crate::model::plan::DatabasePlan;
use crate::model::secret::Secret;

/// The database of the file.
pub fn database(written: &At<Database>, place: &Place<'_>, problems: &mut Problems) -> DatabasePlan {
    let database = &written.value;
    let mut files = |files: Option<&Files>| {
        let files = files.map_or(&[][..], |files| &files.0);
        files.iter().map(|path| file::readable(path, place, problems)).collect()
    };
    let (schema, seed) = (files(database.schema.value()), files(database.seed.value()));
    DatabasePlan {
        url: url(database, place, problems),
        schema,
        seed,
        scale: database.scale.value().map_or(1.0, |scale| scale.0),
        seed_number: database.seed_number.value().map_or(1, |seed| seed.0),
        statements: database.statements.value().copied().unwrap_or(true),
    }
}

fn url(database: &Database, place: &Place<'_>, problems: &mut Problems) -> Option<Secret> {
    match (database.url.given(), database.url_env.given()) {
        (Some(_), Some(name)) => {
            problems.add(&name.span, "`url` and `url_env` exclude each other");
            None
        }
        (Some(url), None) => match url.value.strip_prefix('$') {
            Some(name) => from_environment(name, &url.span, place, problems),
            None => checked(url.value.clone(), &url.span, problems),
        },
        (None, Some(name)) => from_environment(&name.value, &name.span, place, problems),
        (None, None) => None,
    }
}

fn from_environment(name: &str, span: &Span, place: &Place<'_>, problems: &mut Problems) -> Option<Secret> {
    let url = (place.variable)(name);
    if url.is_none() {
        problems.advise(
            span,
            format!("the environment has no variable `{}`", shown(name)),
            "set it to a postgresql:// URL, or leave the key out: a private PostgreSQL is started then",
        );
    }
    checked(url?, span, problems)
}

/// The URL, never quoted in a message.
fn checked(url: String, span: &Span, problems: &mut Problems) -> Option<Secret> {
    let scheme = url.starts_with("postgresql://") || url.starts_with("postgres://");
    if scheme && url.parse::<postgres::Config>().is_ok() {
        return Some(Secret::new(url));
    }
    problems.advise(
        span,
        "no URL of a PostgreSQL server",
        "write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, better in a variable that `url_env` names",
    );
    None
}
