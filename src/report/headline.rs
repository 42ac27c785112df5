//! The answer of a run in one sentence.

use std::fmt::Write as _;

use super::Findings;
use super::groups::targets;
use super::words::{figure, plain};
use crate::analysis::comparison::Comparison;
use crate::analysis::metric::Metric;
use crate::claims::Verdict;
use crate::model::record::TrialEnd;
use crate::unit::{digits, plural};

/// Lines of a dead target that the headline shows.
const LAST_LINES: usize = 3;

/// How a figure is said in a sentence: the end of its metric's name, a candidate that is better, one that is worse, and
/// one target alone.
const SENTENCES: [(&str, &str, &str, &str); 4] = [
    ("startup.first_ok", "became ready {} times faster", "became ready {} times slower", "ready after {}"),
    (
        ".throughput",
        "served {} times more requests per second",
        "served {} times fewer requests per second",
        "served {}",
    ),
    (".p50", "answered {} times faster (median)", "answered {} times slower (median)", "median answer after {}"),
    ("idle.rss", "needed {} times less memory", "needed {} times more memory", "{} of memory (RSS) when idle"),
];

/// What the run says of its claims, or of its main figure, and whether the checklist lets it be believed.
pub fn headline(findings: &Findings) -> String {
    let mut sentence = answer(findings);
    for reservation in reservations(findings) {
        sentence.push(' ');
        sentence.push_str(&reservation);
    }
    sentence
}

/// What the run says of its claims, or of its main figure. A target that died comes first: where nothing was decided, that is
/// the answer.
pub fn answer(findings: &Findings) -> String {
    if let Some(parity) = findings.run.parity.as_ref().filter(|_| findings.run.is_parity_alone()) {
        return format!("{}: {}.", subject(findings), parity.outcome());
    }
    let decided = findings.judgements.iter().any(|one| one.verdict != Verdict::Inconclusive);
    let compared = findings.analysis.comparisons.iter().any(|one| one.unusable.is_none());
    let rest = || if findings.judgements.is_empty() { without_claims(findings) } else { verdict(findings) };
    match death(findings) {
        None => rest(),
        Some(death) if decided || (findings.judgements.is_empty() && compared) => format!("{death} {}", rest()),
        Some(death) => death,
    }
}

/// The first death of a target, with the last of what it said.
fn death(findings: &Findings) -> Option<String> {
    findings.run.trials.iter().find_map(|trial| {
        let TrialEnd::Died { phase, status, stderr } = &trial.end else { return None };
        let lines: Vec<&str> = stderr.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let last = lines[lines.len().saturating_sub(LAST_LINES)..].join(" / ");
        let said = if last.is_empty() { String::new() } else { format!("; it printed last: {}", plain(&last)) };
        let (target, phase, status) = (plain(&trial.target), plain(phase), plain(status));
        Some(format!("{target} died in {phase} of block {} ({status}){said}.", trial.block))
    })
}

/// Sentences that say why the answer must be read with care; none for a run that is whole and passed its checklist.
pub fn reservations(findings: &Findings) -> Vec<String> {
    let mut sentences = Vec::new();
    if findings.analysis.caveats.iter().any(|caveat| caveat.kind == "too-noisy") {
        sentences.push("The machine was too noisy: more than 30 % of what was measured is not counted.".to_owned());
    }
    let failed = findings.checklist.iter().filter(|item| !item.passed).count();
    if failed > 0 {
        let asked = findings.checklist.iter().filter(|item| item.asked).count();
        sentences.push(format!("Read it with care: {failed} of {asked} checklist items failed."));
    }
    let is_answered = findings.run.is_parity_alone() && findings.run.parity.is_some();
    if !findings.run.complete && !is_answered {
        sentences.push("The run is not complete.".to_owned());
    }
    sentences
}

fn subject(findings: &Findings) -> String {
    match &findings.run.plan.comparison {
        Some(sides) => format!("{} against {}", plain(&sides.candidate), plain(&sides.baseline)),
        None => targets(findings.run).into_iter().map(plain).collect::<Vec<_>>().join(", "),
    }
}

