//! The floors of `src/lib.rs`, held against the sources: imports only go down, siblings never meet, the wing that measures
//! never sees the wing that reads, and no module has a circle inside.

#![expect(clippy::unwrap_used, reason = "a source that cannot be read fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Where a module lies: its floor and, on the floors that have wings, its wing.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wing {
    Ground,
    Measures,
    Reads,
    Meets,
}

const MODULES: &[(&str, u32, Wing)] = &[
    ("unit", 0, Wing::Ground),
    ("clock", 0, Wing::Ground),
    ("interrupt", 0, Wing::Ground),
    ("template", 0, Wing::Ground),
    ("console", 0, Wing::Ground),
    ("model", 1, Wing::Ground),
    ("process", 2, Wing::Ground),
    ("export", 2, Wing::Ground),
    ("http", 2, Wing::Ground),
    ("sample_run", 2, Wing::Ground),
    ("config", 3, Wing::Ground),
    ("store", 3, Wing::Ground),
    ("database", 3, Wing::Measures),
    ("target", 3, Wing::Measures),
    ("sampler", 3, Wing::Measures),
    ("load", 3, Wing::Measures),
    ("engine", 3, Wing::Measures),
    ("parity", 3, Wing::Measures),
    ("environment", 3, Wing::Ground),
    ("benchmark", 3, Wing::Measures),
    ("analysis", 4, Wing::Reads),
    ("session", 5, Wing::Measures),
    ("doctor", 5, Wing::Measures),
    ("claims", 5, Wing::Reads),
    ("checklist", 5, Wing::Reads),
    ("report", 6, Wing::Reads),
    ("selfcheck", 6, Wing::Meets),
    ("cli", 7, Wing::Meets),
];

fn floor(module: &str) -> Option<(u32, Wing)> {
    MODULES.iter().find(|(name, _, _)| *name == module).map(|(_, floor, wing)| (*floor, *wing))
}

/// Every source file below `src`, with the module it belongs to.
fn sources() -> Vec<(String, PathBuf)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    files
        .into_iter()
        .filter_map(|file| {
            let first = file.strip_prefix(&root).unwrap().components().next().unwrap();
            let module = first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
            (!["lib", "main"].contains(&module.as_str())).then_some((module, file))
        })
        .collect()
}

/// The part of a source that is no test.
fn without_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]\n").next().unwrap_or_default()
}

/// Every path of a text that begins with `crate`, `super` or `self`, use trees written out, comments left out.
fn paths(text: &str) -> Vec<Vec<String>> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            let goes_on = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
            if !code[..at].ends_with(goes_on) {
                write_out(&code[at..], &[], &mut found);
            }
        }
    }
    found
}

/// Notes the paths of the tree that `code` begins with; gives what follows it.
fn write_out<'code>(code: &'code str, prefix: &[String], found: &mut Vec<Vec<String>>) -> &'code str {
    let code = code.trim_start();
    if let Some(mut rest) = code.strip_prefix('{') {
        loop {
            rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == ',');
            let before = rest.len();
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            rest = write_out(rest, prefix, found);
            assert!(rest.len() < before, "no use tree: {rest:.80}");
        }
    }
    let end = code.find(|letter: char| !letter.is_alphanumeric() && !"_*".contains(letter)).unwrap_or(code.len());
    let (word, rest) = code.split_at(end);
    let path = [prefix, &[word.to_owned()]].concat();
    if let Some(deeper) = rest.strip_prefix("::") {
        return write_out(deeper, &path, found);
    }
    found.push(path);
    match rest.trim_start().strip_prefix("as ") {
        Some(name) => name.trim_start_matches(|letter: char| letter.is_alphanumeric() || letter == '_'),
        None => rest,
    }
}

/// The modules that a text names after `crate::`.
fn imports(text: &str) -> Vec<String> {
    paths(text).into_iter().filter(|path| path[0] == "crate").map(|mut path| path.swap_remove(1)).collect()
}

fn broken(module: &str, imported: &str) -> Option<String> {
    if module == imported {
        return None;
    }
    let (Some((from, wing)), Some((to, other))) = (floor(module), floor(imported)) else {
        return Some(format!("{module} or {imported} has no floor"));
    };
    if to >= from {
        return Some(format!("{module} (floor {from}) imports {imported} (floor {to})"));
    }
    let crossing = (wing == Wing::Reads && other == Wing::Measures) || (wing == Wing::Measures && other == Wing::Reads);
    crossing.then(|| format!("{module} and {imported} are of different wings"))
}

