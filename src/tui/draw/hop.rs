//! Labels of places over the picture, while one of them is waited for.

use ratatui::buffer::Buffer;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::picture::{Colour, Depth};
use crate::tui::hop::Labels;

use super::theme::color;
use super::{Scene, put};

/// Draws the labels that fit what was typed; of those the rest is bright.
pub fn draw(scene: &Scene, buffer: &mut Buffer) {
    let Scene { app, theme, .. } = *scene;
    let Some(typed) = app.hopping() else { return };
    let panes = app.panes();
    let Some(pane) = panes.first() else { return };
    let ground = match app.depth {
        Depth::Plain => Style::new(),
        _ => Style::new()
            .bg(color(Colour::Indexed(16)))
            .fg(color(Colour::Indexed(255))),
    };
    for (letters, (x, y)) in Labels::of(pane).iter() {
        let label: String = letters.iter().collect();
        let Some(left) = label.strip_prefix(&typed) else {
            continue;
        };
        let line = Line::from(vec![
            Span::styled(typed.clone(), ground.patch(theme.dim())),
            Span::styled(left.to_owned(), ground.patch(theme.strong())),
        ]);
        put(buffer, x, y, &line, 2);
    }
}
