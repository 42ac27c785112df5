//! What one trial is to be, and nothing else of the run.

use crate::clock;
use crate::model::facts::Noise;
use crate::model::plan::{Phase, Plan, TargetPlan};
use crate::model::record::{Capacity, Trial, TrialEnd};

/// What one trial is to be.
#[derive(Clone, Copy)]
pub(in crate::session) struct TrialSpec<'a> {
    /// Loads, requests and schedule.
    pub plan: &'a Plan,
    /// The target, of that plan or made for this trial.
    pub target: &'a TargetPlan,
    /// What is done, in order.
    pub phases: &'a [Phase],
    /// What the slower side sustains, for the rates that depend on it.
    pub capacity: &'a [Capacity],
    /// The fingerprint that a fresh copy of the database must have.
    pub fingerprint: Option<&'a str>,
    /// The block, from 1; 0 for what comes before or after the blocks.
    pub block: u32,
    /// The place in the block, from 1.
    pub position: u32,
    /// 1, or more when the block is done again.
    pub attempt: u32,
}

impl TrialSpec<'_> {
    /// The trial before anything is known of it.
    pub fn empty_trial(&self) -> Trial {
        Trial {
            target: self.target.name.clone(),
            block: self.block,
            position: self.position,
            attempt: self.attempt,
            started: clock::wall(),
            fingerprint: self.fingerprint.map(str::to_owned),
            launches: vec![],
            idle: None,
            first_requests: vec![],
            windows: vec![],
            loads: vec![],
            writes: vec![],
            sampler_cpu_ns: 0,
            output_left_out: 0,
            incidents: vec![],
            noise: Noise::default(),
            end: TrialEnd::Interrupted,
            samples: vec![],
        }
    }
}
