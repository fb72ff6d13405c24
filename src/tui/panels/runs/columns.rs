//! The columns of the list of runs.

use super::super::page::Page;
use super::super::watcher::Watched;
use super::super::{gauge, number};
use super::draw::ink;
use crate::model::printable;
use crate::runs::State;

/// Where the parts of a row stand.
pub(super) struct Columns {
    state: u16,
    gauge: u16,
    cells: u16,
    percent: u16,
    stage: Option<u16>,
    rate: Option<u16>,
    left: u16,
}

impl Columns {
    pub fn of(columns: u16) -> Self {
        let (state, gauge, cells, percent, stage, rate, left) = match columns {
            110.. => (30, 44, 24, 73, Some(76), Some(103), 106),
            76.. => (28, 41, 12, 58, None, None, 61),
            _ => (26, 38, 0, 43, None, None, 45),
        };
        Self {
            state,
            gauge,
            cells,
            percent,
            stage,
            rate,
            left,
        }
    }

    pub fn headings(&self, page: &mut Page, y: u16) {
        let dim = page.theme.dim();
        page.right(6, y, "no", dim);
        page.put(8, y, "module", dim);
        page.put(self.state, y, "state", dim);
        if self.cells > 0 {
            page.put(self.gauge, y, "progress", dim);
        }
        if let Some(stage) = self.stage {
            page.put(stage, y, "stage", dim);
        }
        if let Some(rate) = self.rate {
            page.right(rate, y, "rate", dim);
        }
        page.put(self.left, y, "time left", dim);
    }

    pub fn row(&self, page: &mut Page, y: u16, watched: &Watched, focused: bool) {
        let theme = *page.theme;
        let run = &watched.run;
        let progress = &run.progress;
        let state = progress.state;
        let name = if focused {
            theme.strong()
        } else {
            theme.value()
        };
        page.right(6, y, &run.number.to_string(), name);
        page.put_to(8, y, self.state - 1, &printable(&run.request.module), name);
        page.put(self.state, y, state.word(), ink(state, &theme));
        let running = state == State::Running;
        let style = if running { theme.value() } else { theme.dim() };
        if state != State::Done && (running || progress.fraction > 0.0) {
            if self.cells > 0 {
                let filled = if running { theme.accent() } else { theme.dim() };
                page.bar(self.gauge, y, self.cells, progress.fraction, filled);
            }
            page.right(self.percent, y, &number::percent(progress.fraction), style);
        }
        if let Some(stage) = self.stage {
            let end = self.rate.unwrap_or(self.left) - 8;
            page.put_to(stage, y, end, &gauge::stage(run), style);
        }
        if let (Some(rate), true) = (self.rate, running && progress.rate > 0.0) {
            page.right(
                rate,
                y,
                &format!("{} /s", number::rate(progress.rate)),
                style,
            );
        }
        page.put(self.left, y, &time(watched), style);
    }
}

/// When it will be over, or what it waits for.
fn time(watched: &Watched) -> String {
    let progress = &watched.run.progress;
    match progress.state {
        State::Running => progress.left.map_or(String::new(), number::duration),
        State::Done => format!("took {}", number::duration(progress.seconds)),
        State::Failed => "see log".to_owned(),
        State::Interrupted | State::Cancelled => "r resumes".to_owned(),
        State::Paused => "paused".to_owned(),
        State::Queued if progress.cluster.is_some() => "on the cluster".to_owned(),
        State::Queued => "next".to_owned(),
        State::Waiting => match &watched.run.request.after[..] {
            [] => "next".to_owned(),
            [one] => format!("after run {one}"),
            several => {
                let numbers: Vec<String> = several.iter().map(u32::to_string).collect();
                format!("after runs {}", numbers.join(", "))
            }
        },
    }
}
