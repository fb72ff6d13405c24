//! The footer: the mode, and what can be done now; or a message, or a prompt.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use crate::tui::Mode;
use crate::tui::action::Tone;
use crate::tui::commands::commands;
use crate::tui::layers::{Layer, Prompt};

use super::theme::Theme;
use super::{Scene, put, width};

pub fn draw(scene: &Scene, frame: &mut Frame) {
    let Scene {
        app, layout, theme, ..
    } = *scene;
    let (y, columns) = (layout.footer.y, layout.footer.width);
    let mode = app.mode();
    let word = format!(" {} ", mode.word());
    let x = word.len() as u16 + 2;
    let buffer = frame.buffer_mut();
    put(buffer, 0, y, &Line::styled(word, theme.reverse()), 8);
    let room = columns.saturating_sub(x + 1);
    if let Some(Layer::Prompt(prompt)) = app.layers.last() {
        let cursor = draw_prompt(prompt, frame, (x, y), room, theme);
        frame.set_cursor_position((cursor, y));
        return;
    }
    let spans = if let Some(message) = &app.message {
        let style = match message.tone {
            Tone::Plain => theme.text(),
            Tone::Warning | Tone::NotNow => theme.warning(),
            Tone::Error => theme.error(),
        };
        vec![
            Span::styled(message.tone.word(), style),
            Span::styled(
                cut(&message.text, room as usize, message.tone),
                theme.value(),
            ),
        ]
    } else if !app.pending.is_empty() {
        vec![
            Span::styled(app.pending.text(), theme.key()),
            Span::styled(" waiting for the next key; Esc takes it back", theme.dim()),
        ]
    } else {
        hints(scene, room, layout.wide)
    };
    put(frame.buffer_mut(), x, y, &Line::from(spans), room);
}

/// The message of the moment over the footer that a panel has written.
pub fn message(scene: &Scene, buffer: &mut ratatui::buffer::Buffer, mode: &str) {
    let Scene {
        app, layout, theme, ..
    } = *scene;
    let Some(message) = &app.message else { return };
    let (x, y) = (mode.len() as u16 + 4, layout.footer.y);
    let room = layout.footer.width.saturating_sub(x + 1);
    let text = format!("{}{}", message.tone.word(), message.text);
    let shown = cut(&text, room as usize, Tone::Plain);
    // The keys that stood there leave no colour behind.
    for column in x..x.saturating_add(room).min(buffer.area.right()) {
        buffer[(column, y)].reset();
    }
    put(buffer, x, y, &Line::styled(shown, theme.value()), room);
}

/// A message that is too long keeps its end: what to try stands there.
fn cut(text: &str, room: usize, tone: Tone) -> String {
    let room = room.saturating_sub(tone.word().len());
    let n = text.chars().count();
    if n <= room {
        return text.to_owned();
    }
    let head = room / 3;
    let tail = room.saturating_sub(head + 1);
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(n - tail).collect();
    format!("{start}…{end}")
}

fn draw_prompt(
    prompt: &Prompt,
    frame: &mut Frame,
    (x, y): (u16, u16),
    room: u16,
    theme: Theme,
) -> u16 {
    let label = prompt.label.chars().count() as u16;
    let space = room.saturating_sub(label + 1) as usize;
    // The text scrolls so that its cursor stays in view.
    let skip = prompt.cursor().saturating_sub(space);
    let text: String = prompt.text().chars().skip(skip).collect();
    let line = Line::from(vec![
        Span::styled(prompt.label.clone(), theme.key()),
        Span::styled(text, theme.strong()),
    ]);
    put(frame.buffer_mut(), x, y, &line, room);
    x + label + (prompt.cursor() - skip) as u16
}

/// Keys that make sense now, as many as fit; help always.
fn hints(scene: &Scene, room: u16, wide: bool) -> Vec<Span<'static>> {
    let Scene {
        app,
        session,
        theme,
        ..
    } = *scene;
    let mode = app.mode();
    let gap = if wide { "   " } else { "  " };
    let hint = |keys: &str, words: &str| {
        vec![
            Span::styled(keys.to_owned(), theme.key()),
            Span::styled(format!(" {words}"), theme.dim()),
        ]
    };
    let last = match mode {
        Mode::Command | Mode::Help => hint("Esc", "close"),
        _ => hint("?", "help"),
    };
    let mut spans: Vec<Span> = Vec::new();
    let mut add = |new: Vec<Span<'static>>, reserve: u16| {
        let needed = width(&spans) + gap.len() as u16 + width(&new) + reserve;
        if needed <= room {
            if !spans.is_empty() {
                spans.push(Span::raw(gap));
            }
            spans.extend(new);
        }
    };
    let reserve = width(&last) + gap.len() as u16;
    if mode == Mode::Command {
        for (key, words) in [("Enter", "run"), ("Tab", "complete"), ("arrows", "move")] {
            add(hint(key, words), reserve);
        }
    }
    // Help stands at the end; in NOR there is nothing to leave, and some modes
    // end with how to close them.
    let closed = [Mode::Normal, Mode::Command, Mode::Help].contains(&mode);
    let shown = |name: &str| name != "help" && !(name == "leave" && closed);
    for command in commands().filter(|c| !c.hint[0].is_empty() && shown(c.name)) {
        let ready = command.refusal(app, session).is_ok();
        if let Some(key) = app.keymap.key(mode, command)
            && ready
        {
            let words = command.hint[usize::from(wide)];
            // A hint may name its keys itself, for a pair that belongs together.
            let (keys, words) = match words.rsplit_once("] ") {
                Some((_, words)) if command.key(mode) == Some(key) => ("[ ]", words),
                Some((_, words)) => (key, words),
                None => (key, words),
            };
            add(hint(keys, words), reserve);
        }
    }
    add(last, 0);
    spans
}
