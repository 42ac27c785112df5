//! The known word that somebody probably meant.

/// The word of `known` nearest to `word`, if any is near enough: a third of its letters may differ.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    if word.len() > 100 {
        return None;
    }
    let word = word.to_lowercase();
    if let Some((_, meant)) = SYNONYMS.iter().find(|(synonym, _)| *synonym == word)
        && let Some(meant) = known.iter().find(|candidate| *candidate == meant)
    {
        return Some(meant);
    }
    known
        .iter()
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), *candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(word.len()).div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Words of other tools for keys of this one.
const SYNONYMS: [(&str, &str); 12] = [
    ("cmd", "command"),
    ("argv", "command"),
    ("cwd", "dir"),
    ("workdir", "dir"),
    ("environment", "env"),
    ("concurrency", "connections"),
    ("threads", "connections"),
    ("users", "connections"),
    ("count", "requests"),
    ("rps", "rate"),
    ("schedule", "run"),
    ("url", "path"),
];

/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours (Damerau 1964).
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for i in 1..=left.len() {
        let mut row = vec![i];
        for j in 1..=right.len() {
            let substituted = above[j - 1] + usize::from(left[i - 1] != right[j - 1]);
            let mut best = substituted.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_understood() {
        let keys = ["command", "connections", "dir", "ready", "requests", "duration"];
        for (word, meant) in [
            ("comand", Some("command")),
            ("commnad", Some("command")),
            ("Ready", Some("ready")),
            ("conections", Some("connections")),
            ("cwd", Some("dir")),
            ("concurrency", Some("connections")),
            ("kubernetes", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &keys), meant, "{word}");
        }
    }

    #[test]
    fn a_swap_is_one_step() {
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
