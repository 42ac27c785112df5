//! The paper that the terminal form is written on: headings, wrapped paragraphs and aligned tables in at most 80 columns.

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};

use super::super::headline::headline;
use super::super::{Findings, Style};
use crate::claims::Verdict;
use crate::console;

/// What a text means, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Good,
    Bad,
    Doubtful,
    Faint,
    Strong,
}

impl From<Verdict> for Tone {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Met => Self::Good,
            Verdict::NotMet => Self::Bad,
            Verdict::Inconclusive => Self::Doubtful,
        }
    }
}

impl Tone {
    fn style(self) -> anstyle::Style {
        match self {
            Self::Plain => console::PLAIN,
            Self::Good => console::GREEN,
            Self::Bad => console::RED,
            Self::Doubtful => console::YELLOW,
            Self::Faint => console::DIM,
            Self::Strong => console::BOLD,
        }
    }
}

/// Text being written.
#[derive(Debug)]
pub struct Page {
    text: String,
    color: bool,
    width: usize,
}

impl Page {
    /// An empty page.
    pub fn new(style: Style) -> Self {
        Self { text: String::new(), color: style.color, width: style.width.clamp(40, 80) }
    }

    /// The verdict in one sentence.
    pub fn headline(&mut self, findings: &Findings) {
        let worst = findings.judgements.iter().map(|one| one.verdict);
        let tone = if worst.clone().any(|verdict| verdict == Verdict::NotMet) {
            Tone::Bad
        } else if findings.judgements.is_empty() {
            Tone::Strong
        } else if worst.clone().all(|verdict| verdict == Verdict::Met) {
            Tone::Good
        } else {
            Tone::Doubtful
        };
        self.paragraph(tone, &headline(findings));
    }

    /// A title with an empty line before it.
    pub fn heading(&mut self, title: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.wrapped(Tone::Strong, "", title);
    }

    /// Wrapped text.
    pub fn paragraph(&mut self, tone: Tone, text: &str) {
        self.wrapped(tone, "", text);
    }

    /// Wrapped faint text.
    pub fn note(&mut self, text: &str) {
        self.wrapped(Tone::Faint, "", text);
    }

    /// Wrapped text behind a mark, indented.
    pub fn item(&mut self, tone: Tone, mark: &str, text: &str) {
        self.wrapped(tone, &format!("  {mark} "), text);
    }

    /// One line as it is; the caller has measured it.
    pub fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// An aligned table: the first column to the left, the rest to the right unless there is no header. `tones` colours the
    /// cells of a row's last column.
    pub fn table(&mut self, header: &[&str], rows: Vec<Vec<String>>, tones: &[Tone]) {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(self.width - 2).expect("a page is at most 80 columns wide"));
        if self.color {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        if !header.is_empty() {
            table.set_header(header.iter().map(|title| self.cell(title, Tone::Faint)));
        }
        for (index, row) in rows.into_iter().enumerate() {
            let last = row.len().saturating_sub(1);
            let tone = tones.get(index).copied().unwrap_or(Tone::Plain);
            table.add_row(
                row.iter()
                    .enumerate()
                    .map(|(column, text)| self.cell(text, if column == last { tone } else { Tone::Plain })),
            );
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 2));
            if index > 0 && !header.is_empty() {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for line in table.lines() {
            self.line(&format!("  {}", line.trim_end()));
        }
    }

    /// The columns of the page.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The finished page, its lines ended by newlines.
    pub fn finish(self) -> String {
        self.text
    }

    fn cell(&self, text: &str, tone: Tone) -> Cell {
        let cell = Cell::new(text);
        if !self.color {
            return cell;
        }
        match tone {
            Tone::Plain => cell,
            Tone::Good => cell.fg(Color::DarkGreen),
            Tone::Bad => cell.fg(Color::DarkRed),
            Tone::Doubtful => cell.fg(Color::DarkYellow),
            Tone::Faint => cell.add_attribute(Attribute::Dim),
            Tone::Strong => cell.add_attribute(Attribute::Bold),
        }
    }

    fn wrapped(&mut self, tone: Tone, mark: &str, text: &str) {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let indent = " ".repeat(mark.chars().count());
        for line in console::wrap(&words, self.width, mark, &indent) {
            self.line(&console::paint(&line, tone.style(), self.color));
        }
    }
}
