//! The text of a first config, and of a corpus beside it.

use std::fmt::Write as _;

use super::find::{Guess, Tried};
use crate::config::defaults::request_name;

const HEAD: &str = "\
# What pianoprof launches, measures and judges. `pianoprof schema config` lists every key.
# {host}, {port}, {database_url}, {dir} and {cpus} are filled in at each launch; the port is a free one each time.
# A line with `#` right before a key or a table is a setting that is off: take the `#` away.
# A server without a page to ask is ready by a line that it prints, `ready = { log = \"regex\" }`, or by its port,
# `ready = { tcp = true }`.
";

const STAND_IN: &str = r#"
# No server was recognised in this folder. Replace this stand-in by your own server's program and arguments.
[target.app]
command = ["python3", "-m", "http.server", "{port}", "--bind", "{host}"]   # an argv, never a shell line
ready   = { path = "/", status = 200, timeout = "30s" }
"#;

const CREATE: &str = r#"
#[request.create]
#method  = "POST"
#path    = "/items"
#headers = { Authorization = "Bearer token-{int:1..10}" }
#json    = { name = "item {int:1..1000}", price = "{int:1..99}" }
#expect  = { status = 201 }
"#;

const DATABASE: &str = "
# A [database] with `schema` and `seed` (SQL files) gives every launch a PostgreSQL database of its own, alike for all targets.
";

/// A config of these targets: the first two are compared, more are only measured. When there is none its command is a stand-in
/// that does start (`python3 -m http.server`), and a comment says to replace it.
#[must_use]
pub fn config(guesses: &[Guess]) -> String {
    let mut text = HEAD.to_owned();
    if guesses.is_empty() {
        text.push_str(STAND_IN);
    }
    if let [baseline, candidate, ..] = guesses {
        put(
            &mut text,
            &format!("\n[comparison]\nbaseline  = \"{}\"\ncandidate = \"{}\"", baseline.name, candidate.name),
        );
    }
    for guess in guesses {
        target(&mut text, guess);
    }
    if guesses.len() == 1 {
        put(
            &mut text,
            "\n# A second [target.NAME] and `[comparison]` with `baseline` and `candidate` compare two servers.",
        );
    }
    let requests = requests(guesses);
    put(
        &mut text,
        "\n# The requests that loads send; the first one is the default. `{int:1..500}` draws a number, `{pick:a|b}` a word.",
    );
    for (name, path) in &requests {
        put(&mut text, &format!("\n[request.{name}]\npath   = \"{path}\"\n#expect = {{ status = 200 }}"));
    }
    text.push_str(CREATE);
    let first = &requests[0].0;
    put(
        &mut text,
        &format!(
            "\n# Without any [load.NAME] there are latency, sustained, queries, under_load and points (`pianoprof loads`). Your own \
             replace them:\n#[load.peak]\n#connections = 100            # closed loop: each connection sends when its last answer \
             is in\n#duration    = \"10s\"          # or: requests = 1000\n#send        = [\"{first}\"]\n#[load.steady]\n\
             #rate        = 500            # open loop: 500 requests per second, whatever the answers do\n#duration    = \"10s\""
        ),
    );
    if guesses.len() > 1 {
        claims(&mut text, first);
    }
    text.push_str(DATABASE);
    text
}

/// The corpus that the config's comments name: every request of it once.
#[must_use]
pub fn corpus(guesses: &[Guess]) -> String {
    let names: Vec<String> = requests(guesses).into_iter().map(|(name, _)| format!("\"{name}\"")).collect();
    format!("{{\n  \"requests\": [{}]\n}}\n", names.join(", "))
}

fn claims(text: &mut String, first: &str) {
    put(
        text,
        &format!(
            "\n# What is claimed of the candidate; ratios are \"times better\". `pianoprof verify runs/latest` judges it, \
             `pianoprof metrics` lists the names.\n#[[claim]]\n#text     = \"starts 5 times faster\"\n#metric   = \
             \"startup.first_ok\"\n#at_least = 5\n# This one needs [load.peak]:\n#[[claim]]\n#metric   = \
             \"peak.{first}.throughput\"\n#at_least = 2\n\n# The same requests to both before anything is measured, their answers \
             compared; corpus.json has the names of requests, or whole ones.\n#[parity]\n#corpus = \"corpus.json\""
        ),
    );
}

