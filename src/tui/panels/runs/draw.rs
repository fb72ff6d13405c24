//! How the runs are drawn.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::page::{Page, width, wrap};
use super::super::walk::Walk;
use super::super::watcher::Watched;
use super::super::{Theme, log, number};
use super::columns::Columns;
use super::{KEYS, RunsPanel};
use crate::model::printable;
use crate::runs::{RunProgress, StageProgress, State};

impl RunsPanel {
    /// Writes it.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let mut page = Page::new(area, buffer, theme);
        self.draw_title(&mut page);
        self.draw_footer(&mut page);
        let Some(watched) = self.focused() else {
            page.put(3, 2, "no run yet; Space m launches a module", theme.text());
            return;
        };
        let airy = page.height() >= 24;
        let top = if airy { 2 } else { 1 };
        let after = self.draw_list(&mut page, top) + u16::from(airy);
        let end = page.width().saturating_sub(1);
        page.rule(1, after, end);
        self.draw_run(&mut page, after + 1, watched);
    }

    fn draw_title(&self, page: &mut Page) {
        let theme = *page.theme;
        let root = self.snapshot.root.file_name().unwrap_or_default();
        let root = printable(&root.to_string_lossy());
        let mut x = page.put(1, 0, "runs", theme.strong()) + 2;
        if page.width() >= 80 {
            x = page.put(x, 0, &root, theme.dim()) + 3;
        }
        for state in [
            State::Running,
            State::Failed,
            State::Interrupted,
            State::Paused,
            State::Waiting,
            State::Queued,
            State::Done,
            State::Cancelled,
        ] {
            let runs = self.snapshot.runs.iter();
            let count = runs.filter(|w| w.run.progress.state == state).count();
            if count > 0 {
                x = page.put(x, 0, &format!("{count} {}", state.word()), theme.value()) + 2;
            }
        }
    }

    fn draw_footer(&self, page: &mut Page) {
        let theme = *page.theme;
        match self.asking {
            None => page.footer(self.mode(), KEYS),
            Some(run) => {
                let question = format!("cancel run {run}? what is finished is kept  ");
                let spans = [
                    (question.as_str(), theme.value()),
                    ("y", theme.key()),
                    (" yes   ", theme.dim()),
                    ("n", theme.key()),
                    (" no", theme.dim()),
                ];
                page.says(self.mode(), &spans);
            }
        }
    }

    /// The rows of all runs; gives the row after them.
    fn draw_list(&self, page: &mut Page, top: u16) -> u16 {
        let columns = Columns::of(page.width());
        columns.headings(page, top);
        let most = page.height().saturating_sub(4) / 3;
        let rows = (self.snapshot.runs.len() as u16).min(most.max(3));
        let walk = Walk {
            at: self.place(),
            g: false,
        };
        let first = walk.first(self.snapshot.runs.len(), usize::from(rows));
        for (i, y) in (first..self.snapshot.runs.len()).zip(top + 1..top + 1 + rows) {
            let focused = i == walk.at;
            columns.row(page, y, &self.snapshot.runs[i], focused);
            if focused {
                page.focus(y);
            }
        }
        top + 1 + rows
    }

    /// The focused run: what it is at, how far, what its log says; and at the
    /// foot what went wrong elsewhere.
    fn draw_run(&self, page: &mut Page, top: u16, watched: &Watched) {
        let airy = page.height() >= 30;
        let gap = u16::from(airy);
        let bottom = page.height().saturating_sub(1 + gap);
        let mut notes = self.notes(watched.run.number);
        notes.truncate(usize::from(bottom.saturating_sub(top) / 4).min(3));
        let foot = bottom.saturating_sub(notes.len() as u16);
        self.draw_heading(page, top, watched);
        let mut y = top + 1 + gap;
        y = draw_error(page, y, watched);
        let progress = &watched.run.progress;
        for (i, stage) in progress.stages.iter().enumerate() {
            // Where rows are few, only the stage under way is shown.
            if (airy || i == progress.stage) && y < foot {
                draw_stage(page, y, progress, i, stage);
                y += 1;
            }
        }
        if airy && !watched.rates.is_empty() {
            draw_rates(page, y + 1, watched);
            y += 2;
        }
        y += gap;
        if airy && y + 1 < foot {
            page.put(3, y, "log", page.theme.dim());
            y += 1;
        }
        let end = foot.saturating_sub(if notes.is_empty() { 0 } else { gap });
        draw_log(page, y, end, watched);
        for (y, (other, text)) in (foot..).zip(notes) {
            let state = other.run.progress.state;
            let word = format!("run {} {}:", other.run.number, state.word());
            let x = page.put(3, y, &word, ink(state, page.theme));
            page.put(x + 1, y, &text, page.theme.text());
        }
    }

    fn draw_heading(&self, page: &mut Page, y: u16, watched: &Watched) {
        let theme = *page.theme;
        let run = &watched.run;
        let progress = &run.progress;
        let x = page.put(1, y, &format!("run {}", run.number), theme.strong()) + 2;
        let x = page.put(x, y, &printable(&run.request.module), theme.value()) + 2;
        let spent = number::duration(progress.seconds);
        let place = format!("on {}, pid {}", printable(&progress.host), progress.pid);
        let (facts, right) = match progress.state {
            State::Running => {
                let left = progress.left.map_or(String::new(), |left| {
                    format!(", {} left", number::duration(left))
                });
                let done = number::percent(progress.fraction);
                let ago = self.snapshot.seen.saturating_sub(progress.heartbeat) / 1000;
                (
                    format!("for {spent} {place}; {done} done{left}"),
                    format!("heartbeat {ago} s ago"),
                )
            }
            State::Waiting | State::Queued => (progress.state.word().to_owned(), String::new()),
            state => (
                format!("{} after {spent} {place}", state.word()),
                String::new(),
            ),
        };
        let end = page.width().saturating_sub(1);
        let room = if width(&facts) + width(&right) + x + 2 <= end {
            page.right(end, y, &right, theme.dim()).max(x)
        } else {
            end
        };
        page.put_to(x, y, room, &facts, theme.dim());
    }

    /// What went wrong in other runs, newest first, with its cure.
    fn notes(&self, number: u32) -> Vec<(&Watched, String)> {
        let others = self.snapshot.runs.iter().filter(|w| w.run.number != number);
        others.filter_map(|w| Some((w, cure(w)?))).collect()
    }
}

