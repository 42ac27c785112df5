//! Text for a terminal: a verdict, tables that fit 80 columns, and doubts with advice. Colours only where the style allows.

mod change;
mod claims;
mod distribution;
mod doubts;
mod loads;
mod metrics;
mod overview;
mod page;

use super::opinion;
use super::path::placement;
use super::tail;
use super::words::plain;
use super::words::same_answers;
use super::{Findings, Style};
pub use change::write as change;
pub use page::{Page, Tone};

/// More loads than this on all targets are a line each: their percentiles stand in the tables of metrics already.
const DETAILED: usize = 4;

/// Everything the run says.
pub fn full(findings: &Findings, style: Style) -> String {
    let run = findings.run;
    let mut page = Page::new(style);
    page.headline(findings);
    page.note(&format!(
        "run {} ({}), {}, pianoprof {}",
        plain(&run.id),
        plain(&run.command),
        plain(&run.started),
        plain(&run.version)
    ));
    claims::write(&mut page, findings, true);
    metrics::write(&mut page, findings, true);
    let detailed = super::loads::views(findings).len() <= DETAILED;
    loads::write(&mut page, findings, detailed);
    tails(&mut page, findings);
    opinions(&mut page, findings);
    parity(&mut page, findings);
    doubts::checklist(&mut page, findings, true);
    doubts::caveats(&mut page, findings, true);
    environment(&mut page, findings);
    page.finish()
}

/// What a command prints when it is done.
pub fn summary(findings: &Findings, style: Style) -> String {
    let mut page = Page::new(style);
    page.headline(findings);
    claims::write(&mut page, findings, false);
    metrics::write(&mut page, findings, false);
    // A command that made one load shows all of it; a whole comparison would drown its answer in them.
    if super::loads::views(findings).len() <= 2 {
        loads::write(&mut page, findings, true);
    }
    for text in [tail::summary(findings), tail::advice(findings), opinion::summary(findings)].into_iter().flatten() {
        page.note(&text);
    }
    parity(&mut page, findings);
    doubts::checklist(&mut page, findings, false);
    doubts::caveats(&mut page, findings, false);
    page.finish()
}

/// The judgement of claims and checklist, each where asked for.
pub fn verdict(findings: &Findings, claims: bool, checklist: bool, style: Style) -> String {
    let asked = Findings {
        judgements: if claims { findings.judgements } else { &[] },
        checklist: if checklist { findings.checklist } else { &[] },
        ..*findings
    };
    let mut page = Page::new(style);
    page.headline(&asked);
    claims::write(&mut page, &asked, true);
    doubts::checklist(&mut page, &asked, true);
    page.finish()
}

/// The tail beside the collector's pauses: two tables, for one of nine columns is too wide.
fn tails(page: &mut Page, findings: &Findings) {
    let rows = tail::rows(findings);
    if !rows.is_empty() {
        page.heading("The tail, and what the garbage collectors did");
        let pick = |row: &[String; 9], columns: &[usize]| columns.iter().map(|column| row[*column].clone()).collect();
        for columns in [[0, 1, 2, 3, 4], [0, 1, 5, 6, 8]] {
            let header = columns.map(|column| tail::HEADER[column]);
            let traced = columns[2] == 5;
            let rows = rows.iter().filter(|row| !traced || row[5] != "–").map(|row| pick(row, &columns)).collect();
            page.table(&header, rows, &[]);
        }
        page.note(tail::LEGEND);
    }
    if let Some(advice) = tail::advice(findings) {
        page.note(&advice);
    }
}

/// The second opinion, figure by figure.
fn opinions(page: &mut Page, findings: &Findings) {
    let Some(driven) = opinion::driven(findings) else { return };
    page.heading(&format!("Second opinion: {driven}"));
    let (rows, tones) = opinion::rows(findings)
        .into_iter()
        .map(|(row, doubtful)| (row.to_vec(), if doubtful { Tone::Bad } else { Tone::Plain }))
        .unzip::<_, _, Vec<_>, Vec<_>>();
    page.table(&opinion::HEADER, rows, &tones);
    page.note(opinion::LEGEND);
}

fn parity(page: &mut Page, findings: &Findings) {
    let Some(parity) = &findings.run.parity else { return };
    page.heading("Same answers");
    let tone = if parity.is_alike() { Tone::Good } else { Tone::Bad };
    page.paragraph(tone, &same_answers(parity));
    for one in parity.differences.iter().filter(|one| !one.allowed).take(5) {
        page.item(
            Tone::Bad,
            "-",
            &format!(
                "{} {}: {} became {}",
                plain(&one.request),
                plain(&one.at),
                plain(&one.baseline),
                plain(&one.candidate)
            ),
        );
    }
}

fn environment(page: &mut Page, findings: &Findings) {
    if findings.run.environment.is_empty() {
        return;
    }
    page.heading("Environment");
    let mut rows = vec![vec!["placement".to_owned(), placement(findings.run)]];
    let facts = findings.run.environment.iter();
    rows.extend(
        facts.map(|(fact, value)| vec![plain(fact), value.as_deref().map_or_else(|| "unknown".to_owned(), plain)]),
    );
    page.table(&[], rows, &[]);
}
