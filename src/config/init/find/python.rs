//! Servers in Python: `FastAPI`, Flask, Django and their kin by dependencies and imports, plain scripts by what they import.

use std::fs;
use std::path::Path;

use super::place::place;
use super::sources::{self, Source, joined};
use super::{Guess, argv, read};

/// Frameworks: how they are named in a target, and whether uvicorn serves them.
const FRAMEWORKS: [(&str, &str, bool); 6] = [
    ("FastAPI(", "fastapi", true),
    ("Starlette(", "starlette", true),
    ("Litestar(", "litestar", true),
    ("Quart(", "quart", true),
    ("Flask(", "flask", false),
    ("falcon.App(", "falcon", false),
];

/// What a folder needs of Python.
struct Needs {
    /// The file that says so.
    from: Option<&'static str>,
    text: String,
    /// The interpreter.
    python: &'static str,
}

impl Needs {
    fn of(dir: &Path) -> Self {
        let files = ["requirements.txt", "requirements.in", "pyproject.toml", "Pipfile", "setup.py"];
        let texts: Vec<(&'static str, String)> =
            files.into_iter().filter_map(|name| read(dir, name).map(|text| (name, text.to_lowercase()))).collect();
        let interpreters =
            [".venv/bin/python", "venv/bin/python", "../.venv/bin/python", "../venv/bin/python"].into_iter();
        Self {
            from: texts.first().map(|(name, _)| *name),
            text: texts.into_iter().map(|(_, text)| text).collect(),
            python: interpreters.into_iter().find(|python| dir.join(python).exists()).unwrap_or("python3"),
        }
    }

    /// Whether a dependency names that package, or the environment has its program.
    fn has(&self, dir: &Path, package: &str) -> bool {
        let folder = self.python.strip_suffix("python").unwrap_or("none/");
        self.text.contains(package) || dir.join(format!("{folder}{package}")).exists()
    }
}

/// An application: its file, its name, and its framework.
struct Application {
    file: String,
    /// `module:variable`, or `module:factory()`.
    variable: String,
    is_factory: bool,
    framework: &'static str,
    is_asgi: bool,
}

impl Application {
    fn module(&self) -> String {
        self.file.trim_end_matches(".py").trim_end_matches("/__init__").replace('/', ".")
    }
}

pub(super) fn guesses(dir: &Path) -> Vec<Guess> {
    let needs = Needs::of(dir);
    if let Some(guess) = django(dir, &needs) {
        return vec![guess];
    }
    let mut files = sources::here(dir, &["py"]);
    for package in packages(dir) {
        let inside = sources::here(&dir.join(&package), &["py"]);
        files.extend(inside.into_iter().map(|(file, text)| (format!("{package}/{file}"), text)));
    }
    files.retain(|(file, _)| !file.split('/').any(|part| part.starts_with("test") || part == "conftest.py"));
    let applications: Vec<Application> = files.iter().filter_map(application).collect();
    // Several files right in the folder are several servers; those of a package belong together.
    let here: Vec<&Application> = applications.iter().filter(|app| !app.file.contains('/')).collect();
    let servers = if here.is_empty() { applications.iter().take(1).collect() } else { here };
    let several = servers.len() > 1;
    let routes = joined(&files);
    let mut found: Vec<Guess> = servers
        .into_iter()
        .map(|app| {
            let guess = serve(dir, &needs, app);
            let text =
                if several { files.iter().find(|(file, _)| *file == app.file).map(|(_, text)| text) } else { None };
            let guess = guess.routes(text.unwrap_or(&routes));
            if several { Guess { name: app.module(), ..guess } } else { guess }
        })
        .collect();
    if found.is_empty() {
        found.extend(by_dependencies(dir, &needs));
    }
    if found.is_empty() {
        found.extend(files.iter().filter(|(file, _)| !file.contains('/')).filter_map(|source| script(&needs, source)));
    }
    found
}

/// The application that a file makes: `NAME = FastAPI(…)` at the start of a line, or a factory.
fn application((file, text): &Source) -> Option<Application> {
    let (word, framework, is_asgi) = FRAMEWORKS.into_iter().find(|(word, ..)| text.contains(word))?;
    let variable = text.lines().find_map(|line| {
        let (left, right) = line.split_once('=')?;
        let name = left.split(':').next()?.trim_end();
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let made = right.trim_start();
        (is_name && (made.starts_with(word) || made.contains(&format!(".{word}")))).then(|| name.to_owned())
    });
    let factory =
        ["create_app", "make_app", "build_app"].into_iter().find(|name| text.contains(&format!("def {name}(")));
    let (variable, is_factory) = match (variable, factory) {
        (Some(variable), _) => (variable, false),
        (None, Some(factory)) => (factory.to_owned(), true),
        (None, None) => return None,
    };
    Some(Application { file: file.clone(), variable, is_factory, framework, is_asgi })
}

/// How an application is served as in production: by uvicorn, by gunicorn where it is installed, else by Flask itself.
fn serve(dir: &Path, needs: &Needs, app: &Application) -> Guess {
    let python = needs.python;
    let (module, variable) = (app.module(), &app.variable);
    let from = needs.from.unwrap_or(&app.file);
    let name = format!("{module}:{variable}");
    let made = |words: &[&str]| Guess::new(app.framework, from, argv(words));
    if app.is_asgi {
        let mut words = vec![python, "-m", "uvicorn"];
        words.extend(app.is_factory.then_some("--factory"));
        words.extend([name.as_str(), "--host", "{host}", "--port", "{port}", "--log-level", "warning"]);
        return made(&words);
    }
    if needs.has(dir, "gunicorn") {
        let name = if app.is_factory { format!("{name}()") } else { name };
        return made(&[python, "-m", "gunicorn", "--workers", "4", "--bind", "{host}:{port}", &name]);
    }
    if app.framework == "flask" {
        return made(&[python, "-m", "flask", "--app", &name, "run", "--host", "{host}", "--port", "{port}"])
            .doubt(DEVELOPMENT);
    }
    made(&[python, &app.file]).placed(place(&read(dir, &app.file).unwrap_or_default()))
}

const DEVELOPMENT: &str = "This is the framework's development server: compare what runs in production.";

fn django(dir: &Path, needs: &Needs) -> Option<Guess> {
    let manage = read(dir, "manage.py")?;
    if !(manage.contains("django") || needs.text.contains("django")) {
        return None;
    }
    let from = needs.from.unwrap_or("manage.py");
    let python = needs.python;
    let urls = joined(
        &sources::below(dir, &["py"]).into_iter().filter(|(file, _)| file.ends_with("urls.py")).collect::<Vec<_>>(),
    );
    let project = |file: &str| packages(dir).into_iter().find(|package| dir.join(package).join(file).is_file());
    let guess = match project("wsgi.py").filter(|_| needs.has(dir, "gunicorn")) {
        Some(package) => {
            let name = format!("{package}.wsgi:application");
            Guess::new(
                "django",
                from,
                argv(&[python, "-m", "gunicorn", "--workers", "4", "--bind", "{host}:{port}", &name]),
            )
        }
        None => Guess::new("django", from, argv(&[python, "manage.py", "runserver", "--noreload", "{host}:{port}"]))
            .doubt(DEVELOPMENT),
    };
    Some(guess.routes(&urls))
}

/// A server of which the dependencies alone tell.
fn by_dependencies(dir: &Path, needs: &Needs) -> Option<Guess> {
    let from = needs.from?;
    let (module, variable) = usual_application(dir);
    let app = |framework, is_asgi| Application {
        file: format!("{}.py", module.replace('.', "/")),
        variable: variable.to_owned(),
        is_factory: false,
        framework,
        is_asgi,
    };
    let app = if needs.text.contains("fastapi") {
        app("fastapi", true)
    } else if needs.text.contains("uvicorn") {
        app("python", true)
    } else if needs.text.contains("flask") {
        app("flask", false)
    } else if needs.text.contains("gunicorn") {
        app("python", false)
    } else {
        return None;
    };
    Some(Guess { from: from.to_owned(), ..serve(dir, needs, &app) }.doubt("Check the name of the application."))
}

/// The module and the variable of a WSGI or ASGI application by the usual names, in the folder or one of its packages.
fn usual_application(dir: &Path) -> (String, &'static str) {
    let mut places = vec![(dir.to_owned(), String::new())];
    places.extend(packages(dir).into_iter().map(|package| (dir.join(&package), format!("{package}."))));
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

/// A script that serves HTTP itself.
fn script(needs: &Needs, (file, text): &Source) -> Option<Guess> {
    let serves = ["http.server", "aiohttp", "tornado", "socketserver", "wsgiref", "sanic", "bottle", "cherrypy"];
    let imports = |module: &str| {
        text.lines().any(|line| {
            let mut words = line.split_whitespace();
            matches!(words.next(), Some("import" | "from")) && words.next().is_some_and(|name| name.starts_with(module))
        })
    };
    let stem = file.trim_end_matches(".py");
    serves
        .into_iter()
        .any(imports)
        .then(|| Guess::new(stem, file, argv(&[needs.python, file])).placed(place(text)).routes(text))
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
