//! Times in answers: RFC 3339 in UTC with microseconds, and which of them may differ between two sides.

use jiff::Timestamp;

/// From the first request of a side's play to its last answer.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The first request.
    pub from: Timestamp,
    /// The last answer.
    pub to: Timestamp,
}

impl Span {
    /// Whether that moment lies in the play. Clocks of two machines are let differ by a second.
    fn holds(self, moment: Timestamp) -> bool {
        let slack = jiff::SignedDuration::from_secs(1);
        moment >= self.from.saturating_sub(slack).unwrap_or(self.from)
            && moment <= self.to.saturating_add(slack).unwrap_or(self.to)
    }
}

/// Two times are alike when both have the form and are either the same or each made during its own side's play.
pub fn alike(baseline: &str, candidate: &str, spans: [Span; 2]) -> bool {
    let (Some(one), Some(other)) = (moment(baseline), moment(candidate)) else { return false };
    one == other || (spans[0].holds(one) && spans[1].holds(other))
}

/// The moment of a text of the form `2024-06-01T00:00:00.000000Z`.
fn moment(text: &str) -> Option<Timestamp> {
    let form = b"0000-00-00T00:00:00.000000Z";
    let fits = text.len() == form.len()
        && text
            .bytes()
            .zip(form)
            .all(|(letter, form)| if *form == b'0' { letter.is_ascii_digit() } else { letter == *form });
    fits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, to: &str) -> Span {
        Span { from: from.parse().unwrap(), to: to.parse().unwrap() }
    }

    #[test]
    fn the_same_time_or_two_of_the_plays() {
        let spans = [
            span("2026-01-01T10:00:00Z", "2026-01-01T10:00:10Z"),
            span("2026-01-01T11:00:00Z", "2026-01-01T11:00:10Z"),
        ];
        let old = "2024-06-01T00:00:00.123456Z";
        assert!(alike(old, old, spans));
        assert!(!alike(old, "2024-06-01T00:00:00.123457Z", spans));
        assert!(alike("2026-01-01T10:00:03.000000Z", "2026-01-01T11:00:04.500000Z", spans));
        assert!(!alike("2026-01-01T10:00:03.000000Z", "2026-01-01T10:00:04.500000Z", spans), "the other side's play");
        for bad in [
            "2024-06-01T00:00:00Z",
            "2024-06-01T00:00:00.123456+00:00",
            "2024-06-01 00:00:00.123456Z",
            "2024-13-01T00:00:00.123456Z",
        ] {
            assert!(!alike(bad, bad, spans), "{bad}");
        }
    }
}
