//! Units and how they are written: a number keeps its unit until this file prints it.
//!
//! Decides digits and suffixes for the whole program. It does not decide where a figure is shown.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Bytes in a binary megabyte (MiB), the unit of every memory metric.
pub const MIB: f64 = 1024.0 * 1024.0;

/// A number of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Bytes(pub u64);

impl Bytes {
    /// The size in MiB.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "sizes stay far below 2^53")]
    pub fn mib(self) -> f64 {
        self.0 as f64 / MIB
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MiB", digits(self.mib()))
    }
}

/// Nanoseconds as milliseconds, the unit of every latency metric.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "2^53 ns is 104 days")]
pub fn nanos_to_millis(nanos: u64) -> f64 {
    nanos as f64 / 1e6
}

/// Three significant digits without an exponent (two below a hundredth): `0.0012`, `0.123`, `1.23`, `12.3`, `12,345`.
#[must_use]
pub fn digits(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let size = value.abs();
    if size < 5e-6 {
        // Below what any clock or counter here can tell, in every unit that is printed.
        "0".to_owned()
    } else if size < 0.00995 {
        // Two digits after the leading zeros, so that a small cost is not shown as none.
        let decimals = (1..8).find(|decimals| size * 10_f64.powi(*decimals) >= 9.95).unwrap_or(7);
        format!("{value:.*}", usize::try_from(decimals).expect("the decimals are 1 to 8"))
    } else if size < 0.995 {
        format!("{value:.3}")
    } else if size < 9.995 {
        format!("{value:.2}")
    } else if size < 99.95 {
        format!("{value:.1}")
    } else {
        thousands(value)
    }
}

/// A whole number with a comma between thousands.
#[must_use]
pub fn thousands(value: f64) -> String {
    let plain = format!("{:.0}", value.abs());
    let mut grouped = String::with_capacity(plain.len() + plain.len() / 3 + 1);
    if value < 0.0 && plain != "0" {
        grouped.push('-');
    }
    for (index, digit) in plain.chars().enumerate() {
        if index > 0 && (plain.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count with its noun: `1 block`, `3 blocks`.
#[must_use]
pub fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A ratio as people say it: `6.2x`.
#[must_use]
pub fn times(ratio: f64) -> String {
    if ratio.is_finite() { format!("{}x", digits(ratio)) } else { digits(ratio) }
}

/// A duration for people: `850 ms`, `3.2 s`, `4 min 05 s`.
#[must_use]
pub fn span(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1.0 {
        format!("{:.0} ms", seconds * 1e3)
    } else if seconds < 59.95 {
        format!("{seconds:.1} s")
    } else {
        let whole = duration.as_secs() + u64::from(duration.subsec_millis() >= 500);
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

/// Serde form of a [`Duration`]: seconds as a number.
pub mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes seconds.
    ///
    /// # Errors
    /// Whatever the serializer reports.
    pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_secs_f64())
    }

    /// Reads seconds.
    ///
    /// # Errors
    /// When the number is negative, not finite or too large for a duration.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_at_every_size() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (-1e-9, "0"),
            (1e-6, "0"),
            (0.000_123_4, "0.00012"),
            (0.004_8, "0.0048"),
            (0.009_96, "0.010"),
            (0.1234, "0.123"),
            (0.9951, "1.00"),
            (1.2345, "1.23"),
            (9.996, "10.0"),
            (12.345, "12.3"),
            (99.96, "100"),
            (1234.5, "1,234"),
            (1_234_567.0, "1,234,567"),
            (-1500.0, "-1,500"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(digits(value), text, "{value}");
        }
    }

    #[test]
    fn spans_read_well() {
        for (millis, text) in [(850, "850 ms"), (3_200, "3.2 s"), (59_960, "1 min 00 s"), (245_000, "4 min 05 s")] {
            assert_eq!(span(Duration::from_millis(millis)), text);
        }
    }
}
