//! Differences as a text that people can read: by request, one place per line, both sides beside each other.

use std::fmt::Write as _;

use crate::model::record::ParityDifference;

/// That many places of one request are shown; more of them are counted.
const SHOWN: usize = 10;

/// Longer values are cut in the middle of nowhere, with a mark.
const LONGEST: usize = 60;

/// The differences by request; empty without any.
#[must_use]
pub fn readable(differences: &[ParityDifference]) -> String {
    let mut text = String::new();
    for of_one in differences.chunk_by(|one, other| one.request == other.request) {
        let allowed = if of_one[0].allowed { " (allowed)" } else { "" };
        let _ = writeln!(text, "{}{allowed}", of_one[0].request);
        let shown = &of_one[..of_one.len().min(SHOWN)];
        let width = |side: fn(&ParityDifference) -> &str| {
            shown.iter().map(|difference| cut(side(difference)).chars().count()).max().unwrap_or(0)
        };
        let (place, baseline) = (width(|difference| &difference.at), width(|difference| &difference.baseline));
        for difference in shown {
            let _ = writeln!(
                text,
                "  {:place$}  baseline {:baseline$}  candidate {}",
                cut(&difference.at),
                cut(&difference.baseline),
                cut(&difference.candidate)
            );
        }
        if of_one.len() > SHOWN {
            let _ = writeln!(text, "  and {} more", of_one.len() - SHOWN);
        }
        if let Some(hint) = hint(of_one) {
            let _ = writeln!(text, "  hint: {hint}");
        }
    }
    text
}

/// What is the usual cause of a status that is not right, where the request itself may be at fault.
fn hint(of_one: &[ParityDifference]) -> Option<&'static str> {
    let status = of_one.iter().find(|difference| difference.at.ends_with("status"))?;
    let wrong =
        |code| [&status.baseline, &status.candidate].iter().any(|side| side.starts_with(code) && side.len() > 3);
    if wrong("415") {
        Some(
            "415 refuses the body's type: `json` is sent as application/json, `body` with the Content-Type in `headers`",
        )
    } else if wrong("422") {
        Some("422 refuses the body: a field is missing or wrong, or JSON was written as `body` and not as `json`")
    } else {
        None
    }
}

/// One line, not too long, without anything that a terminal would obey.
fn cut(value: &str) -> String {
    let clean = |letter: char| if letter.is_control() { ' ' } else { letter };
    if value.chars().count() <= LONGEST {
        value.chars().map(clean).collect()
    } else {
        value.chars().take(LONGEST - 1).map(clean).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(request: &str, at: &str, baseline: &str, candidate: &str) -> ParityDifference {
        let [request, at, baseline, candidate] = [request, at, baseline, candidate].map(str::to_owned);
        ParityDifference { allowed: request == "known", request, at, baseline, candidate }
    }

    #[test]
    fn sides_stand_in_columns() {
        let differences = [
            difference("list", "status", "200", "500 (200 is right)"),
            difference("list", "/data/0/id", "1", "2\u{1b}[31m"),
            difference("known", "/x", &"y".repeat(80), "z"),
        ];
        let long = "y".repeat(59);
        assert_eq!(
            readable(&differences),
            format!(
                "list\n  status      baseline 200  candidate 500 (200 is right)\n  /data/0/id  baseline 1    candidate 2 [31m\n\
                 known (allowed)\n  /x  baseline {long}…  candidate z\n"
            )
        );
        assert_eq!(readable(&[]), "");
    }

    #[test]
    fn refused_bodies_have_a_hint_and_right_refusals_none() {
        for (status, words) in [("415", "415 refuses the body's type"), ("422", "422 refuses the body:")] {
            let wrong = difference("make", "expected status", &format!("{status} (201 is right)"), "201");
            assert!(readable(&[wrong]).contains(words));
            let right = difference("make", "status", status, "500 (422 is right)");
            assert!(!readable(&[right]).contains("hint"));
        }
    }

    #[test]
    fn many_places_are_counted() {
        let many: Vec<_> = (0..15).map(|index| difference("list", &format!("/{index}"), "1", "2")).collect();
        let text = readable(&many);
        assert_eq!(text.lines().count(), 12);
        assert!(text.ends_with("  and 5 more\n"));
    }
}
