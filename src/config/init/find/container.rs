//! Servers that a `Procfile` or a `Dockerfile` starts.

use std::path::Path;

use super::{Guess, argv, read, with_port, words};

const PORT: (&str, &str) = ("PORT", "{port}");

pub(super) fn procfile(dir: &Path) -> Option<Guess> {
    let text = read(dir, "Procfile")?;
    let line = text.lines().find_map(|line| line.strip_prefix("web:"))?;
    of_line("Procfile", line, None)
}

/// A line of a file as a guess: its words when they suffice, a shell when not.
fn of_line(from: &str, line: &str, port: Option<&str>) -> Option<Guess> {
    let line = line.trim();
    if line.is_empty() || line.chars().any(char::is_control) {
        return None;
    }
    let simple = words(line).and_then(|words| with_port(words, port));
    let needs_shell = simple.is_none();
    let guess = with_variable(Guess::new("app", from, simple.unwrap_or_else(|| argv(&["sh", "-c", line]))));
    Some(if needs_shell {
        guess.doubt("The line needs a shell: an argv without one starts faster and stops cleanly.")
    } else {
        guess
    })
}

/// The same with its port in a variable where no word has it.
fn with_variable(mut guess: Guess) -> Guess {
    if !guess.command.iter().any(|word| word.contains("{port}")) {
        guess.env.push(PORT);
    }
    guess
}

pub(super) fn dockerfile(dir: &Path) -> Option<Guess> {
    let text = read(dir, "Dockerfile")?.replace("\\\n", " ");
    let last = |word: &str| text.lines().rev().find_map(|line| line.trim().strip_prefix(word)).map(str::trim);
    let port = last("EXPOSE ").map(|ports| ports.split(['/', ' ']).next().unwrap_or_default());
    let exec = |line: &str| serde_json::from_str::<Vec<String>>(line).ok();
    let (entry, cmd) = (last("ENTRYPOINT "), last("CMD "));
    let entry_words = entry.and_then(exec);
    let words: Vec<String> = entry_words.into_iter().chain(cmd.and_then(exec)).flatten().collect();
    if words.is_empty() {
        return of_line("Dockerfile", entry.or(cmd).filter(|line| !line.starts_with('['))?, port);
    }
    if words[0].is_empty() || words.iter().any(|word| word.chars().any(char::is_control)) {
        return None;
    }
    let command = with_port(words.clone(), port).unwrap_or(words);
    let guess = with_variable(Guess::new("app", "Dockerfile", command));
    Some(guess.doubt("The command comes from a container image: check that it runs on this machine."))
}
