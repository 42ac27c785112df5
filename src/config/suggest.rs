//! The known word that somebody probably meant.

use strsim::osa_distance;

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
        .map(|candidate| (osa_distance(&word, &candidate.to_lowercase()), *candidate))
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
}