/// The requests, by name and path: what every server that was tried answers with 200, else `/`.
fn requests(guesses: &[Guess]) -> Vec<(String, String)> {
    let answers = |guess: &Guess, path: &str| match &guess.tried {
        Tried::Answered(answers) => answers.iter().any(|(other, status)| other == path && *status == Some(200)),
        Tried::No | Tried::Failed(_) => true,
    };
    let tried = guesses.iter().find_map(|guess| match &guess.tried {
        Tried::Answered(answers) => Some(answers),
        _ => None,
    });
    let mut paths: Vec<&str> = tried.into_iter().flatten().map(|(path, _)| path.as_str()).collect();
    paths.retain(|path| guesses.iter().all(|guess| answers(guess, path)));
    // What says that all is well is the least of a server's work: it stands behind the others.
    paths.sort_by_key(|path| is_health(path));
    if paths.is_empty() {
        paths.push("/");
    }
    let mut requests: Vec<(String, String)> = Vec::new();
    for path in paths {
        let name = request_name(path);
        if !requests.iter().any(|(other, _)| *other == name) {
            requests.push((name, path.to_owned()));
        }
    }
    requests
}

fn is_health(path: &str) -> bool {
    ["/health", "/healthz", "/up", "/actuator/health"].contains(&path)
}

fn target(text: &mut String, guess: &Guess) {
    let place = if guess.dir.is_empty() { guess.from.clone() } else { format!("{}/{}", guess.dir, guess.from) };
    let sentences = [vec![format!("Guessed from {}.", plain(&place))], guess.doubts.clone()].concat();
    put(text, &format!("\n# {}", sentences.join(" ")));
    put(text, &format!("[target.{}]", guess.name));
    if !guess.dir.is_empty() {
        put(text, &format!("dir     = {}", word(&guess.dir)));
    }
    if let Some(build) = &guess.build {
        put(text, &format!("build   = [{}]", array(build)));
    }
    put(text, &format!("command = {}   # an argv, never a shell line", array(&guess.command)));
    if !guess.env.is_empty() {
        let env: Vec<String> = guess.env.iter().map(|(name, value)| format!("{name} = \"{value}\"")).collect();
        put(text, &format!("env     = {{ {} }}", env.join(", ")));
    }
    let (path, comment) = ready(guess);
    put(text, &format!("# {comment}\nready   = {{ path = {}, status = 200, timeout = \"30s\" }}", word(&path)));
}

/// The path that says that the target is ready, and a sentence about it.
fn ready(guess: &Guess) -> (String, String) {
    let root = || "/".to_owned();
    let answers = match &guess.tried {
        Tried::No => return (root(), "A path that answers so once all is well; it was not tried.".to_owned()),
        Tried::Failed(why) => {
            return (root(), format!("It did not start when it was tried: {}. Is this its path?", plain(why)));
        }
        Tried::Answered(answers) => answers,
    };
    let good = answers.iter().find(|(_, status)| *status == Some(200));
    if let Some((path, _)) = good {
        return (path.clone(), "Tried: it answers 200.".to_owned());
    }
    let said: Vec<String> = answers
        .iter()
        .map(|(path, status)| {
            status.map_or_else(|| format!("nothing at {path}"), |status| format!("{status} at {path}"))
        })
        .collect();
    (root(), format!("Tried: it answered {}. Name a path that answers 200.", said.join(", ")))
}

fn put(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("writing to a String cannot fail");
}

/// Fit for a comment: one line without control characters.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A TOML array of texts.
fn array(words: &[String]) -> String {
    let words: toml_edit::Array = words.iter().map(String::as_str).collect();
    words.to_string()
}

/// A TOML text.
fn word(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}
