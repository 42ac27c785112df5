//! The loads of a target's life: made by our own engine or by another tool, shown while they run, their writes checked.

use std::path::PathBuf;
use std::time::Duration;

use super::super::error::Error;
use super::super::observer::Figures;
use super::super::{rates, timing};
use super::{BEAT, TrialRun, floor};
use crate::clock::{self, Nanos};
use crate::engine;
use crate::load::{self, Job, Live};
use crate::model::load::LoadRecord;
use crate::model::plan::{ArrivalPlan, LoadPart, LoadPlan, LoadRequests, Rate, RequestPlan, request_of, subject};
use crate::model::record::{Group, WriteCheck};

impl TrialRun<'_, '_> {
    /// One load: a request alone, or a mix; of a load with operating points at one of them.
    pub(super) fn load(&mut self, plan: &LoadPlan, part: &LoadPart) -> Result<(), Error> {
        if !self.goes_on() {
            return Ok(());
        }
        let request_of_plan =
            |name: &str| self.spec.plan.request(name).expect("loads name requests of the plan").clone();
        let requests: Vec<(RequestPlan, f64)> =
            part.requests.iter().map(|(name, weight)| (request_of_plan(name), *weight)).collect();
        let sustained = rates::slower_side(self.spec.capacity, &plan.name, part.request());
        let rate = match &plan.arrival {
            ArrivalPlan::Open { rate: Rate::PerSecond(rate), .. } => Some(*rate),
            ArrivalPlan::Open { rate, .. } => {
                let share = if let Rate::Common(share) = rate { Some(*share) } else { part.point };
                let Some(rate) = sustained.zip(share).and_then(|(most, share)| rates::share_of(most, share)) else {
                    return Ok(());
                };
                Some(rate)
            }
            ArrivalPlan::Closed => None,
        };
        let tables = self.count_rows(&requests)?;
        let (before, assumed) = (self.read_floor(plan, rate)?, self.reconnects);
        let mut records = Vec::new();
        self.window(&plan.name, Some(&part.subject()), timing::one(plan), |life| {
            records = life.repeated(plan, &requests, &part.requests, rate)?;
            Ok(())
        })?;
        // A floor with connects is none of a load without them, and the other way about.
        let before = if self.reconnects == assumed { before } else { vec![] };
        let floor_ns = [before, self.read_floor(plan, rate)?].concat();
        for record in &mut records {
            record.floor_ns.clone_from(&floor_ns);
            record.request = subject(&record.request, part.point);
            record.utilisation = part.point;
            record.ceiling_rate = part.point.and(sustained);
        }
        // Other tools do not tell what they left in flight, which may have been written all the same.
        if plan.engine.is_own() {
            self.check_writes(&requests, &records, tables)?;
        }
        self.trial.loads.append(&mut records);
        Ok(())
    }

    /// The load as often as its plan says, each repetition whole, put together.
    fn repeated(
        &mut self,
        plan: &LoadPlan,
        requests: &[(RequestPlan, f64)],
        weights: &[(String, f64)],
        rate: Option<f64>,
    ) -> Result<Vec<LoadRecord>, Error> {
        if !plan.engine.is_own() {
            return self.by_tool(plan, weights, rate);
        }
        let mut together: Vec<LoadRecord> = Vec::new();
        for _ in 0..plan.repeat {
            let once = self.drive(plan, requests.to_vec(), rate)?;
            if together.is_empty() {
                together = once;
            } else {
                together.iter_mut().zip(&once).for_each(|(all, one)| all.add(one));
            }
            if !self.goes_on() {
                break;
            }
        }
        Ok(together)
    }

    /// Runs the load engine, showing its figures meanwhile.
    pub(super) fn drive(
        &mut self,
        plan: &LoadPlan,
        requests: Vec<(RequestPlan, f64)>,
        rate: Option<f64>,
    ) -> Result<Vec<LoadRecord>, Error> {
        let failed = |source| Error::Load { load: plan.name.clone(), target: self.spec.target.name.clone(), source };
        let schedule = &self.spec.plan.schedule;
        let job = Job {
            load: plan.name.clone(),
            endpoint: load::Endpoint::parse(&self.url).map_err(failed)?,
            requests,
            arrival: floor::arrival(plan, rate),
            connections: plan.connections,
            stop: plan.stop,
            ramp: plan.ramp,
            timeout: plan.timeout,
            seed: schedule.seed,
            threads: 0,
            cpus: self.bench.placement.as_ref().map(|sets| sets.generator.clone()),
        };
        // Reading PSS stalls the target for milliseconds: in a closed loop that would lower its throughput, at a held rate not.
        self.sampler.set_detail(matches!(plan.arrival, ArrivalPlan::Open { .. }));
        let live = Live::default();
        let interrupt = self.bench.setup.interrupt;
        let outcome = std::thread::scope(|scope| {
            let engine = scope.spawn(|| load::run(&job, interrupt, Some(&live)));
            let (mut good, mut then) = (0, clock::now());
            while !engine.is_finished() {
                std::thread::sleep(BEAT.min(Duration::from_millis(50)));
                let now = clock::now();
                if now.saturating_sub(then) >= clock::duration_nanos(BEAT) {
                    let total = live.good();
                    self.show(
                        per_second(total.saturating_sub(good), now - then),
                        Some(micros_to_millis(live.p99_us())).filter(|p99| *p99 > 0.0),
                        live.errors(),
                    );
                    (good, then) = (total, now);
                    self.look_for_intruder(&plan.name);
                }
            }
            engine.join()
        });
        self.sampler.set_detail(false);
        let records = outcome.expect("the load engine does not panic").map_err(failed)?;
        self.reconnects = floor::reconnects(&records).unwrap_or(self.reconnects);
        Ok(records)
    }

