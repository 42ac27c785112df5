//! What is run: the Piano application shortened, or something small and quick with processes that try to get away.

use crate::stage::SERVER;

/// A configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scene {
    /// gunicorn with four workers on PostgreSQL.
    Piano,
    /// Two truth servers with workers, daemons and hoppers, no database.
    Small,
}

impl Scene {
    /// The configuration's text.
    pub fn config(self) -> String {
        let windows = "[request.list]\npath = \"PATH\"\n[load.l]\nconnections = 8\nduration = \"600ms\"\n\
            [run]\nblocks = 2\nlaunches = 2\nidle_after = \"200ms\"\nwarmup = \"200ms\"\n";
        match self {
            Self::Piano => {
                // Another user's interpreter is mounted elsewhere and must find its own libraries there.
                let head = "[target.flask]\ndir = \"flask\"\n\
                    command = [\".venv/bin/python\", \"-m\", \"gunicorn\", \"--workers=4\", \"--bind={host}:{port}\", \
                    \"--no-control-socket\", \"piano.app:app\"]\n\
                    env = { DATABASE_URL = \"{database_url}\" }\nready = { path = \"/health\" }\n\
                    inherit_env = [\"LD_LIBRARY_PATH\"]\n\
                    stop = { signal = \"TERM\", grace = \"5s\" }\n\
                    [database]\nschema = \"piano/schema.sql\"\nseed = \"piano/seed.sql\"\nscale = 0.01\n";
                head.to_owned() + &windows.replace("PATH", "/api/piano/exercises")
            }
            Self::Small => {
                let target = |name: &str, relative: &str| {
                    format!(
                        "[target.{name}]\ncommand = [\"./{SERVER}\", \"--listen\", \"{{host}}:{{port}}\", \"--workers\", \
                         \"2\", \"--relative\", \"{relative}\", \"--relative\", \"session\", \"--delay\", \"30\"]\n\
                         build = [[\"sh\", \"-c\", \"sleep 0.2; : > built\"]]\nversions = {{ sh = [\"sh\", \"-c\", \"sleep 0.1; echo 1\"] }}\n\
                         ready = {{ path = \"/\" }}\nstop = {{ signal = \"TERM\", grace = \"2s\" }}\n"
                    )
                };
                let head = "[comparison]\nbaseline = \"a\"\ncandidate = \"b\"\n";
                let targets = target("a", "daemon") + &target("b", "hopper");
                head.to_owned() + &targets + &windows.replace("PATH", "/")
            }
        }
    }
}
