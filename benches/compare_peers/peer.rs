//! One instrument of memory and CPU: how it watches a process, and what it says.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pianoprof::model::record::Group;
use pianoprof::sampler::Sampler;

use crate::finished::wait;
use crate::support::{Bench, get, stamps};

/// How long a turn is watched.
const WATCHED: u64 = 5;

/// An instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    Pianoprof,
    Psrecord,
    Ps,
    Pidstat,
}

/// What one turn of an instrument came to.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    pub memory_off_kib: f64,
    pub cpu_off_ms: f64,
    pub cost_percent: f64,
}

/// What an instrument said: resident memory over time, KiB, and the CPU time of the whole turn, ms.
struct Said {
    rss_kib: Vec<f64>,
    cpu_ms: f64,
    cost: Duration,
}

impl Peer {
    pub const ALL: [Self; 4] = [Self::Pianoprof, Self::Psrecord, Self::Ps, Self::Pidstat];

    pub fn name(self) -> &'static str {
        match self {
            Self::Pianoprof => "pianoprof",
            Self::Psrecord => "psrecord",
            Self::Ps => "ps in a loop",
            Self::Pidstat => "pidstat",
        }
    }

    pub fn rate(self) -> u32 {
        if self == Self::Pidstat { 1 } else { 20 }
    }

    pub fn remark(self) -> &'static str {
        if self == Self::Pidstat { "  once a second is its most" } else { "" }
    }

    pub fn is_installed(self) -> bool {
        let program = match self {
            Self::Pianoprof => return true,
            Self::Psrecord => "psrecord",
            Self::Ps => "ps",
            Self::Pidstat => "pidstat",
        };
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    }

    /// Watches one server through the same acts.
    pub fn turn(self) -> Turn {
        let launched = Bench::new(&[]).start();
        get(launched.port, "/touch?mib=1");
        let own = || {
            let own = stamps(launched.port);
            own["cpu_ns"].as_u64().unwrap() + own["children_cpu_us"].as_u64().unwrap() * 1000
        };
        let act = || {
            std::thread::sleep(Duration::from_millis(1500));
            get(launched.port, "/touch?mib=64");
            std::thread::sleep(Duration::from_millis(200));
            for place in ["here", "thread", "child"] {
                get(launched.port, &format!("/burn?ms=300&in={place}"));
            }
        };
        let before = own();
        let said = match self {
            Self::Pianoprof => ours(launched.server.guardian(), act),
            _ => self.other(launched.server.pid(), act),
        };
        let truth = (own() - before) as f64 / 1e6;
        let seen = said.rss_kib.last().unwrap() - said.rss_kib.first().unwrap();
        Turn {
            memory_off_kib: (seen - f64::from(64 << 10)).abs(),
            cpu_off_ms: (said.cpu_ms - truth).abs(),
            cost_percent: said.cost.as_secs_f64() / WATCHED as f64 * 100.0,
        }
    }

    #[expect(clippy::zombie_processes, reason = "wait4 waits for it and tells what it used")]
    fn other(self, pid: u32, act: impl FnOnce()) -> Said {
        let scratch = tempfile::tempdir().unwrap();
        let log = scratch.path().join("log");
        let began = Instant::now();
        let child = self.start(pid, &log);
        act();
        let cost = wait(&child).0;
        let watched = began.elapsed().as_secs_f64().min(WATCHED as f64);
        let rows: Vec<Vec<f64>> = fs::read_to_string(&log)
            .unwrap()
            .lines()
            .filter(|line| line.trim_start().starts_with(|first: char| first.is_ascii_digit()))
            .map(|line| line.split_whitespace().map(|word| word.parse().unwrap_or(f64::NAN)).collect())
            .collect();
        let column = |place: usize| rows.iter().filter_map(|row| row.get(place).copied()).collect::<Vec<f64>>();
        let (rss_kib, cpu_ms) = match self {
            // elapsed, CPU %, real MB, virtual MB
            Self::Psrecord => {
                let (elapsed, cpu) = (column(0), column(1));
                let spent = elapsed.windows(2).zip(&cpu[1..]).map(|(two, cpu)| (two[1] - two[0]) * cpu * 10.0);
                (column(2).into_iter().map(|mib| mib * 1024.0).collect(), spent.sum())
            }
            // RSS, CPU seconds: whole ones
            Self::Ps => {
                let cpu = column(1);
                (column(0), (cpu.last().unwrap() - cpu.first().unwrap()) * 1000.0)
            }
            // time, UID, PID, %usr, %system, %guest, %wait, %CPU, CPU, minflt/s, majflt/s, VSZ, RSS, %MEM, name
            Self::Pidstat => {
                let cpu = column(7);
                (column(12), cpu.iter().sum::<f64>() / cpu.len() as f64 * watched * 10.0)
            }
            Self::Pianoprof => unreachable!("measured in this process"),
        };
        Said { rss_kib, cpu_ms, cost }
    }

    fn start(self, pid: u32, log: &std::path::Path) -> Child {
        let mut command = match self {
            Self::Psrecord => {
                let mut command = Command::new("psrecord");
                command.args(["--include-children", "--interval", "0.05", "--duration", &WATCHED.to_string(), "--log"]);
                command.arg(log).arg(pid.to_string()).stdout(Stdio::null());
                return command.spawn().unwrap();
            }
            Self::Ps => {
                let mut command = Command::new("timeout");
                let line = format!("while :; do ps S -o rss=,cputimes= -p {pid}; sleep 0.05; done");
                command.args([&WATCHED.to_string(), "sh", "-c", &line]);
                command
            }
            _ => {
                let mut command = Command::new("pidstat");
                command.args(["-h", "-u", "-r", "-p", &pid.to_string(), "1", &WATCHED.to_string()]);
                command.env("LC_ALL", "C").env("S_TIME_FORMAT", "ISO");
                command
            }
        };
        command.stdout(fs::File::create(log).unwrap()).spawn().unwrap()
    }
}

fn ours(guardian: u32, acts: impl FnOnce()) -> Said {
    let began = Instant::now();
    let sampler = Sampler::start(&[(Group::Target, guardian)], 20.0);
    let before = sampler.cpu(Group::Target);
    acts();
    std::thread::sleep(Duration::from_secs(WATCHED).saturating_sub(began.elapsed()));
    let cpu_ms = (sampler.cpu(Group::Target) - before) as f64 / 1e6;
    let (readings, cost) = sampler.stop();
    let rss_kib = readings.iter().map(|reading| reading.rss as f64 / 1024.0).collect();
    Said { rss_kib, cpu_ms, cost: Duration::from_nanos(cost) }
}
