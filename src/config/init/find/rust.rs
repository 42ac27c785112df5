//! Servers in Rust: the programs of a package.

use std::path::Path;

use super::place::place;
use super::sources::{self, joined};
use super::{Guess, argv, plain_name, read};

/// Crates that make a server, by the names that targets get.
const FRAMEWORKS: [(&str, &str); 5] =
    [("axum", "axum"), ("actix-web", "actix"), ("rocket", "rocket"), ("warp", "warp"), ("hyper", "hyper")];

pub(super) fn guesses(dir: &Path) -> Vec<Guess> {
    let Some(manifest) = read(dir, "Cargo.toml").and_then(|text| text.parse::<toml::Table>().ok()) else {
        return Vec::new();
    };
    let package = manifest.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
    let Some(package) = package.and_then(plain_name) else { return Vec::new() };
    let needs = |name: &str| manifest.get("dependencies").and_then(|needs| needs.get(name)).is_some();
    let framework = FRAMEWORKS.into_iter().find(|(name, _)| needs(name)).map(|(_, name)| name);
    let programs = programs(dir, &manifest, package);
    let several = programs.len() > 1;
    // Members of a workspace are built into its folder.
    let folder = if read(dir, "../Cargo.toml").is_some_and(|text| text.contains("[workspace]"))
        && !manifest.contains_key("workspace")
    {
        "../target/release"
    } else {
        "target/release"
    };
    let all = joined(&sources::below(&dir.join("src"), &["rs"]));
    programs
        .into_iter()
        .map(|program| {
            let name = if several { program.as_str() } else { framework.unwrap_or("rust") };
            let mut build = vec!["cargo", "build", "--release"];
            // Without a lock file there is nothing to hold to, and cargo would refuse.
            if dir.join("Cargo.lock").is_file() {
                build.push("--locked");
            }
            if several {
                build.extend(["--bin", &program]);
            }
            let own = read(dir, &format!("src/bin/{program}.rs"));
            let text = own.as_deref().filter(|_| several).unwrap_or(&all);
            let mut guess = Guess::new(name, "Cargo.toml", vec![format!("{folder}/{program}")]).routes(text);
            guess = if framework == Some("rocket") {
                guess.env.extend([("ROCKET_ADDRESS", "{host}"), ("ROCKET_PORT", "{port}")]);
                guess
            } else {
                guess.placed(place(text))
            };
            Guess { build: Some(argv(&build)), ..guess }
        })
        .collect()
}

/// The programs of a package: `src/main.rs`, else those in `src/bin` that listen; the one that `cargo run` takes stands for all.
fn programs(dir: &Path, manifest: &toml::Table, package: &str) -> Vec<String> {
    let named =
        |table: &toml::Value| table.get("name").and_then(toml::Value::as_str).and_then(plain_name).map(str::to_owned);
    let default = manifest.get("package").and_then(|package| package.get("default-run")).and_then(toml::Value::as_str);
    if let Some(default) = default.and_then(plain_name) {
        return vec![default.to_owned()];
    }
    let bins: Vec<String> =
        manifest.get("bin").and_then(toml::Value::as_array).into_iter().flatten().filter_map(named).collect();
    if let [only] = bins.as_slice() {
        return vec![only.clone()];
    }
    if dir.join("src/main.rs").is_file() || !dir.join("src/bin").is_dir() {
        return vec![package.to_owned()];
    }
    let serves = |text: &str| text.contains("TcpListener") || FRAMEWORKS.iter().any(|(name, _)| text.contains(name));
    let files = sources::here(&dir.join("src/bin"), &["rs"]);
    let found: Vec<String> = files
        .iter()
        .filter(|(_, text)| files.len() == 1 || serves(text))
        .filter_map(|(file, _)| plain_name(file.trim_end_matches(".rs")).map(str::to_owned))
        .collect();
    if found.is_empty() { vec![package.to_owned()] } else { found }
}
