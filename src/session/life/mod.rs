//! A target's own life in a trial: from its launch, through the phases, until it is stopped.

mod drive;
mod floor;
mod spec;
mod window;

use std::time::Duration;

use super::bench::Bench;
use super::error::Error;
use super::{requests, timing};
use crate::clock::{self, Nanos};
use crate::database::{Copy, Database};
use crate::environment::NoiseWatch;
use crate::load;
use crate::model::engine::Engine;
use crate::model::opinion::MemoryTwice;
use crate::model::plan::{ArrivalPlan, AttachPlan, LoadPlan, LoadRequests, Phase, RequestPlan, StopRule};
use crate::model::record::{Group, Trial, TrialEnd};
use crate::sampler::{Sampler, SecondReading};
use crate::target::Launched;

pub(super) use spec::TrialSpec;

/// How often an idle or loaded target is looked at for signs of life and live figures.
const BEAT: Duration = Duration::from_millis(200);
/// Connections of the warm-up.
const WARMUP_CONNECTIONS: u32 = 16;

/// A target that lives, and the trial that it fills.
pub(super) struct TrialRun<'a, 'b> {
    bench: &'a mut Bench<'b>,
    spec: TrialSpec<'a>,
    trial: &'a mut Trial,
    /// `None` for a server that already ran.
    launched: Option<Launched>,
    /// Its database on the server, if it has one.
    database: Option<&'a Copy>,
    url: String,
    sampler: Sampler,
    /// Whether the target's processes are known; those of a server elsewhere are not.
    watched: bool,
    ready_ns: Nanos,
    /// CPU time that a server that already ran had used before.
    cpu_before: Nanos,
    /// CPU time that other load tools used, ns.
    tools_ns: Nanos,
    /// Whether the target closes its connections, as the last load saw it.
    reconnects: bool,
}

impl<'a, 'b> TrialRun<'a, 'b> {
    /// Starts the target (or takes the one that runs) and the sampler over it.
    pub fn begin(
        bench: &'a mut Bench<'b>,
        spec: TrialSpec<'a>,
        database: Option<&'a Copy>,
        trial: &'a mut Trial,
    ) -> Result<Self, Error> {
        let target = spec.target;
        let mut groups = vec![(Group::Pianoprof, std::process::id())];
        if let Some(pid) = bench.database.as_ref().and_then(Database::guardian) {
            groups.push((Group::Database, pid));
        }
        let (launched, url) = if let Some(attach) = &target.attach {
            groups.extend(attached_root(attach).map(|pid| (Group::Target, pid)));
            (None, attach.url.clone().unwrap_or_default())
        } else {
            let url = database.map(|copy| copy.url.reveal());
            let launched = bench.start(target, url, spec.plan.schedule.cold)?;
            trial.launches.push(launched.launch.clone());
            groups.push((Group::Target, launched.server.guardian()));
            let url = launched.url.clone();
            (Some(launched), url)
        };
        let watched = groups.iter().any(|(group, _)| *group == Group::Target);
        let sampler = Sampler::start(&groups, spec.plan.schedule.sample_hz);
        let cpu_before = if target.attach.is_some() { sampler.cpu(Group::Target) } else { 0 };
        trial.end = TrialEnd::Stopped { killed: false };
        Ok(Self {
            bench,
            spec,
            trial,
            launched,
            database,
            url,
            sampler,
            watched,
            ready_ns: clock::now(),
            cpu_before,
            tools_ns: 0,
            reconnects: false,
        })
    }

    /// Whether there is a target to measure and nobody asked to stop.
    pub fn goes_on(&self) -> bool {
        matches!(self.trial.end, TrialEnd::Stopped { .. }) && !self.bench.interrupted()
    }

    /// Goes through one phase.
    pub fn phase(&mut self, phase: &Phase) -> Result<(), Error> {
        let expected = timing::phase(self.spec.plan, &self.spec.target.name, phase);
        match phase {
            Phase::Startup => Ok(()),
            Phase::FirstRequest => self.first_request(),
            Phase::Idle => self.window(phase.name(), None, expected, |life| {
                life.idle();
                Ok(())
            }),
            Phase::Warmup => self.warmup(expected),
            Phase::Load(name) => {
                let plan = self.spec.plan.load(name).expect("phases name loads of the plan");
                let parts = self.spec.plan.parts_of(&self.spec.target.name, plan);
                parts.iter().try_for_each(|part| self.load(plan, part))?;
                Ok(())
            }
        }
    }

