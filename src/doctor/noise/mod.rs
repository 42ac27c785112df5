//! What makes a machine noisy or limited, from its facts and a look at it. Pure; an unknown fact gives no finding.

mod limits;
mod memory;
mod processors;

use super::Finding;
use super::probe::Probe;
use crate::model::facts::Environment;

/// Every finding: what disturbs figures first, then what limits the tool itself.
pub(super) fn findings(facts: &Environment, probe: &Probe) -> Vec<Finding> {
    let view = View { facts, probe };
    let checks = processors::CHECKS.iter().chain(memory::CHECKS).chain(limits::CHECKS);
    checks.filter_map(|check| check(&view)).collect()
}

/// Looks at one thing.
type Check = fn(&View<'_>) -> Option<Finding>;

/// The facts with their numbers read.
struct View<'a> {
    facts: &'a Environment,
    probe: &'a Probe,
}

impl View<'_> {
    fn text(&self, fact: &str) -> Option<&str> {
        self.facts.get(fact)?.as_deref()
    }

    /// The number that a fact begins with: 1.25 of `1.25 %`, 24039 of `24039 MiB`.
    fn number(&self, fact: &str) -> Option<f64> {
        self.text(fact)?.split([' ', '-']).next()?.parse().ok()
    }

    fn cpus(&self) -> Option<f64> {
        self.number("cpu.count")
    }

    /// A command that needs root, as this user types it.
    fn as_root(&self, command: &str) -> String {
        if self.probe.root { command.to_owned() } else { format!("sudo {command}") }
    }

    /// `file` set to `value`, a write that needs root.
    fn write(&self, value: &str, file: &str) -> String {
        if self.probe.root { format!("echo {value} > {file}") } else { format!("echo {value} | sudo tee {file}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine on which nothing is to be found.
    fn quiet() -> (Environment, Probe) {
        let facts = [
            ("cpu.count", "8"),
            ("virtualisation", "none seen"),
            ("cpu.governor", "performance"),
            ("cpu.turbo", "off"),
            ("cgroup.cpu_max", "max 100000"),
            ("load.average", "0.40"),
            ("pressure.cpu", "0.10 %"),
            ("clock.source", "tsc"),
            ("memory.total", "16000 MiB"),
            ("memory.swap_total", "2047 MiB"),
            ("memory.swap_free", "2047 MiB"),
            ("memory.thp", "madvise"),
            ("cgroup.memory_max", "max"),
            ("pressure.memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0"),
            ("limit.nofile", "65536 (hard 65536)"),
            ("net.ephemeral_ports", "32768-60999"),
        ];
        let facts = facts.into_iter().map(|(name, value)| (name.to_owned(), Some(value.to_owned()))).collect();
        (facts, Probe { steal_percent: Some(0.1), can_drop_caches: true, root: true, sock_diag: None, hidepid: None })
    }

    fn kinds(facts: &Environment, probe: &Probe) -> Vec<&'static str> {
        findings(facts, probe).iter().map(|finding| finding.kind).collect()
    }

    #[test]
    fn a_quiet_machine_has_no_findings_and_an_unknown_one_neither() {
        let (facts, probe) = quiet();
        assert_eq!(kinds(&facts, &probe), [""; 0]);
        let unknown: Environment = facts.keys().map(|name| (name.clone(), None)).collect();
        assert_eq!(kinds(&unknown, &Probe { steal_percent: None, ..probe }), [""; 0]);
    }

    #[test]
    fn each_fact_has_its_finding() {
        for (fact, value, kind) in [
            ("cpu.count", "2", "cpus"),
            ("virtualisation", "guest of X", "virtualised"),
            ("cpu.governor", "powersave", "governor"),
            ("cpu.turbo", "on", "turbo"),
            ("cgroup.cpu_max", "150000 100000", "cgroup_cpu"),
            ("load.average", "4.10", "load_average"),
            ("pressure.cpu", "12.00 %", "cpu_pressure"),
            ("clock.source", "hpet", "clock_source"),
            ("memory.total", "1024 MiB", "memory"),
            ("memory.swap_free", "2000 MiB", "swap"),
            ("memory.thp", "always", "thp"),
            ("cgroup.memory_max", "536870912", "cgroup_memory"),
            ("pressure.memory", "some avg10=3.10 avg60=0.00 avg300=0.00 total=0", "memory_pressure"),
            ("limit.nofile", "1024 (hard 1048576)", "nofile"),
            ("net.ephemeral_ports", "60000-60999", "ephemeral_ports"),
        ] {
            let (mut facts, probe) = quiet();
            facts.insert(fact.to_owned(), Some(value.to_owned()));
            assert_eq!(kinds(&facts, &probe), [kind], "{fact} = {value}");
        }
    }

    #[test]
    fn each_look_has_its_finding() {
        let (facts, quiet) = quiet();
        for (probe, kind) in [
            (Probe { steal_percent: Some(4.0), ..quiet.clone() }, "steal"),
            (Probe { can_drop_caches: false, ..quiet.clone() }, "cold_cache"),
            (Probe { sock_diag: Some("Operation not permitted".to_owned()), ..quiet.clone() }, "sock_diag"),
            (Probe { hidepid: Some("2".to_owned()), root: false, ..quiet.clone() }, "hidepid"),
        ] {
            assert_eq!(kinds(&facts, &probe), [kind]);
        }
        let probe = Probe { hidepid: Some("2".to_owned()), ..quiet };
        assert_eq!(kinds(&facts, &probe), [""; 0], "root sees every process");
    }

    #[test]
    fn clocks_that_are_read_without_a_system_call_are_good() {
        for clock in ["tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page"] {
            let (mut facts, probe) = quiet();
            facts.insert("clock.source".to_owned(), Some(clock.to_owned()));
            assert_eq!(kinds(&facts, &probe), [""; 0], "{clock}");
        }
    }

    #[test]
    fn advice_is_a_command_that_this_user_can_type() {
        let (facts, root) = quiet();
        let user = Probe { root: false, ..root.clone() };
        let write = |probe: &Probe| View { facts: &facts, probe }.write("1", "/x");
        assert_eq!(write(&root), "echo 1 > /x");
        assert_eq!(write(&user), "echo 1 | sudo tee /x");
        assert_eq!(View { facts: &facts, probe: &user }.as_root("x"), "sudo x");
    }
}
