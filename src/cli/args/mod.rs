//! The command line as it is written. What the words mean is resolved elsewhere.

mod measuring;
mod reading;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

pub(super) use measuring::{Load, Parity, Profile, Queries, Run, Seed, Selfcheck, Serve, Servers, Session, Startup};
pub(super) use reading::{
    Compare, Completions, Export, ExportTool, History, HistoryFormat, Inconclusive, Init, Prune, Report, Schema,
    SchemaOf, Verify,
};

/// Launches servers, profiles them, and says with evidence whether one is as much better than another as claimed.
#[derive(Debug, Parser)]
#[command(name = "pianoprof", version, max_term_width = 100, subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  pianoprof run                                   the comparison of pianoprof.toml, with report and verdict
  pianoprof run --quick                           the same in a few minutes, for a first look
  pianoprof startup -- python3 -m http.server {port} --vs ./server --listen {host}:{port}
  pianoprof load --url http://127.0.0.1:8000/ --connections 50 --duration 10s
  pianoprof verify runs/latest                    exit code 0 when every claim is met, 1, or 3 (inconclusive)

Exit codes: 0 done, and all that was asked to hold holds; 1 a claim not met or a checklist item failed;
2 could not do it; 3 inconclusive; 130 interrupted (what was finished is stored).")]
pub(super) struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Debug, ClapArgs)]
pub(super) struct Global {
    /// The configuration [default: pianoprof.toml here or in a folder above]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print the JSON summary on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// No progress and no notes on standard error
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// A line on standard error for each step, also a short one
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the whole comparison: every phase in blocks, then report and verdict
    Run(Run),
    /// Measure how long targets take to start
    Startup(Startup),
    /// Measure memory and CPU, idle and with --under-load
    Profile(Profile),
    /// Run one load profile against targets or a server that already runs
    Load(Load),
    /// Run the requests of `[load.queries]`, or every one of the configuration, each alone
    Queries(Queries),
    /// Send the same corpus to both targets and compare their answers
    Parity(Parity),
    /// Keep database and targets up until interrupted
    Serve(Serve),
    /// Make the seeded database only
    Seed(Seed),
    /// Render a stored run
    Report(Report),
    /// Judge a stored run: claims and checklist
    Verify(Verify),
    /// Set two stored runs side by side
    Compare(Compare),
    /// Every stored run of a folder in the order of time, as a table, CSV or a page with a chart
    History(History),
    /// Delete stored runs: those that failed, or all but the newest; lists them first
    Prune(Prune),
    /// Measure servers whose truth is known, here, and say whether the intervals hold it
    Selfcheck(Selfcheck),
    /// Say what this machine has, lacks, and what makes it noisy
    Doctor,
    /// Read and check the configuration, its corpus and the programs that it needs, and run nothing
    Check,
    /// Every metric by name, with unit, meaning and phase: those of the configuration, or all that there are
    Metrics,
    /// The load profiles of the configuration, or the built-in ones, in one table
    Loads,
    /// Write a commented pianoprof.toml for the servers in this folder, each started once to see what it answers
    Init(Init),
    /// Write the load profile for another tool
    Export(Export),
    /// Print shell completions
    Completions(Completions),
    /// Print the manual page
    Man,
    /// Print the JSON Schema of the configuration or of the JSON summary
    Schema(Schema),
}
