//! `pianoprof.toml`, or one or two argvs, in; a [`Plan`] out.
//!
//! Two forms: *written* is what the file says, each value with its place; *resolved* is the plan, with every default
//! filled in, every name checked and every path absolute. Nothing below this module has heard of TOML. It reads the
//! config and looks whether the files that it names can be read; it starts nothing and knows no flag.

mod argv;
mod defaults;
mod diagnostic;
mod duration;
pub mod init;
mod problem;
mod quick;
mod resolve;
mod schema;
mod suggest;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod tests;
mod written;

use std::path::{Path, PathBuf};

pub use argv::from_argv;
pub use defaults::request_name;
pub use diagnostic::{Diagnostic, Error};
pub use duration::duration;
pub use quick::quicken;
pub use resolve::{Metric, metric_patterns, metrics};
pub use schema::schema;

use crate::model::plan::Plan;
use problem::Problems;
use resolve::Place;

/// The name of the config file.
pub const FILE_NAME: &str = "pianoprof.toml";

/// The nearest `pianoprof.toml` in `from` or a folder above it.
#[must_use]
pub fn find(from: &Path) -> Option<PathBuf> {
    let from = std::path::absolute(from).ok()?;
    from.ancestors().map(|folder| folder.join(FILE_NAME)).find(|file| file.is_file())
}

/// The full plan of the file: all of its targets, requests and claims, and the loads of its phases.
///
/// # Errors
/// When the file cannot be read, or with everything that is wrong in it.
pub fn load(path: &Path) -> Result<Plan, Error> {
    let unreadable = |source| Error::Read { path: path.to_owned(), source };
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let absolute = std::path::absolute(path).map_err(unreadable)?;
    let folder = absolute.parent().unwrap_or(Path::new("/"));
    parse(&text, path, folder, &|name| std::env::var(name).ok())
}

/// The plan that `text` describes. `file` is its name in messages, relative paths start at `folder`, and `variable`
/// looks up a variable of the environment (for `[database] url_env`).
///
/// # Errors
/// With everything that is wrong in the text.
pub fn parse(text: &str, file: &Path, folder: &Path, variable: &dyn Fn(&str) -> Option<String>) -> Result<Plan, Error> {
    let mut problems = Problems::default();
    let (config, secrets) = written::read(text, &mut problems);
    let plan = config.and_then(|config| resolve::resolve(&config, &Place { folder, variable }, &mut problems));
    match plan {
        Some(plan) if problems.is_empty() => Ok(plan),
        _ => Err(Error::Invalid(problems.into_diagnostics(text, file, &secrets))),
    }
}
