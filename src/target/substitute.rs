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
    /// `{cpus}`: how many CPUs the target may use
    pub cpus: usize,
}

/// How many CPUs this process may use, by its affinity and its control group: what a target has that is not confined.
#[must_use]
pub fn own_cpus() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
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
        } else if let Some((name, count)) = count(rest, values.cpus) {
            (name, count.to_string())
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

/// `{cpus}`, `{cpus*FACTOR}`, `{cpus+MORE}` or `{cpus*FACTOR+MORE}` at the beginning of the text, and its value.
fn count(text: &str, cpus: usize) -> Option<(&str, usize)> {
    let inner = text.strip_prefix("{cpus")?.split_once('}')?.0;
    let (product, more) = inner.split_once('+').map_or((inner, Some(0)), |(product, more)| (product, number(more)));
    let factor = if product.is_empty() { Some(1) } else { product.strip_prefix('*').and_then(number) };
    let value = cpus.checked_mul(factor?)?.checked_add(more?)?;
    Some((&text[.."{cpus}".len() + inner.len()], value))
}

fn number(text: &str) -> Option<usize> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_become_values_once() {
        let mut values =
            Values { host: "::1", port: 8000, database_url: Some("pg://{port}"), dir: Path::new("/srv"), cpus: 4 };
        for (word, done) in [
            ("{host}:{port}", "::1:8000"),
            ("--db={database_url}", "--db=pg://{port}"),
            ("{dir}/run", "/srv/run"),
            ("--workers={cpus} {cpus*2} {cpus+1} {cpus*2+1}", "--workers=4 8 5 9"),
            ("{cpus*} {cpus+} {cpus-1} {cpusx} {cpus*+2} {cpus", "{cpus*} {cpus+} {cpus-1} {cpusx} {cpus*+2} {cpus"),
            ("{{port}} {other} {", "{8000} {other} {"),
            ("plain", "plain"),
        ] {
            assert_eq!(substitute(word, &values).expect("all values are there"), done);
        }
        values.database_url = None;
        assert!(matches!(substitute("{database_url}", &values), Err(Error::NoDatabase(_))));
    }
}
