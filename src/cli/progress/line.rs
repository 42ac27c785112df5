//! The live line as text, from figures and the width of the terminal: what is going on to the left, which the terminal may
//! cut, and to the right what is never cut. It knows neither clock nor terminal.

use std::time::Duration;

use crate::session::Figures;
use crate::unit::{Bytes, digits, thousands};

/// Columns kept for the spinner and the beginning of the step's name.
const STEP: usize = 30;

/// What stands to the right: rate, recent p99, memory, errors, the time left of the step and of the session. Where the
/// terminal is too narrow for all of it, the step's own time goes first, then memory, then p99.
pub(super) fn right(figures: &Figures, step: Duration, session: Option<Duration>, columns: usize) -> String {
    let rate = (figures.per_second > 0.0).then(|| format!("{} req/s", thousands(figures.per_second)));
    let p99 = figures.p99_ms.map(|p99| format!("p99 {} ms", digits(p99)));
    let rss = figures.rss.map(|rss| format!("RSS {}", Bytes(rss)));
    let errors = (figures.errors > 0).then(|| format!("{} errors", figures.errors));
    let step = Some(step).filter(|left| left.as_secs() > 0).map(whole);
    // A plan that took longer than expected says nothing of its end.
    let session = session.filter(|left| left.as_secs() > 0).map(|left| format!("{} left", whole(left)));
    let room = columns.saturating_sub(STEP);
    let choices: [&[&Option<String>]; 4] = [
        &[&rate, &p99, &rss, &errors, &step, &session],
        &[&rate, &p99, &rss, &errors, &session],
        &[&rate, &p99, &errors, &session],
        &[&rate, &errors, &session],
    ];
    let written = choices.map(|parts| parts.iter().filter_map(|part| part.as_deref()).collect::<Vec<_>>().join("  "));
    let [_, _, _, least] = &written;
    written.iter().find(|text| text.chars().count() <= room).unwrap_or(least).clone()
}

/// A time left, in whole seconds, since tenths of an estimate only flicker: `9 s`, `12:34`.
fn whole(left: Duration) -> String {
    let seconds = left.as_secs();
    if seconds < 60 { format!("{seconds} s") } else { format!("{}:{:02}", seconds / 60, seconds % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIGURES: Figures = Figures { per_second: 3114.2, p99_ms: Some(40.12), rss: Some(47 << 20), errors: 0 };

    fn of(figures: &Figures, columns: usize) -> String {
        right(figures, Duration::from_millis(9900), Some(Duration::from_secs(754)), columns)
    }

    #[test]
    fn figures_and_the_time_left_stand_in_an_ordinary_terminal() {
        assert_eq!(of(&FIGURES, 120), "3,114 req/s  p99 40.1 ms  RSS 47.0 MiB  9 s  12:34 left");
        assert_eq!(of(&FIGURES, 80), "3,114 req/s  p99 40.1 ms  RSS 47.0 MiB  12:34 left");
    }

    #[test]
    fn a_narrow_terminal_keeps_rate_errors_and_the_end() {
        assert_eq!(of(&FIGURES, 70), "3,114 req/s  p99 40.1 ms  12:34 left");
        let failing = Figures { errors: 12, ..FIGURES };
        assert_eq!(of(&failing, 80), "3,114 req/s  p99 40.1 ms  12 errors  12:34 left");
        assert_eq!(of(&failing, 20), "3,114 req/s  12 errors  12:34 left");
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let idle = Figures { rss: Some(3 << 20), ..Figures::default() };
        assert_eq!(right(&idle, Duration::ZERO, None, 80), "RSS 3.00 MiB");
        assert_eq!(right(&Figures::default(), Duration::from_secs(59), Some(Duration::ZERO), 80), "59 s");
    }
}
