//! The lines that our module writes in each process of a Python server.

use super::Told;
use crate::model::trace::Collections;

/// The module, started by every interpreter that finds it first.
pub(super) const MODULE: &str = include_str!("sitecustomize.py");
/// The variable that tells it where to write.
pub(super) const FILE: &str = "PIANOPROF_GC_FILE";

/// What was told in that text. Its moments are on our own clock, so that the program's beginning does not matter.
pub(super) fn parse(text: &str) -> Vec<Told> {
    text.lines().filter_map(one).collect()
}

fn one(line: &str) -> Option<Told> {
    let numbers = line.split(' ').map(|word| word.parse().ok()).collect::<Option<Vec<u64>>>()?;
    let &[_process, moment, young, middle, old, paused_ns, longest_ns] = numbers.as_slice() else { return None };
    let pauses = young + middle + old;
    Some((moment, Collections { collections: pauses, pauses, paused_ns, longest_ns }))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn captured_lines_are_read() {
        let text = "8123 75512345678 41 3 0 5120345 912000\n8124 75512400000 0 0 1 14120345 14120345\n8124 755";
        let told = parse(text);
        assert_eq!(
            told[0],
            (75_512_345_678, Collections { collections: 44, pauses: 44, paused_ns: 5_120_345, longest_ns: 912_000 })
        );
        assert_eq!((told.len(), told[1].1.longest_ns), (2, 14_120_345));
        assert_eq!(parse("hello\n1 2 3\n-1 2 3 4 5 6 7\n"), []);
    }

    /// The interpreter itself counts three forced collections, one of them in a child, and the server's own module still runs.
    #[test]
    fn an_interpreter_counts_and_keeps_its_own_module() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
        // Flushed, or the child of the fork would write what is still in the parent's buffer a second time.
        for (place, module) in [(&ours, MODULE), (&theirs, "print('theirs', flush=True)")] {
            std::fs::create_dir(place).unwrap();
            std::fs::write(place.join("sitecustomize.py"), module).unwrap();
        }
        let program = "import gc, os\ngc.disable()\ngc.collect(2); gc.collect(2)\nif os.fork() == 0:\n    gc.collect(2)\nelse:\n    os.wait()";
        let file = folder.path().join("gc");
        let output = Command::new("python3")
            .args(["-c", program])
            .env("PYTHONPATH", format!("{}:{}", ours.display(), theirs.display()))
            .env(FILE, &file)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stdout), "theirs\n");
        let told = parse(&std::fs::read_to_string(&file).unwrap());
        let all = told.iter().fold(Collections::default(), |sum, (_, one)| sum.with(*one));
        assert!(all.pauses >= 3 && all.longest_ns > 0 && all.longest_ns <= all.paused_ns, "{all:?}");
    }
}