#[test]
fn imports_only_go_down() {
    let mut wrong: BTreeMap<String, PathBuf> = BTreeMap::new();
    for (module, file) in sources() {
        for imported in imports(&fs::read_to_string(&file).unwrap()) {
            if let Some(why) = broken(&module, &imported) {
                wrong.insert(why, file.clone());
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_check_itself_can_fail() {
    assert_eq!(
        imports("use crate::{analysis, model::plan};\n// crate::cli\ncrate::store::open()"),
        ["analysis", "model", "store"]
    );
    assert!(broken("model", "session").is_some());
    assert!(broken("load", "sampler").is_some());
    assert!(broken("session", "analysis").is_some());
    assert!(broken("analysis", "model").is_none());
    assert!(broken("nowhere", "model").is_some());
}

#[test]
fn every_module_has_a_floor() {
    for (module, _) in sources() {
        assert!(floor(&module).is_some(), "{module} is not on any floor");
    }
}

/// What each file, or each part of a module, imports of its own module.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// The file that `path` leads to from the file `own`: the deepest that is known.
fn resolve(own: &[String], path: &[String], known: &BTreeSet<Vec<String>>) -> Option<Vec<String>> {
    let mut place = if path[0] == "crate" { Vec::new() } else { own.to_vec() };
    for word in path {
        match word.as_str() {
            "crate" | "self" => {}
            "super" => drop(place.pop()),
            _ => place.push(word.clone()),
        }
    }
    while !place.is_empty() && !known.contains(&place) {
        place.pop();
    }
    (!place.is_empty()).then_some(place)
}

/// The imports inside modules, file by file, and those between the parts of a module. What a file imports from a module
/// that it lies in is left out: those are mostly re-exports.
fn imports_inside(files: &BTreeMap<Vec<String>, String>) -> (Graph, Graph) {
    let known: BTreeSet<Vec<String>> = files.keys().cloned().collect();
    let (mut between_files, mut between_parts) = (Graph::new(), Graph::new());
    for (own, text) in files {
        let mut imported: Vec<_> = paths(text).iter().filter_map(|path| resolve(own, path, &known)).collect();
        imported.retain(|other| other[0] == own[0] && !own.starts_with(other));
        for other in imported {
            between_files.entry(own.join("/")).or_default().insert(other.join("/"));
            if own.len() > 1 && other[1] != own[1] {
                between_parts.entry(own[..2].join("/")).or_default().insert(other[..2].join("/"));
            }
        }
    }
    (between_files, between_parts)
}

/// The graph without everything from which no circle can be reached.
fn circles(mut graph: Graph) -> Graph {
    loop {
        let known: BTreeSet<String> = graph.keys().cloned().collect();
        for others in graph.values_mut() {
            others.retain(|other| known.contains(other));
        }
        let before = graph.len();
        graph.retain(|_, others| !others.is_empty());
        if graph.len() == before {
            return graph;
        }
    }
}

#[test]
fn no_module_has_a_circle_inside() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = sources().into_iter().map(|(_, file)| {
        let inside = file.strip_prefix(&root).unwrap().with_extension("");
        let mut place: Vec<String> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        place.pop_if(|last| *last == "mod");
        (place, without_tests(&fs::read_to_string(&file).unwrap()).to_owned())
    });
    let (between_files, between_parts) = imports_inside(&files.collect());
    assert!(between_files.len() > 200, "imports of {} files were read", between_files.len());
    for graph in [between_files, between_parts] {
        let left = circles(graph);
        assert!(left.is_empty(), "{left:#?}");
    }
}

#[test]
fn circles_are_found() {
    let files = |texts: [(&str, &str); 4]| {
        let place = |name: &str| name.split('/').map(str::to_owned).collect();
        texts.into_iter().map(|(name, text)| (place(name), text.to_owned())).collect()
    };
    let (between_files, between_parts) = imports_inside(&files([
        ("a", "mod b;\npub use b::x;"),
        ("a/b", "use super::{Error, c::{self, d as e, x}};\nuse super::x;"),
        ("a/c", "// crate::a::b\nfn f() { self::d::g() }"),
        ("a/c/d", "use crate::{a::b, z};"),
    ]));
    assert_eq!(circles(between_files).len(), 3, "b imports c, whose d imports b");
    assert_eq!(circles(between_parts).keys().collect::<Vec<_>>(), ["a/b", "a/c"]);
    let (between_files, _) = imports_inside(&files([
        ("a", ""),
        ("a/b", "use super::c::x;"),
        ("a/c", "use super::y;"),
        ("a/c/d", "use crate::a::c::w;"),
    ]));
    assert!(circles(between_files).is_empty());
}
