//! The programs that a comparison uses: found with their version, or missing with the command that installs them.

use std::path::Path;

use nix::unistd::geteuid;

use super::answer::{self, Answer};
use super::install::Manager;
use super::needs::Needs;
use super::{Need, State, Tool};
use crate::database;
use crate::database::programs::Search;
use crate::process::{find_program, is_program};

/// The oldest Rust that builds this program.
const RUST: &str = env!("CARGO_PKG_RUST_VERSION");
/// The oldest Python that the shipped Flask target runs on.
const PYTHON: &str = "3.11";

/// Looks for everything, all at once: a Java takes a second to say its version.
pub(super) fn look(project: &Path) -> Vec<Tool> {
    let needs = Needs::of(project);
    let here = Here { project, manager: Manager::here(), root: geteuid().is_root() };
    let mut jobs: Vec<Job<'_>> = vec![
        Box::new(|| postgres(&needs, here)),
        Box::new(|| rust(here)),
        Box::new(|| go(&needs, here)),
        Box::new(|| python(&needs, here)),
        Box::new(|| jmeter(here)),
    ];
    for opinion in OPINIONS {
        jobs.push(Box::new(move || opinion.look(here)));
    }
    for (target, file) in &needs.files {
        jobs.push(Box::new(move || target_file(target, file, here)));
    }
    for program in needs.programs.iter().filter(|program| !matches!(program.as_str(), "go" | "python3")) {
        jobs.push(Box::new(move || target_program(program, here)));
    }
    let mut tools: Vec<Tool> = std::thread::scope(|scope| {
        let threads: Vec<_> = jobs.into_iter().map(|job| scope.spawn(job)).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    tools.sort_by_key(|tool| tool.need != Need::Required);
    tools
}

type Job<'a> = Box<dyn FnOnce() -> Tool + Send + 'a>;

/// Where a tool is looked for, and how one is installed here.
#[derive(Clone, Copy, Debug)]
struct Here<'a> {
    project: &'a Path,
    manager: Manager,
    root: bool,
}

impl Here<'_> {
    fn install(self, names: [&str; 4]) -> String {
        self.manager.install(names, self.root)
    }

    /// Whether the project is one whose `make setup` brings what its comparison needs.
    fn has_setup(self) -> bool {
        self.project.join("scripts/require-postgres").is_file()
    }
}

fn tool(name: &str, purpose: &str, needed: bool, state: State) -> Tool {
    let need = if needed { Need::Required } else { Need::Optional };
    Tool { name: name.to_owned(), purpose: purpose.to_owned(), need, state }
}

/// Found when the program is in `PATH` and answers; too old is as bad as missing.
fn program(name: &str, arguments: &[&str], oldest: Option<&str>, install: String) -> State {
    let Some(path) = find_program(name) else { return State::Missing { why: None, install } };
    let said = answer::ask(&path, arguments).map(|Answer { text, .. }| text);
    let version = said.as_deref().and_then(answer::version);
    match (said, version, oldest) {
        (None, ..) => State::Missing { why: Some(format!("{} does not run", path.display())), install },
        (_, Some(version), Some(oldest)) if !answer::at_least(&version, oldest) => {
            State::Missing { why: Some(format!("{version} is too old: {oldest} or newer is needed")), install }
        }
        (_, version, _) => State::Found { version, path: path.display().to_string() },
    }
}

fn postgres(needs: &Needs, here: Here<'_>) -> Tool {
    // Looked for exactly as a comparison does.
    let state = match Search::machine(vec![here.project.to_owned()]).find() {
        Ok(programs) => State::Found { version: Some(programs.version), path: programs.folder.display().to_string() },
        Err(error) => State::Missing {
            why: match error {
                database::Error::NoPrograms { looked } => Some(format!("looked in {looked}")),
                other => Some(other.to_string()),
            },
            install: if here.has_setup() {
                "make setup".to_owned()
            } else {
                here.install(["postgresql-15", "postgresql15-server", "postgresql", "postgresql15"])
            },
        },
    };
    tool("PostgreSQL 15", "the private database of every trial", needs.postgres, state)
}

fn rust(here: Here<'_>) -> Tool {
    let install = "curl --proto '=https' -sSf https://sh.rustup.rs | sh".to_owned();
    let state = program("cargo", &["--version"], Some(RUST), install);
    let shipped = here.has_setup() && here.project.join("Cargo.toml").is_file();
    let purpose = if shipped { "builds pianoprof (make bench)" } else { "builds targets in Rust" };
    tool("cargo", purpose, false, state)
}

fn go(needs: &Needs, here: Here<'_>) -> Tool {
    let state = program("go", &["version"], None, here.install(["golang", "golang", "go", "go"]));
    tool("go", "builds targets in Go", needs.program("go"), state)
}

