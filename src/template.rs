//! Texts with drawn values: `{int:LOW..HIGH}`, both ends included, and `{pick:A|B|C}`. Any other brace is itself, so that
//! JSON needs no escape.

use rand::{Rng, RngExt};

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

/// A text with places for drawn values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

const INTEGER: &str = "{int:";
const PICK: &str = "{pick:";

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with the first place that is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut mistake = None;
        let pieces = split(text, |why| {
            mistake.get_or_insert(why);
        });
        mistake.map_or(Ok(Self { pieces }), Err)
    }

    /// The pieces in their order, neighbouring characters in one.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Whether every rendering is the same.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.pieces.iter().all(|piece| matches!(piece, Piece::Literal(_)))
    }

    /// The text with values drawn from `random`.
    pub fn render(&self, random: &mut impl Rng) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Integer(low, high) => text.push_str(&random.random_range(*low..=*high).to_string()),
                Piece::Pick(words) => text.push_str(&words[random.random_range(0..words.len())]),
            }
        }
        text
    }
}

/// The pieces of a text that the configuration has checked; a place that is wrong stays a text.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece> {
    split(text, |_| {})
}

/// Whether the text draws anything.
#[must_use]
pub fn draws(text: &str) -> bool {
    pieces(text).iter().any(|piece| !matches!(piece, Piece::Literal(_)))
}

/// The text with the first value of each place, for whoever always sends the same.
#[must_use]
pub fn fixed(text: &str) -> String {
    pieces(text).iter().fold(String::new(), |text, piece| match piece {
        Piece::Literal(literal) => text + literal,
        Piece::Integer(low, _) => text + &low.to_string(),
        Piece::Pick(words) => text + words.first().map_or("", String::as_str),
    })
}

/// The pieces of a text; places that are wrong are told to `wrong` and stay text.
fn split(text: &str, mut wrong: impl FnMut(String)) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(start) = [INTEGER, PICK].iter().filter_map(|opening| rest.find(opening)).min() {
        literal.push_str(&rest[..start]);
        rest = &rest[start..];
        match read_place(rest) {
            Ok((piece, after)) => {
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                pieces.push(piece);
                rest = after;
            }
            Err(why) => {
                wrong(why);
                literal.push('{');
                rest = &rest[1..];
            }
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    pieces
}

/// The place that `text` begins with, and what follows it. `text` starts with one of the two openings.
fn read_place(text: &str) -> Result<(Piece, &str), String> {
    let Some((place, after)) = text.split_once('}') else {
        return Err("a template without its closing brace".to_owned());
    };
    if let Some(words) = place.strip_prefix(PICK) {
        if words.split('|').any(str::is_empty) {
            return Err(format!("`{place}}}` has an empty word"));
        }
        return Ok((Piece::Pick(words.split('|').map(str::to_owned).collect()), after));
    }
    let range = place.strip_prefix(INTEGER).unwrap_or_default();
    let bounds = range.split_once("..").and_then(|(low, high)| low.parse::<i64>().ok().zip(high.parse::<i64>().ok()));
    match bounds {
        Some((low, high)) if low <= high => Ok((Piece::Integer(low, high), after)),
        Some((low, high)) => Err(format!("{low} is more than {high}: there is nothing to draw")),
        None => Err(format!("`{place}}}` is no range of integers")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn literal(text: &str) -> Piece {
        Piece::Literal(text.to_owned())
    }

    #[test]
    fn values_are_drawn_from_both_ends_and_every_word() {
        let template = Template::parse(r#"{"id": {int:-1..1}, "kind": "{pick:a|b}", "x": {}}"#).expect("valid");
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let seen: std::collections::BTreeSet<String> = (0..200).map(|_| template.render(&mut random)).collect();
        assert_eq!(seen.len(), 6, "{seen:?}");
        assert!(seen.contains(r#"{"id": -1, "kind": "b", "x": {}}"#));
        assert!(!template.is_fixed());
    }

    #[test]
    fn plain_braces_are_themselves() {
        for text in ["", "{}", "{", "}", "{{", "{{x}}", "{in", "{ints:1..2}", r#"{"a":{"b":1}}"#, "é{"] {
            let template = Template::parse(text).expect("valid");
            assert!(template.is_fixed() && !draws(text));
            assert_eq!(template.render(&mut ChaCha8Rng::seed_from_u64(1)), text);
        }
        assert_eq!(pieces(""), []);
    }

    #[test]
    fn places_are_found_between_plain_braces() {
        assert_eq!(
            pieces(r#"{"a":{"id":{int:-1..5}},"n":"{pick:x|y z}"}"#),
            [
                literal(r#"{"a":{"id":"#),
                Piece::Integer(-1, 5),
                literal(r#"},"n":""#),
                Piece::Pick(vec!["x".to_owned(), "y z".to_owned()]),
                literal(r#""}"#),
            ]
        );
        assert_eq!(pieces("{int:-3..-3}{pick:a}"), [Piece::Integer(-3, -3), Piece::Pick(vec!["a".to_owned()])]);
    }

    #[test]
    fn a_wrong_place_is_named_or_left_as_it_is() {
        for (text, reason) in [
            ("/x/{int:1..}", "`{int:1..}` is no range of integers"),
            ("/x/{int:9..1}", "9 is more than 1"),
            ("{int:1-2}", "no range"),
            ("{int:a..b}", "no range"),
            ("{{int:}}", "no range"),
            ("{pick:}", "`{pick:}` has an empty word"),
            ("{pick:a||b}", "an empty word"),
            ("a{int:1..2", "without its closing brace"),
            ("x{pick:a", "without its closing brace"),
        ] {
            let message = Template::parse(text).expect_err(text);
            assert!(message.contains(reason), "{message}");
            assert_eq!(pieces(text), [literal(text)], "{text}");
        }
    }

    #[test]
    fn the_first_value_stands_for_all() {
        assert_eq!(fixed("/x/{int:3..9}?k={pick:b|c}{}"), "/x/3?k=b{}");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\{int:|\\{pick:|\\}|\\.\\.|[0-9|é{-])*") {
            if let Ok(template) = Template::parse(&text) {
                template.render(&mut ChaCha8Rng::seed_from_u64(1));
                prop_assert_eq!(template.pieces(), pieces(&text));
            }
        }
    }
}
