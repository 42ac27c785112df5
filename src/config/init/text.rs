//! The text of a first config.

use std::fmt::Write as _;

use super::find::Guess;

const HEAD: &str = "\
# What pianoprof launches, measures and judges. `pianoprof schema config` lists every key.
# {host}, {port}, {database_url}, {dir} and {cpus} are filled in at each launch; the port is a free one each time.
";

const TAIL: &str = r#"
# The requests that loads send; the first one is the default. `{int:1..500}` draws a number, `{pick:a|b}` a word.
[request.root]
path = "/"
# expect = { status = 200, contains = "ok" }

# [request.create]
# method  = "POST"
# path    = "/items"
# headers = { Authorization = "Bearer token-{int:1..10}" }
# json    = { name = "item {int:1..1000}", price = "{int:1..99}" }
# expect  = { status = 201 }

# Without any [load.NAME] there are latency, sustained, queries, under_load and points. Your own replace them:
# [load.peak]
# connections = 100            # closed loop: each connection sends when its last answer is in
# duration    = "30s"          # or: requests = 1000
# mix         = { root = 3, create = 1 }
# [load.steady]
# rate        = 500            # open loop: 500 requests per second, whatever the answers do
# duration    = "30s"

# A PostgreSQL of its own for every launch, alike for all targets:
# [database]
# schema = "schema.sql"
# seed   = "seed.sql"
"#;

const CLAIMS: &str = r#"
# What is claimed of the candidate; ratios are "times better". `pianoprof verify runs/latest` judges it.
# [[claim]]
# metric   = "startup.first_ok"
# at_least = 5
"#;

const STAND_IN: &str = r#"
# No server was recognised in this folder. Replace this stand-in by your own server's program and arguments.
[target.app]
command = ["python3", "-m", "http.server", "{port}", "--bind", "{host}"]   # an argv, never a shell line
ready   = { path = "/", status = 200, timeout = "30s" }
"#;

/// A config of these targets; the first two are compared, more are only measured.
pub fn config(guesses: &[Guess]) -> String {
    let mut text = HEAD.to_owned();
    match guesses {
        [] => text.push_str(STAND_IN),
        [only] => target(&mut text, only),
        [baseline, candidate, ..] => {
            let pair =
                format!("\n[comparison]\nbaseline  = \"{}\"\ncandidate = \"{}\"\n", baseline.name, candidate.name);
            text.push_str(&pair);
            for guess in guesses {
                target(&mut text, guess);
            }
        }
    }
    text.push_str(TAIL);
    if guesses.len() > 1 {
        text.push_str(CLAIMS);
    }
    text
}

fn target(text: &mut String, guess: &Guess) {
    let mut lines =
        vec![format!("\n# Guessed from {}.{}", guess.from, guess.doubt.map_or(String::new(), |d| format!(" {d}")))];
    lines.push(format!("[target.{}]", guess.name));
    if let Some(build) = &guess.build {
        lines.push(format!("build   = [{}]", array(build)));
    }
    lines.push(format!("command = {}   # an argv, never a shell line", array(&guess.command)));
    if !guess.env.is_empty() {
        let env: Vec<String> = guess.env.iter().map(|(name, value)| format!("{name} = \"{value}\"")).collect();
        lines.push(format!("env     = {{ {} }}", env.join(", ")));
    }
    lines.push(
        "ready   = { path = \"/\", status = 200, timeout = \"30s\" }   # a path that answers so once all is well\n\
         # Without one: `ready = { log = \"regex\" }`, a line that it prints, or `ready = { tcp = true }`, its port."
            .to_owned(),
    );
    for line in lines {
        writeln!(text, "{line}").expect("writing to a String cannot fail");
    }
}

/// A TOML array of texts.
fn array(words: &[String]) -> String {
    let words: toml_edit::Array = words.iter().map(String::as_str).collect();
    words.to_string()
}
