//! What all threads of one load share.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};

use super::job::Job;
use super::live::Live;
use super::requests::Requests;
use super::tls::TlsSetup;
use crate::clock::{Nanos, duration_nanos};
use crate::interrupt::Interrupt;

/// The job as it was prepared, and what the threads tell each other.
pub(super) struct Shared<'a> {
    pub job: &'a Job,
    pub requests: Requests,
    pub tls: Option<TlsSetup>,
    pub interrupt: &'a Interrupt,
    pub live: Option<&'a Live>,
    /// When the load began.
    pub began: Nanos,
    /// Threads whose connections have not all had their first answer.
    pub unprimed: AtomicU32,
    /// The start of the window once agreed on.
    pub start: AtomicU64,
    /// Whether a thread gave up.
    pub failed: AtomicBool,
}

impl Shared<'_> {
    /// The start of the window, where a ramp decides it.
    pub fn start_after_ramp(&self) -> Option<Nanos> {
        let ramp = self.job.ramp;
        (!ramp.is_zero()).then(|| self.began + duration_nanos(ramp))
    }
}