fn python(needs: &Needs, here: Here<'_>) -> Tool {
    let install = here.install(["python3 python3-venv", "python3", "python", "python3"]);
    let state = match program("python3", &["--version"], Some(PYTHON), install.clone()) {
        State::Found { path, .. } if !has_venv(&path) => {
            State::Missing { why: Some(format!("{path} has no module venv")), install }
        }
        state => state,
    };
    let needed = needs.program("python3") || needs.files.iter().any(|(_, file)| in_venv(file));
    tool("python3 with venv", "runs targets in Python", needed, state)
}

fn has_venv(python: &str) -> bool {
    answer::ask(Path::new(python), &["-c", "import ensurepip, venv"]).is_some_and(|answer| answer.success)
}

fn in_venv(file: &Path) -> bool {
    file.components().any(|part| matches!(part.as_os_str().to_str(), Some(".venv" | "venv")))
}

/// A program by path that a target starts and no build makes: mostly one of a venv.
fn target_file(target: &str, file: &Path, here: Here<'_>) -> Tool {
    let name = file.file_name().map_or_else(|| file.display().to_string(), |name| name.to_string_lossy().into_owned());
    let state = if is_program(file) {
        let version = in_venv(file).then(|| answer::ask(file, &["--version"])).flatten();
        State::Found {
            version: version.and_then(|Answer { text, .. }| answer::version(&text)),
            path: file.display().to_string(),
        }
    } else {
        State::Missing { why: Some(format!("{} is not there", file.display())), install: make_file(&name, file, here) }
    };
    tool(&name, &format!("starts target {target}"), true, state)
}

fn make_file(name: &str, file: &Path, here: Here<'_>) -> String {
    if here.has_setup() {
        return "make setup".to_owned();
    }
    // FOLDER/bin/PROGRAM is a venv's layout.
    match file.ancestors().nth(2).filter(|_| in_venv(file)) {
        Some(venv) => {
            let locked = ["requirements.lock", "requirements.txt"].map(|list| venv.with_file_name(list));
            let packages = locked.iter().find(|list| list.is_file());
            let packages = packages.map_or_else(|| name.to_owned(), |list| format!("-r {}", list.display()));
            format!("python3 -m venv {0} && {0}/bin/pip install {packages}", venv.display())
        }
        None => format!("build {}, or name its build in the target's `build`", file.display()),
    }
}

fn target_program(name: &str, here: Here<'_>) -> Tool {
    let install = here.install([name; 4]);
    let state = match find_program(name) {
        Some(path) => {
            let said = version_argument(name).and_then(|argument| answer::ask(&path, &[argument]));
            let version = said.and_then(|Answer { text, .. }| answer::version(&text));
            State::Found { version, path: path.display().to_string() }
        }
        None => State::Missing { why: None, install },
    };
    tool(name, "started or used to build by a target", true, state)
}

/// What makes a runtime, server or build tool of that name say its version. Other programs are not asked: they could do
/// anything with an argument that they do not know.
fn version_argument(name: &str) -> Option<&'static str> {
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    Some(match plain {
        "node" | "deno" | "bun" | "npm" | "npx" | "yarn" | "pnpm" | "python" | "pypy" | "ruby" | "bundle" | "php"
        | "perl" | "dotnet" | "gunicorn" | "uvicorn" | "hypercorn" | "uv" | "poetry" | "cargo" | "rustc" | "mvn"
        | "gradle" | "make" | "cmake" | "gcc" | "clang" | "swift" | "elixir" | "mix" => "--version",
        "go" | "zig" => "version",
        "java" | "javac" => "-version",
        "nginx" => "-v",
        _ => return None,
    })
}

/// A load generator that gives a second opinion.
#[derive(Clone, Copy, Debug)]
struct Opinion {
    name: &'static str,
    /// What makes it say its version, or at least something.
    argument: &'static str,
    install: Install,
}

