//! Ids that two sides may number differently, as long as each id of one side is always the same id of the other.

use std::collections::BTreeMap;

/// Which id of one side is which of the other, by kind.
#[derive(Debug, Default)]
pub struct Pairs {
    there: BTreeMap<(String, u64), u64>,
    back: BTreeMap<(String, u64), u64>,
}

impl Pairs {
    /// Whether the two can be the same thing; if nothing was known of either, from now on they are.
    pub fn match_up(&mut self, kind: &str, baseline: u64, candidate: u64) -> bool {
        let there = *self.there.entry((kind.to_owned(), baseline)).or_insert(candidate);
        let back = *self.back.entry((kind.to_owned(), candidate)).or_insert(baseline);
        there == candidate && back == baseline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_one_to_one_within_a_kind() {
        let mut pairs = Pairs::default();
        assert!(pairs.match_up("id", 51, 52));
        assert!(pairs.match_up("id", 51, 52));
        assert!(!pairs.match_up("id", 51, 53));
        assert!(!pairs.match_up("id", 50, 52));
        assert!(pairs.match_up("other", 51, 51));
    }
}
