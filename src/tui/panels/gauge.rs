//! Gauges and bars: `━━━╸──`, one row, in steps of half a cell.

use ratatui::text::{Line, Span};

use super::Theme;
use super::number;
use super::watcher::Snapshot;
use crate::model::printable;
use crate::runs::{Run, State};

/// The filled and the empty part of a bar over so many cells.
pub(super) fn bar(share: f64, cells: usize) -> (String, String) {
    let share = if share.is_finite() { share } else { 0.0 };
    let halves = (share.clamp(0.0, 1.0) * 2.0 * cells as f64).round() as usize;
    let mut filled = "━".repeat(halves / 2);
    let mut used = halves / 2;
    if halves % 2 == 1 {
        filled.push('╸');
        used += 1;
    }
    (filled, "─".repeat(cells - used))
}

/// A run in one row, for the slice view: `run 4 ━━━━━━╸───  58 % 2 min`. The
/// newest of those that are running; nothing where none is.
pub fn run_gauge(snapshot: &Snapshot, cells: usize, theme: &Theme) -> Option<Line<'static>> {
    let mut runs = snapshot.runs.iter().map(|w| &w.run);
    let run = runs.find(|r| r.progress.state == State::Running)?;
    let (filled, empty) = bar(run.progress.fraction, cells);
    let mut spans = vec![
        Span::styled(format!("run {} ", run.number), theme.dim()),
        Span::styled(filled, theme.accent()),
        Span::styled(empty, theme.dim()),
        Span::styled(
            format!(" {:>4}", number::percent(run.progress.fraction)),
            theme.value(),
        ),
    ];
    if let Some(left) = run.progress.left {
        let left = format!(" {}", number::duration(left));
        spans.push(Span::styled(left, theme.dim()));
    }
    Some(Line::from(spans))
}

/// What a run is at: `predict 4 of 4`.
pub(super) fn stage(run: &Run) -> String {
    let progress = &run.progress;
    match progress.current() {
        Some(stage) if progress.state == State::Done => {
            format!(
                "{} {}",
                number::grouped(stage.total),
                printable(&stage.noun)
            )
        }
        Some(stage) => format!(
            "{} {} of {}",
            printable(&stage.name),
            progress.stage + 1,
            progress.stages.len()
        ),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_move_by_half_cells_and_keep_their_length() {
        let text = |share| {
            let (a, b) = bar(share, 4);
            a + &b
        };
        assert_eq!(text(0.0), "────");
        assert_eq!(text(0.13), "╸───");
        assert_eq!(text(0.5), "━━──");
        assert_eq!(text(0.63), "━━╸─");
        assert_eq!(text(7.0), "━━━━");
        assert_eq!(text(f64::NAN), "────");
    }
}
