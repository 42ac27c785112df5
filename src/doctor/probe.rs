//! What the recorded facts do not say and a look at the machine does.

use std::path::Path;

use nix::unistd::{AccessFlags, access, geteuid};

use crate::environment::Roots;
use crate::target;

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Probe {
    /// CPU time that the hypervisor took over the last moments, percent of all.
    pub steal_percent: Option<f64>,
    /// Whether this process may drop the page cache.
    pub can_drop_caches: bool,
    /// Whether it may read every process's files, whatever `/proc` hides.
    pub root: bool,
    /// Why listening sockets cannot be asked for.
    pub sock_diag: Option<String>,
    /// The `hidepid` option of `/proc`, where it hides something.
    pub hidepid: Option<String>,
}

impl Probe {
    /// Looks.
    pub fn take(roots: &Roots, steal_percent: Option<f64>) -> Self {
        let drop_caches = roots.proc.join("sys/vm/drop_caches");
        let mounts = std::fs::read_to_string(roots.proc.join("self/mountinfo")).unwrap_or_default();
        Self {
            steal_percent,
            can_drop_caches: access(&drop_caches, AccessFlags::W_OK).is_ok(),
            root: geteuid().is_root(),
            sock_diag: target::why_no_sock_diag(),
            hidepid: hidepid(&mounts, &roots.proc),
        }
    }
}

/// The mount's `hidepid`, unless it hides nothing (proc(5)): its options stand behind ` - proc proc `.
fn hidepid(mountinfo: &str, proc: &Path) -> Option<String> {
    // What was mounted last hides what lies below it.
    let line = mountinfo.lines().rfind(|line| line.split(' ').nth(4).is_some_and(|point| Path::new(point) == proc))?;
    let mut options = line.split([' ', ',']).filter_map(|option| option.strip_prefix("hidepid="));
    options.next_back().filter(|value| !matches!(*value, "0" | "off")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidepid_is_read_from_the_mount_of_proc() {
        let mounts = |options: &str| {
            format!("1 2 0:1 / / rw - ext4 /dev/x rw\n22 27 0:21 / /proc rw,relatime - proc proc {options}\n")
        };
        let of = |options: &str| hidepid(&mounts(options), Path::new("/proc"));
        assert_eq!(of("rw,hidepid=2").as_deref(), Some("2"));
        assert_eq!(of("rw,hidepid=invisible,gid=9").as_deref(), Some("invisible"));
        assert_eq!(of("rw,hidepid=0"), None);
        let above = mounts("rw") + &mounts("rw,hidepid=2");
        assert_eq!(hidepid(&above, Path::new("/proc")).as_deref(), Some("2"));
        assert_eq!(of("rw"), None);
        assert_eq!(hidepid(&mounts("rw,hidepid=2"), Path::new("/other")), None);
    }
}
