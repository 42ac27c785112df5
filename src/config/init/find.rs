//! Which servers a folder seems to hold, and how they are started.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::command_line::{with_port, words};

/// One server that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// A name for the target.
    pub name: &'static str,
    /// The file that gave it away.
    pub from: &'static str,
    /// How it is started.
    pub command: Vec<String>,
    /// How it is built first.
    pub build: Option<Vec<String>>,
    /// Variables that tell it its place; needed when the command does not name the port.
    pub env: &'static [(&'static str, &'static str)],
    /// What should be looked at before it is trusted.
    pub doubt: Option<&'static str>,
}

const PORT: &[(&str, &str)] = &[("PORT", "{port}")];
const HOST_AND_PORT: &[(&str, &str)] = &[("HOST", "{host}"), ("PORT", "{port}")];
const READS_PORT: &str = "It is assumed that the server reads HOST and PORT from its environment.";

/// The servers of the folder, Python first and compiled ones last: a rewrite usually goes that way. A `Procfile` says how
/// the server is really started, so it stands for all; a `Dockerfile` is asked when nothing else is known.
pub fn guesses(dir: &Path) -> Vec<Guess> {
    if let Some(guess) = procfile(dir) {
        return vec![guess];
    }
    let found: Vec<Guess> = [python(dir), node(dir), go(dir), rust(dir)].into_iter().flatten().collect();
    if found.is_empty() { dockerfile(dir).into_iter().collect() } else { found }
}

fn read(dir: &Path, name: &str) -> Option<String> {
    fs::read_to_string(dir.join(name)).ok()
}

fn argv(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A line of a file as a guess: its words when they suffice, a shell when not.
fn line_guess(name: &'static str, from: &'static str, line: &str, port: Option<&str>) -> Option<Guess> {
    let line = line.trim();
    if line.is_empty() || line.chars().any(char::is_control) {
        return None;
    }
    let simple = words(line).and_then(|words| with_port(words, port));
    let doubt =
        simple.is_none().then_some("The line needs a shell: an argv without one starts faster and stops cleanly.");
    let command = simple.unwrap_or_else(|| argv(&["sh", "-c", line]));
    let env = if command.iter().any(|word| word.contains("{port}")) { &[][..] } else { PORT };
    Some(Guess { name, from, command, build: None, env, doubt })
}

fn procfile(dir: &Path) -> Option<Guess> {
    let text = read(dir, "Procfile")?;
    let line = text.lines().find_map(|line| line.strip_prefix("web:"))?;
    line_guess("app", "Procfile", line, None)
}

fn python(dir: &Path) -> Option<Guess> {
    let files = ["requirements.txt", "requirements.in", "pyproject.toml"];
    let texts: Vec<(&'static str, String)> =
        files.into_iter().filter_map(|name| read(dir, name).map(|text| (name, text.to_lowercase()))).collect();
    let from = texts.first()?.0;
    let text: String = texts.into_iter().map(|(_, text)| text).collect();
    let venv = [".venv/bin/python", "venv/bin/python"].into_iter().find(|python| dir.join(python).exists());
    let python = venv.unwrap_or("python3");
    let needs = |package: &str| text.contains(package);
    let (module, variable) = application(dir);
    let app = format!("{module}:{variable}");
    let command = if needs("fastapi") || needs("uvicorn") {
        argv(&[python, "-m", "uvicorn", &app, "--host", "{host}", "--port", "{port}"])
    } else if needs("gunicorn") {
        argv(&[python, "-m", "gunicorn", "--workers", "4", "--bind", "{host}:{port}", &app])
    } else if needs("django") {
        argv(&[python, "manage.py", "runserver", "--noreload", "{host}:{port}"])
    } else if needs("flask") {
        argv(&[python, "-m", "flask", "--app", &module, "run", "--host", "{host}", "--port", "{port}"])
    } else {
        return None;
    };
    let development = !(needs("gunicorn") || needs("fastapi") || needs("uvicorn"));
    let doubt = if development {
        "This is the framework's development server: compare what runs in production."
    } else {
        "Check the name of the application."
    };
    Some(Guess { name: "python", from, command, build: None, env: &[], doubt: Some(doubt) })
}

/// The module and the variable of a WSGI or ASGI application, by the usual names, in the folder or one of its packages.
fn application(dir: &Path) -> (String, &'static str) {
    let mut places = vec![(dir.to_owned(), String::new())];
    for package in packages(dir) {
        places.push((dir.join(&package), format!("{package}.")));
    }
    for (folder, prefix) in places {
        for module in ["wsgi", "asgi", "app", "main", "server"] {
            if let Some(text) = read(&folder, &format!("{module}.py")) {
                let django = !text.contains("app =") && text.contains("application =");
                return (format!("{prefix}{module}"), if django { "application" } else { "app" });
            }
        }
    }
    ("app".to_owned(), "app")
}

/// The Python packages right in the folder, in the order of their names.
fn packages(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok);
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let plain = |name: &String| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let mut names: Vec<String> =
        names.filter(|name| plain(name) && dir.join(name).join("__init__.py").is_file()).collect();
    names.sort();
    names
}

fn node(dir: &Path) -> Option<Guess> {
    let package: Value = serde_json::from_str(&read(dir, "package.json")?).ok()?;
    let plain = |text: &str| !text.trim().is_empty() && !text.chars().any(char::is_control);
    let start = package.pointer("/scripts/start").and_then(Value::as_str).filter(|line| plain(line));
    let main = package.get("main").and_then(Value::as_str).filter(|main| plain(main));
    let command = match (start, main) {
        (Some(line), _) => match words(line).and_then(|words| with_port(words, None)) {
            Some(words) if words[0] == "node" => words,
            _ => argv(&["npm", "start"]),
        },
        (None, Some(main)) => argv(&["node", main]),
        (None, None) => return None,
    };
    Some(Guess {
        name: "node",
        from: "package.json",
        command,
        build: None,
        env: HOST_AND_PORT,
        doubt: Some(READS_PORT),
    })
}

fn go(dir: &Path) -> Option<Guess> {
    let text = read(dir, "go.mod")?;
    let module = text.lines().find_map(|line| line.strip_prefix("module "))?;
    let last = module.trim().rsplit('/').next().unwrap_or_default();
    let program = format!("./{}", plain_name(last)?);
    let build = argv(&["go", "build", "-o", &program, &go_main(dir, last)]);
    let command = vec![program];
    Some(Guess { name: "go", from: "go.mod", command, build: Some(build), env: HOST_AND_PORT, doubt: Some(READS_PORT) })
}

/// The package that is the program: the folder itself, else the one in `cmd` of the module's name, or the only one there.
fn go_main(dir: &Path, module: &str) -> String {
    let entries = |dir: &Path| fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok).collect::<Vec<_>>();
    let go_file = |entry: &fs::DirEntry| entry.path().extension().is_some_and(|ending| ending == "go");
    let commands: Vec<String> = entries(&dir.join("cmd"))
        .iter()
        .filter(|entry| entries(&entry.path()).iter().any(go_file))
        .filter_map(|entry| plain_name(&entry.file_name().to_string_lossy()).map(str::to_owned))
        .collect();
    let named = commands.iter().find(|name| *name == module);
    match (named, commands.as_slice()) {
        (Some(name), _) if !entries(dir).iter().any(go_file) => format!("./cmd/{name}"),
        (None, [only]) if !entries(dir).iter().any(go_file) => format!("./cmd/{only}"),
        _ => ".".to_owned(),
    }
}

