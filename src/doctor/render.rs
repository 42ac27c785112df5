//! A diagnosis in words, at most 80 columns wide.

use std::fmt::Write as _;

use super::{Diagnosis, Finding, Need, State, Tool};
use crate::console::{self, BOLD, BOLD_RED, DIM, GREEN, YELLOW, paint};

const WIDTH: usize = 80;

/// The diagnosis as text: tools, noise and limits, and whether a run is possible.
#[must_use]
pub fn render(diagnosis: &Diagnosis, color: bool) -> String {
    let mut text = paint("Tools", BOLD, color) + "\n";
    for tool in &diagnosis.tools {
        text += &line(tool, color);
    }
    let _ = writeln!(text, "\n{}", paint("Noise and limits", BOLD, color));
    if diagnosis.findings.is_empty() {
        text += "  nothing found\n";
    }
    for finding in &diagnosis.findings {
        text += &paragraphs(finding, color);
    }
    text.push('\n');
    text + &verdict(diagnosis, color)
}

fn line(tool: &Tool, color: bool) -> String {
    let name = plain(&tool.name);
    match &tool.state {
        State::Found { version, path } => {
            let version = version.as_deref().map_or_else(|| "?".to_owned(), plain);
            let head = format!("{name:<18} {version:<16}");
            let room = WIDTH - 12 - head.chars().count().min(WIDTH - 24);
            format!("  {} {head} {}\n", paint("found  ", GREEN, color), paint(&tail(&plain(path), room), DIM, color))
        }
        State::Missing { why, install } => {
            let (word, style) = if tool.need == Need::Required { ("MISSING", BOLD_RED) } else { ("missing", YELLOW) };
            let optional = if tool.need == Need::Required { "needed: " } else { "optional: " };
            let mut text = format!("  {} {name:<18} ", paint(word, style, color));
            text += wrap(&format!("{optional}{}", plain(&tool.purpose)), 29, 29).trim_start();
            if let Some(why) = why {
                text += &wrap(&plain(why), 10, 10);
            }
            text + &command(&plain(install))
        }
    }
}

fn paragraphs(finding: &Finding, color: bool) -> String {
    let seen = wrap(&plain(&finding.seen), 4, 4);
    let mut text = format!("  {}{}", paint("! ", YELLOW, color), seen.trim_start());
    text += &wrap(finding.consequence, 4, 4);
    text + &wrap(&format!("> {}", plain(&finding.advice)), 4, 6)
}

fn verdict(diagnosis: &Diagnosis, color: bool) -> String {
    if diagnosis.can_run() {
        let doubts = match diagnosis.findings.len() {
            0 => "nothing stands against its figures".to_owned(),
            1 => "mind the one finding above".to_owned(),
            many => format!("mind the {many} findings above"),
        };
        return format!("{} {doubts}.\n", paint("This machine can run the comparison;", GREEN, color));
    }
    let missing = diagnosis.tools.iter().filter(|tool| tool.need == Need::Required && !tool.is_found());
    let names: Vec<String> = missing.map(|tool| plain(&tool.name)).collect();
    wrap(&format!("This machine cannot run the comparison yet; missing: {}.", names.join(", ")), 0, 0)
}

/// A command stays on one line where it fits, so that it can be copied; a longer one is broken like a shell allows.
fn command(install: &str) -> String {
    let text = wrap(install, 10, 12);
    let lines: Vec<&str> = text.lines().collect();
    lines.join(" \\\n") + "\n"
}

/// Words on lines of at most [`WIDTH`] columns, room for ` \` left.
fn wrap(text: &str, first: usize, rest: usize) -> String {
    console::wrap(text, WIDTH - 2, &" ".repeat(first), &" ".repeat(rest)).join("\n") + "\n"
}

/// The end of a text that is too long, which of a path is the telling part.
fn tail(text: &str, room: usize) -> String {
    let length = text.chars().count();
    if length <= room {
        text.to_owned()
    } else {
        format!("…{}", text.chars().skip(length - room + 1).collect::<String>())
    }
}

/// What programs and files say could move the cursor; control characters become `?`.
fn plain(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '?' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::tools;
    use crate::model::facts::Environment;

    fn diagnosis() -> Diagnosis {
        let missing = |name: &str, need, install: &str| Tool {
            name: name.to_owned(),
            purpose: "the private database of every trial".to_owned(),
            need,
            state: State::Missing { why: Some("only 14.2 in /usr/bin".to_owned()), install: install.to_owned() },
        };
        let long = "python3 -m venv /a/rather/long/folder/of/a/project/.venv && /a/rather/long/folder/of/a/project/.venv/bin/pip install gunicorn";
        let mut tool = tools::found("evil\u{1b}[2J");
        tool.state = State::Found { version: Some("1.2".to_owned()), path: "/very/long".repeat(12) };
        Diagnosis {
            tools: vec![missing("PostgreSQL 15", Need::Required, long), tool, missing("ab", Need::Optional, "make ab")],
            findings: vec![Finding {
                kind: "thp",
                seen: "x".repeat(200),
                consequence: "heaps grow in steps of 2 MiB, and resident memory differs from launch to launch by that",
                advice: "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled".to_owned(),
            }],
            environment: Environment::new(),
        }
    }

    #[test]
    fn the_whole_text() {
        insta::assert_snapshot!(render(&diagnosis(), false));
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let (plain, mut colored) = (render(&diagnosis(), false), render(&diagnosis(), true));
        for code in ["0", "1", "2", "31", "32", "33"] {
            colored = colored.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(plain, colored);
    }

    #[test]
    fn no_line_is_wider_than_80_and_no_escape_passes() {
        let text = render(&diagnosis(), false);
        assert!(!text.contains('\u{1b}'));
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn a_machine_without_findings_says_so() {
        let quiet = Diagnosis { tools: vec![tools::found("go")], findings: vec![], environment: Environment::new() };
        let text = render(&quiet, false);
        assert!(
            text.contains("nothing found")
                && text.ends_with("can run the comparison; nothing stands against its figures.\n")
        );
    }
}
