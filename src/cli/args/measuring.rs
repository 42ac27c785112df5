//! Arguments of the commands that measure.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::model::engine::Engine;

use crate::model::plan::LOOKS;
use crate::selfcheck::{GREATEST, NOISE, NOISES};

/// Servers by name, or spelled out after `--`.
#[derive(Debug, Default, Args)]
pub(in super::super) struct Servers {
    /// Targets of the configuration [default: those of its comparison]
    #[arg(value_name = "TARGET")]
    pub names: Vec<String>,
    /// Measure these commands instead of a configuration: ARGV… [--vs ARGV…]; {port} and {host} are filled in
    #[arg(last = true, value_name = "ARGV")]
    pub argv: Vec<String>,
    /// The path that answers 200 when a command after `--` is ready
    #[arg(long, value_name = "PATH", default_value = "/")]
    pub ready: String,
}

/// How they are measured, and where that is stored.
#[derive(Debug, Default, Args)]
pub(in super::super) struct Session {
    /// The new folder to store the run in [default: runs/ID]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Blocks: one trial of each target, adjacent in time, in random order
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub blocks: Option<u32>,
    /// Decides the order in blocks and the drawn request values
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Leave placement to the kernel even with 4 CPUs or more
    #[arg(long)]
    pub no_pin: bool,
}

/// `run`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pianoprof run                         everything in pianoprof.toml
  pianoprof run --quick                 short windows, one block: a first look, no verdicts
  pianoprof run --looks                 5, 10 or 20 blocks: as many as the claims need
  pianoprof run --only startup,latency  those phases only
  pianoprof run --resume runs/latest    finish an interrupted run
  pianoprof run -- ./old {port} --vs ./new {port}")]
pub(in super::super) struct Run {
    #[command(flatten)]
    pub servers: Servers,
    #[command(flatten)]
    pub session: Session,
    /// Look after 5, 10 and 20 blocks and stop at the first look at which every claim is decided or blocks cannot decide it (--looks=5,10 for fewer);
    /// intervals are wider, as looking more than once needs
    #[arg(long, value_name = "N,…", num_args = 0..=1, require_equals = true, default_missing_value = "5,10,20",
        value_parser = looks, conflicts_with_all = ["blocks", "quick"])]
    pub looks: Option<Looks>,
    /// Short windows and one block. The checklist does not ask it to repeat its measurements: without claims it ends with 0
    #[arg(long)]
    pub quick: bool,
    /// As many blocks as fit into this time, builds apart, for instance 20m
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with_all = ["blocks", "looks", "quick"])]
    pub within: Option<Duration>,
    /// Only these phases: startup, first_request, idle, warmup, or names of loads. Without loads and first requests no corpus is
    /// played
    #[arg(long, value_name = "PHASE,…", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Only these targets
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub targets: Vec<String>,
    /// Measure the comparison's rivals too, in the loads that claims name [default: yes, but not with --quick]
    #[arg(long, conflicts_with_all = ["no_rivals", "targets", "names"])]
    pub rivals: bool,
    /// Measure baseline and candidate alone
    #[arg(long, conflicts_with_all = ["targets", "names"])]
    pub no_rivals: bool,
    /// After the blocks, have another load tool make a load once more (the first of wrk, oha, ab and JMeter that is
    /// installed, or the named one), read the memory with ps and smaps, and say how far they are from our own figures
    #[arg(long, value_name = "TOOL", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "any")]
    pub second_opinion: Option<SecondTool>,
    /// Finish that stored run
    #[arg(long, value_name = "RUN", conflicts_with_all = ["out", "only", "targets", "quick", "blocks", "looks", "seed",
        "rivals", "no_rivals", "second_opinion", "no_pin", "names"])]
    pub resume: Option<PathBuf>,
}

/// `startup`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pianoprof startup
  pianoprof startup gin --launches 50
  pianoprof startup -- python3 -m http.server {port} --vs ./server --listen {host}:{port}")]
pub(in super::super) struct Startup {
    #[command(flatten)]
    pub servers: Servers,
    #[command(flatten)]
    pub session: Session,
    /// Launches of each target, in pairs; one more of each goes before them and is not counted (--blocks means the same)
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub launches: u32,
    /// Drop the page cache before each launch (needs root)
    #[arg(long)]
    pub cold: bool,
}

/// `profile`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pianoprof profile --idle-after 10s
  pianoprof profile gin --under-load --rate 1000 --duration 30s
  pianoprof profile --pid 1234 --url http://127.0.0.1:8000/ --under-load")]
pub(in super::super) struct Profile {
    #[command(flatten)]
    pub servers: Servers,
    #[command(flatten)]
    pub session: Session,
    /// Also measure under an open-loop load
    #[arg(long)]
    pub under_load: bool,
    /// Requests per second of that load
    #[arg(long, value_name = "R", default_value_t = 1000.0, value_parser = positive, allow_negative_numbers = true)]
    pub rate: f64,
    /// Connections of that load
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub connections: u32,
    /// How long it lasts
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub duration: Duration,
    /// When idle memory is read, after ready
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub idle_after: Duration,
    /// The request it sends [default: the configuration's first]
    #[arg(long, value_name = "NAME")]
    pub request: Option<String>,
    /// Measure a server that already runs: its root process
    #[arg(long, conflicts_with_all = ["names", "argv"])]
    pub pid: Option<u32>,
    /// Where that server answers
    #[arg(long, conflicts_with_all = ["names", "argv"])]
    pub url: Option<String>,
}

