//! One phase as a window: exact readings at both ends, and whether the target outlived it.

use std::time::Duration;

use super::TrialRun;
use crate::clock;
use crate::database::{self, Counters, Database};
use crate::environment::NoiseWatch;
use crate::model::incident::Incident;
use crate::model::record::{Group, TrialEnd, Window};
use crate::process::procfile;
use crate::session::error::Error;
use crate::session::schedule::block_label;
use crate::target::{Launched, workers};

impl TrialRun<'_, '_> {
    /// A phase with exact readings at both ends.
    pub(super) fn window(
        &mut self,
        phase: &str,
        request: Option<&str>,
        expected: Duration,
        body: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let what = request.map_or_else(|| phase.to_owned(), |request| format!("{phase} {request}"));
        let label = format!("{}  {}  {what}", block_label(self.trial.block), self.trial.target);
        self.bench.setup.observer.step(&label, expected);
        let before = self.sampler.members(Group::Target);
        let said = self.launched.as_ref().filter(|_| request.is_some()).map(Launched::stderr_length);
        let files = request.and_then(|_| procfile::open_files(&before));
        let work = if request.is_some() { self.work()? } else { None };
        let (target, database) = (self.sampler.cpu(Group::Target), self.sampler.cpu(Group::Database));
        let is_reset = request.is_some() && self.sampler.reset_peak(Group::Target);
        let watch = NoiseWatch::start(self.bench.setup.roots);
        let (own, tools) = (self.bench.own_cpu_ns(), self.tools_ns);
        let started_ns = clock::now();
        body(self)?;
        let ended_ns = clock::now();
        if !self.watched {
            return Ok(());
        }
        let target_cpu_ns = self.sampler.cpu(Group::Target).saturating_sub(target);
        let own = self.bench.own_cpu_ns().saturating_sub(own) + self.tools_ns.saturating_sub(tools);
        let noise = Some(watch.finish(own + target_cpu_ns));
        let guardian = self.bench.database.as_ref().and_then(Database::guardian);
        let database_cpu_ns = guardian.map(|_| self.sampler.cpu(Group::Database).saturating_sub(database));
        let after = self.sampler.members(Group::Target);
        let peak = request.and_then(|_| self.sampler.peak_since(Group::Target, started_ns, is_reset));
        let database_work = match work {
            Some(before) => self.work()?.and_then(|after| after.since(before)),
            None => None,
        };
        let workers =
            self.launched.as_ref().zip(said).and_then(|(launched, from)| workers::events(&launched.said_since(from)));
        self.trial.windows.push(Window {
            workers,
            phase: phase.to_owned(),
            request: request.map(str::to_owned),
            started_ns,
            ended_ns,
            target_cpu_ns,
            cpu_in_ticks: !self.sampler.cpu_is_exact(Group::Target),
            database_cpu_ns,
            database_work,
            peak,
            processes_born: count(after.iter().filter(|pid| !before.contains(pid))),
            processes_gone: count(before.iter().filter(|pid| !after.contains(pid))),
            noise,
            open_files: files.zip(procfile::open_files(&after)),
        });
        self.look_for_intruder(&what);
        self.look_for_death(&what);
        Ok(())
    }

    /// Somebody else on the port may have answered: what was measured is then not the target's alone.
    pub(super) fn look_for_intruder(&mut self, phase: &str) {
        let Some(owner) = self.launched.as_mut().and_then(Launched::intruder) else { return };
        let known = |incident: &Incident| matches!(incident, Incident::Intruder { .. });
        if !self.trial.incidents.iter().any(known) {
            let (phase, owner) = (phase.to_owned(), owner.to_string());
            self.trial.incidents.push(Incident::Intruder { phase, owner });
        }
    }

    pub(super) fn look_for_death(&mut self, phase: &str) {
        let Some(launched) = &mut self.launched else {
            if self.watched && self.sampler.members(Group::Target).is_empty() {
                let status = "how is not known, for this run did not start it".to_owned();
                self.trial.end = TrialEnd::Died { phase: phase.to_owned(), status, stderr: String::new() };
            }
            return;
        };
        if let Some(exit) = launched.ended() {
            let stderr = launched.printed();
            self.trial.end = TrialEnd::Died { phase: phase.to_owned(), status: exit.to_string(), stderr };
        }
    }

    /// What PostgreSQL did for this target so far. Read while no request is under way, from a connection to another
    /// database, so that it counts nothing of itself.
    fn work(&mut self) -> Result<Option<Counters>, Error> {
        let (Some(server), Some(copy)) = (&mut self.bench.database, self.database) else { return Ok(None) };
        match server.work(&copy.name) {
            // What was measured until then is kept.
            Err(database::Error::Interrupted { .. }) => Ok(None),
            work => Ok(work?),
        }
    }
}

fn count<T>(items: impl Iterator<Item = T>) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}
