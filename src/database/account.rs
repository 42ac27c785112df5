//! The account that the private server runs under, and the private folder that it lives in.
//!
//! PostgreSQL refuses to run as root, so root hands it to an unprivileged account. The folder is not part of the run:
//! that account need not be able to traverse the run's folder, which may lie in a home folder of mode 0700.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::unistd::{Uid, User};

use super::Error;
use crate::process::Keeper;

/// An unprivileged account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its user id.
    pub uid: u32,
    /// Its group id.
    pub gid: u32,
}

/// `postgres` where it exists, else `nobody`; `None` when we are no root and stay who we are.
pub fn unprivileged() -> Option<Account> {
    if !Uid::effective().is_root() {
        return None;
    }
    let named = ["postgres", "nobody"].iter().find_map(|name| User::from_name(name).ok().flatten());
    // 65534 is the kernel's overflow id, which every system reserves for nobody.
    Some(
        named.map_or(Account { uid: 65534, gid: 65534 }, |user| Account {
            uid: user.uid.as_raw(),
            gid: user.gid.as_raw(),
        }),
    )
}

/// A new folder of mode 0700 that belongs to the account and that it can reach: under `TMPDIR`, else `/tmp`.
/// The keeper removes it whatever happens.
pub fn private_folder(account: Option<Account>, keeper: &mut Keeper) -> Result<PathBuf, Error> {
    let mut parent = std::env::temp_dir();
    if account.is_some_and(|account| !reaches(account, &parent)) {
        // A TMPDIR inside root's home is closed to every other account.
        parent = PathBuf::from("/tmp");
    }
    let folder = keeper.scratch(&parent).map_err(Error::Launch)?;
    match give(account, &folder) {
        Ok(()) => Ok(folder),
        Err(source) => Err(Error::Folder { folder, source }),
    }
}

/// Makes the account the owner of that file or folder.
pub fn give(account: Option<Account>, path: &Path) -> std::io::Result<()> {
    account.map_or(Ok(()), |account| chown(path, Some(account.uid), Some(account.gid)))
}

/// Whether the account can come to that folder.
fn reaches(account: Account, folder: &Path) -> bool {
    Command::new("/bin/sh")
        .args(["-c", "cd \"$0\""])
        .arg(folder)
        .current_dir("/")
        .uid(account.uid)
        .gid(account.gid)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
