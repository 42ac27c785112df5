//! Facts about the processors.

use super::Roots;
use crate::model::facts::Environment;

pub(super) fn add(roots: &Roots, facts: &mut Environment) {
    let cpuinfo = roots.proc("cpuinfo");
    let mut put = |name: &str, value: Option<String>| {
        facts.insert(name.to_owned(), value);
    };
    put("cpu.model", cpuinfo.as_deref().and_then(model));
    put("cpu.count", Some(count().to_string()));
    put("cpu.governor", roots.sys("devices/system/cpu/cpu0/cpufreq/scaling_governor"));
    put("cpu.turbo", turbo(roots));
    put("cpu.smt", roots.sys("devices/system/cpu/smt/control"));
    put("cpu.mhz", cpuinfo.as_deref().and_then(|text| field(text, "cpu MHz")));
    put("cpu.microcode", cpuinfo.as_deref().and_then(|text| field(text, "microcode")));
    put("virtualisation", virtualisation(roots, cpuinfo.as_deref()));
    put("clock.source", roots.sys("devices/system/clocksource/clocksource0/current_clocksource"));
    put("cgroup.cpu_max", roots.sys("fs/cgroup/cpu.max").or_else(|| own_cgroup(roots, "cpu.max")));
    put("load.average", roots.proc("loadavg").and_then(|text| text.split(' ').next().map(str::to_owned)));
    put("pressure.cpu", roots.proc("pressure/cpu").as_deref().and_then(pressure));
    put("steal.ticks", roots.proc("stat").as_deref().and_then(steal));
}

/// CPUs that this process may use.
pub(super) fn count() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A file of this process's own cgroup (version 2).
pub(super) fn own_cgroup(roots: &Roots, name: &str) -> Option<String> {
    let own = roots.proc("self/cgroup")?;
    let path = own.lines().find_map(|line| line.strip_prefix("0::"))?;
    roots.sys(&format!("fs/cgroup{path}/{name}"))
}

fn field(cpuinfo: &str, name: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name))?;
    line.split_once(':').map(|(_, value)| value.trim().to_owned())
}

/// x86 says `model name`, arm64 has only the implementer and part numbers.
fn model(cpuinfo: &str) -> Option<String> {
    field(cpuinfo, "model name").or_else(|| {
        Some(format!("arm implementer {} part {}", field(cpuinfo, "CPU implementer")?, field(cpuinfo, "CPU part")?))
    })
}

fn turbo(roots: &Roots) -> Option<String> {
    if let Some(no_turbo) = roots.sys("devices/system/cpu/intel_pstate/no_turbo") {
        return Some(if no_turbo == "0" { "on" } else { "off" }.to_owned());
    }
    roots.sys("devices/system/cpu/cpufreq/boost").map(|boost| if boost == "1" { "on" } else { "off" }.to_owned())
}

/// The `hypervisor` CPU flag says that this is a guest; the board's vendor says of what.
fn virtualisation(roots: &Roots, cpuinfo: Option<&str>) -> Option<String> {
    let guest = cpuinfo?.lines().any(|line| line.starts_with("flags") && line.contains(" hypervisor"));
    let vendor = roots.sys("class/dmi/id/sys_vendor");
    Some(match (guest, vendor) {
        (false, _) => "none seen".to_owned(),
        (true, Some(vendor)) => format!("guest of {vendor}"),
        (true, None) => "guest".to_owned(),
    })
}

/// The 10-second average of `some` in a pressure file (kernel documentation, accounting/psi).
fn pressure(text: &str) -> Option<String> {
    let some = text.lines().find(|line| line.starts_with("some"))?;
    some.split(' ').find_map(|part| part.strip_prefix("avg10=")).map(|value| format!("{value} %"))
}

fn steal(stat: &str) -> Option<String> {
    stat.lines().next()?.split_whitespace().nth(8).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captured_texts_are_read() {
        let x86 = "processor\t: 0\nmodel name\t: Some CPU @ 2.00GHz\nflags\t\t: fpu hypervisor sse\n";
        assert_eq!(model(x86).as_deref(), Some("Some CPU @ 2.00GHz"));
        let arm = "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n";
        assert_eq!(model(arm).as_deref(), Some("arm implementer 0x41 part 0xd40"));
        assert_eq!(pressure("some avg10=1.25 avg60=0 total=9\nfull avg10=0.00").as_deref(), Some("1.25 %"));
        assert_eq!(steal("cpu  1 2 3 4 5 6 7 88 9 10\n").as_deref(), Some("88"));
    }
}
