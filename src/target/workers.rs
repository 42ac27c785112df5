//! What gunicorn's log tells of its workers: which were started anew, and why the ones before them went.
//!
//! Two looks at the process tree miss a worker that came and went between them; the log, where it is at level `info` and
//! on standard error, has each of them. At a higher level it still tells of those that were killed.

use crate::model::record::Workers;

/// The events in that text; `None` when no line of it tells of a worker.
#[must_use]
pub fn events(text: &str) -> Option<Workers> {
    let mut workers = Workers::default();
    for message in text.lines().filter_map(message) {
        let count = match message {
            _ if message.starts_with("Booting worker with pid: ") => &mut workers.booted,
            _ if message.starts_with("Autorestarting worker after current request") => &mut workers.recycled,
            _ if message.starts_with("WORKER TIMEOUT (pid:") => &mut workers.timed_out,
            _ if message.starts_with("Worker (pid:") => &mut workers.died,
            _ => continue,
        };
        *count += 1;
    }
    (workers != Workers::default()).then_some(workers)
}

/// What stands behind `[time] [process] [LEVEL]`.
fn message(line: &str) -> Option<&str> {
    let (_, rest) = line.strip_prefix('[')?.split_once("] [")?;
    let (process, rest) = rest.split_once("] [")?;
    process.parse::<u32>().ok()?;
    rest.split_once("] ").map(|(_, message)| message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The log of gunicorn 27 with two workers, `--max-requests 8` and `--timeout 2`; one was killed, one stood still.
    const CAPTURED: &str = "\
[2026-11-24 10:30:16 +0000] [9401] [INFO] Listening at: http://127.0.0.1:18475 (9401)
[2026-11-24 10:30:16 +0000] [9406] [INFO] Booting worker with pid: 9406
[2026-11-24 10:30:17 +0000] [9406] [INFO] Autorestarting worker after current request.
[2026-11-24 10:30:17 +0000] [9406] [INFO] Worker exiting (pid: 9406)
[2026-11-24 10:30:17 +0000] [9550] [INFO] Booting worker with pid: 9550
[2026-11-24 10:30:18 +0000] [9401] [ERROR] Worker (pid:9550) was sent SIGKILL! Perhaps out of memory?
[2026-11-24 10:30:18 +0000] [9578] [INFO] Booting worker with pid: 9578
[2026-11-24 10:30:21 +0000] [9401] [CRITICAL] WORKER TIMEOUT (pid:9578)
[2026-11-24 10:30:21 +0000] [9578] [ERROR] Error handling request GET /slow
Traceback (most recent call last):
SystemExit: 1
[2026-11-24 10:30:21 +0000] [9578] [INFO] Worker exiting (pid: 9578)
[2026-11-24 10:30:21 +0000] [9669] [INFO] Booting wor";

    #[test]
    fn each_event_of_a_worker_is_counted() {
        assert_eq!(events(CAPTURED), Some(Workers { booted: 3, recycled: 1, timed_out: 1, died: 1 }));
        assert_eq!(
            events(
                "[GIN] 2026/11/24 | 200 | GET /\nBooting worker with pid: 4\n[a] [b] [INFO] Booting worker with pid: 4\n"
            ),
            None
        );
    }
}
