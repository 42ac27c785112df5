//! Progress on standard error: on a terminal one bar with the step, its figures and the time left, elsewhere a line per step.

mod line;

use std::collections::HashSet;
use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::say;
use crate::session::{Figures, Observer};

/// Shows a session's steps: a live line on a terminal, plain lines elsewhere, nothing with `--quiet`.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    plain: bool,
    /// Every step gets a line of its own, also a short one.
    verbose: bool,
    state: Mutex<State>,
}

struct State {
    /// When the session will be over, as planned.
    end: Option<Instant>,
    step: String,
    step_end: Instant,
    /// When a step was last said on a line of its own.
    said: Option<Instant>,
    /// What was noted: a target that is launched thirty times is not told of thirty times.
    notes: HashSet<String>,
}

/// Where there is no terminal, of steps that are shorter than this no more are said than one in this time.
const SHORT: Duration = Duration::from_secs(2);

/// The width to write for where the terminal does not tell its own.
const COLUMNS: usize = 80;

impl Progress {
    /// `quiet` shows nothing, `verbose` each step on a line of its own.
    pub fn new(quiet: bool, verbose: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = (terminal && !quiet).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(
                ProgressStyle::with_template("{spinner} {wide_msg} {prefix}").expect("a constant template is valid"),
            );
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        let now = Instant::now();
        let state = State { end: None, step: String::new(), step_end: now, said: None, notes: HashSet::new() };
        Self { bar, plain: !terminal && !quiet, verbose, state: Mutex::new(state) }
    }

    /// Takes the live line away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn show(&self, state: &State, figures: &Figures) {
        let Some(bar) = &self.bar else { return };
        let now = Instant::now();
        let left = state.end.map(|end| end.saturating_duration_since(now));
        let columns = terminal_size::terminal_size_of(std::io::stderr()).map_or(COLUMNS, |(width, _)| width.0.into());
        // The message is cut where the terminal is too narrow, the prefix beside it is not.
        bar.set_message(state.step.clone());
        bar.set_prefix(line::right(figures, state.step_end.saturating_duration_since(now), left, columns));
    }
}

impl Observer for Progress {
    fn planned(&self, expected: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.end = Some(Instant::now() + expected);
    }

    fn step(&self, label: &str, expected: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        label.clone_into(&mut state.step);
        state.step_end = Instant::now() + expected;
        match &self.bar {
            Some(bar) if self.verbose => bar.println(label),
            None if self.plain
                && (self.verbose || expected >= SHORT || state.said.is_none_or(|at| at.elapsed() >= SHORT)) =>
            {
                say(label);
                state.said = Some(Instant::now());
            }
            _ => {}
        }
        self.show(&state, &Figures::default());
    }

    fn figures(&self, figures: Figures) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.show(&state, &figures);
    }

    fn note(&self, text: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.notes.insert(text.to_owned()) {
            return;
        }
        match &self.bar {
            Some(bar) => bar.println(text),
            None if self.plain => say(text),
            None => {}
        }
    }
}