/// `load`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pianoprof load --url http://127.0.0.1:8000/items --requests 5000
  pianoprof load gin --request by_id --connections 50 --duration 20s --ramp 5s
  pianoprof load gin --rate 1000 --duration 30s      open loop: a fixed schedule, latency from the intended time
  pianoprof load gin --duration 20s --engine wrk     the same profile by another tool
  pianoprof load gin --rate 500 --duration 20s --engine oha
  pianoprof load gin --duration 60s --ramp 10s --engine jmeter --remote host1,host2")]
pub(in super::super) struct Load {
    #[command(flatten)]
    pub servers: Servers,
    #[command(flatten)]
    pub session: Session,
    /// A server that already runs (http://, https://, unix:)
    #[arg(long, conflicts_with_all = ["names", "argv"])]
    pub url: Option<String>,
    /// The request of the configuration to send [default: its first, or the URL's path]
    #[arg(long, value_name = "NAME")]
    pub request: Option<String>,
    /// Connections: what a closed loop keeps busy, what an open loop may use
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub connections: u32,
    /// End after that many requests [default: 1000, unless --duration is given]
    #[arg(long, value_name = "N", conflicts_with = "duration", value_parser = clap::value_parser!(u64).range(1..))]
    pub requests: Option<u64>,
    /// End after that time
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub duration: Option<Duration>,
    /// Open the connections over that time before the clock starts
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration_or_zero)]
    pub ramp: Duration,
    /// Open loop: requests per second, whatever the answers do
    #[arg(long, value_name = "R", value_parser = positive, allow_negative_numbers = true)]
    pub rate: Option<f64>,
    /// Open loop: independent exponential gaps instead of equal ones
    #[arg(long, requires = "rate")]
    pub poisson: bool,
    /// How long one request may take
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub timeout: Duration,
    /// Have another load tool make the load, and read its results into the same record
    #[arg(long, value_enum, default_value = "pianoprof", value_name = "TOOL")]
    pub engine: LoadEngine,
    /// Machines that run jmeter-server and make the load, in equal shares (with --engine jmeter)
    #[arg(long, value_name = "HOST,…", value_delimiter = ',')]
    pub remote: Vec<String>,
    /// Print this form of the result instead of the summary, for instance hdr
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
}

/// Who makes the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in super::super) enum LoadEngine {
    /// This program
    Pianoprof,
    /// wrk 4: a timed closed loop
    Wrk,
    /// ApacheBench: a closed loop of one fixed request, HTTP/1.0
    Ab,
    /// oha: a closed or an open loop of one fixed request
    Oha,
    /// Apache JMeter 5.6: closed loop, or a rate as far as threads are free; also on other machines
    Jmeter,
}

impl From<LoadEngine> for Engine {
    fn from(engine: LoadEngine) -> Self {
        match engine {
            LoadEngine::Pianoprof => Self::Pianoprof,
            LoadEngine::Wrk => Self::Wrk,
            LoadEngine::Ab => Self::Ab,
            LoadEngine::Oha => Self::Oha,
            LoadEngine::Jmeter => Self::Jmeter,
        }
    }
}

/// Who gives the second opinion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in super::super) enum SecondTool {
    /// The first that is installed and can make the load
    Any,
    /// wrk 4
    Wrk,
    /// oha
    Oha,
    /// ApacheBench
    Ab,
    /// Apache JMeter 5.6
    Jmeter,
}

impl SecondTool {
    /// The tools in question, the best first.
    pub fn engines(self) -> Vec<Engine> {
        match self {
            Self::Any => vec![Engine::Wrk, Engine::Oha, Engine::Ab, Engine::Jmeter],
            Self::Wrk => vec![Engine::Wrk],
            Self::Oha => vec![Engine::Oha],
            Self::Ab => vec![Engine::Ab],
            Self::Jmeter => vec![Engine::Jmeter],
        }
    }
}

/// `queries`
#[derive(Debug, Args)]
pub(in super::super) struct Queries {
    #[command(flatten)]
    pub servers: Servers,
    #[command(flatten)]
    pub session: Session,
    /// Connections of the closed loop
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub connections: u32,
    /// Requests of each query
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    pub requests: u64,
}

