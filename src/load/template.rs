//! Texts with drawn values: `{int:LOW..HIGH}` and `{pick:A|B|C}`. Any other brace is itself, so that JSON needs no escape.

use rand::{Rng, RngExt};

/// A text with places for drawn values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    /// Both ends included.
    Integer(i64, i64),
    Pick(Vec<String>),
}

const INTEGER: &str = "{int:";
const PICK: &str = "{pick:";

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// A sentence that says which place is wrong and why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(start) = [INTEGER, PICK].iter().filter_map(|opening| rest.find(opening)).min() {
            let (literal, place) = rest.split_at(start);
            if !literal.is_empty() {
                pieces.push(Piece::Literal(literal.to_owned()));
            }
            let end = place.find('}').ok_or_else(|| format!("`{place}` has no closing brace"))?;
            let (place, after) = place.split_at(end + 1);
            pieces.push(Piece::parse(place)?);
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Ok(Self { pieces })
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

impl Piece {
    /// `place` starts with one of the two openings and ends with a brace.
    fn parse(place: &str) -> Result<Self, String> {
        let inside = &place[..place.len() - 1];
        if let Some(words) = inside.strip_prefix(PICK) {
            if words.is_empty() {
                return Err(format!("`{place}` has nothing to pick from"));
            }
            return Ok(Self::Pick(words.split('|').map(str::to_owned).collect()));
        }
        let range = inside.strip_prefix(INTEGER).unwrap_or_default();
        let bounds = range
            .split_once("..")
            .and_then(|(low, high)| Some((low.trim().parse::<i64>().ok()?, high.trim().parse::<i64>().ok()?)));
        match bounds {
            Some((low, high)) if low <= high => Ok(Self::Integer(low, high)),
            Some((low, high)) => Err(format!("`{place}` is empty: {low} is above {high}")),
            None => Err(format!("`{place}` needs two whole numbers, as in `{{int:1..500}}`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

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
        for text in ["", "{}", "{{", "{ints:1..2}", r#"{"a":{"b":1}}"#, "é{"] {
            let template = Template::parse(text).expect("valid");
            assert!(template.is_fixed());
            assert_eq!(template.render(&mut ChaCha8Rng::seed_from_u64(1)), text);
        }
    }

    #[test]
    fn a_wrong_place_is_named() {
        for (text, reason) in [
            ("/x/{int:1..}", "`{int:1..}` needs two whole numbers"),
            ("/x/{int:9..1}", "9 is above 1"),
            ("{int:1-2}", "needs two"),
            ("{pick:}", "nothing to pick from"),
            ("a{int:1..2", "no closing brace"),
        ] {
            let message = Template::parse(text).expect_err(text);
            assert!(message.contains(reason), "{message}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\{int:|\\{pick:|\\}|\\.\\.|[0-9|é{-])*") {
            if let Ok(template) = Template::parse(&text) {
                template.render(&mut ChaCha8Rng::seed_from_u64(1));
            }
        }
    }
}
