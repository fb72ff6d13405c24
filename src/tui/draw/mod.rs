//! The screen: what the state looks like. Everything here only reads.

mod axes;
mod facts;
mod footer;
mod panels;
mod picture;
mod theme;
mod title;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::session::Session;

use super::app::App;
use super::layers::Layer;
use super::layout::{Layout, SMALLEST};
use theme::Theme;

impl App {
    /// Draws the whole screen.
    pub fn draw(&self, frame: &mut Frame, session: &Session) {
        let theme = Theme::new(self.depth);
        let (columns, rows) = self.size;
        let area = frame.area();
        if columns < SMALLEST.0 || rows < SMALLEST.1 {
            too_small(frame.buffer_mut(), area, self.size);
            return;
        }
        let layout = Layout::of(self.size);
        if let Some(Layer::Help(help)) = self.layers.last() {
            panels::help(frame.buffer_mut(), area, *help, &theme);
            footer::draw(self, session, frame, &layout, &theme);
            return;
        }
        title::draw(self, session, frame.buffer_mut(), &layout, &theme);
        axes::draw(self, session, frame.buffer_mut(), &layout, &theme);
        picture::draw(self, session, frame, &layout, &theme);
        facts::draw(self, session, frame.buffer_mut(), &layout, &theme);
        match self.layers.last() {
            Some(Layer::Polygons(list)) => {
                panels::polygons(self, session, frame.buffer_mut(), *list, &layout, &theme);
            }
            Some(Layer::Palette(palette)) => {
                panels::palette(self, session, frame, palette, &layout, &theme);
            }
            _ if self.menu => panels::menu(self, frame.buffer_mut(), &layout, &theme),
            _ => {}
        }
        footer::draw(self, session, frame, &layout, &theme);
    }
}

fn too_small(buffer: &mut Buffer, area: Rect, (columns, rows): (u16, u16)) {
    let text = format!("needs {}x{}, have {columns}x{rows}", SMALLEST.0, SMALLEST.1);
    let x = area.width.saturating_sub(text.len() as u16) / 2;
    put(buffer, x, area.height / 2, &Line::raw(text), area.width);
}

/// Writes a line at a place, at most `width` columns of it.
fn put(buffer: &mut Buffer, x: u16, y: u16, line: &Line, width: u16) {
    if buffer.area.contains((x, y).into()) {
        buffer.set_line(x, y, line, width);
    }
}

/// Columns of a row of spans.
fn width(spans: &[Span]) -> u16 {
    spans.iter().map(|s| s.width() as u16).sum()
}

/// Clears a rectangle to the terminal's own background.
fn clear(buffer: &mut Buffer, area: Rect) {
    for y in area.top()..area.bottom().min(buffer.area.bottom()) {
        for x in area.left()..area.right().min(buffer.area.right()) {
            buffer[(x, y)].reset();
        }
    }
}
