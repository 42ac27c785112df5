//! The pages for users and contributors against the program and the sources: what they name must be there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pianoprof::report::Format;
use serde_json::Value;

use crate::lab::PROGRAM;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap()
}

/// What the program answers.
fn answer(arguments: &[&str]) -> String {
    let output = Command::new(PROGRAM).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Every page that a reader is sent to.
fn pages() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                found.push(path);
            }
        }
    }
    let names = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md"];
    let mut found: Vec<PathBuf> = names.iter().map(|name| root().join(name)).collect();
    walk(&root().join("docs"), &mut found);
    walk(&root().join(".github"), &mut found);
    assert!(found.len() > 15, "{found:?}");
    found
}

/// The targets of Markdown links that are no URLs.
fn links(page: &str) -> Vec<&str> {
    let targets = page.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target));
    targets.filter(|target| !target.contains("://")).collect()
}

/// The anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let heading = heading.to_lowercase();
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

fn anchors(page: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(page).unwrap();
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

/// What stands between single backticks, each on one line; a span does not reach beyond its paragraph.
fn code(page: &str) -> BTreeSet<String> {
    let prose: String = page.split("```").step_by(2).collect();
    let spans = prose.split("\n\n").flat_map(|paragraph| paragraph.split('`').skip(1).step_by(2));
    spans.map(|span| span.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut wrong = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            let (path, heading) = link.split_once('#').map_or((link, None), |(path, heading)| (path, Some(heading)));
            let target = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            if !target.exists() || heading.is_some_and(|heading| !anchors(&target).contains(heading)) {
                wrong.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_path_that_a_page_names_is_there() {
    const FOLDERS: [&str; 9] =
        ["src/", "tests/", "docs/", "scripts/", "fixtures/", "examples/", "benches/", "targets/", "fuzz/"];
    // The example of a walk is a file that its reader makes.
    const MADE: [&str; 2] = ["src/engine/hey.rs", "src/report/jsonl.rs"];
    let mut wrong = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let named = code(&text);
        let paths = named.iter().filter(|name| FOLDERS.iter().any(|folder| name.starts_with(folder)));
        let plain = paths.filter(|path| !path.contains([' ', '*', '…']) && !MADE.contains(&path.as_str()));
        wrong
            .extend(plain.filter(|path| !root().join(path).exists()).map(|path| format!("{}: {path}", page.display())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_function_of_the_followed_reading_is_in_its_file() {
    let page = text("docs/architecture.md");
    let mut steps = 0;
    for line in page.lines().filter(|line| line.contains("| `src/")) {
        let cells: Vec<&str> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let (file, function) = (cells[2], cells[3]);
        let source = text(file);
        assert!(
            [format!("fn {function}("), format!("fn {function}<")].iter().any(|start| source.contains(start)),
            "{file} has no function {function}"
        );
        steps += 1;
    }
    assert!(steps > 15, "{steps} steps were read");
}

/// The words that begin the lines of a section of a help text.
fn commands() -> Vec<String> {
    let help = answer(&["--help"]);
    let (_, section) = help.split_once("Commands:\n").unwrap();
    let (section, _) = section.split_once("\n\n").unwrap();
    // A command's own line has two blanks in front, the lines that go on with its text have more.
    let lines = section.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<String> =
        lines.map(|line| line.split_whitespace().next().unwrap().to_owned()).filter(|name| name != "help").collect();
    assert!(names.len() > 20, "{names:?}");
    names
}

#[test]
fn every_command_and_option_is_described() {
    let page = text("docs/commands.md");
    let headings: BTreeSet<&str> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let described: BTreeSet<String> =
        code(&page).iter().flat_map(|code| code.split([' ', '[', '=', ',', '|'])).map(str::to_owned).collect();
    let known = commands();
    for command in &known {
        assert!(headings.contains(command.as_str()), "docs/commands.md has no heading for {command}");
        let help = answer(&[command, "--help"]);
        // Options are declared on lines of their own; what else begins with `--` belongs to an example.
        let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
        let words = lines.flat_map(|line| line.split([' ', '[', '=', ',']));
        let options = words.filter(|word| word.len() > 2 && word.starts_with("--"));
        for option in options.filter(|option| !["--help", "--version"].contains(option)) {
            assert!(described.contains(option), "docs/commands.md does not name {option} of {command}");
        }
    }
    for heading in headings {
        assert!(
            known.iter().any(|command| command == heading),
            "docs/commands.md describes {heading}, which is no command"
        );
    }
}

#[test]
fn every_report_format_is_described() {
    let page = text("docs/commands.md");
    let (described, help) = (code(&page), answer(&["report", "--help"]));
    for (name, _) in Format::ALL {
        assert!(described.contains(*name), "docs/commands.md has no format {name}");
        assert!(help.contains(name), "the help of report has no format {name}");
    }
}

#[test]
fn every_key_of_the_configuration_is_described() {
    let schema: Value = serde_json::from_str(&answer(&["schema", "config"])).unwrap();
    let page = text("docs/configuration.md");
    let code = code(&page);
    let words: BTreeSet<&str> =
        code.iter().flat_map(|code| code.split(|letter: char| !letter.is_alphanumeric() && letter != '_')).collect();
    let mut keys = 0;
    for (table, definition) in schema["$defs"].as_object().unwrap() {
        for key in definition["properties"].as_object().into_iter().flat_map(serde_json::Map::keys) {
            assert!(words.contains(key.as_str()), "docs/configuration.md does not name `{key}` of {table}");
            keys += 1;
        }
    }
    assert!(keys > 60, "{keys} keys were read");
}

#[test]
fn the_readme_fits_its_width() {
    for (number, line) in (1..).zip(text("README.md").lines()) {
        assert!(line.chars().count() <= 100, "line {number} is {} wide", line.chars().count());
    }
}
