//! Servers in Go: the programs of a module, or a bare `main.go`.

use std::fs;
use std::path::Path;

use super::place::{Place, place};
use super::sources::{self, joined};
use super::{Guess, argv, plain_name, read};

/// Modules that make a server, by the names that targets get.
const FRAMEWORKS: [(&str, &str); 4] =
    [("gin-gonic/gin", "gin"), ("labstack/echo", "echo"), ("gofiber/fiber", "fiber"), ("go-chi/chi", "chi")];

pub(super) fn guesses(dir: &Path) -> Vec<Guess> {
    let Some(text) = read(dir, "go.mod") else { return bare(dir).into_iter().collect() };
    let module = text.lines().find_map(|line| line.strip_prefix("module "));
    let Some(last) = module.and_then(|module| plain_name(module.trim().rsplit('/').next().unwrap_or_default())) else {
        return Vec::new();
    };
    let framework = FRAMEWORKS.into_iter().find(|(module, _)| text.contains(module)).map(|(_, name)| name);
    let packages = programs(dir, last);
    let several = packages.len() > 1;
    let all = joined(&sources::below(dir, &["go"]));
    packages
        .into_iter()
        .map(|package| {
            let own = package.strip_prefix("./cmd/").filter(|_| several);
            let program = program(dir, own.unwrap_or(last));
            let build = argv(&["go", "build", "-o", &program, &package]);
            let name = own.or(framework).unwrap_or("go");
            let sources =
                own.map_or_else(|| all.clone(), |name| joined(&sources::below(&dir.join("cmd").join(name), &["go"])));
            let mut guess = Guess::new(name, "go.mod", vec![program]).placed(place_of(&sources)).routes(&all);
            if framework == Some("gin") {
                guess.env.push(("GIN_MODE", "release"));
            }
            Guess { build: Some(build), ..guess }
        })
        .collect()
}

/// A file without a module, which can use the standard library only.
fn bare(dir: &Path) -> Option<Guess> {
    let text = read(dir, "main.go").filter(|text| text.contains("package main") && text.contains("net/http"))?;
    let program = program(dir, "server");
    let build = argv(&["go", "build", "-o", &program, "main.go"]);
    let guess = Guess::new("go", "main.go", vec![program]).placed(place(&text)).routes(&text);
    Some(Guess { build: Some(build), ..guess })
}

/// Gin's `Run()` without an address reads PORT itself.
fn place_of(sources: &str) -> Place {
    if sources.contains(".Run()") && sources.contains("gin.") {
        return Place { env: vec![("PORT", "{port}")], ..Place::default() };
    }
    place(sources)
}

/// The file that is built, never a folder that is there.
fn program(dir: &Path, name: &str) -> String {
    if dir.join(name).is_dir() { format!("./{name}.bin") } else { format!("./{name}") }
}

/// The packages that are programs: the folder itself, else the one in `cmd` of the module's name or the only one there, else those
/// there that serve HTTP.
fn programs(dir: &Path, module: &str) -> Vec<String> {
    let entries = |dir: &Path| fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok).collect::<Vec<_>>();
    let go_file = |entry: &fs::DirEntry| entry.path().extension().is_some_and(|ending| ending == "go");
    let mut commands: Vec<String> = entries(&dir.join("cmd"))
        .iter()
        .filter(|entry| entries(&entry.path()).iter().any(go_file))
        .filter_map(|entry| plain_name(&entry.file_name().to_string_lossy()).map(str::to_owned))
        .collect();
    commands.sort();
    if entries(dir).iter().any(go_file) || commands.is_empty() {
        return vec![".".to_owned()];
    }
    let serves = |name: &&String| {
        let text = joined(&sources::below(&dir.join("cmd").join(name.as_str()), &["go"]));
        text.contains("net/http") || FRAMEWORKS.iter().any(|(module, _)| text.contains(module))
    };
    let named = commands.iter().find(|name| *name == module);
    let found: Vec<&String> = match (named, commands.as_slice()) {
        (Some(name), _) => vec![name],
        (None, [only]) => vec![only],
        _ => commands.iter().filter(serves).collect(),
    };
    if found.is_empty() {
        vec![".".to_owned()]
    } else {
        found.into_iter().map(|name| format!("./cmd/{name}")).collect()
    }
}
