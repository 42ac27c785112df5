//! A history as text of at most 80 columns.

use super::super::Style;
use super::super::terminal::{Page, Tone};
use super::super::words::{figure, plain};
use super::{Entry, Filter, USUAL, moment, usual, verdict};

/// Columns of a target's name and of each figure.
const NAME: usize = 24;
const FIGURE: usize = 12;

/// Every run: its moment, name and claims on a line, then a line for each target; or the named metrics as a table.
pub fn render(entries: &[Entry], filter: &Filter, style: Style) -> String {
    let mut page = Page::new(style);
    if filter.metrics.is_empty() {
        all(&mut page, entries);
    } else {
        named(&mut page, entries, &filter.metrics);
    }
    page.note(
        "Medians of different sessions: a change of the machine between two runs looks the same as a change of the server.",
    );
    page.finish()
}

fn all(page: &mut Page, entries: &[Entry]) {
    let line = |name: &str, figures: &[String; 4]| {
        let short: String = name.chars().take(NAME).collect();
        let [start, idle, served, p99] = figures;
        format!("    {short:<NAME$}{start:>FIGURE$}{idle:>FIGURE$}{served:>FIGURE$}{p99:>FIGURE$}")
    };
    page.line(&line("", &USUAL.map(str::to_owned)));
    for entry in entries {
        let claims = match verdict(entry).as_str() {
            "–" => String::new(),
            said if entry.ended.is_some() || said == "unfinished" => format!(", {said}"),
            said => format!(", claims met: {said}"),
        };
        page.item(tone(entry), "", &format!("{}  {}{claims}", moment(entry), plain(&entry.id)));
        for target in entry.targets() {
            page.line(&line(&plain(target), &usual(entry, target)));
        }
    }
}

fn named(page: &mut Page, entries: &[Entry], metrics: &[String]) {
    let mut header = vec!["started", "target"];
    header.extend(metrics.iter().map(String::as_str));
    let row = |entry: &Entry, target: &str| {
        let figures = metrics.iter().map(|metric| {
            entry.figure(metric, target).map_or_else(|| "–".to_owned(), |one| figure(one.median, one.unit))
        });
        [moment(entry), plain(target)].into_iter().chain(figures).collect()
    };
    let rows = entries.iter().flat_map(|entry| entry.targets().into_iter().map(move |target| row(entry, target)));
    page.table(&header, rows.collect(), &[]);
}

fn tone(entry: &Entry) -> Tone {
    match (entry.claims.not_met, entry.claims.inconclusive, entry.claims.met) {
        (0, 0, 0) => Tone::Plain,
        (0, 0, _) => Tone::Good,
        (0, ..) => Tone::Doubtful,
        _ => Tone::Bad,
    }
}
