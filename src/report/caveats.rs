//! The caveats as a reader wants them: what spoils the answer first, and each kind said once.

use crate::model::facts::Caveat;

use super::words::plain;

/// From what makes the run worthless, over what spoils single figures, to what is good to know. A kind that is not listed
/// stands before the last two rows.
const ORDER: [&[&str]; 4] = [
    &[
        "interrupted",
        "incomplete",
        "died",
        "intruder",
        "database-restarted",
        "out-of-memory",
        "not-ready",
        "parity",
        "writes",
        "errors",
        "too-noisy",
        "quick",
        "few-blocks",
    ],
    &[
        "overloaded",
        "generator-bound",
        "invalid-trials",
        "disturbed-windows",
        "disturbed-launches",
        "restarted",
        "open-files",
        "restless",
        "spikes",
        "two-kinds",
        "worker-churn",
        "queueing",
        "engine",
        "second-opinion",
        "no-second-opinion",
    ],
    &[
        "few-trials",
        "parity-not-done",
        "unequal-cpus",
        "shared-cpus",
        "powersave",
        "readiness",
        "cold",
        "cliff",
        "network-floor",
        "littles-law",
    ],
    &["allowed-differences", "sampler-cost", "unknown-facts", "statements-unknown", "pss-around"],
];

/// All caveats of one kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Folded {
    /// The word that names the kind, for instance `overloaded`.
    pub kind: String,
    /// What was seen, one text for each.
    pub texts: Vec<String>,
    /// What helps; empty when nothing is known.
    pub advice: String,
}

/// The caveats by kind, the gravest first.
pub fn folded(caveats: &[Caveat]) -> Vec<Folded> {
    let mut kinds: Vec<Folded> = Vec::new();
    for caveat in caveats {
        let (kind, text, advice) = (plain(&caveat.kind), plain(&caveat.text), plain(&caveat.advice));
        match kinds.iter_mut().find(|one| one.kind == kind && one.advice == advice) {
            Some(one) => one.texts.push(text),
            None => kinds.push(Folded { kind, texts: vec![text], advice }),
        }
    }
    kinds.sort_by_key(|one| rank(&one.kind));
    kinds
}

/// The kinds that spoil the answer or some figure, the gravest first, in one line: for forms that have no room for a
/// sentence. Empty when there are none.
pub fn grave(caveats: &[Caveat]) -> String {
    let mut kinds: Vec<String> =
        folded(caveats).into_iter().map(|one| one.kind).filter(|kind| rank(kind).0 < 2).collect();
    kinds.dedup();
    kinds.join(" ")
}

/// The place of a kind in [`ORDER`].
fn rank(kind: &str) -> (usize, usize) {
    ORDER
        .iter()
        .enumerate()
        .find_map(|(row, kinds)| Some((row, kinds.iter().position(|known| *known == kind)?)))
        .unwrap_or((1, usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_come_first_and_a_kind_is_said_once() {
        let caveat = |kind: &str, text: &str| Caveat { kind: kind.into(), text: text.into(), advice: "Do.".into() };
        let found = folded(&[
            caveat("pss-around", "a"),
            caveat("generator-bound", "b"),
            caveat("new-kind", "c"),
            caveat("generator-bound", "d"),
            caveat("died", "e"),
        ]);
        let said: Vec<(&str, Vec<&str>)> =
            found.iter().map(|one| (&*one.kind, one.texts.iter().map(|text| &**text).collect())).collect();
        let shared = [caveat("shared-cpus", "x"), caveat("errors", "y"), caveat("new-kind", "z")];
        assert_eq!(grave(&shared), "errors new-kind", "what is only good to know is left out");
        assert_eq!(
            said,
            [
                ("died", vec!["e"]),
                ("generator-bound", vec!["b", "d"]),
                ("new-kind", vec!["c"]),
                ("pss-around", vec!["a"])
            ]
        );
    }
}