fn rust(dir: &Path) -> Option<Guess> {
    let manifest: toml::Table = read(dir, "Cargo.toml")?.parse().ok()?;
    let name = plain_name(manifest.get("package")?.get("name")?.as_str()?)?;
    // Without a lock file there is nothing to hold to, and cargo would refuse.
    let locked: &[&str] = &["cargo", "build", "--release", "--locked"];
    let build = if dir.join("Cargo.lock").is_file() { locked } else { &locked[..3] };
    Some(Guess {
        name: "rust",
        from: "Cargo.toml",
        command: vec![format!("target/release/{name}")],
        build: Some(argv(build)),
        env: HOST_AND_PORT,
        doubt: Some(READS_PORT),
    })
}

fn plain_name(name: &str) -> Option<&str> {
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    plain.then_some(name)
}

fn dockerfile(dir: &Path) -> Option<Guess> {
    let text = read(dir, "Dockerfile")?.replace("\\\n", " ");
    let last = |word: &str| text.lines().rev().find_map(|line| line.trim().strip_prefix(word)).map(str::trim);
    let port = last("EXPOSE ").map(|ports| ports.split(['/', ' ']).next().unwrap_or_default());
    let exec = |line: &str| serde_json::from_str::<Vec<String>>(line).ok();
    let (entry, cmd) = (last("ENTRYPOINT "), last("CMD "));
    let entry_words = entry.and_then(exec);
    let words: Vec<String> = entry_words.into_iter().chain(cmd.and_then(exec)).flatten().collect();
    if words.is_empty() {
        return line_guess("app", "Dockerfile", entry.or(cmd).filter(|line| !line.starts_with('['))?, port);
    }
    if words[0].is_empty() || words.iter().any(|word| word.chars().any(char::is_control)) {
        return None;
    }
    let command = with_port(words.clone(), port).unwrap_or(words);
    let env = if command.iter().any(|word| word.contains("{port}")) { &[][..] } else { PORT };
    let doubt = Some("The command comes from a container image: check that it runs on this machine.");
    Some(Guess { name: "app", from: "Dockerfile", command, build: None, env, doubt })
}
