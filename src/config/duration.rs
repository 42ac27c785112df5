//! Durations as people write them: `30s`, `500ms`, `1m30s`.

use std::time::Duration;

/// Longer than any sane run; keeps sums of durations far from overflow.
const LONGEST: Duration = Duration::from_hours(7 * 24);

const UNITS: [(&str, f64); 6] = [("h", 3600.0), ("min", 60.0), ("m", 60.0), ("s", 1.0), ("ms", 1e-3), ("us", 1e-6)];

/// Reads numbers with units, added up: `1m30s` is 90 seconds. Units: `h`, `m` or `min`, `s`, `ms`, `us`.
///
/// # Errors
/// With a sentence that says what is wrong with the text.
pub fn duration(text: &str) -> Result<Duration, String> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return Err("a duration is a number with a unit, for instance `30s`".to_owned());
    }
    while !rest.is_empty() {
        let number_ends = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(number_ends);
        let tail = tail.trim_start();
        let unit_ends = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_ends);
        let number: f64 =
            number.parse().map_err(|_| "a duration is a number with a unit, for instance `30s`".to_owned())?;
        let Some((_, factor)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(if unit.is_empty() {
                "the unit is missing: write for instance `30s` or `500ms`".to_owned()
            } else {
                format!("unknown unit `{unit}`: known are h, m, s, ms and us")
            });
        };
        seconds += number * factor;
        rest = tail.trim_start();
    }
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if duration <= LONGEST => Ok(duration),
        _ => Err("longer than a week".to_owned()),
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