/// `parity`
#[derive(Debug, Args)]
#[command(after_help = "\
The corpus that `[parity] corpus` names is JSON. A word is a request of the configuration; an entry has the keys of
[request.NAME] and a name, and says what the right answer is. {id_of:NAME} is the `id` of an earlier answer.

  { \"requests\": [
      \"root\",
      { \"name\": \"make\", \"method\": \"POST\", \"path\": \"/items\", \"json\": { \"title\": \"x\" }, \"expect\": { \"status\": 201 } },
      { \"name\": \"see\", \"path\": \"/items/{id_of:make}\",
        \"expect\": { \"status\": 200, \"json\": { \"pointer\": \"/title\", \"equals\": \"x\" } } } ] }

Each side is sent the whole corpus on a fresh copy of the database, the baseline twice: what differs between its own
two answers is noise and no difference of the candidate. `run` does the same before it measures, unless it measures
startup and idle memory alone.")]
pub(in super::super) struct Parity {
    /// The two targets of the configuration [default: those of its comparison]
    #[arg(value_name = "TARGET")]
    pub names: Vec<String>,
    /// The new folder to store the run in [default: runs/ID]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `serve`
#[derive(Debug, Args)]
pub(in super::super) struct Serve {
    #[command(flatten)]
    pub servers: Servers,
}

/// `seed`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pianoprof seed --print-fingerprint            the same on every machine
  pianoprof seed --scale 0.1 -- pytest          a command with DATABASE_URL set to a fresh seeded database")]
pub(in super::super) struct Seed {
    /// Multiplies the row counts
    #[arg(long, value_name = "N", value_parser = positive)]
    pub scale: Option<f64>,
    /// Print the fingerprint only
    #[arg(long)]
    pub print_fingerprint: bool,
    /// Run this command with DATABASE_URL set, and end with its exit code
    #[arg(last = true, value_name = "ARGV", conflicts_with = "print_fingerprint")]
    pub argv: Vec<String>,
}

/// Planned looks in their order; never empty.
#[derive(Clone, Debug)]
pub(in super::super) struct Looks(pub Vec<u32>);

impl Looks {
    /// The last of them, after which the session ends in any case.
    pub fn last(&self) -> u32 {
        self.0.last().copied().unwrap_or_default()
    }
}

fn looks(text: &str) -> Result<Looks, String> {
    let looks: Option<Vec<u32>> = text.split(',').map(|look| look.trim().parse().ok()).collect();
    looks
        .filter(|looks| looks.iter().all(|look| LOOKS.contains(look)) && looks.is_sorted_by(|one, next| one < next))
        .map(Looks)
        .ok_or_else(|| "looks are planned at 5, 10 and 20 blocks, in this order".to_owned())
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("a number above 0 is needed".to_owned()),
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    match duration_or_zero(text)? {
        zero if zero.is_zero() => Err("a time above 0 is needed".to_owned()),
        time => Ok(time),
    }
}

fn duration_or_zero(text: &str) -> Result<Duration, String> {
    crate::config::duration(text)
}

/// `selfcheck`
#[derive(Debug, Args)]
#[command(after_help = "\
Both targets of a session are servers whose truth is known, apart by the ratio in startup, memory, CPU and latency. In
each launch each of these is multiplied by a factor that the server draws (--noise), so that it is known how wide the
intervals must be and how many of them must miss: of 200 of a metric 92 to 98 % must hold the truth. Below 72 intervals only
too few can be told from chance; with --noise 0, where the instruments' bounds are all that makes an interval, always.

A seed always makes the same session: --seed 51 --sessions 50 are the sessions 51 to 100 of a longer check. --add counts what
earlier checks found (`--json`) and leaves their sessions out, so that an interrupted check can go on.
Five sessions take about a minute; the long form, `pianoprof selfcheck --sessions 200`, about forty.

Exit codes: 0 as many intervals hold the truth as 95 % intervals should; 1 fewer or, with noise, more; 3 some could not be had.")]
pub(in super::super) struct Selfcheck {
    /// By how much the candidate is better; 1 for two servers that are alike
    #[arg(long, value_name = "RATIO,…", value_delimiter = ',', default_value = "1,1.1,1.25,2,20", value_parser = ratio)]
    pub ratio: Vec<f64>,
    /// Sessions, the ratios in turn [default: one for each ratio]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub sessions: Option<u32>,
    /// Blocks of each session
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(3..=100))]
    pub blocks: u32,
    /// Standard deviation of the logarithm of each figure from launch to launch; 0 for servers that are always the same
    #[arg(long, value_name = "SD", default_value_t = NOISE, value_parser = noise)]
    pub noise: f64,
    /// The first session's seed, each next one's is one more; decides its ratio, what its servers draw, and the order in blocks
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(..1 << 60))]
    pub seed: u64,
    /// What an earlier check printed with --json: its intervals are counted, its sessions not measured again; may be repeated
    #[arg(long, value_name = "FILE")]
    pub add: Vec<PathBuf>,
    /// The new folder to keep the runs in [default: they are removed]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

fn noise(text: &str) -> Result<f64, String> {
    let noise: f64 = text.parse().map_err(|_| format!("{text} is not a number"))?;
    let (least, most) = (NOISES.start(), NOISES.end());
    if noise == 0.0 || NOISES.contains(&noise) { Ok(noise) } else { Err(format!("0, or from {least} to {most}")) }
}

fn ratio(text: &str) -> Result<f64, String> {
    let ratio: f64 = text.parse().map_err(|_| format!("{text} is not a number"))?;
    if (1.0..=GREATEST).contains(&ratio) { Ok(ratio) } else { Err(format!("a ratio from 1 to {GREATEST}")) }
}
