//! A guardian that has nothing to guard yet but folders, and the line to it.
//!
//! It is told of a folder before the folder is made, so that there is no moment at which the end of this program would
//! leave one behind.

use std::fs::DirBuilder;
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use rand::distr::{Alphanumeric, SampleString as _};

use super::error::Error;
use super::wire::{Request, Wire};
use super::{GUARDIAN, end, orphans};

/// How long a tree may take to die of SIGKILL before we stop waiting for it.
pub(super) const KILL_TIMEOUT: Duration = Duration::from_secs(15);

/// Folders that are removed however this program ends, SIGKILL included. Dropping the keeper removes them as well.
#[derive(Debug)]
pub struct Keeper {
    pub(super) line: Line,
    folders: Arc<Mutex<Vec<PathBuf>>>,
}

impl Keeper {
    /// Starts the guardian, which is `program` (our own executable).
    ///
    /// Makes this process a subreaper for good, so that a tree falls to us if its guardian is killed.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn new(program: &Path) -> Result<Self, Error> {
        adopt_orphans().map_err(Error::Guardian)?;
        let (ours, theirs) = UnixStream::pair().map_err(Error::Guardian)?;
        let began = SystemTime::now();
        let child = std::process::Command::new(program)
            .arg(GUARDIAN)
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::Guardian)?;
        let (guardian, folders) = (child.id(), Arc::default());
        let over = Some(watch(child, began, Arc::clone(&folders)));
        Ok(Self { line: Line { wire: Wire::new(ours), guardian, over }, folders })
    }

    /// Has this folder removed at the end. Say so before you make it.
    ///
    /// # Errors
    /// When the guardian has gone.
    pub fn keep(&mut self, folder: &Path) -> Result<(), Error> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner).push(folder.to_owned());
        self.line.wire.send(&Request::Keep(folder.to_owned())).map_err(Error::Guardian)
    }

    /// Makes a new folder of mode 0700 in that one and keeps it.
    ///
    /// # Errors
    /// When it cannot be made, or the guardian has gone.
    pub fn scratch(&mut self, parent: &Path) -> Result<PathBuf, Error> {
        let name = Alphanumeric.sample_string(&mut rand::rng(), 12);
        let folder = parent.join(format!("pianoprof-{name}"));
        self.keep(&folder)?;
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => Ok(folder),
            Err(source) => Err(Error::Scratch { folder, source }),
        }
    }
}

/// The line to a guardian. Dropping it kills its tree, and waits for that.
#[derive(Debug)]
pub(super) struct Line {
    pub wire: Wire,
    pub guardian: u32,
    /// Says one word when the guardian has ended and nothing of its tree is left.
    over: Option<Receiver<()>>,
}

impl Line {
    /// Waits until the guardian has ended and nothing of its tree is left.
    pub fn await_end(&mut self) {
        if let Some(over) = self.over.take() {
            let _ = over.recv_timeout(KILL_TIMEOUT);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let _ = self.wire.socket().shutdown(Shutdown::Both);
        self.await_end();
    }
}

/// Waits for the guardian in a thread of its own. A guardian that ends well has left nothing; after any other end its tree
/// has fallen to us.
fn watch(mut guardian: Child, began: SystemTime, folders: Arc<Mutex<Vec<PathBuf>>>) -> Receiver<()> {
    let (tell, over) = channel();
    thread::spawn(move || {
        let pid = guardian.id();
        if !guardian.wait().is_ok_and(|status| status.success()) {
            orphans::end(pid, began);
            end::remove_folders(&folders.lock().unwrap_or_else(PoisonError::into_inner));
        }
        let _ = tell.send(());
    });
    over
}

fn adopt_orphans() -> std::io::Result<()> {
    nix::sys::prctl::set_child_subreaper(true)?;
    // Inherited as ignored, SIGCHLD would make every wait for a child fail.
    // SAFETY: reads and writes one signal action; the default action runs no code of ours.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(libc::SIGCHLD, std::ptr::null(), &raw mut action);
        if action.sa_sigaction == libc::SIG_IGN {
            libc::signal(libc::SIGCHLD, libc::SIG_DFL);
        }
    }
    Ok(())
}
