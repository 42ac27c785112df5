//! What this user or this kernel does not allow.

use super::{Check, View};
use crate::doctor::Finding;

pub(super) const CHECKS: &[Check] = &[open_files, ephemeral_ports, cold_cache, sock_diag, hidden_processes];

/// Connections of the largest usual load, with room for the target's own files.
const ENOUGH_FILES: f64 = 4096.0;
/// A server that closes after every answer uses one port per request, for the minute of `TIME_WAIT`.
const ENOUGH_PORTS: u32 = 20_000;

fn open_files(view: &View<'_>) -> Option<Finding> {
    let limit = view.number("limit.nofile").filter(|limit| *limit < ENOUGH_FILES)?;
    Some(Finding {
        kind: "nofile",
        seen: format!("{limit} open files per process"),
        consequence: "loads with more connections than that fail, in the generator and in the targets, which inherit it",
        advice: "ulimit -n 65536   (before pianoprof, in the same shell)".to_owned(),
    })
}

fn ephemeral_ports(view: &View<'_>) -> Option<Finding> {
    let (low, high) = view.text("net.ephemeral_ports")?.split_once('-')?;
    let ports = high.trim().parse::<u32>().ok()?.saturating_sub(low.trim().parse().ok()?) + 1;
    (ports < ENOUGH_PORTS).then(|| Finding {
        kind: "ephemeral_ports",
        seen: format!("{ports} ephemeral ports"),
        consequence: "a server that closes after every answer uses them up, and connects fail for a minute",
        advice: view.as_root("sysctl net.ipv4.ip_local_port_range='32768 60999'"),
    })
}

fn cold_cache(view: &View<'_>) -> Option<Finding> {
    (!view.probe.can_drop_caches).then(|| Finding {
        kind: "cold_cache",
        seen: if view.probe.root { "the page cache cannot be dropped" } else { "not root" }.to_owned(),
        consequence: "no cold launches (--cold): programs always start from a warm page cache",
        advice: if view.probe.root {
            "outside a container, /proc/sys/vm/drop_caches can be written".to_owned()
        } else {
            "run as root for --cold; all else works as it is".to_owned()
        },
    })
}

fn sock_diag(view: &View<'_>) -> Option<Finding> {
    let why = view.probe.sock_diag.as_deref()?;
    Some(Finding {
        kind: "sock_diag",
        seen: format!("netlink sock_diag is refused ({why})"),
        consequence: "listening is seen by connecting again and again: later by up to a millisecond, and the target is \
                      disturbed",
        advice: "allow AF_NETLINK in the container's seccomp profile, or load the module tcp_diag".to_owned(),
    })
}

fn hidden_processes(view: &View<'_>) -> Option<Finding> {
    let value = view.probe.hidepid.as_deref().filter(|_| !view.probe.root)?;
    Some(Finding {
        kind: "hidepid",
        seen: format!("/proc hides other users' processes (hidepid={value})"),
        consequence: "the owner of a port that is taken cannot be named, and a target of another user not be sampled",
        advice: view.as_root("mount -o remount,hidepid=0 /proc"),
    })
}
