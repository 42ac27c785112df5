//! One generator: how it is asked for a load, and what it cost.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::finished::wait;
use crate::server::pin;

/// A load generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Pianoprof,
    Wrk,
    Ab,
    Oha,
    Hey,
}

/// One whole process of a generator.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    pub answered: u64,
    /// User and system time from start to exit.
    pub cpu: Duration,
    pub peak_rss_mib: f64,
}

impl Turn {
    pub fn cost_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.answered.max(1) as f64
    }
}

impl Tool {
    pub const ALL: [Self; 5] = [Self::Pianoprof, Self::Wrk, Self::Ab, Self::Oha, Self::Hey];

    pub fn name(self) -> &'static str {
        match self {
            Self::Pianoprof => "pianoprof",
            Self::Wrk => "wrk",
            Self::Ab => "ab",
            Self::Oha => "oha",
            Self::Hey => "hey",
        }
    }

    pub fn is_installed(self) -> bool {
        let path = std::env::var_os("PATH").unwrap_or_default();
        self == Self::Pianoprof || std::env::split_paths(&path).any(|folder| folder.join(self.name()).is_file())
    }

    /// Drives `url` for a time and waits for the end of the process.
    #[expect(clippy::zombie_processes, reason = "wait4 waits for it and tells what it used")]
    pub fn drive(self, url: &str, connections: u64, duration: Duration) -> Turn {
        let scratch = tempfile::tempdir().unwrap();
        let printed = scratch.path().join("printed");
        let mut command = self.command(url, connections, duration, &scratch.path().join("run"));
        command
            .stdout(fs::File::create(&printed).unwrap())
            .stderr(fs::File::create(scratch.path().join("err")).unwrap());
        // SAFETY: the closure makes one system call and touches no memory of this process.
        unsafe {
            command.pre_exec(|| {
                pin(1);
                Ok(())
            });
        }
        let child = command.spawn().unwrap();
        let (cpu, peak_rss_mib) = wait(&child);
        let printed = fs::read_to_string(printed).unwrap();
        let answered = self.answered(&printed).unwrap_or_else(|| {
            let said = fs::read_to_string(scratch.path().join("err")).unwrap_or_default();
            panic!("{} did not say how many answers it had:\n{printed}{said}", self.name())
        });
        Turn { answered, cpu, peak_rss_mib }
    }

    fn command(self, url: &str, connections: u64, duration: Duration, run: &Path) -> Command {
        let seconds = duration.as_secs();
        let words = match self {
            Self::Pianoprof => {
                format!(
                    "load --url {url} --connections {connections} --duration {seconds}s --ramp 0s --quiet --json --out"
                )
            }
            Self::Wrk => format!("-t1 -c{connections} -d{seconds} {url}"),
            // After `-t`, which would set it to 50,000; ab keeps a record of every request, so it is not set to more.
            Self::Ab => format!("-q -k -c {connections} -t {seconds} -n 3000000 {url}"),
            Self::Oha => format!("--no-tui --output-format json -c {connections} -z {seconds}s {url}"),
            Self::Hey => format!("-c {connections} -z {seconds}s {url}"),
        };
        let mut command = Command::new(match self {
            Self::Pianoprof => env!("CARGO_BIN_EXE_pianoprof"),
            _ => self.name(),
        });
        command.args(words.split(' '));
        if self == Self::Pianoprof {
            command.arg(run);
        }
        command
    }

    fn answered(self, printed: &str) -> Option<u64> {
        let json = || serde_json::from_str::<serde_json::Value>(printed).ok();
        let word = |line: &str, place: usize| line.split_whitespace().nth(place)?.parse().ok();
        match self {
            Self::Pianoprof => json()?["loads"][0]["answered"].as_u64(),
            Self::Oha => json()?["statusCodeDistribution"]["200"].as_u64(),
            Self::Wrk => word(printed.lines().find(|line| line.contains(" requests in "))?, 0),
            Self::Ab => word(printed.lines().find(|line| line.starts_with("Complete requests:"))?, 2),
            Self::Hey => word(printed.lines().find(|line| line.trim_start().starts_with("[200]"))?, 1),
        }
    }
}
