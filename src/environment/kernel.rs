//! Facts about the kernel and its limits.

use nix::sys::resource::{Resource, getrlimit};
use nix::sys::utsname::uname;

use super::Roots;
use crate::model::facts::Environment;

pub(super) fn add(roots: &Roots, facts: &mut Environment) {
    let name = uname().ok();
    let part = |pick: fn(&nix::sys::utsname::UtsName) -> &std::ffi::OsStr| {
        name.as_ref().map(|name| pick(name).to_string_lossy().into_owned())
    };
    let mut put = |name: &str, value: Option<String>| {
        facts.insert(name.to_owned(), value);
    };
    put("kernel.release", part(|name| name.release()));
    put("kernel.machine", part(|name| name.machine()));
    put("os", std::fs::read_to_string("/etc/os-release").ok().as_deref().and_then(pretty_name));
    put("container", container(roots));
    put("aslr", roots.proc("sys/kernel/randomize_va_space"));
    put("limit.nofile", getrlimit(Resource::RLIMIT_NOFILE).ok().map(|(soft, hard)| format!("{soft} (hard {hard})")));
    put("net.ephemeral_ports", roots.proc("sys/net/ipv4/ip_local_port_range").map(|text| text.replace('\t', "-")));
    put("net.somaxconn", roots.proc("sys/net/core/somaxconn"));
    put("net.tcp_tw_reuse", roots.proc("sys/net/ipv4/tcp_tw_reuse"));
    put("kernel.sched_autogroup", roots.proc("sys/kernel/sched_autogroup_enabled"));
    put("kernel.perf_event_paranoid", roots.proc("sys/kernel/perf_event_paranoid"));
    put("pressure.io", roots.proc("pressure/io").and_then(|text| text.lines().next().map(str::to_owned)));
    put("user.is_root", Some(nix::unistd::geteuid().is_root().to_string()));
}

fn pretty_name(os_release: &str) -> Option<String> {
    let value = os_release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(value.trim_matches('"').to_owned())
}

/// Docker and podman leave a marker file; other runtimes name themselves in the environment of process 1.
fn container(roots: &Roots) -> Option<String> {
    let marked = ["/.dockerenv", "/run/.containerenv"].iter().any(|path| std::path::Path::new(path).exists());
    let named = roots.proc("1/environ").map(|text| text.split('\0').any(|pair| pair.starts_with("container=")));
    match (marked, named) {
        (true, _) | (_, Some(true)) => Some("yes".to_owned()),
        (false, Some(false)) => Some("no".to_owned()),
        (false, None) => None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_pretty_name_is_unquoted() {
        assert_eq!(super::pretty_name("ID=x\nPRETTY_NAME=\"Some OS 12\"\n").as_deref(), Some("Some OS 12"));
    }
}