#[derive(Clone, Copy, Debug)]
enum Install {
    Package([&'static str; 4]),
    Command(&'static str),
}

const OPINIONS: [Opinion; 3] = [
    Opinion { name: "wrk", argument: "-v", install: Install::Package(["wrk"; 4]) },
    Opinion {
        name: "ab",
        argument: "-V",
        install: Install::Package(["apache2-utils", "httpd-tools", "apache", "apache2-utils"]),
    },
    Opinion { name: "oha", argument: "--version", install: Install::Command("cargo install --locked oha") },
];

impl Opinion {
    fn look(self, here: Here<'_>) -> Tool {
        let install = match self.install {
            Install::Package(names) => here.install(names),
            Install::Command(command) => command.to_owned(),
        };
        tool(self.name, "second opinion on load", false, program(self.name, &[self.argument], None, install))
    }
}

/// JMeter itself takes seconds to say its version, so what the project assembled says it by a file.
fn jmeter(here: Here<'_>) -> Tool {
    let home = here.project.join(".pianoprof/jmeter");
    let state = match (std::fs::read_to_string(home.join("version")), find_program("jmeter")) {
        (Ok(version), _) => State::Found { version: Some(version.trim().to_owned()), path: home.display().to_string() },
        (_, Some(path)) => State::Found { version: None, path: path.display().to_string() },
        _ => State::Missing {
            why: None,
            install: if here.project.join("scripts/jmeter").is_file() {
                "make jmeter".to_owned()
            } else {
                here.install(["jmeter"; 4])
            },
        },
    };
    tool("jmeter", "second opinion on load, runs `pianoprof export jmeter`", false, state)
}

/// For the tests of other files.
#[cfg(test)]
pub(super) fn found(name: &str) -> Tool {
    tool(name, "test", false, State::Found { version: Some("1.0".to_owned()), path: "/bin/x".to_owned() })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use super::*;

    fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn here(project: &Path) -> Here<'_> {
        Here { project, manager: Manager::Apt, root: false }
    }

    #[test]
    fn what_is_missing_names_its_command() {
        let state = program("no-such-program-here", &[], None, "sudo apt-get install x".to_owned());
        assert_eq!(state, State::Missing { why: None, install: "sudo apt-get install x".to_owned() });
    }

    #[test]
    fn too_old_is_missing() {
        let State::Missing { why: Some(why), .. } = program("sh", &["-c", "echo v1.2.3"], Some("1.3"), String::new())
        else {
            panic!("1.2.3 is not 1.3");
        };
        assert!(why.starts_with("1.2.3 is too old: 1.3"), "{why}");
        let found = program("sh", &["-c", "echo v1.2.3"], Some("1.2"), String::new());
        assert!(matches!(found, State::Found { version: Some(version), .. } if version == "1.2.3"));
    }

    #[test]
    fn a_venv_is_found_or_says_how_it_is_made() {
        let project = tempfile::tempdir().unwrap();
        let file = project.path().join(".venv/bin/gunicorn");
        let missing = target_file("flask", &file, here(project.path()));
        let State::Missing { install, .. } = &missing.state else { panic!("{missing:?}") };
        assert!(install.contains("-m venv") && install.ends_with(".venv/bin/pip install gunicorn"), "{install}");
        assert_eq!(missing.need, Need::Required);

        std::fs::write(project.path().join("requirements.txt"), "").unwrap();
        let State::Missing { install, .. } = target_file("flask", &file, here(project.path())).state else { panic!() };
        assert!(install.ends_with("/requirements.txt"), "{install}");

        script(file.parent().unwrap(), "gunicorn", "echo 'gunicorn (version 27.0.1)'");
        let found = target_file("flask", &file, here(project.path()));
        assert!(
            matches!(&found.state, State::Found { version: Some(version), .. } if version == "27.0.1"),
            "{found:?}"
        );

        script(&project.path().join("scripts"), "require-postgres", "");
        std::fs::remove_file(&file).unwrap();
        let missing = target_file("flask", &file, here(project.path()));
        assert!(matches!(&missing.state, State::Missing { install, .. } if install == "make setup"));
    }

    #[test]
    fn known_runtimes_are_asked_for_their_version_and_nothing_else_is() {
        for (name, argument) in [
            ("node", Some("--version")),
            ("python3.12", Some("--version")),
            ("java", Some("-version")),
            ("go", Some("version")),
            ("reboot", None),
            ("sh", None),
        ] {
            assert_eq!(version_argument(name), argument, "{name}");
        }
        // Every machine that builds this has it.
        let found = target_program("cargo", here(Path::new("/")));
        assert!(matches!(&found.state, State::Found { version: Some(_), .. }), "{found:?}");
        let unasked = target_program("sh", here(Path::new("/")));
        assert!(matches!(&unasked.state, State::Found { version: None, .. }), "{unasked:?}");
    }

    #[test]
    fn only_what_a_run_can_use_is_offered() {
        let project = tempfile::tempdir().unwrap();
        let names: Vec<String> = look(project.path()).into_iter().map(|tool| tool.name).collect();
        assert!(["hey", "chromium"].iter().all(|name| !names.iter().any(|offered| offered == name)), "{names:?}");
    }

    #[test]
    fn needed_tools_come_first() {
        let project = tempfile::tempdir().unwrap();
        std::fs::write(project.path().join("pianoprof.toml"), "target.a.command = [\"no-such-program-here\"]").unwrap();
        let tools = look(project.path());
        assert_eq!(
            (tools[0].name.as_str(), tools[0].need, tools[0].is_found()),
            ("no-such-program-here", Need::Required, false)
        );
        assert!(tools[1..].iter().all(|tool| tool.need == Need::Optional), "nothing else is needed");
    }
}
