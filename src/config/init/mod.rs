//! A first `pianoprof.toml` for a server of one's own.
//!
//! Looks at what the folder holds and guesses how its server is started. It writes no file and starts nothing, since that lies
//! above; the text that it returns is a config that loads, with a comment wherever it guessed.

mod command_line;
mod find;
mod text;

pub use find::{Guess, Tried, guesses};
pub use text::{config, corpus};

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::defaults::page;
    use crate::config::parse;
    use crate::model::plan::Plan;

    fn written(files: &[(&str, &str)]) -> (String, Plan) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let text = config(&guesses(folder.path()));
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
                "python3 -m flask --app app:app run --host {host} --port {port}",
            ),
            (
                &[("requirements.txt", "flask\ngunicorn\n"), ("wsgi.py", "app = x\n")],
                "python3 -m gunicorn --workers 4 --bind {host}:{port} wsgi:app",
            ),
            (
                &[("requirements.txt", "fastapi\nuvicorn[standard]\n"), ("main.py", "app = FastAPI()\n")],
                "python3 -m uvicorn main:app --host {host} --port {port} --log-level warning",
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
    fn frameworks_are_recognised_by_files_and_dependencies() {
        for (name, files, expected) in [
            (
                "fastapi",
                &[("api.py", "from fastapi import FastAPI\napi = FastAPI()\n@api.get(\"/songs\")\n")][..],
                "python3 -m uvicorn api:api --host {host} --port {port} --log-level warning",
            ),
            (
                "flask",
                &[
                    ("requirements.txt", "flask\n"),
                    (".venv/bin/gunicorn", ""),
                    (".venv/bin/python", ""),
                    ("app.py", "def create_app():\n    app = Flask(__name__)\n"),
                ],
                ".venv/bin/python -m gunicorn --workers 4 --bind {host}:{port} app:create_app()",
            ),
            (
                "django",
                &[
                    ("manage.py", "from django.core"),
                    ("requirements.txt", "django\ngunicorn"),
                    ("shop/__init__.py", ""),
                    ("shop/wsgi.py", "application = 1"),
                ],
                "python3 -m gunicorn --workers 4 --bind {host}:{port} shop.wsgi:application",
            ),
            (
                "server",
                &[(
                    "server.py",
                    "from http.server import HTTPServer\nimport sys\nHTTPServer(('', int(sys.argv[1])), H)\n",
                )],
                "python3 server.py {port}",
            ),
            (
                "express",
                &[
                    ("package.json", r#"{"dependencies":{"express":"5"}}"#),
                    ("index.js", "app.listen(process.env.PORT)"),
                ],
                "NODE_ENV=production PORT={port} node index.js",
            ),
            (
                "fastify",
                &[
                    ("package.json", r#"{"main":"index.js","dependencies":{"fastify":"5"}}"#),
                    ("server.mjs", "app.listen({ port: process.env.PORT, host: process.env.HOST })"),
                ],
                "HOST={host} NODE_ENV=production PORT={port} node server.mjs",
            ),
            ("server", &[("server.js", "http.createServer(f).listen(+process.argv[2])")], "node server.js {port}"),
            (
                "gin",
                &[
                    ("go.mod", "module a/shop\nrequire github.com/gin-gonic/gin v1"),
                    ("main.go", "r := gin.New()\nr.Run()"),
                ],
                "GIN_MODE=release PORT={port} ./shop",
            ),
            (
                "echo",
                &[
                    ("go.mod", "module a/shop\nrequire github.com/labstack/echo/v4 v4"),
                    ("main.go", "addr := flag.String(\"addr\", \":80\", \"\")\ne.Start(*addr)"),
                ],
                "./shop -addr {host}:{port}",
            ),
            (
                "go",
                &[("main.go", "package main\nimport \"net/http\"\nos.Getenv(\"ADDR\")")],
                "ADDR={host}:{port} ./server",
            ),
            (
                "axum",
                &[
                    ("Cargo.toml", "[package]\nname = \"web\"\n[dependencies]\naxum = \"0.8\"\n"),
                    ("src/main.rs", "std::env::var(\"PORT\")"),
                ],
                "PORT={port} target/release/web",
            ),
            (
                "spring",
                &[(
                    "pom.xml",
                    "<project><parent><artifactId>spring-boot-starter-parent</artifactId></parent>\
                     <artifactId>shop</artifactId><version>1.0</version></project>",
                )],
                "java -jar target/shop-1.0.jar --server.address={host} --server.port={port}",
            ),
            (
                "javalin",
                &[
                    ("pom.xml", "<project><artifactId>shop</artifactId><dependencies>javalin</dependencies></project>"),
                    (
                        "src/main/java/shop/App.java",
                        "package shop;\nclass App { public static void main(String[] a) { System.getenv(\"PORT\"); } }",
                    ),
                ],
                "PORT={port} java -cp target/classes:target/dependency/* shop.App",
            ),
            (
                "rails",
                &[("Gemfile", "gem \"rails\""), ("config/application.rb", "")],
                "RAILS_ENV=production SECRET_KEY_BASE_DUMMY=1 bundle exec rails server --binding {host} --port {port}",
            ),
        ] {
            assert_eq!(command(files), expected, "{files:?}");
            assert_eq!(written(files).1.targets[0].name, name);
        }
    }

    #[test]
    fn servers_in_folders_and_several_files_are_compared() {
        let (text, plan) = written(&[
            ("new/go.mod", "module shop"),
            ("new/main.go", "package main"),
            ("old/app.py", "from flask import Flask\napp = Flask(__name__)"),
            ("node_modules/x/package.json", r#"{"main":"x.js"}"#),
        ]);
        let comparison = plan.comparison.unwrap();
        assert_eq!((comparison.baseline.as_str(), comparison.candidate.as_str()), ("old", "new"), "{text}");
        assert!(plan.targets[1].dir.ends_with("new"));
        let (_, plan) = written(&[
            ("one.py", "from flask import Flask\napp = Flask(__name__)"),
            ("two.py", "from fastapi import FastAPI\napp = FastAPI()"),
        ]);
        assert_eq!(plan.targets.iter().map(|target| target.name.as_str()).collect::<Vec<_>>(), ["one", "two"]);
        let (_, plan) = written(&[
            ("go.mod", "module shop"),
            ("cmd/one/main.go", "net/http"),
            ("cmd/two/main.go", "net/http"),
            ("cmd/tool/main.go", "fmt"),
        ]);
        assert_eq!(plan.targets.iter().map(|target| target.name.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    }

    /// The settings that are off are right when they are switched on, all of them at once.
    #[test]
    fn settings_that_are_off_can_be_switched_on() {
        let mut two = vec![
            Guess { name: "a".to_owned(), command: vec!["a".to_owned(), "{port}".to_owned()], ..Guess::default() },
            Guess { name: "b".to_owned(), command: vec!["b".to_owned(), "{port}".to_owned()], ..Guess::default() },
        ];
        two[0].tried = Tried::Answered(vec![("/health".to_owned(), Some(200)), ("/items".to_owned(), Some(200))]);
        let text = config(&two);
        let on: Vec<&str> = text
            .lines()
            .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
            .collect();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("corpus.json"), corpus(&two)).unwrap();
        let plan = parse(&on.join("\n"), Path::new("pianoprof.toml"), folder.path(), &|_| None);
        let plan = plan.unwrap_or_else(|error| panic!("{}\n{}", error.render(false), on.join("\n")));
        assert_eq!((plan.loads.len(), plan.claims.len()), (2, 2));
        assert_eq!(plan.requests[0].path, "/items", "what says that all is well is not measured first");
        assert_eq!(corpus(&two), "{\n  \"requests\": [\"items\", \"health\"]\n}\n");
        assert_eq!(plan.targets[0].ready.by, page("/health"));
        assert_eq!(plan.targets[1].ready.by, page("/"));
        assert!(plan.parity.is_some());
    }

    #[test]
    fn what_came_of_trying_is_said() {
        let guess =
            |tried| Guess { name: "a".to_owned(), command: vec!["{port}".to_owned()], tried, ..Guess::default() };
        let text = config(&[guess(Tried::Failed("ended with exit status 1\u{7}".to_owned()))]);
        assert!(text.contains("It did not start when it was tried: ended with exit status 1 ."), "{text}");
        let text = config(&[guess(Tried::Answered(vec![("/health".to_owned(), Some(404)), ("/".to_owned(), None)]))]);
        assert!(text.contains("it answered 404 at /health, nothing at /. Name a path"), "{text}");
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
        assert_eq!((comparison.baseline.as_str(), comparison.candidate.as_str()), ("flask", "go"));
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
