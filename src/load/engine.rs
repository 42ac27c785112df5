//! One load from job to records: checks, limits, threads.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::thread;

use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::Pid;

use super::dialer::Dialer;
use super::error::Error;
use super::job::{Job, JobArrival};
use super::live::Live;
use super::outcome::Outcome;
use super::requests::Requests;
use super::schedule::Share;
use super::shared::Shared;
use super::tls::TlsSetup;
use super::worker::Worker;
use crate::clock::{self, Nanos};
use crate::interrupt::Interrupt;
use crate::model::load::LoadRecord;

/// Files that a process has open beside the connections of a load.
const OTHER_FILES: u64 = 256;

/// Runs one load and returns what was seen: one record for a single request (`request` is its name); for a mix one per
/// request in the job's order and a last one named `all`.
///
/// An interrupt ends the window early and returns what was done until then, without waiting for what is in flight.
///
/// # Errors
/// When the job contradicts itself, a request cannot be written, the machine has too few files or ports, or TLS cannot be
/// set up. What a server does wrong is counted, not returned.
pub fn run(job: &Job, interrupt: &Interrupt, live: Option<&Live>) -> Result<Vec<LoadRecord>, Error> {
    job.check()?;
    let requests = Requests::prepare(&job.requests, job.endpoint.host_header(), job.seed)?;
    let tls = TlsSetup::of(&job.endpoint)?;
    let _files = FileLimit::raise(job.connections)?;
    let dialer = Dialer::new(&job.endpoint, job.connections)?;
    let threads = job.generator_threads();
    let shared = Shared {
        job,
        requests,
        tls,
        interrupt,
        live,
        began: clock::now(),
        unprimed: AtomicU32::new(threads),
        start: AtomicU64::new(Nanos::MAX),
        failed: AtomicBool::new(false),
    };
    let outcomes: Vec<Result<Outcome, Error>> = thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|thread| {
                let (shared, dialer) = (&shared, dialer.clone());
                let run = move || generate(shared, dialer, Share { thread, threads });
                thread::Builder::new().name(format!("generator-{thread}")).spawn_scoped(scope, run)
            })
            .collect();
        handles
            .into_iter()
            .map(|handle| match handle {
                Ok(handle) => handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                Err(source) => {
                    shared.failed.store(true, SeqCst);
                    Err(Error::System { attempt: "start a generator thread", source })
                }
            })
            .collect()
    });
    let mut outcomes = outcomes.into_iter();
    let mut all = outcomes.next().expect("there is at least one thread")?;
    for outcome in outcomes {
        all.add(&outcome?);
    }
    Ok(all.records(job))
}

/// The body of one generator thread.
fn generate(shared: &Shared<'_>, dialer: Dialer, share: Share) -> Result<Outcome, Error> {
    if let Some(cpus) = &shared.job.cpus
        && !cpus.is_empty()
    {
        let mut set = CpuSet::new();
        set.set(cpus[share.thread as usize % cpus.len()]).map_err(Error::system("pin a generator thread"))?;
        sched_setaffinity(Pid::from_raw(0), &set).map_err(Error::system("pin a generator thread"))?;
    }
    // Timers of the default slack fire up to 50 us late: prctl(2). Without it the load is only less punctual.
    let _ = nix::sys::prctl::set_timerslack(1);
    if matches!(shared.job.arrival, JobArrival::Open { .. }) {
        // Only a schedule needs the CPU at once. In a closed loop, waking before everybody else interrupts the server in the
        // middle of its answers: against four gunicorn workers on two CPUs that cost a quarter more CPU per request.
        // SAFETY: no memory is passed. On Linux the nice value is the calling thread's: setpriority(2). An ordinary user
        // is refused, and then the generator competes like anybody.
        unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, -5) };
    }
    let outcome = Worker::new(shared, dialer, share).and_then(Worker::run);
    if outcome.is_err() {
        shared.failed.store(true, SeqCst);
    }
    outcome
}

/// A raised limit of open files, put back when the load is over: processes started later must not inherit it.
struct FileLimit {
    former: Option<(u64, u64)>,
}

impl FileLimit {
    fn raise(connections: u32) -> Result<Self, Error> {
        // A slot may hold a second socket for a moment, until its server closes it.
        let needed = u64::from(connections) * 2 + OTHER_FILES;
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).map_err(Error::system("read the limit of open files"))?;
        if soft >= needed {
            return Ok(Self { former: None });
        }
        let raised = setrlimit(Resource::RLIMIT_NOFILE, needed, hard.max(needed))
            .or_else(|_| setrlimit(Resource::RLIMIT_NOFILE, hard.min(needed), hard));
        if raised.is_err() || hard.max(soft) < u64::from(connections) + OTHER_FILES {
            let now = getrlimit(Resource::RLIMIT_NOFILE).map_or(soft, |(soft, _)| soft);
            if now < needed {
                return Err(Error::OpenFiles { connections, needed, limit: hard });
            }
        }
        Ok(Self { former: Some((soft, hard)) })
    }
}

impl Drop for FileLimit {
    fn drop(&mut self) {
        if let Some((soft, hard)) = self.former {
            // Lowering back to what was there cannot be refused.
            let _ = setrlimit(Resource::RLIMIT_NOFILE, soft, hard);
        }
    }
}
