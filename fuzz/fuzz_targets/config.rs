//! No text makes the configuration's reader panic: it is a plan, or a list of what is wrong with it.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use pianoprof::config;

fuzz_target!(|text: &str| {
    let variable = |name: &str| (name == "SET").then(|| "postgres://user:secret@127.0.0.1/db".to_owned());
    if let Err(error) = config::parse(text, Path::new("pianoprof.toml"), Path::new("/"), &variable) {
        assert!(!error.render(false).is_empty());
    }
});