/// What to do about a run that did not end well.
fn cure(watched: &Watched) -> Option<String> {
    let progress = &watched.run.progress;
    match progress.state {
        State::Failed => {
            let error = progress.error.as_deref().unwrap_or("its log says why");
            Some(printable(error))
        }
        State::Interrupted => Some(format!(
            "its worker on {} is gone; {} is kept and not computed again; r resumes",
            printable(&progress.host),
            number::percent(progress.fraction)
        )),
        _ => None,
    }
}

/// The ink of a state: only what runs is bright.
pub(super) fn ink(state: State, theme: &Theme) -> Style {
    match state {
        State::Running => theme.strong(),
        State::Failed => theme.error(),
        State::Interrupted => theme.warning(),
        _ => theme.dim(),
    }
}

/// The error of the focused run, whole; gives the row after it.
fn draw_error(page: &mut Page, y: u16, watched: &Watched) -> u16 {
    let Some(cure) = cure(watched) else {
        return y;
    };
    let state = watched.run.progress.state;
    let style = ink(state, page.theme);
    let word = match state {
        State::Failed => "error:",
        _ => "interrupted:",
    };
    let text = format!("{word} {cure}");
    let lines = wrap(&text, page.width().saturating_sub(5));
    let most = usize::from(page.height() / 5);
    for (i, line) in lines.iter().take(most).enumerate() {
        let y = y + i as u16;
        let x = if i == 0 {
            page.put(3, y, word, style)
        } else {
            3
        };
        let rest = if i == 0 { &line[word.len()..] } else { line };
        page.put(x, y, rest, page.theme.value());
    }
    y + lines.len().min(most) as u16 + 1
}