fn verdict(findings: &Findings) -> String {
    let subject = subject(findings);
    let claims = findings.judgements.len();
    let count = |verdict| findings.judgements.iter().filter(|one| one.verdict == verdict).count();
    let (met, not_met, open) = (count(Verdict::Met), count(Verdict::NotMet), count(Verdict::Inconclusive));
    if met == claims {
        let all = if claims == 1 { "the claim is met".to_owned() } else { format!("all {claims} claims are met") };
        return format!("{subject}: {all}.");
    }
    if claims == 1 {
        let said = if not_met == 1 { "the claim is not met" } else { "the claim is neither met nor refuted" };
        return format!("{subject}: {said}.");
    }
    let mut parts = vec![format!("{met} of {claims} claims met")];
    if not_met > 0 {
        parts.push(format!("{not_met} not met"));
    }
    if open > 0 {
        parts.push(format!("{open} inconclusive"));
    }
    format!("{subject}: {}.", parts.join(", "))
}

fn without_claims(findings: &Findings) -> String {
    if let Some(sides) = &findings.run.plan.comparison {
        let pick = |unusable: bool| {
            lead(&findings.run.command, |ending| {
                let of = |one: &&Comparison| one.metric.ends_with(ending) && one.ratio.is_finite();
                findings.analysis.comparisons.iter().filter(of).find(|one| one.unusable.is_some() == unusable)
            })
        };
        return match pick(false).or_else(|| pick(true)) {
            Some((Comparison { metric, unusable: Some(why), .. }, _)) => {
                format!("{}: nothing can be said of {}: {}.", subject(findings), plain(metric), plain(&why.text))
            }
            Some((comparison, words)) => compared(comparison, words, &plain(&sides.candidate), &plain(&sides.baseline)),
            None => format!("{}: nothing that both sides have was measured.", subject(findings)),
        };
    }
    let said: Vec<String> = targets(findings.run)
        .into_iter()
        .filter_map(|target| {
            let (metric, words) = lead(&findings.run.command, |ending| {
                findings.analysis.metrics.iter().find(|one| one.target == target && one.metric.ends_with(ending))
            })?;
            Some(format!("{}: {}", plain(target), alone(metric, words.3)))
        })
        .collect();
    if said.is_empty() {
        format!("{}: measured on its own, nothing to compare.", subject(findings))
    } else {
        said.join(" ")
    }
}

type Sentence = &'static (&'static str, &'static str, &'static str, &'static str);

/// The figure that the command is about, else the first that the run has.
fn lead<T>(command: &str, find: impl Fn(&str) -> Option<T>) -> Option<(T, Sentence)> {
    let about = match command {
        "startup" => "startup.first_ok",
        "profile" => "idle.rss",
        _ => ".throughput",
    };
    let mut order: Vec<Sentence> = SENTENCES.iter().collect();
    order.sort_by_key(|sentence| sentence.0 != about);
    order.into_iter().find_map(|sentence| Some((find(sentence.0)?, sentence)))
}

fn compared(one: &Comparison, words: Sentence, candidate: &str, baseline: &str) -> String {
    let better = one.ratio >= 1.0;
    let over = |ratio: f64| digits(if better { ratio } else { 1.0 / ratio });
    let interval = match (one.low, one.high) {
        (Some(low), Some(high)) if low <= 1.0 && high >= 1.0 => {
            return format!(
                "{candidate} against {baseline}: no difference is shown ({}: {} [{}, {}]).",
                one.metric,
                crate::unit::times(one.ratio),
                digits(low),
                digits(high)
            );
        }
        (Some(low), Some(high)) if better => format!(" [{}, {}]", over(low), over(high)),
        (Some(low), Some(high)) => format!(" [{}, {}]", over(high), over(low)),
        _ => String::new(),
    };
    let words = if better { words.1 } else { words.2 };
    let mut sentence = format!("{candidate} {}{interval} than {baseline}", words.replace("{}", &over(one.ratio)));
    // The load's name says what was measured where the sentence cannot.
    if let Some((load, _)) = one.metric.rsplit_once('.').filter(|(prefix, _)| !matches!(*prefix, "startup" | "idle")) {
        let _ = write!(sentence, " ({})", plain(load));
    }
    match &one.unusable {
        Some(reason) => {
            let _ = write!(sentence, ", but {}", plain(&reason.text));
        }
        None if one.low.is_none() => {
            let _ = write!(sentence, ", in {}: too few for an interval", plural(one.blocks, "block"));
        }
        None => {}
    }
    sentence + "."
}

