//! Header values, which may be secrets.

use crate::model::secret::Secret;
use crate::template::draws;

/// Headers that describe the exchange and identify nobody (RFC 9110): their values are written as they are.
const PLAIN: [&str; 9] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-type",
    "user-agent",
    "x-requested-with",
];

/// What of a header's value may stand in a text that people pass on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderValue<'a> {
    /// It identifies nobody.
    Plain(&'a str),
    /// It draws seeded data, which is no secret; whoever runs the text may give another one.
    Drawn(&'a str),
    /// A secret: whoever runs the text must give it.
    Withheld,
}

impl<'a> HeaderValue<'a> {
    /// Decides by name and value.
    #[must_use]
    pub fn of(name: &str, value: &'a Secret) -> Self {
        let text = value.reveal();
        if PLAIN.iter().any(|plain| name.eq_ignore_ascii_case(plain)) {
            Self::Plain(text)
        } else if draws(text) {
            Self::Drawn(text)
        } else {
            Self::Withheld
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_identifies_nobody_or_is_drawn_may_be_written() {
        let secret = Secret::new("Bearer sesame");
        assert_eq!(HeaderValue::of("Authorization", &secret), HeaderValue::Withheld);
        assert_eq!(HeaderValue::of("X-Api-Key", &secret), HeaderValue::Withheld);
        assert_eq!(HeaderValue::of("Content-TYPE", &secret), HeaderValue::Plain("Bearer sesame"));
        let drawn = Secret::new("Bearer token-{int:1..9}");
        assert_eq!(HeaderValue::of("Authorization", &drawn), HeaderValue::Drawn("Bearer token-{int:1..9}"));
    }
}
