//! Finding a program's file by its name.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

/// The program of that name in this process's `PATH`.
#[must_use]
pub fn find_program(name: &str) -> Option<PathBuf> {
    candidate_files(name, &std::env::var_os("PATH")?).into_iter().find(|file| is_program(file))
}

/// Whether there is a file that may be executed.
#[must_use]
pub fn is_program(path: &Path) -> bool {
    path.is_file() && access(path, AccessFlags::X_OK).is_ok()
}

/// The files that a program's name may stand for in these folders, in the order in which execvp(3) tries them. A name with
/// a slash is a path already.
#[must_use]
pub fn candidate_files(program: &str, search: &OsStr) -> Vec<PathBuf> {
    if program.contains('/') {
        return vec![PathBuf::from(program)];
    }
    std::env::split_paths(search).map(|folder| folder.join(program)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_is_searched_and_a_path_is_not() {
        assert_eq!(candidate_files("srv", OsStr::new("/a:/b")), [Path::new("/a/srv"), Path::new("/b/srv")]);
        assert_eq!(candidate_files("./srv", OsStr::new("/a:/b")), [Path::new("./srv")]);
    }

    #[test]
    fn a_program_can_be_executed() {
        let shell = find_program("sh").expect("every system has a shell");
        assert!(is_program(&shell) && find_program(&shell.display().to_string()) == Some(shell));
        assert!(!is_program(Path::new("/")) && !is_program(Path::new("/etc/passwd")));
        assert_eq!(find_program("no-such-program-anywhere"), None);
    }
}
