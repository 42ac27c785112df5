//! Tracing a runtime's garbage collector: the environment that makes it tell, and what it told.
//!
//! Go tells by itself (`GODEBUG=gctrace=1`, standard error). Python is told to by a `sitecustomize` module of ours, which
//! counts in each process through `gc.callbacks` and writes to a file. Only an extra life of a target is ever started so.

mod go;
mod python;

use std::io;
use std::path::{Path, PathBuf};

use crate::clock::Nanos;
use crate::model::plan::{Runtime, TargetPlan};
use crate::model::secret::Secret;
use crate::model::trace::Collections;

/// What a collector did, told at one moment.
pub type Told = (Nanos, Collections);

/// The target as it is started to be traced; `output` is where its output goes, without an ending.
///
/// # Errors
/// When the module for Python cannot be written.
pub fn traced(plan: &TargetPlan, runtime: Runtime, output: &Path) -> io::Result<TargetPlan> {
    let mut plan = plan.clone();
    let mut join = |name: &str, value: &str, between: &str, ours_first: bool| {
        let before = plan.env.get(name).map(|value| value.reveal().to_owned()).or_else(|| {
            // What the target does not inherit it has not had before.
            plan.inherit_env.iter().any(|known| known == name).then(|| std::env::var(name).ok())?
        });
        let value = match before.filter(|before| !before.is_empty()) {
            Some(before) if ours_first => format!("{value}{between}{before}"),
            Some(before) => format!("{before}{between}{value}"),
            None => value.to_owned(),
        };
        plan.env.insert(name.to_owned(), Secret::new(value));
    };
    match runtime {
        // The last of two values of one name counts.
        Runtime::Go => join("GODEBUG", "gctrace=1", ",", false),
        Runtime::Python => {
            let folder = with(output, ".trace");
            std::fs::create_dir_all(&folder)?;
            std::fs::write(folder.join("sitecustomize.py"), python::MODULE)?;
            join("PYTHONPATH", &folder.to_string_lossy(), ":", true);
            plan.env.insert(python::FILE.to_owned(), Secret::new(with(output, ".gc").to_string_lossy()));
        }
    }
    Ok(plan)
}

/// What the collector of a life told that began at `t0_ns`, by its moments.
///
/// # Errors
/// When the file cannot be read; a collector that never ran may have written none.
pub fn told(runtime: Runtime, output: &Path, t0_ns: Nanos) -> io::Result<Vec<Told>> {
    let ending = match runtime {
        Runtime::Go => ".stderr",
        Runtime::Python => ".gc",
    };
    let text = match std::fs::read(with(output, ending)) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    Ok(match runtime {
        Runtime::Go => go::parse(&text, t0_ns),
        Runtime::Python => python::parse(&text),
    })
}

/// Removes what was only there for the target to find.
///
/// # Errors
/// When it cannot be removed.
pub fn tidy(output: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(with(output, ".trace")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn with(output: &Path, ending: &str) -> PathBuf {
    let mut path = output.to_path_buf().into_os_string();
    path.push(ending);
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run::SampleRun;

    #[test]
    fn what_the_target_had_set_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("gin-traced");
        let mut plan = SampleRun::default().build().plan.targets.remove(1);
        plan.env.insert("GODEBUG".to_owned(), Secret::new("madvdontneed=1"));
        plan.env.insert("PYTHONPATH".to_owned(), Secret::new("/mine"));
        let go = traced(&plan, Runtime::Go, &output).unwrap();
        assert_eq!(go.env["GODEBUG"].reveal(), "madvdontneed=1,gctrace=1");
        assert_eq!(go.env["PYTHONPATH"].reveal(), "/mine");
        let python = traced(&plan, Runtime::Python, &output).unwrap();
        let path = python.env["PYTHONPATH"].reveal();
        assert!(path.ends_with("gin-traced.trace:/mine"), "{path}");
        assert!(folder.path().join("gin-traced.trace/sitecustomize.py").is_file());
        assert_eq!(told(Runtime::Python, &output, 0).unwrap(), []);
    }
}
