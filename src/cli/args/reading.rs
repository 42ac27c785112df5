//! Arguments of the commands that read stored runs or print texts.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

/// `report`
#[derive(Debug, Args)]
pub(in super::super) struct Report {
    /// The run's folder, for instance runs/latest
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// terminal, markdown, html, json, csv, junit, github, openmetrics, bencher, benchmark-smaller, benchmark-bigger, template or hdr
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    pub format: String,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `verify`
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 all hold; 1 a claim is not met or a checklist item failed; 3 inconclusive (with --inconclusive fail).")]
pub(in super::super) struct Verify {
    /// The run's folder, for instance runs/latest
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Judge the checklist only (with --claims: both, as without either)
    #[arg(long)]
    pub checklist: bool,
    /// Judge the claims only
    #[arg(long)]
    pub claims: bool,
    /// Whether an inconclusive claim ends with exit code 3 or only warns
    #[arg(long, value_enum, default_value = "fail")]
    pub inconclusive: Inconclusive,
}

/// What an inconclusive claim does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in super::super) enum Inconclusive {
    /// Exit code 3
    Fail,
    /// A warning
    Warn,
}

/// `compare`
#[derive(Debug, Args)]
pub(in super::super) struct Compare {
    /// The older run's folder
    pub old: PathBuf,
    /// The newer run's folder
    pub new: PathBuf,
    /// Compare although these differ: facts of the environment, `database`, `loads`
    #[arg(long, value_name = "FACT,…", value_delimiter = ',')]
    pub despite: Vec<String>,
}

/// `history`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pianoprof history                                            every run under runs/, oldest first
  pianoprof history --metric startup.first_ok,idle.pss --target gin
  pianoprof history --format html -o history.html              a page with a chart of any metric")]
pub(in super::super) struct History {
    /// The folder that holds the runs' folders
    #[arg(value_name = "DIR", default_value = "runs")]
    pub folder: PathBuf,
    /// Only these metrics [default: startup, idle memory, throughput and p99 in the table, all elsewhere]
    #[arg(long, value_name = "METRIC,…", value_delimiter = ',')]
    pub metric: Vec<String>,
    /// Only these targets
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub target: Vec<String>,
    /// The form
    #[arg(long, value_enum, default_value = "terminal", value_name = "FORMAT")]
    pub format: HistoryFormat,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `prune`
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").args(["failed", "keep"]).required(true).multiple(true)))]
#[command(after_help = "\
Examples:
  pianoprof prune --failed              lists the runs that ended before anything was measured, and asks
  pianoprof prune --keep 20 --yes       deletes all but the 20 newest")]
pub(in super::super) struct Prune {
    /// The folder that holds the runs' folders
    #[arg(value_name = "DIR", default_value = "runs")]
    pub folder: PathBuf,
    /// Runs that ended before anything was measured
    #[arg(long)]
    pub failed: bool,
    /// All but the N newest (with --failed: of those that measured something)
    #[arg(long, value_name = "N")]
    pub keep: Option<usize>,
    /// Delete without asking
    #[arg(long)]
    pub yes: bool,
}

/// A form of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in super::super) enum HistoryFormat {
    /// A table
    Terminal,
    /// One figure per line
    Csv,
    /// A page with a chart
    Html,
}

/// `init`
#[derive(Debug, Args)]
#[command(after_help = "\
Recognised in this folder, or in the folders below it: FastAPI, Flask, Django, Express, Fastify, Gin, Echo, Axum, Spring Boot,
Javalin, Rails, a Procfile, a Dockerfile, and plain app.py, server.js, main.go and Cargo.toml. Two servers become a comparison.")]
pub(in super::super) struct Init {
    /// Start nothing: the readiness path stays `/`
    #[arg(long)]
    pub no_try: bool,
    /// As long as a build may take before its server is left untried
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = super::measuring::duration)]
    pub build_time: Duration,
}

/// `export`
#[derive(Debug, Args)]
pub(in super::super) struct Export {
    /// The tool
    #[arg(value_enum)]
    pub tool: ExportTool,
    /// The load profile of the configuration [default: the first]
    #[arg(long, value_name = "NAME")]
    pub load: Option<String>,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// A tool that load profiles can be written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in super::super) enum ExportTool {
    /// A JMeter 5.6 test plan
    Jmeter,
    /// An ApacheBench command line
    Ab,
    /// A wrk command line
    Wrk,
}

/// `completions`
#[derive(Debug, Args)]
pub(in super::super) struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// `schema`
#[derive(Debug, Args)]
pub(in super::super) struct Schema {
    /// Of what
    #[arg(value_enum)]
    pub of: SchemaOf,
}

/// What a schema is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in super::super) enum SchemaOf {
    /// pianoprof.toml
    Config,
    /// The JSON summary of a run
    Run,
}
