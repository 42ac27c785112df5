//! `[target.NAME]`: one implementation under test.

use super::{Argv, Count, Length, List, Named, Pause, Texts, choice, written};
use crate::model::plan::{BenchmarkFormat, Runtime};

written! {
    /// One implementation under test. In `command`, `env` and the benchmark's command `{host}`, `{port}`, `{database_url}`, `{dir}`
    /// and `{cpus}` are substituted; `{cpus}` is how many CPUs the target may use, `{cpus*2+1}` twice that and one.
    Target {
        /// Another target, whose keys this one has where it writes none itself. `env` is merged variable by variable; every
        /// other key replaces the whole of what it had.
        base: String,
        /// The server's program and arguments, never a shell line. Required where there is no `base`.
        command: Argv,
        /// Its working folder; the config's folder by default.
        dir: String,
        /// Commands run once before the first launch, in `dir`.
        build: List<Argv>,
        /// Variables added to its environment.
        env: Texts,
        /// Variables that it inherits of the caller's environment, by name; of itself a target inherits PATH, HOME, USER, LANG, TZ and
        /// TMPDIR alone.
        inherit_env: List<String>,
        /// When it counts as ready.
        ready: Ready,
        /// How it is stopped.
        stop: Stop,
        /// The CPUs it is confined to, as in `taskset -c`, for instance `0-1,4`.
        cpus: String,
        /// Commands whose first line of output is a version, by the name of the thing.
        versions: Named<Argv>,
        /// Its in-process benchmark of one handler.
        benchmark: Benchmark,
        /// `go` or `python`: `run` ends with an extra life of it, apart from the measured trials, in which the pauses of its
        /// garbage collector are counted.
        runtime: Runtime,
    }
}

written! {
    /// When a target counts as ready.
    Ready {
        /// The path that is asked for; `/` by default.
        path: String,
        /// The status of a good answer; 200 by default.
        status: Count,
        /// Instead of a path, for a server without a page to ask: a regular expression that a line of its standard output or
        /// standard error matches once it is ready. A target that is told no port can be ready in this way alone.
        log: String,
        /// Instead of a path: `true` for a server that is ready once its port accepts connections.
        tcp: bool,
        /// How long it may take; `30s` by default.
        timeout: Length,
    }
}

written! {
    /// How a target is stopped.
    Stop {
        /// The signal, for instance `TERM` (the default) or `INT`.
        signal: String,
        /// How long it may take before the whole tree is killed; `10s` by default.
        grace: Pause,
    }
}

written! {
    /// A command that measures a handler without a network, and how its output is read.
    Benchmark {
        /// The request whose handler it measures.
        request: String = required,
        /// The program and its arguments.
        command: Argv = required,
        /// `go`: `go test -bench -benchmem`; `pytest`: pytest-benchmark's JSON.
        format: BenchmarkFormat = required,
    }
}

choice!(BenchmarkFormat, "BenchmarkFormat", "go" => Self::Go, "pytest" => Self::Pytest);
choice!(Runtime, "Runtime", "go" => Self::Go, "python" => Self::Python);