fn draw_stage(
    page: &mut Page,
    y: u16,
    progress: &RunProgress,
    place: usize,
    stage: &StageProgress,
) {
    use std::cmp::Ordering;
    let theme = *page.theme;
    let done = place < progress.stage || progress.state == State::Done;
    let moving = place == progress.stage && !done;
    let word = match place.cmp(&progress.stage) {
        _ if done => "done",
        Ordering::Equal => progress.state.word(),
        _ => "to do",
    };
    let (name, state) = if moving {
        (theme.strong(), ink(progress.state, &theme))
    } else {
        (theme.value(), theme.dim())
    };
    page.put_to(3, y, 16, &printable(&stage.name), name);
    page.put_to(17, y, 29, word, state);
    let (gauge, cells) = match page.width() {
        100.. => (30, 24),
        76.. => (30, 12),
        _ => (30, 0),
    };
    let noun = printable(&stage.noun);
    let total = number::grouped(stage.total);
    let work = if moving {
        let share = stage.done as f64 / stage.total.max(1) as f64;
        let filled = if progress.state == State::Running {
            theme.accent()
        } else {
            theme.dim()
        };
        if cells > 0 {
            page.bar(gauge, y, cells, share, filled);
        }
        page.right(gauge + cells + 6, y, &number::percent(share), theme.value());
        format!("{} of {total} {noun}", number::grouped(stage.done))
    } else {
        format!("{total} {noun}")
    };
    let end = page.width().saturating_sub(1);
    let time = match (moving, done, progress.left) {
        (true, _, Some(left)) if progress.state == State::Running => {
            format!("{} left", number::duration(left))
        }
        (_, true, _) if stage.seconds > 0.0 => number::duration(stage.seconds),
        _ => String::new(),
    };
    let end = page.right(end, y, &time, theme.dim());
    let style = if moving { theme.value() } else { theme.dim() };
    page.put_to(gauge + cells + 8, y, end.saturating_sub(1), &work, style);
}

/// The rate with its history: a dip is seen.
fn draw_rates(page: &mut Page, y: u16, watched: &Watched) {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let theme = *page.theme;
    let Some(stage) = watched.run.progress.current() else {
        return;
    };
    let largest = watched
        .rates
        .iter()
        .copied()
        .fold(f64::MIN_POSITIVE, f64::max);
    let level = |rate: &f64| LEVELS[((rate / largest * 7.0).round() as usize).min(7)];
    page.put(3, y, "rate", theme.dim());
    let cells = if page.width() >= 100 { 24 } else { 12 };
    let newest = watched.rates.iter().rev().take(cells).rev();
    let text: String = newest.map(level).collect();
    page.put(30, y, &text, theme.dim());
    let noun = printable(&stage.noun);
    let now = watched.rates.last().copied().unwrap_or(0.0);
    let x = page.put(30 + cells as u16 + 8, y, &number::rate(now), theme.value());
    let average = number::rate(watched.run.progress.rate);
    let text = format!(" {noun}/s now, {average} on average");
    page.put(x, y, &text, theme.dim());
}

/// The end of the log, down to before row `end`.
fn draw_log(page: &mut Page, y: u16, end: u16, watched: &Watched) {
    let theme = *page.theme;
    let rows = usize::from(end.saturating_sub(y));
    let skipped = watched.log.len().saturating_sub(rows);
    for (y, line) in (y..end).zip(watched.log.iter().skip(skipped)) {
        let (_, time, text) = log::parts(line);
        let x = page.put(3, y, time, theme.dim());
        page.put(
            if time.is_empty() { 3 } else { x + 2 },
            y,
            text,
            theme.value(),
        );
    }
}
