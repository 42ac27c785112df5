//! Placeholders in a target's argv and environment.

use std::path::Path;

use super::error::Error;

/// What the placeholders stand for.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// `{host}`
    pub host: &'a str,
    /// `{port}`
    pub port: u16,
    /// `{database_url}`
    pub database_url: Option<&'a str>,
    /// `{dir}`
    pub dir: &'a Path,
}

/// Replaces the placeholders in one word, from left to right; what a placeholder becomes is not looked at again, and
/// other braces stay as they are.
///
/// # Errors
/// [`Error::NoDatabase`] when `{database_url}` is used without a database.
pub fn substitute(word: &str, values: &Values<'_>) -> Result<String, Error> {
    let mut done = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(at) = rest.find('{') {
        done.push_str(&rest[..at]);
        rest = &rest[at..];
        let (name, value) = if rest.starts_with("{host}") {
            ("{host}", values.host.to_owned())
        } else if rest.starts_with("{port}") {
            ("{port}", values.port.to_string())
        } else if rest.starts_with("{dir}") {
            ("{dir}", values.dir.display().to_string())
        } else if rest.starts_with("{database_url}") {
            let url = values.database_url.ok_or_else(|| Error::NoDatabase("{database_url}".to_owned()))?;
            ("{database_url}", url.to_owned())
        } else {
            ("{", "{".to_owned())
        };
        done.push_str(&value);
        rest = &rest[name.len()..];
    }
    done.push_str(rest);
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_become_values_once() {
        let mut values = Values { host: "::1", port: 8000, database_url: Some("pg://{port}"), dir: Path::new("/srv") };
        for (word, done) in [
            ("{host}:{port}", "::1:8000"),
            ("--db={database_url}", "--db=pg://{port}"),
            ("{dir}/run", "/srv/run"),
            ("{{port}} {other} {", "{8000} {other} {"),
            ("plain", "plain"),
        ] {
            assert_eq!(substitute(word, &values).expect("all values are there"), done);
        }
        values.database_url = None;
        assert!(matches!(substitute("{database_url}", &values), Err(Error::NoDatabase(_))));
    }
}
