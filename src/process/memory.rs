//! Memory of one process: what `statm`, `smaps_rollup` and `status` say.
//!
//! `statm` is exact and costs about a microsecond; `smaps_rollup` walks the page tables and stalls the process meanwhile
//! (13 ms at 1 GiB), so that only slow beats may ask for it.

use std::fs;

use super::procfile::{field, is_gone, numbers};

/// Proportional and private memory of a process, bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// Proportional set size: shared pages divided by the number of their users.
    pub pss: u64,
    /// Unique set size: private pages only.
    pub uss: u64,
}

/// What reading a file of a process gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen<T> {
    /// What the file says.
    Value(T),
    /// The process has ended: a fact, it uses nothing.
    Gone,
    /// We may not know (another user's process, `hidepid`, no such file in this kernel).
    Refused,
}

/// Resident bytes from the text of `statm`: its second field, in pages.
#[must_use]
pub fn resident(statm: &[u8]) -> Option<u64> {
    numbers(statm).nth(1).map(|pages| pages.saturating_mul(page_size()))
}

/// Proportional and private memory of `pid`.
#[must_use]
pub fn shares(pid: u32) -> Seen<Shares> {
    read(pid, "smaps_rollup", parse_shares)
}

/// The peak resident set (VmHWM) of `pid`, bytes.
#[must_use]
pub fn peak(pid: u32) -> Seen<u64> {
    read(pid, "status", |text| field(text, "VmHWM:").map(bytes))
}

/// Sets the peak resident set of `pid` back to what is resident now: 5 in `clear_refs` (`proc_pid_clear_refs(5)`), which
/// unlike the other numbers touches no page table. False when that is refused; a process that has gone has no peak.
#[must_use]
pub fn reset_peak(pid: u32) -> bool {
    match fs::write(format!("/proc/{pid}/clear_refs"), "5") {
        Ok(()) => true,
        Err(error) => is_gone(&error) && !has(pid),
    }
}

/// Proportional and private memory from the text of `smaps_rollup`; `None` when it holds no figures.
#[must_use]
pub fn parse_shares(text: &[u8]) -> Option<Shares> {
    let pss = field(text, "Pss:")?;
    let private = ["Private_Clean:", "Private_Dirty:", "Private_Hugetlb:"].iter().filter_map(|key| field(text, key));
    Some(Shares { pss: bytes(pss), uss: bytes(private.fold(0, u64::saturating_add)) })
}

/// A process has a name of its own choice in `status`; no figure of it may be more than a number holds.
fn bytes(kib: u64) -> u64 {
    kib.saturating_mul(1024)
}

/// Bytes in a page.
#[must_use]
pub fn page_size() -> u64 {
    // SAFETY: sysconf has no preconditions.
    u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

fn read<T>(pid: u32, file: &str, parse: impl Fn(&[u8]) -> Option<T>) -> Seen<T> {
    match fs::read(format!("/proc/{pid}/{file}")) {
        // A process that has ended and waits to be reaped, or a kernel thread, has no memory lines at all.
        Ok(text) => parse(&text).map_or(Seen::Gone, Seen::Value),
        Err(error) if is_gone(&error) && !has(pid) => Seen::Gone,
        Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Seen::Gone,
        Err(_) => Seen::Refused,
    }
}

fn has(pid: u32) -> bool {
    fs::exists(format!("/proc/{pid}/stat")).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statm_counts_pages() {
        assert_eq!(resident(b"5210 733 450 12 0 230 0\n"), Some(733 * page_size()));
        assert_eq!(resident(b""), None);
    }

    #[test]
    fn shares_add_up_private_memory_only() {
        let text = b"55d0-7ffe ---p 00000000 00:00 0  [rollup]\nRss:  5000 kB\nPss:  1200 kB\nPss_Dirty:  9 kB\n\
            Shared_Clean: 3000 kB\nPrivate_Clean: 100 kB\nPrivate_Dirty: 700 kB\nPrivate_Hugetlb: 8 kB\nSwapPss: 3 kB\n";
        assert_eq!(parse_shares(text), Some(Shares { pss: 1200 * 1024, uss: 808 * 1024 }));
        let most = format!("Pss: {0} kB\nPrivate_Clean: {0} kB\nPrivate_Dirty: {0} kB\n", u64::MAX);
        assert_eq!(parse_shares(most.as_bytes()), Some(Shares { pss: u64::MAX, uss: u64::MAX }));
        assert_eq!(resident(format!("1 {}", u64::MAX).as_bytes()), Some(u64::MAX));
        assert_eq!(parse_shares(b""), None);
    }

    #[test]
    fn a_peak_that_is_reset_is_what_is_resident_now() {
        let own = std::process::id();
        drop(std::hint::black_box(vec![1_u8; 256 << 20]));
        let Seen::Value(before) = peak(own) else { panic!("our own") };
        assert!(reset_peak(own));
        let Seen::Value(after) = peak(own) else { panic!("our own") };
        assert!(after < before, "{after} {before}");
        assert!(reset_peak(0x003f_ffff), "what has gone has no peak");
    }

    #[test]
    fn a_process_that_is_not_there_is_gone_and_we_are_here() {
        assert_eq!(peak(0x003f_ffff), Seen::Gone);
        assert!(matches!(peak(std::process::id()), Seen::Value(bytes) if bytes > 100_000));
    }
}
