//! A private copy of packaged server programs, complete with the links that npm leaves to a script.
//!
//! Always a copy: the account that runs the server may not reach the project's folder, and the package may have been
//! installed without its scripts, which leaves out the links to its libraries.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

/// One line of the package's list of links; both paths are relative to the package.
#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

/// Copies the `native` folder around `programs` to `to` and adds its links; returns the copy's folder of programs.
pub fn copy(programs: &Path, to: &Path) -> io::Result<PathBuf> {
    let native = programs.parent().ok_or_else(|| io::Error::other("the package has no folder"))?;
    copy_folder(native, to)?;
    let links: Vec<Link> =
        serde_json::from_str(&fs::read_to_string(native.join("pg-symlinks.json"))?).map_err(io::Error::other)?;
    for link in links {
        let (Some(name), Ok(place)) = (link.source.file_name(), link.target.strip_prefix("native")) else { continue };
        let inside = place.components().all(|part| matches!(part, Component::Normal(_)));
        let place = to.join(place);
        if inside && fs::symlink_metadata(&place).is_err() {
            symlink(name, place)?;
        }
    }
    Ok(to.join("bin"))
}

/// Files, folders and links; static libraries are of no use to a server.
fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            symlink(fs::read_link(&source)?, &target)?;
        } else if kind.is_dir() {
            copy_folder(&source, &target)?;
        } else if source.extension().is_none_or(|extension| extension != "a") {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_added_and_none_leaves_the_copy() {
        let temp = tempfile::tempdir().unwrap();
        let native = temp.path().join("native");
        fs::create_dir_all(native.join("bin")).unwrap();
        fs::create_dir_all(native.join("lib")).unwrap();
        fs::write(native.join("bin/postgres"), "p").unwrap();
        fs::write(native.join("lib/libx.so.1.2"), "x").unwrap();
        fs::write(native.join("lib/libx.a"), "static").unwrap();
        fs::write(
            native.join("pg-symlinks.json"),
            r#"[{"source":"native/lib/libx.so.1.2","target":"native/lib/libx.so.1"},
                {"source":"native/lib/libx.so.1.2","target":"native/../../outside"}]"#,
        )
        .unwrap();
        let to = temp.path().join("private/native");
        fs::create_dir(temp.path().join("private")).unwrap();
        assert_eq!(copy(&native.join("bin"), &to).unwrap(), to.join("bin"));
        assert_eq!(fs::read_to_string(to.join("lib/libx.so.1")).unwrap(), "x");
        assert!(!to.join("lib/libx.a").exists());
        assert!(!temp.path().join("outside").exists());
    }
}
