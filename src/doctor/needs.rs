//! What the configuration of a project needs of the machine, read loosely: a broken file is the config's business.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// What a configuration needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// Whether a private PostgreSQL will be started.
    pub postgres: bool,
    /// Programs by bare name that targets start or build with.
    pub programs: Vec<String>,
    /// Programs by path, with the target that starts them. Those that a build makes are not among them.
    pub files: Vec<(String, PathBuf)>,
}

impl Needs {
    /// Reads the configuration in that folder; without one nothing is needed.
    pub fn of(project: &Path) -> Self {
        let text = std::fs::read_to_string(project.join("pianoprof.toml")).unwrap_or_default();
        text.parse::<Table>().map(|config| Self::read(&config, project)).unwrap_or_default()
    }

    /// Whether a target names that program.
    pub fn program(&self, name: &str) -> bool {
        self.programs.iter().any(|program| program == name)
    }

    fn read(config: &Table, project: &Path) -> Self {
        let database = config.get("database").and_then(Value::as_table);
        let own = |database: &Table| database.contains_key("url") || database.contains_key("url_env");
        let mut needs = Self { postgres: database.is_some_and(|table| !own(table)), ..Self::default() };
        for (name, target) in compared(config) {
            needs.target(name, target, project);
        }
        needs.programs.sort();
        needs.programs.dedup();
        needs
    }

    fn target(&mut self, name: &str, target: &Table, project: &Path) {
        let dir = target.get("dir").and_then(Value::as_str).map_or_else(|| project.to_owned(), |dir| project.join(dir));
        let builds: Vec<&Value> = target.get("build").and_then(Value::as_array).into_iter().flatten().collect();
        let command = target.get("command").and_then(program);
        for program in builds.iter().filter_map(|build| program(build)).chain(command) {
            if !program.contains('/') {
                self.programs.push(program.to_owned());
            } else if builds.is_empty() {
                self.files.push((name.to_owned(), dir.join(program)));
            }
        }
    }
}

/// The targets that are compared, or all where nothing is.
fn compared(config: &Table) -> Vec<(&str, &Table)> {
    let targets = config.get("target").and_then(Value::as_table).into_iter().flatten();
    let targets = targets.filter_map(|(name, target)| Some((name.as_str(), target.as_table()?)));
    let Some(comparison) = config.get("comparison").and_then(Value::as_table) else { return targets.collect() };
    let named = |name: &str| comparison.values().any(|side| side.as_str() == Some(name));
    targets.filter(|(name, _)| named(name)).collect()
}

/// The program of an argv; behind `env` it is the first word that sets no variable.
fn program(argv: &Value) -> Option<&str> {
    let mut words = argv.as_array()?.iter().filter_map(Value::as_str);
    match words.next()? {
        "env" => words.find(|word| !word.contains('=')),
        first => Some(first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Needs {
        Needs::read(&text.parse().unwrap(), Path::new("/p"))
    }

    #[test]
    fn programs_files_and_the_database_are_found() {
        let needs = read(
            r#"
            comparison = { baseline = "flask", candidate = "gin" }
            [target.flask]
            dir = "targets/flask"
            command = [".venv/bin/gunicorn", "x"]
            [target.gin]
            build = [["env", "CGO_ENABLED=0", "go", "build"]]
            command = ["./app"]
            [target.other]
            command = ["ruby"]
            [database]
            schema = "s.sql"
            "#,
        );
        assert!(needs.postgres && needs.program("go") && !needs.program("ruby"), "{needs:?}");
        assert_eq!(needs.files, [("flask".to_owned(), PathBuf::from("/p/targets/flask/.venv/bin/gunicorn"))]);
    }

    #[test]
    fn a_server_of_ones_own_needs_no_programs() {
        assert!(!read("database = { url_env = \"X\" }").postgres);
        assert!(read("target.a = { command = [\"python3\"] }").program("python3"));
        assert_eq!(read("target = 5\ncomparison = 7"), Needs::default());
        assert_eq!(Needs::of(Path::new("/nowhere")), Needs::default());
    }
}
