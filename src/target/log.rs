//! When a line of the target's output says that it is ready.
//!
//! The output goes straight to files, which are read here as they grow. What is known is when a line was read: between two
//! looks, as with the other marks.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use regex::bytes::Regex;

use super::error::Error;
use super::life::Life;
use super::listening::Listening;
use super::printed::Output;
use crate::model::record::Bracket;

/// Bytes that one read takes.
const CHUNK: usize = 8 << 10;
/// Reads of one look, so that a target that prints without a pause is still checked for other things.
const MOST_READS: usize = 512;
/// Of a longer line only this much of its end is looked at.
const LONGEST_LINE: usize = 1 << 20;

/// The marks of a target that is ready by its log, ns after t0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    /// A line matched.
    pub line: Bracket,
    /// The port listened, if the target takes one.
    pub listen: Option<Bracket>,
}

/// Waits until a line matches and, where there is something to listen for, until it listens: whatever is to be asked
/// of the target next would be refused before that. `unheard` is what does not listen yet.
pub(super) fn wait(life: &mut Life<'_>, mut unheard: Option<&mut Listening>, pattern: &str) -> Result<Marks, Error> {
    let regex = Regex::new(pattern).map_err(|_| Error::Pattern(pattern.to_owned()))?;
    let outputs = life.printed().outputs().into_iter();
    let mut logs = outputs.map(Log::open).collect::<io::Result<Vec<Log>>>().map_err(Error::Output)?;
    let (mut found, mut listen) = (None, None);
    let mut last_miss_ns = 0;
    loop {
        if found.is_none() {
            let before = life.elapsed();
            let is_found = logs.iter_mut().any(|log| log.look(&regex));
            if is_found {
                found = Some(Bracket { last_miss_ns, first_hit_ns: life.elapsed() });
            } else if logs.iter().all(Log::is_decided) {
                last_miss_ns = before;
            }
        }
        if let Some(listening) = &mut unheard {
            listen = listening.look(life);
        }
        if listen.is_some() {
            unheard = None;
        }
        if let Some(line) = found.filter(|_| unheard.is_none()) {
            return Ok(Marks { line, listen });
        }
        if let Err(over) = life.check() {
            let silent = || {
                over.or_timeout("printed the line that `ready` waits for", || Error::NeverLogged {
                    pattern: pattern.to_owned(),
                    timeout: life.timeout(),
                    printed: String::new(),
                })
            };
            return Err(match unheard {
                Some(listening) if found.is_some() => listening.failed(life, over),
                Some(listening) => listening.unless_taken(life, over, silent()),
                None => silent(),
            });
        }
        if let Some(listening) = &mut unheard {
            listening.look_why_late(life)?;
        }
        life.pause();
    }
}

/// One file, read as it grows.
#[derive(Debug)]
struct Log {
    file: File,
    /// How far it has been read.
    at: u64,
    /// A line without its end.
    unfinished: Vec<u8>,
    /// Whether `unfinished` was looked at as it is now.
    is_decided: bool,
}

impl Log {
    fn open(output: &Output) -> io::Result<Self> {
        Ok(Self { file: File::open(&output.path)?, at: output.start, unfinished: Vec::new(), is_decided: true })
    }

    /// Whether nothing was read that may yet turn out to match.
    fn is_decided(&self) -> bool {
        self.is_decided
    }

    /// Reads what has come; whether a line of it matches. A line without an end counts when nothing was added to it since the
    /// look before, for more of it may be on its way.
    fn look(&mut self, regex: &Regex) -> bool {
        let mut chunk = [0; CHUNK];
        for turn in 0..MOST_READS {
            let count = self.file.read_at(&mut chunk, self.at).unwrap_or(0);
            if count == 0 {
                let length = self.file.metadata().map_or(self.at, |file| file.len());
                // The middle of a very long output is cut out: the file goes on where it now ends.
                self.at = self.at.min(length);
                let is_old = turn == 0 && !self.is_decided;
                self.is_decided |= is_old;
                return is_old && regex.is_match(&self.unfinished);
            }
            self.at += count as u64;
            if self.take(&chunk[..count], regex) {
                return true;
            }
        }
        false
    }

    /// Adds what was read; whether one of the lines that now have an end matches.
    fn take(&mut self, bytes: &[u8], regex: &Regex) -> bool {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.unfinished.extend_from_slice(&rest[..end]);
            let line = self.unfinished.strip_suffix(b"\r").unwrap_or(&self.unfinished);
            if regex.is_match(line) {
                return true;
            }
            self.unfinished.clear();
            rest = &rest[end + 1..];
        }
        self.unfinished.extend_from_slice(rest);
        let too_long = self.unfinished.len().saturating_sub(LONGEST_LINE);
        self.unfinished.drain(..too_long);
        self.is_decided = self.unfinished.is_empty();
        false
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// A file into which each text is printed and looked at, after something of an earlier launch; which looks match.
    fn looks(pattern: &str, texts: &[&str]) -> Vec<bool> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out");
        std::fs::write(&path, "ready of an earlier launch\n").expect("it is written");
        let mut log = Log::open(&Output::before_launch(&path)).expect("it is there");
        let mut printer = File::options().append(true).open(&path).expect("it is there");
        let regex = Regex::new(pattern).expect("a good one");
        let look = |text: &&str| {
            printer.write_all(text.as_bytes()).expect("it is written");
            log.look(&regex)
        };
        texts.iter().map(look).collect()
    }

    #[test]
    fn a_line_of_this_launch_matches_as_a_whole() {
        assert_eq!(looks("ready", &["", "starting\n", "now rea", "dy, all of it\n"]), [false, false, false, true]);
        assert_eq!(looks("^up$", &["not up\nup and away\n", "x\nup\r\ny\n"]), [false, true]);
        assert_eq!(looks("on [0-9]+$", &["listening on 80", "00\n"]), [false, true]);
        assert_eq!(looks("a.*b", &["a\nb\n"]), [false], "two lines are not one");
    }

    #[test]
    fn a_line_without_an_end_counts_once_nothing_is_added() {
        assert_eq!(looks("ready$", &["ready", ""]), [false, true]);
        assert_eq!(looks("ready$", &["ready", " in 5 s", "", ""]), [false; 4]);
    }

    #[test]
    fn a_file_that_was_cut_goes_on_where_it_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out");
        std::fs::write(&path, "").expect("it is written");
        let mut log = Log::open(&Output::before_launch(&path)).expect("it is there");
        let regex = Regex::new("ready").expect("a good one");
        let mut printer = File::options().append(true).open(&path).expect("it is there");
        writeln!(printer, "{}", "x".repeat(100)).expect("it is written");
        assert!(!log.look(&regex));
        printer.set_len(10).expect("it is cut");
        assert!(!log.look(&regex));
        writeln!(printer, "ready").expect("it is written");
        assert!(log.look(&regex));
    }
}
