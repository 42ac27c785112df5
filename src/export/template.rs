//! Reading `{int:LOW..HIGH}` and `{pick:A|B|C}`, for tools that draw values in words of their own.
//!
//! The config has checked them already; a text that only looks like one stays a text.

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Characters that stand for themselves.
    Literal(String),
    /// An integer, both ends included.
    Integer(i64, i64),
    /// One of these words.
    Pick(Vec<String>),
}

/// The pieces of a text, neighbouring characters in one.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        literal.push_str(&rest[..open]);
        rest = &rest[open..];
        if let Some((piece, after)) = placeholder(rest) {
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(piece);
            rest = after;
        } else {
            literal.push('{');
            rest = &rest[1..];
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    pieces
}

/// Whether the text draws anything.
#[must_use]
pub fn draws(text: &str) -> bool {
    pieces(text).iter().any(|piece| !matches!(piece, Piece::Literal(_)))
}

/// The text with the first value of each place, for a tool that always sends the same.
#[must_use]
pub fn fixed(text: &str) -> String {
    pieces(text).iter().fold(String::new(), |text, piece| match piece {
        Piece::Literal(literal) => text + literal,
        Piece::Integer(low, _) => text + &low.to_string(),
        Piece::Pick(words) => text + words.first().map_or("", String::as_str),
    })
}

/// The placeholder that `text` begins with, and what follows it.
fn placeholder(text: &str) -> Option<(Piece, &str)> {
    let (inner, after) = text.strip_prefix('{')?.split_once('}')?;
    if let Some(words) = inner.strip_prefix("pick:") {
        return Some((Piece::Pick(words.split('|').map(str::to_owned).collect()), after));
    }
    let (low, high) = inner.strip_prefix("int:")?.split_once("..")?;
    let (low, high) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
    (low <= high).then_some((Piece::Integer(low, high), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Piece {
        Piece::Literal(text.to_owned())
    }

    #[test]
    fn places_are_found_between_plain_braces() {
        assert_eq!(
            pieces(r#"{"a":{"id":{int:-1..5}},"n":"{pick:x|y}"}"#),
            [
                literal(r#"{"a":{"id":"#),
                Piece::Integer(-1, 5),
                literal(r#"},"n":""#),
                Piece::Pick(vec!["x".to_owned(), "y".to_owned()]),
                literal(r#""}"#),
            ]
        );
        for text in ["plain", "{", "{}", "{int:5..1}", "{int:a..b}", "{int:1..2", "{{x}}", "é{"] {
            assert_eq!(pieces(text), [literal(text)], "{text}");
            assert!(!draws(text));
        }
        assert_eq!(pieces(""), []);
    }

    #[test]
    fn the_first_value_stands_for_all() {
        assert_eq!(fixed("/x/{int:3..9}?k={pick:b|c}{}"), "/x/3?k=b{}");
    }
}
