//! A first `pianoprof.toml` for a server of one's own.
//!
//! Looks at what the folder holds and guesses how its server is started. It writes no file and starts nothing; the text
//! that it returns is a config that loads, with a comment wherever it guessed.

mod command_line;
mod find;
mod text;

use std::path::Path;

pub use find::Guess;

/// A commented config for the server in `dir`: two targets when more than one was found, else one. When nothing was
/// recognised its command is a stand-in that does start (`python3 -m http.server`), and a comment says to replace it.
#[must_use]
pub fn write(dir: &Path) -> String {
    text::config(&find::guesses(dir))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::parse;
    use crate::model::plan::Plan;

    fn written(files: &[(&str, &str)]) -> (String, Plan) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let text = write(folder.path());
        let plan = parse(&text, Path::new("pianoprof.toml"), folder.path(), &|_| None);
        match plan {
            Ok(plan) => (text, plan),
            Err(error) => panic!("{}\n{text}", error.render(false)),
        }
    }

    fn command(files: &[(&str, &str)]) -> String {
        let (_, plan) = written(files);
        let env: Vec<String> =
            plan.targets[0].env.iter().map(|(name, value)| format!("{name}={} ", value.reveal())).collect();
        env.concat() + &plan.targets[0].command.join(" ")
    }

    #[test]
    fn an_empty_folder_gives_a_config_that_works() {
        assert_eq!(command(&[]), "python3 -m http.server {port} --bind {host}");
        assert!(written(&[]).0.contains("Replace"));
    }

    #[test]
    fn servers_are_recognised() {
        for (files, expected) in [
            (
                &[("Procfile", "worker: x\nweb: gunicorn app:app --bind 0.0.0.0:$PORT\n")][..],
                "gunicorn app:app --bind 0.0.0.0:{port}",
            ),
            (&[("Procfile", "web: ./run --quiet\n")], "PORT={port} ./run --quiet"),
            (&[("Procfile", "web: FOO=1 ./run && true\n")], "PORT={port} sh -c FOO=1 ./run && true"),
            (
                &[("package.json", r#"{"scripts":{"start":"node server.js"}}"#)],
                "HOST={host} PORT={port} node server.js",
            ),
            (&[("package.json", r#"{"scripts":{"start":"tsc && node ."}}"#)], "HOST={host} PORT={port} npm start"),
            (&[("package.json", r#"{"main":"index.js"}"#)], "HOST={host} PORT={port} node index.js"),
            (&[("go.mod", "module example.org/a/shop\n")], "HOST={host} PORT={port} ./shop"),
            (&[("Cargo.toml", "[package]\nname = \"web\"\n")], "HOST={host} PORT={port} target/release/web"),
            (
                &[("requirements.txt", "Flask==3.0\n"), ("app.py", "app = Flask(__name__)\n")],
                "python3 -m flask --app app run --host {host} --port {port}",
            ),
            (
                &[("requirements.txt", "flask\ngunicorn\n"), ("wsgi.py", "app = x\n")],
                "python3 -m gunicorn --workers 4 --bind {host}:{port} wsgi:app",
            ),
            (
                &[("requirements.txt", "fastapi\nuvicorn[standard]\n"), ("main.py", "app = FastAPI()\n")],
                "python3 -m uvicorn main:app --host {host} --port {port}",
            ),
            (
                &[
                    ("requirements.in", "flask\ngunicorn\n"),
                    ("tests/__init__.py", ""),
                    ("piano/__init__.py", ""),
                    ("piano/app.py", "app = 1"),
                ],
                "python3 -m gunicorn --workers 4 --bind {host}:{port} piano.app:app",
            ),
            (
                &[("pyproject.toml", "[project]\ndependencies = [\"django>=5\"]\n"), ("manage.py", "")],
                "python3 manage.py runserver --noreload {host}:{port}",
            ),
            (
                &[("Dockerfile", "FROM x\nCMD [\"./old\"]\nCMD [\"./new\", \"--port\", \"$PORT\"]\n")],
                "./new --port {port}",
            ),
            (
                &[("Dockerfile", "FROM x\nEXPOSE 8000\nENTRYPOINT [\"srv\"]\nCMD [\"--listen=0.0.0.0:8000\"]\n")],
                "srv --listen=0.0.0.0:{port}",
            ),
        ] {
            assert_eq!(command(files), expected, "{files:?}");
        }
    }

    #[test]
    fn a_virtual_environment_is_used() {
        let files = [("requirements.txt", "flask"), ("app.py", "app = 1"), (".venv/bin/python", "")];
        assert!(command(&files).starts_with(".venv/bin/python -m flask"));
    }

    #[test]
    fn two_servers_are_compared_and_more_are_left_as_comments() {
        let (text, plan) = written(&[("go.mod", "module shop"), ("requirements.txt", "flask"), ("app.py", "app = 1")]);
        let comparison = plan.comparison.unwrap();
        assert_eq!((comparison.baseline.as_str(), comparison.candidate.as_str()), ("python", "go"));
        assert_eq!(plan.targets[1].build, [["go", "build", "-o", "./shop", "."]]);
        assert!(text.contains("[comparison]"));
    }

    #[test]
    fn builds_fit_what_is_there() {
        for (files, expected) in [
            (&[("go.mod", "module a/shop"), ("main.go", ""), ("cmd/tool/main.go", "")][..], "go build -o ./shop ."),
            (&[("go.mod", "module a/shop"), ("cmd/web/main.go", "")], "go build -o ./shop ./cmd/web"),
            (
                &[("go.mod", "module a/shop"), ("cmd/shop/main.go", ""), ("cmd/tool/main.go", "")],
                "go build -o ./shop ./cmd/shop",
            ),
            (&[("go.mod", "module a/shop"), ("cmd/one/a.go", ""), ("cmd/two/a.go", "")], "go build -o ./shop ."),
            (&[("Cargo.toml", "[package]\nname = \"web\"\n")], "cargo build --release"),
            (&[("Cargo.toml", "[package]\nname = \"web\"\n"), ("Cargo.lock", "")], "cargo build --release --locked"),
        ] {
            let (_, plan) = written(files);
            assert_eq!(plan.targets[0].build.iter().map(|argv| argv.join(" ")).collect::<Vec<_>>(), [expected]);
        }
    }

    #[test]
    fn odd_files_do_not_break_it() {
        written(&[
            ("package.json", "{"),
            ("Cargo.toml", "["),
            ("go.mod", ""),
            ("Procfile", "web:"),
            ("Dockerfile", "CMD ["),
        ]);
        written(&[("go.mod", "module \"x\"\"y\\"), ("Procfile", "web: a \"\"\" '''\t\\ $PORT \u{7f}")]);
        written(&[("requirements.txt", "\u{0}flask"), ("package.json", r#"{"scripts":{"start":7},"main":[]}"#)]);
    }
}
