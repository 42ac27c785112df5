//! Servers on Node: by `package.json`, or a bare file that listens.

use std::path::Path;

use serde_json::Value;

use super::place::place;
use super::sources::{self, Source, joined};
use super::{Guess, argv, read, with_port, words};

/// Packages that make a server, by the names that targets get.
const FRAMEWORKS: [(&str, &str); 6] = [
    ("@nestjs/core", "nest"),
    ("express", "express"),
    ("fastify", "fastify"),
    ("koa", "koa"),
    ("@hapi/hapi", "hapi"),
    ("hono", "hono"),
];

pub(super) fn guesses(dir: &Path) -> Vec<Guess> {
    let files = sources::here(dir, &["js", "mjs", "cjs"]);
    let listening: Vec<&Source> = files.iter().filter(|source| listens(source)).collect();
    let Some(package) = read(dir, "package.json").and_then(|text| serde_json::from_str::<Value>(&text).ok()) else {
        return bare(&listening);
    };
    let framework = FRAMEWORKS
        .into_iter()
        .find(|(name, _)| package.pointer("/dependencies").and_then(|needs| needs.get(name)).is_some())
        .map(|(_, name)| name);
    let plain = |text: &&str| !text.trim().is_empty() && !text.chars().any(char::is_control);
    let start = package.pointer("/scripts/start").and_then(Value::as_str).filter(plain);
    let main = package.get("main").and_then(Value::as_str).filter(plain);
    let main = main.filter(|main| listening.is_empty() || dir.join(main).is_file());
    let (command, is_whole) = match (start, main, listening.as_slice()) {
        (Some(line), ..) => match words(line).and_then(|words| with_port(words, None)) {
            Some(words) if words[0] == "node" => (words, true),
            _ => (argv(&["npm", "start"]), false),
        },
        (None, Some(main), _) => (argv(&["node", main]), true),
        (None, None, [(file, _)]) => (argv(&["node", file]), true),
        (None, None, several) => return bare(several),
    };
    let all = joined(&sources::below(dir, &["js", "mjs", "cjs", "ts"]));
    let tells = command.iter().any(|word| word.contains("{port}"));
    let mut guess = Guess::new(framework.unwrap_or("node"), "package.json", command);
    if !tells {
        guess = guess.placed(place(&all));
        if !is_whole {
            // What a script of npm starts does not get its words.
            guess.command.truncate(2);
            guess.env = [("HOST", "{host}"), ("PORT", "{port}")].to_vec();
        }
    }
    if framework.is_some() {
        guess.env.push(("NODE_ENV", "production"));
    }
    vec![guess.routes(&all)]
}

/// A guess for each file that listens.
fn bare(files: &[&Source]) -> Vec<Guess> {
    let guess = |(file, text): &&Source| {
        let stem = file.rsplit_once('.').map_or(file.as_str(), |(stem, _)| stem);
        Guess::new(stem, file, argv(&["node", file])).placed(place(text)).routes(text)
    };
    files.iter().map(guess).collect()
}

fn listens((_, text): &Source) -> bool {
    text.contains(".listen(") || text.contains("Deno.serve(")
}