    /// Has another tool make the load. When it fails because the target has died, that death is what happened.
    fn by_tool(
        &mut self,
        plan: &LoadPlan,
        weights: &[(String, f64)],
        rate: Option<f64>,
    ) -> Result<Vec<LoadRecord>, Error> {
        let setup = self.bench.setup;
        let failed = |source| Error::Engine { load: plan.name.clone(), target: self.spec.target.name.clone(), source };
        let tool = setup.tools.iter().find(|tool| tool.engine == plan.engine);
        let tool = tool.ok_or(engine::Error::Absent(plan.engine)).map_err(failed)?;
        let sent = match weights {
            [(only, _)] => LoadRequests::Each(vec![only.clone()]),
            mix => LoadRequests::Mix(mix.to_vec()),
        };
        let load = LoadPlan { requests: sent, ..plan.clone() };
        let url = self.url.clone();
        let job = engine::Job {
            plan: self.spec.plan,
            load: &load,
            url: &url,
            rate,
            folder: self.folder_of(plan, weights),
            cpus: self.bench.placement.as_ref().map(|sets| sets.generator.clone()),
        };
        self.sampler.set_detail(matches!(plan.arrival, ArrivalPlan::Open { .. }));
        let outcome = std::thread::scope(|scope| {
            let running = scope.spawn(|| engine::run(setup.program, tool, &job, setup.interrupt));
            while !running.is_finished() {
                std::thread::sleep(BEAT);
                self.look_for_intruder(&plan.name);
                self.show(0.0, None, 0);
            }
            running.join()
        });
        self.sampler.set_detail(false);
        match outcome.expect("reading what a tool said does not panic") {
            Ok(None) => Ok(vec![]),
            Ok(Some(outcome)) => {
                self.tools_ns += outcome.cpu_ns;
                Ok(outcome.records)
            }
            Err(source) => {
                let error = failed(source);
                self.look_for_death(&plan.name);
                if self.goes_on() { Err(error) } else { Ok(vec![]) }
            }
        }
    }

    /// A new folder of the run for what a tool reads and writes.
    fn folder_of(&self, plan: &LoadPlan, weights: &[(String, f64)]) -> PathBuf {
        let trial = &self.trial;
        let request = if let [(only, _)] = weights { only } else { "all" };
        let name = format!("block{:02}-attempt{}-{}-{}-{request}", trial.block, trial.attempt, trial.target, plan.name);
        self.bench.setup.folder.path().join(plan.engine.name()).join(name)
    }

    pub(super) fn show(&self, per_second: f64, p99_ms: Option<f64>, errors: u64) {
        let rss = self.sampler.latest().get(&Group::Target).map(|sample| sample.rss);
        self.bench.setup.observer.figures(Figures { per_second, p99_ms, rss, errors });
    }

    /// Rows of each table that these requests insert into.
    fn count_rows(&mut self, requests: &[(RequestPlan, f64)]) -> Result<Vec<(String, u64)>, Error> {
        let (Some(server), Some(copy)) = (&mut self.bench.database, self.database) else { return Ok(vec![]) };
        let mut tables: Vec<&String> = requests.iter().filter_map(|(request, _)| request.inserts.as_ref()).collect();
        tables.sort();
        tables.dedup();
        tables.into_iter().map(|table| Ok((table.clone(), server.rows(&copy.name, table)?))).collect()
    }

    fn check_writes(
        &mut self,
        requests: &[(RequestPlan, f64)],
        records: &[LoadRecord],
        before: Vec<(String, u64)>,
    ) -> Result<(), Error> {
        let (Some(server), Some(copy)) = (&mut self.bench.database, self.database) else { return Ok(()) };
        for (table, rows) in before {
            let inserts = |record: &&LoadRecord| {
                requests.iter().any(|(request, _)| {
                    request.name == request_of(&record.request) && request.inserts.as_ref() == Some(&table)
                })
            };
            let inserted = server.rows(&copy.name, &table)?.saturating_sub(rows);
            let promised = records.iter().filter(inserts).map(|record| record.good_total).sum();
            let unknown = records.iter().filter(inserts).map(unanswered).sum();
            self.trial.writes.push(WriteCheck { table, promised, inserted, unknown });
        }
        Ok(())
    }
}

/// Requests that may have been done though no answer came.
fn unanswered(record: &LoadRecord) -> u64 {
    use crate::model::load::ErrorKind::{ClosedEarly, Malformed, Reset, Timeout};
    [ClosedEarly, Malformed, Reset, Timeout].iter().filter_map(|kind| record.errors.get(kind)).sum()
}

#[expect(clippy::cast_precision_loss, reason = "a live figure")]
fn per_second(count: u64, nanos: Nanos) -> f64 {
    count as f64 / (nanos.max(1) as f64 / 1e9)
}

#[expect(clippy::cast_precision_loss, reason = "a live figure")]
fn micros_to_millis(micros: u64) -> f64 {
    micros as f64 / 1e3
}
