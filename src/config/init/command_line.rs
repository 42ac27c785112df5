//! Shell lines of other files as argvs, where they are simple enough.

/// The words of a line that needs no shell, or `None`. Quotes are honoured; anything that only a shell can do (pipes,
/// lists, substitutions, globs, assignments) makes it `None`.
pub fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    for character in line.chars() {
        match (quote, character) {
            (Some(open), c) if c == open => quote = None,
            (open, c) if needs_shell(open, c) => return None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    let assigns = words.first().is_none_or(|first: &String| first.contains('=') || first.is_empty());
    (quote.is_none() && !assigns).then_some(words)
}

/// Whether only a shell knows what the character means inside these quotes.
fn needs_shell(quote: Option<char>, character: char) -> bool {
    match quote {
        Some('\'') => false,
        Some(_) => "\\`".contains(character),
        None => "\\`|&;<>()*?~#".contains(character),
    }
}

/// The words with a port variable, or the port that is known to be the server's or looks like it, replaced by `{port}`.
/// Gives `None` when another variable of the shell remains.
pub fn with_port(words: Vec<String>, port: Option<&str>) -> Option<Vec<String>> {
    let likely = likely_port(&words);
    let port = port.or(likely.as_deref());
    let replaced: Vec<String> = words
        .into_iter()
        .map(|word| {
            let word = replace_variable(&word);
            match port {
                Some(port) if word == port => "{port}".to_owned(),
                Some(port) => match word.strip_suffix(port) {
                    Some(head) if head.ends_with([':', '=']) => format!("{head}{{port}}"),
                    _ => word,
                },
                None => word,
            }
        })
        .collect();
    (!replaced.iter().any(|word| word.contains('$'))).then_some(replaced)
}

/// The only number of the line that a server without root's rights can listen on, where no variable names the port.
fn likely_port(words: &[String]) -> Option<String> {
    if words.iter().any(|word| word.contains('$')) {
        return None;
    }
    let mut numbers: Vec<&str> = words.iter().filter_map(|word| word.rsplit([':', '=']).next()).collect();
    numbers.retain(|number| number.parse::<u16>().is_ok_and(|number| number >= 1024));
    numbers.dedup();
    let [only] = numbers[..] else { return None };
    Some(only.to_owned())
}

/// `${PORT:-8000}`, `${PORT}` and `$PORT` become `{port}`.
fn replace_variable(word: &str) -> String {
    if let Some((head, tail)) = word.split_once("${PORT")
        && let Some((default, rest)) = tail.split_once('}')
        && (default.is_empty() || default.starts_with(":-"))
    {
        return format!("{head}{{port}}{rest}");
    }
    word.replace("$PORT", "{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_lines_are_split() {
        assert_eq!(words("a 'b c' \"d\"e ''").unwrap(), ["a", "b c", "de", ""]);
        for line in ["", "a && b", "a | b", "X=1 a", "a `b`", "a 'b", "a > f", "a \\ b"] {
            assert_eq!(words(line), None, "{line}");
        }
    }

    #[test]
    fn ports_are_found() {
        let port = |line: &str, port| with_port(words(line).unwrap(), port).map(|words| words.join(" "));
        assert_eq!(port("a --bind :$PORT", None).unwrap(), "a --bind :{port}");
        assert_eq!(port("a --bind 0:${PORT:-80}", None).unwrap(), "a --bind 0:{port}");
        assert_eq!(port("a -p 80 --x=80 --y=180", Some("80")).unwrap(), "a -p {port} --x={port} --y=180");
        assert_eq!(port("a $OTHER", None), None);
        assert_eq!(port("a --workers=4 --bind 0.0.0.0:8000", None).unwrap(), "a --workers=4 --bind 0.0.0.0:{port}");
        assert_eq!(port("a http.server 8000", None).unwrap(), "a http.server {port}");
        assert_eq!(port("a --timeout 3000 --port 8000", None).unwrap(), "a --timeout 3000 --port 8000");
    }
}