    /// Memory of the tree now, by the sampler and by other readers; `None` for a server that we did not start.
    pub fn memory_twice(&self) -> Option<MemoryTwice> {
        let guardian = self.launched.as_ref()?.server.guardian();
        let first = self.sampler.reading(Group::Target).filter(|reading| reading.processes > 0)?;
        let second = SecondReading::below(guardian);
        Some(MemoryTwice { rss: first.rss, ps_rss: second.rss, pss: first.pss, smaps_pss: second.pss })
    }

    /// Stops the target and hands over what was seen. `watch` began before the launch, when everything of ours but the
    /// target had used `before`.
    pub fn end(mut self, watch: NoiseWatch<'_>, before: Nanos) {
        let used = self.sampler.cpu(Group::Target).saturating_sub(self.cpu_before) + self.tools_ns;
        self.trial.noise = watch.finish(self.bench.own_cpu_ns().saturating_sub(before) + used);
        if !self.watched {
            // What a server of unknown processes used cannot be told from what strangers used.
            self.trial.noise.foreign_cpu_percent = None;
        }
        if self.bench.interrupted() {
            self.trial.end = TrialEnd::Interrupted;
        }
        let (samples, cost_ns) = self.sampler.stop();
        self.trial.samples = samples;
        self.trial.sampler_cpu_ns = cost_ns;
        if let Some(mut launched) = self.launched.take() {
            let stopped = self.bench.stop(&mut launched.server, self.spec.target);
            self.trial.output_left_out += stopped.left_out;
            if let TrialEnd::Stopped { killed } = &mut self.trial.end {
                *killed = stopped.killed;
            }
        }
    }

    fn first_request(&mut self) -> Result<(), Error> {
        if self.trial.first_requests.is_empty()
            && let Some(first) = requests::send_first(self.spec.plan, self.spec.target, &self.url)?
        {
            self.trial.first_requests.push(first);
        }
        Ok(())
    }

    /// No request at all; memory at the end.
    fn idle(&mut self) {
        self.sampler.set_detail(true);
        let end = clock::now() + clock::duration_nanos(self.spec.plan.schedule.idle_after);
        while clock::now() < end && self.launched.as_mut().is_none_or(|launched| launched.ended().is_none()) {
            let left = Duration::from_nanos(end.saturating_sub(clock::now()));
            if !self.bench.setup.interrupt.sleep(left.min(BEAT)) {
                return;
            }
            self.look_for_intruder(Phase::Idle.name());
            self.show(0.0, None, 0);
        }
        let after_ns = clock::now().saturating_sub(self.ready_ns);
        let reading = self.sampler.reading(Group::Target).filter(|reading| reading.processes > 0);
        self.trial.idle = reading.map(|reading| reading.idle(after_ns));
        self.sampler.set_detail(false);
    }

    /// Every request that a load of the plan sends, equally often, in a closed loop. Requests that insert rows are sent
    /// too: their code must be warm, and the rows are few beside the seeded ones and the same for every side.
    fn warmup(&mut self, expected: Duration) -> Result<(), Error> {
        let sent = requests::of_loads(self.spec.plan);
        if sent.is_empty() || expected.is_zero() {
            return Ok(());
        }
        let plan = LoadPlan {
            name: "warmup".to_owned(),
            arrival: ArrivalPlan::Closed,
            connections: WARMUP_CONNECTIONS,
            stop: StopRule::Duration(expected),
            ramp: Duration::ZERO,
            timeout: Duration::from_secs(10),
            requests: LoadRequests::Mix(vec![]),
            engine: Engine::Pianoprof,
            remote: vec![],
            repeat: 1,
            blocks: None,
            in_run: true,
        };
        let requests: Vec<(RequestPlan, f64)> = sent.into_iter().map(|request| (request.clone(), 1.0)).collect();
        self.window("warmup", None, expected, |life| life.drive(&plan, requests, None).map(drop))
    }
}

/// The root process of a server that already runs: as given, or whoever listens on a loopback port of its URL.
fn attached_root(attach: &AttachPlan) -> Option<u32> {
    let of_url = || {
        let endpoint = load::Endpoint::parse(attach.url.as_deref()?).ok()?;
        let load::Place::Tcp(addresses) = endpoint.place() else { return None };
        let address = addresses.first().filter(|address| address.ip().is_loopback())?;
        crate::target::port::server(address.port())
    };
    attach.pid.or_else(of_url)
}
