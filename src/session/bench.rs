//! What a whole session holds: the database, the substitutions for commands, the wish to stop.

use std::path::PathBuf;

use super::error::Error;
use super::placement::{confine, placement};
use super::setup::Setup;
use crate::clock;
use crate::database::{self, Database};
use crate::model::facts::Placement;
use crate::model::plan::TargetPlan;
use crate::model::record::Run;
use crate::process::cpu::TreeCpu;
use crate::process::tree::Anchor;
use crate::process::{Stopped, Supervised};
use crate::target::{self, Launched};

/// The loopback address that every target listens on.
pub(super) const HOST: &str = "127.0.0.1";

/// The measuring bench, open from the first build to the last trial.
pub(super) struct Bench<'a> {
    pub setup: Setup<'a>,
    pub database: Option<Database>,
    pub placement: Option<Placement>,
}

impl<'a> Bench<'a> {
    /// Starts the database, if the plan has one, and fills its template.
    pub fn open(setup: Setup<'a>, run: &mut Run) -> Result<Self, Error> {
        let placement = placement(run.plan.schedule.no_pin);
        run.placement.clone_from(&placement);
        let mut bench = Self { setup, database: None, placement };
        if let Some(plan) = &run.plan.database {
            setup.observer.step("database: starting PostgreSQL", std::time::Duration::from_secs(2));
            let mut server = database::start(setup.program, plan, &setup.folder.output(), setup.interrupt)?;
            if let Some(cleared) = server.cleared() {
                setup.observer.note(&cleared);
            }
            setup.observer.step("database: schema, seed, fingerprint", std::time::Duration::from_secs(5));
            if let (Some(sets), Some(root)) = (&bench.placement, server.guardian()) {
                confine(root, &sets.database);
            }
            let found = server.prepare(setup.interrupt)?;
            if let Some(before) = &run.database
                && before.fingerprint != found
            {
                return Err(Error::Reseeded { expected: before.fingerprint.clone(), found });
            }
            run.database = Some(server.facts());
            bench.database = Some(server);
        }
        Ok(bench)
    }

    /// Whether the session was asked to stop (Ctrl-C or SIGTERM).
    pub fn interrupted(&self) -> bool {
        self.setup.interrupt.is_set()
    }

    /// CPU time of everything of ours but the target: this process, and the database's tree.
    pub fn own_cpu_ns(&self) -> u64 {
        let database = self.database.as_ref().and_then(Database::guardian);
        let database = database.map_or(0, |guardian| TreeCpu::new(Anchor::Guardian(guardian)).read());
        clock::process_cpu() + database
    }

    /// Starts a target on a database copy and waits until it is ready.
    pub fn start(&self, plan: &TargetPlan, database_url: Option<&str>, cold: bool) -> Result<Launched, Error> {
        let settings = target::Settings {
            host: HOST.to_owned(),
            port: None,
            database_url: database_url.map(str::to_owned),
            output: self.output(&plan.name),
            cold,
            cpus: self.placement.as_ref().map(|sets| sets.target.clone()),
        };
        let tell = |sentence: &str| self.setup.observer.note(&format!("target {} {sentence}", plan.name));
        target::start(self.setup.program, plan, &settings, self.setup.interrupt, &tell)
            .map_err(|source| Error::Target { target: plan.name.clone(), source })
    }

    /// Stops a target with its own signal and grace; whoever asks a second time to stop waits no longer.
    pub fn stop(&self, server: &mut Supervised, plan: &TargetPlan) -> Stopped {
        server.stop_or_hurry(&plan.stop.signal, plan.stop.grace, self.setup.interrupt)
    }

    /// The files that take a target's standard output and standard error.
    pub fn output(&self, name: &str) -> PathBuf {
        self.setup.folder.output().join(name)
    }

    /// Ends the database.
    pub fn close(self) -> Result<(), Error> {
        self.database.map_or(Ok(()), |server| server.stop().map_err(Error::from))
    }
}
