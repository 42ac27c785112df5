//! Numbers, each with the range that makes sense for it.

use toml::de::DeValue;

use super::scalar::whole;
use super::{Node, Read, mistyped, plain_schema};
use crate::config::problem::Problems;

/// An integer of 1 or more, at most a thousand million.
#[derive(Clone, Copy, Debug)]
pub struct Count(pub u32);

/// An integer of 0 or more.
#[derive(Clone, Copy, Debug)]
pub struct Whole(pub u64);

/// A finite number above 0.
#[derive(Clone, Copy, Debug)]
pub struct Positive(pub f64);

/// A number above 0, at most 1.
#[derive(Clone, Copy, Debug)]
pub struct Share(pub f64);

const MOST: u32 = 1_000_000_000;

plain_schema!(Count, "Count", { "type": "integer", "minimum": 1, "maximum": MOST });
plain_schema!(Whole, "Whole", { "type": "integer", "minimum": 0 });
plain_schema!(Positive, "Positive", { "type": "number", "exclusiveMinimum": 0 });
plain_schema!(Share, "Share", { "type": "number", "exclusiveMinimum": 0, "maximum": 1 });

impl Read for Whole {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let DeValue::Integer(integer) = node.get_ref() else {
            mistyped(node, "an integer", problems);
            return None;
        };
        let number = whole(integer).and_then(|number| u64::try_from(number).ok());
        if number.is_none() {
            problems.add(&node.span(), "must be an integer from 0 to 9223372036854775807");
        }
        number.map(Self)
    }
}

impl Read for Count {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let DeValue::Integer(integer) = node.get_ref() else {
            mistyped(node, "an integer", problems);
            return None;
        };
        let number = whole(integer).and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (1..=MOST).contains(number));
        if number.is_none() {
            problems.add(&node.span(), format!("must be an integer from 1 to {MOST}"));
        }
        number.map(Self)
    }
}

impl Read for Positive {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let text = match node.get_ref() {
            DeValue::Integer(integer) => whole(integer).map(|number| number.to_string()),
            DeValue::Float(float) => Some(float.as_str().to_owned()),
            _ => {
                mistyped(node, "a number", problems);
                return None;
            }
        };
        let number =
            text.and_then(|text| text.parse::<f64>().ok()).filter(|number| number.is_finite() && *number > 0.0);
        if number.is_none() {
            problems.add(&node.span(), "must be a finite number above 0");
        }
        number.map(Self)
    }
}

impl Read for Share {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let Positive(number) = Positive::read(node, problems)?;
        if number > 1.0 {
            problems.advise(&node.span(), "a share is at most 1", "write 0.7 for 70 %");
            return None;
        }
        Some(Self(number))
    }
}
