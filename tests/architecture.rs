//! The floors of `src/lib.rs`, held against the sources: imports only go down, siblings never meet, and the wing that
//! measures never sees the wing that reads.

#![expect(clippy::unwrap_used, reason = "a source that cannot be read fails the test")]

use std::collections::BTreeMap;
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

/// The modules that a text names after `crate::`, comments left out.
fn imports(text: &str) -> Vec<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for (place, _) in code.match_indices("crate::") {
        let rest = &code[place + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let inside = group.split('}').next().unwrap_or_default();
            found.extend(inside.split(',').map(|part| part.trim().split("::").next().unwrap_or_default().to_owned()));
        } else {
            found.push(rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect());
        }
    }
    found.retain(|name| !name.is_empty());
    found
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

/// The rooms of `session` in the order that its docs give: each imports only from rooms before it.
const SESSION: [&str; 16] = [
    "error",
    "observer",
    "setup",
    "timing",
    "schedule",
    "requests",
    "rates",
    "placement",
    "bench",
    "life",
    "trial",
    "startup",
    "prepare",
    "traced",
    "opinion",
    "mod",
];

/// The rooms of `session` that a text of one of them names.
fn rooms(text: &str) -> Vec<&'static str> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let names = |room: &&&'static str| {
        ["super::", "super::super::", "crate::session::"].iter().any(|path| code.contains(&format!("use {path}{room}")))
    };
    SESSION.iter().filter(names).copied().collect()
}

#[test]
fn a_session_has_one_direction() {
    let mut seen = 0;
    for (module, file) in sources().into_iter().filter(|(module, _)| module == "session") {
        let inside = file.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(&module)).unwrap();
        let room = inside.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
        let place = |room: &str| SESSION.iter().position(|known| *known == room);
        let own = place(&room).unwrap_or_else(|| panic!("{room} is in no order"));
        for other in rooms(&fs::read_to_string(&file).unwrap()) {
            seen += 1;
            assert!(place(other).unwrap() <= own, "{} imports {other}, which comes after it", file.display());
        }
    }
    assert!(seen > 20, "{seen} imports were read");
}
