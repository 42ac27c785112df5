//! Durations as people write them: `30s`, `500ms`, `1m30s`.

use std::time::Duration;

use jiff::fmt::friendly::SpanParser;

use super::problem::shown;

/// Longer than any sane run; keeps sums of durations far from overflow.
const LONGEST: Duration = Duration::from_hours(7 * 24);

/// Reads numbers with units, added up: `1m30s` is 90 seconds. Units: `h`, `m` or `min`, `s`, `ms`, `us`.
///
/// # Errors
/// With a sentence that says what is wrong with the text.
pub fn duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    if text.ends_with(|last: char| last.is_ascii_digit()) {
        return Err("the unit is missing: write for instance `30s` or `500ms`".to_owned());
    }
    match SpanParser::new().parse_unsigned_duration(text) {
        Ok(duration) if duration <= LONGEST => Ok(duration),
        Ok(_) => Err("longer than a week".to_owned()),
        Err(_) => Err(format!(
            "`{}` is no duration: write numbers with the units h, m, s, ms or us, for instance `1m30s`",
            shown(text)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, millis) in
            [("30s", 30_000), ("500ms", 500), ("1m30s", 90_000), ("1h", 3_600_000), ("1.5s", 1_500), ("2 min", 120_000)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        for text in ["", "30", "s", "-1s", "1.2.3s", "1d", "nan", "1e9s", "999999999999h", "30s!"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
