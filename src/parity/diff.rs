//! The structural difference of two JSON values: numbers by value, members in any order, items in theirs.

use serde_json::{Map, Number, Value};

use super::ids::Pairs;
use super::times::{self, Span};
use crate::model::plan::{ParityCompare, ParityRule};

/// What is written for a member or item that is not there.
pub const ABSENT: &str = "(absent)";

/// One difference: JSON pointer, baseline, candidate.
pub type Found = (String, String, String);

/// The declared rules and what they need to know.
pub struct Rules<'plan> {
    /// In order; the first that matches counts.
    pub declared: &'plan [ParityRule],
    /// Ids matched so far.
    pub pairs: Pairs,
    /// When baseline and candidate were played.
    pub spans: [Span; 2],
}

impl Rules<'_> {
    /// Every difference of the two values, in the baseline's order.
    pub fn differences(&mut self, baseline: &Value, candidate: &Value) -> Vec<Found> {
        let mut found = Vec::new();
        self.walk("", None, baseline, candidate, &mut found);
        found
    }

    /// `member` is the key and the shape of the object that the values are members of.
    fn walk(&mut self, at: &str, member: Option<(&str, &str)>, one: &Value, other: &Value, found: &mut Vec<Found>) {
        if let Some((key, shape)) = member
            && let Some(compare) = self.declared.iter().find(|rule| rule.key == key).map(|rule| rule.compare)
        {
            if !self.by_rule(compare, key, shape, one, other) {
                found.push((at.to_owned(), one.to_string(), other.to_string()));
            }
            return;
        }
        match (one, other) {
            (Value::Object(one), Value::Object(other)) => self.members(at, one, other, found),
            (Value::Array(one), Value::Array(other)) => {
                for index in 0..one.len().max(other.len()) {
                    let at = format!("{at}/{index}");
                    match (one.get(index), other.get(index)) {
                        (Some(one), Some(other)) => self.walk(&at, None, one, other, found),
                        (one, other) => found.push((at, shown(one), shown(other))),
                    }
                }
            }
            _ if same(one, other) => {}
            _ => found.push((at.to_owned(), one.to_string(), other.to_string())),
        }
    }

    fn members(&mut self, at: &str, one: &Map<String, Value>, other: &Map<String, Value>, found: &mut Vec<Found>) {
        // Ids of exercises and of attempts are both named `id`: the other keys tell them apart.
        let mut keys: Vec<&str> = one.keys().map(String::as_str).collect();
        keys.sort_unstable();
        let shape = keys.join(",");
        for key in one.keys().chain(other.keys().filter(|key| !one.contains_key(*key))) {
            let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
            match (one.get(key), other.get(key)) {
                (Some(one), Some(other)) => self.walk(&at, Some((key, &shape)), one, other, found),
                (one, other) => found.push((at, shown(one), shown(other))),
            }
        }
    }

    fn by_rule(&mut self, compare: ParityCompare, key: &str, shape: &str, one: &Value, other: &Value) -> bool {
        match (compare, one, other) {
            (ParityCompare::Time | ParityCompare::Id, Value::Null, Value::Null) => true,
            (ParityCompare::Time, Value::String(one), Value::String(other)) => times::alike(one, other, self.spans),
            (ParityCompare::Id, Value::Number(one), Value::Number(other)) => match (one.as_u64(), other.as_u64()) {
                (Some(one), Some(other)) if one > 0 && other > 0 => {
                    self.pairs.match_up(&format!("{key} of {shape}"), one, other)
                }
                _ => false,
            },
            (ParityCompare::Type, one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
            _ => false,
        }
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| ABSENT.to_owned(), Value::to_string)
}

/// Whether two values that hold no others are the same; numbers by value, so that `1` is `1.0`.
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => same_number(one, other),
        _ => one == other,
    }
}

