//! The screen: what the state looks like. Everything here only reads.

mod axes;
mod chart;
mod facts;
mod footer;
mod guides;
mod histogram;
mod hop;
mod image;
mod panels;
mod picking;
mod picture;
mod readout;
pub(super) mod theme;
mod title;
mod wiggle;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::session::Session;

use super::app::App;
use super::layers::Layer;
use super::layout::{Layout, SMALLEST};
use theme::Theme;

/// What every part of the screen is drawn from.
#[derive(Clone, Copy)]
struct Scene<'a> {
    app: &'a App,
    session: &'a Session,
    layout: &'a Layout,
    theme: Theme,
}

impl App {
    /// Draws the whole screen.
    pub fn draw(&self, frame: &mut Frame, session: &Session) {
        let area = frame.area();
        if self.size.0 < SMALLEST.0 || self.size.1 < SMALLEST.1 {
            too_small(frame.buffer_mut(), area, self.size);
            return;
        }
        let layout = &Layout::of(self.size);
        let theme = Theme::new(self.depth);
        let scene = &Scene {
            app: self,
            session,
            layout,
            theme,
        };
        let buffer = frame.buffer_mut();
        if let Some(Layer::Help(help)) = self.layers.last() {
            panels::help(scene, buffer, area, *help);
            footer::draw(scene, frame);
            return;
        }
        if let Some(Layer::Panel(panel)) = self.layers.last()
            && !panel.is_overlay()
        {
            panel.draw(area, buffer, &super::panels::Theme::new(self.depth));
            footer::message(scene, buffer, panel.mode());
            return;
        }
        title::draw(scene, buffer);
        axes::draw(scene, buffer);
        facts::draw(scene, buffer);
        readout::draw(scene, buffer);
        picture::draw(scene, frame);
        chart::draw(scene, frame.buffer_mut());
        wiggle::draw(scene, frame.buffer_mut());
        wiggle::times(scene, frame.buffer_mut());
        picking::separability(scene, frame.buffer_mut());
        self.draw_docked(area, frame.buffer_mut());
        hop::draw(scene, frame.buffer_mut());
        match self.layers.last() {
            Some(Layer::Histogram(strip)) => histogram::draw(scene, frame.buffer_mut(), strip),
            Some(Layer::Polygons(list)) => panels::polygons(scene, frame.buffer_mut(), *list),
            Some(Layer::Prompt(prompt)) => panels::offers(scene, frame.buffer_mut(), prompt),
            Some(Layer::Palette(palette)) => panels::palette(scene, frame, palette),
            Some(Layer::Panel(panel)) => {
                let buffer = frame.buffer_mut();
                panel.draw(area, buffer, &super::panels::Theme::new(self.depth));
                footer::message(scene, buffer, panel.mode());
                return;
            }
            _ if self.menu => panels::menu(scene, frame.buffer_mut()),
            _ => {}
        }
        footer::draw(scene, frame);
    }
}

impl App {
    /// The panel beside the picture, under whatever lies over it.
    fn draw_docked(&self, area: Rect, buffer: &mut Buffer) {
        // The one on top is drawn with its footer.
        for layer in self.layers.iter().rev().skip(1) {
            if let Layer::Panel(panel) = layer
                && panel.is_docked()
            {
                panel.draw(area, buffer, &super::panels::Theme::new(self.depth));
            }
        }
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