fn alone(metric: &Metric, words: &str) -> String {
    let said = words.replace("{}", &figure(metric.median, metric.unit));
    if metric.n > 1 {
        format!("{said} (median of {}, {} to {}).", metric.n, digits(metric.low), digits(metric.high))
    } else {
        format!("{said}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::comparison::{Obstacle, Unusable};

    fn comparison(metric: &str, ratio: f64, interval: Option<(f64, f64)>) -> Comparison {
        Comparison {
            metric: metric.to_owned(),
            unit: "ms",
            baseline: ratio,
            candidate: 1.0,
            ratio,
            low: interval.map(|interval| interval.0),
            high: interval.map(|interval| interval.1),
            blocks: 2,
            spread: None,
            unusable: None,
        }
    }

    #[test]
    fn what_decides_nothing_is_no_headline() {
        let mut synthetic = super::super::synthetic::comparison();
        synthetic.judgements.clear();
        synthetic.run.plan.claims.clear();
        let asked = Comparison {
            unusable: Some(Unusable {
                text: "an open loop serves what it is asked for".to_owned(),
                obstacle: Obstacle::OtherWork,
            }),
            ..comparison("open.list.throughput", 1.0, Some((1.0, 1.0)))
        };
        synthetic.analysis.comparisons = vec![asked.clone(), comparison("open.list.p50", 2.0, Some((1.8, 2.2)))];
        assert!(headline(&synthetic.findings()).contains("answered 2.00 times faster"));
        synthetic.analysis.comparisons = vec![asked];
        assert!(headline(&synthetic.findings()).contains("nothing can be said of open.list.throughput: an open loop"));
    }

    #[test]
    fn the_answer_of_a_corpus_is_its_headline() {
        let mut synthetic = super::super::synthetic::comparison();
        synthetic.run.command = "parity".to_owned();
        synthetic.run.complete = false;
        synthetic.checklist.clear();
        synthetic.run.parity.as_mut().expect("checked").differences.clear();
        assert_eq!(headline(&synthetic.findings()), "gin against flask: 60 requests answered alike.");
        synthetic.run.parity.as_mut().expect("checked").tables = vec!["notes".to_owned()];
        assert!(headline(&synthetic.findings()).ends_with("alike; 1 table holds other rows afterwards."));
    }

    #[test]
    fn a_ratio_becomes_a_sentence() {
        for (metric, ratio, interval, said) in [
            (
                "startup.first_ok",
                12.3,
                Some((10.1, 14.9)),
                "gin became ready 12.3 times faster [10.1, 14.9] than flask.",
            ),
            ("startup.first_ok", 0.5, Some((0.4, 0.8)), "gin became ready 2.00 times slower [1.25, 2.50] than flask."),
            (
                "idle.rss",
                3.0,
                None,
                "gin needed 3.00 times less memory than flask, in 2 blocks: too few for an interval.",
            ),
            (
                "idle.rss",
                1.1,
                Some((0.9, 1.3)),
                "gin against flask: no difference is shown (idle.rss: 1.10x [0.900, 1.30]).",
            ),
        ] {
            let words = SENTENCES.iter().find(|sentence| metric.ends_with(sentence.0)).unwrap();
            let sentence = compared(&comparison(metric, ratio, interval), words, "gin", "flask");
            assert_eq!(sentence, said);
        }
    }
}
