//! The lines of `GODEBUG=gctrace=1`, as the documentation of Go's package `runtime` describes them.
//!
//! `gc 4 @0.554s 0%: 0.33+1.0+0.003 ms clock, …`: time since the program began, then the wall-clock times of sweep
//! termination, concurrent marking and mark termination. The world stands still in the first and in the last.

use super::Told;
use crate::clock::Nanos;
use crate::model::trace::Collections;

/// What was told in that text by a program that began at `t0_ns`. Other lines, and lines that are cut off, are left out.
pub(super) fn parse(text: &str, t0_ns: Nanos) -> Vec<Told> {
    text.lines().filter_map(|line| one(line, t0_ns)).collect()
}

fn one(line: &str, t0_ns: Nanos) -> Option<Told> {
    let rest = line.strip_prefix("gc ")?;
    let (number, rest) = rest.split_once(" @")?;
    number.parse::<u64>().ok()?;
    let (since, rest) = rest.split_once("s ")?;
    let (_, rest) = rest.split_once("%: ")?;
    let (clock, _) = rest.split_once(" ms clock, ")?;
    let mut parts = clock.split('+').map(|part| nanos(part, 1e6));
    let (Some(Some(sweep)), Some(Some(_)), Some(Some(mark)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let pauses = Collections { collections: 1, pauses: 2, paused_ns: sweep + mark, longest_ns: sweep.max(mark) };
    Some((t0_ns + nanos(since, 1e9)?, pauses))
}

/// A number of a unit of `scale` ns; `None` for what is none.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
fn nanos(text: &str, scale: f64) -> Option<Nanos> {
    let value = text.trim().parse::<f64>().ok()? * scale;
    (0.0..1e18).contains(&value).then_some(value.round() as Nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The standard error of a server of Go 1.26 under load, with a line of its own in between and a cut one at the end.
    const CAPTURED: &str = "\
gc 1 @0.000s 35%: 2.1+0.19+0.005 ms clock, 4.3+0.14/0/0+0.010 ms cpu, 3->4->3 MB, 4 MB goal, 0 MB stacks, 0 MB globals, 2 P
2026/11/24 10:08:15 http: superfluous response.WriteHeader call
gc 4 @0.554s 0%: 0.33+1.0+0.003 ms clock, 0.66+0.086/0.14/0.17+0.006 ms cpu, 8->9->5 MB, 9 MB goal, 0 MB stacks, 0 MB globals, 2 P
gc 5 @0.586s 0%: 0.068+1.1+0.003 ms clock, 0.13+0.008/0.96/0.15+0.007 ms cpu, 9->12->7 MB, 10 MB goal, 0 MB stacks, 0 MB globals, 2 P (forced)
gc 41 @1.109s 0%: 0.044+0.4";

    #[test]
    fn pauses_are_read_and_other_lines_left() {
        let told = parse(CAPTURED, 1_000);
        let moments: Vec<Nanos> = told.iter().map(|(moment, _)| *moment).collect();
        assert_eq!(moments, [1_000, 554_001_000, 586_001_000]);
        let paused = Collections { collections: 1, pauses: 2, paused_ns: 333_000, longest_ns: 330_000 };
        assert_eq!(told[1].1, paused);
        let all = told.iter().fold(Collections::default(), |sum, (_, one)| sum.with(*one));
        assert_eq!((all.collections, all.pauses, all.longest_ns), (3, 6, 2_100_000));
    }

    #[test]
    fn numbers_out_of_range_are_no_pauses() {
        for line in
            ["gc 1 @NaNs 0%: 1+1+1 ms clock, x", "gc 1 @1s 0%: 1+1 ms clock, x", "gc x @1s 0%: 1+1+1 ms clock, x"]
        {
            assert_eq!(parse(line, 0), [], "{line}");
        }
    }
}
