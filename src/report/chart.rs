//! Where things stand on an axis: positions in percent and the ticks beside them.
//!
//! The HTML form draws intervals, dots and bars as elements placed in percent, so that their text stays readable at every
//! width; this file decides the percent.

use crate::unit::digits;

/// An axis from `low` to `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    log: bool,
}

impl Scale {
    /// A logarithmic axis that holds all positive values with a margin; `None` without any.
    pub fn log(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (low, high) = extent(values.into_iter().filter(|value| *value > 0.0))?;
        Some(Self { low: low / 1.25, high: high * 1.25, log: true })
    }

    /// A linear axis from zero to the largest value with a margin; `None` without any value above zero.
    pub fn from_zero(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (_, high) = extent(values)?;
        (high > 0.0).then_some(Self { low: 0.0, high: high * 1.04, log: false })
    }

    /// Logarithmic when the values span more than a decade, else from zero.
    pub fn fitting(values: &[f64]) -> Option<Self> {
        match extent(values.iter().copied().filter(|value| *value > 0.0)) {
            Some((low, high)) if high / low > 10.0 => Self::log(values.iter().copied()),
            _ => Self::from_zero(values.iter().copied()),
        }
    }

    /// The place of a value in percent of the axis, from 0 to 100, to a hundredth.
    pub fn percent(&self, value: f64) -> f64 {
        let share = if self.log {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        if share.is_finite() { (share.clamp(0.0, 1.0) * 10_000.0).round() / 100.0 } else { 0.0 }
    }

    /// About five round values with their places.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        let values = if self.log { self.log_ticks() } else { self.linear_ticks() };
        values.into_iter().map(|value| (self.percent(value), short(value))).collect()
    }

    fn log_ticks(&self) -> Vec<f64> {
        let from = self.low.log10().floor();
        let decades = (self.high / self.low).log10();
        let steps: &[f64] = if decades > 3.0 {
            &[1.0]
        } else if decades > 1.3 {
            &[1.0, 3.0]
        } else {
            &[1.0, 2.0, 5.0]
        };
        let mut ticks = Vec::new();
        for exponent in 0..=12 {
            let decade = 10_f64.powf(from + f64::from(exponent));
            ticks.extend(
                steps.iter().map(|step| step * decade).filter(|value| *value >= self.low && *value <= self.high),
            );
        }
        ticks
    }

    fn linear_ticks(&self) -> Vec<f64> {
        let rough = (self.high - self.low) / 5.0;
        let decade = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|part| part * decade).find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        (0..=6).map(|number| self.low + f64::from(number) * step).filter(|value| *value <= self.high).collect()
    }
}

fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|value| value.is_finite()).fold(None, |seen: Option<(f64, f64)>, value| {
        Some(seen.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
    })
}

/// A tick's number without trailing zeros.
fn short(value: f64) -> String {
    let text = digits(value);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_places_are_even_in_ratio() {
        let scale = Scale::log([1.0, 100.0]).unwrap();
        assert!((scale.percent(10.0) - 50.0).abs() < 0.01);
        assert!(scale.percent(1e9) > 99.99);
        assert!(scale.percent(0.0) < 0.01);
        assert_eq!(scale.ticks().into_iter().map(|(_, text)| text).collect::<Vec<_>>(), ["1", "3", "10", "30", "100"]);
    }

    #[test]
    fn linear_axes_begin_at_zero() {
        let scale = Scale::fitting(&[40.0, 90.0]).unwrap();
        assert!(scale.percent(0.0) < 0.01);
        assert_eq!(scale.ticks().into_iter().map(|(_, text)| text).collect::<Vec<_>>(), ["0", "20", "40", "60", "80"]);
    }

    #[test]
    fn nothing_gives_no_axis() {
        assert_eq!(Scale::log([0.0, f64::NAN]), None);
        assert_eq!(Scale::fitting(&[]), None);
        assert_eq!(Scale::fitting(&[0.0]), None);
    }
}
