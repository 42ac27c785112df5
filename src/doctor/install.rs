//! The commands that install things, in the words of this machine's package manager.

use crate::process::find_program;

/// A package manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manager {
    Apt,
    Dnf,
    Pacman,
    Apk,
}

impl Manager {
    /// The first one found; Debian's where there is none, which at least names the package.
    pub fn here() -> Self {
        let known = [("apt-get", Self::Apt), ("dnf", Self::Dnf), ("pacman", Self::Pacman), ("apk", Self::Apk)];
        known.into_iter().find(|(program, _)| find_program(program).is_some()).map_or(Self::Apt, |(_, manager)| manager)
    }

    /// The command that installs a package, which Debian, Fedora, Arch and Alpine each call by a name of their own.
    pub fn install(self, [apt, dnf, pacman, apk]: [&str; 4], root: bool) -> String {
        let command = match self {
            Self::Apt => format!("apt-get install {apt}"),
            Self::Dnf => format!("dnf install {dnf}"),
            Self::Pacman => format!("pacman -S {pacman}"),
            Self::Apk => format!("apk add {apk}"),
        };
        if root { command } else { format!("sudo {command}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_that_of_the_system() {
        let names = ["apache2-utils", "httpd-tools", "apache", "apache2-utils"];
        assert_eq!(Manager::Apt.install(names, false), "sudo apt-get install apache2-utils");
        assert_eq!(Manager::Dnf.install(names, true), "dnf install httpd-tools");
        assert_eq!(Manager::Pacman.install(names, false), "sudo pacman -S apache");
        assert_eq!(Manager::Apk.install(names, true), "apk add apache2-utils");
    }
}