/// No tolerance: two texts of one number are the same double, and a tolerance would hide differences.
fn same_number(one: &Number, other: &Number) -> bool {
    match (one.as_i128(), other.as_i128()) {
        (Some(one), Some(other)) => one == other,
        _ => one.as_f64() == other.as_f64(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn found(rules: &[ParityRule], one: &Value, other: &Value) -> Vec<Found> {
        let moment = jiff::Timestamp::UNIX_EPOCH;
        let spans = [Span { from: moment, to: moment }; 2];
        Rules { declared: rules, pairs: Pairs::default(), spans }.differences(one, other)
    }

    fn rule(key: &str, compare: ParityCompare) -> ParityRule {
        ParityRule { key: key.to_owned(), compare }
    }

    #[test]
    fn every_kind_of_difference_has_its_place() {
        let one = json!({"a": 1, "b": [1, 2, {"c/d": "x"}], "e": null, "f": true});
        let other = json!({"f": true, "b": [1.0, 3, {"c/d": "y"}, 9], "a": "1", "g": 0});
        let texts: Vec<String> =
            found(&[], &one, &other).into_iter().map(|(at, one, other)| format!("{at} {one} {other}")).collect();
        assert_eq!(
            texts,
            ["/a 1 \"1\"", "/b/1 2 3", "/b/2/c~1d \"x\" \"y\"", "/b/3 (absent) 9", "/e null (absent)", "/g (absent) 0"]
        );
    }

    #[test]
    fn numbers_are_compared_by_value() {
        assert!(found(&[], &json!([1, 100, 0.5]), &json!([1.0, 1e2, 5e-1])).is_empty());
        assert_eq!(found(&[], &json!(9_007_199_254_740_993_u64), &json!(9_007_199_254_740_992_u64)).len(), 1);
        assert_eq!(found(&[], &json!(1), &json!(true)).len(), 1);
    }

    #[test]
    fn rules_hold_for_their_key_alone() {
        let rules = [rule("message", ParityCompare::Type), rule("id", ParityCompare::Id)];
        let one = json!({"error": {"code": "a", "message": "x"}, "list": [{"id": 1}, {"id": 2}, {"id": 1}]});
        let other = json!({"error": {"code": "a", "message": "y"}, "list": [{"id": 5}, {"id": 6}, {"id": 5}]});
        assert!(found(&rules, &one, &other).is_empty());
        assert_eq!(found(&rules, &json!({"message": "x"}), &json!({"message": null})).len(), 1);
        assert_eq!(found(&rules, &json!([{"id": 1}, {"id": 1}]), &json!([{"id": 5}, {"id": 6}])).len(), 1);
        assert_eq!(found(&rules, &json!({"id": 0}), &json!({"id": 0})).len(), 1);
        assert_eq!(found(&[rule("at", ParityCompare::Time)], &json!({"at": 1}), &json!({"at": 1})).len(), 1);
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(|number| json!(number)),
            "[a-z/~]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[a-z/~]{0,3}", inner, 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// JSON pointers of everything that holds no other value.
    fn leaves(at: &str, value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Array(items) if !items.is_empty() => {
                items.iter().enumerate().for_each(|(index, item)| leaves(&format!("{at}/{index}"), item, found));
            }
            Value::Object(members) if !members.is_empty() => members.iter().for_each(|(key, member)| {
                leaves(&format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), member, found);
            }),
            _ => found.push(at.to_owned()),
        }
    }

    proptest! {
        #[test]
        fn a_value_is_like_itself(value in any_value()) {
            prop_assert!(found(&[], &value, &value).is_empty());
        }

        #[test]
        fn one_changed_leaf_is_the_one_difference(value in any_value(), pick in any::<prop::sample::Index>()) {
            let mut places = Vec::new();
            leaves("", &value, &mut places);
            let place = &places[pick.index(places.len())];
            let mut changed = value.clone();
            *changed.pointer_mut(place).unwrap() = json!("changed here");
            for differences in [found(&[], &value, &changed), found(&[], &changed, &value)] {
                prop_assert_eq!(differences.len(), 1);
                prop_assert_eq!(&differences[0].0, place);
            }
        }

        #[test]
        fn a_lost_member_is_found(mut members in prop::collection::btree_map("[a-z]{1,3}", any_value(), 1..5)) {
            let whole = Value::Object(members.clone().into_iter().collect());
            let (key, _) = members.pop_first().unwrap();
            let less = Value::Object(members.into_iter().collect());
            prop_assert_eq!(&found(&[], &whole, &less)[0].0, &format!("/{key}"));
            prop_assert_eq!(found(&[], &less, &whole).len(), 1);
        }
    }
}
