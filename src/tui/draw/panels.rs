//! Panels over the picture: which-key menu, palette, help, list of polygons.
//! Plain background, no frame, two columns of padding.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use crate::model::printable;
use crate::session::Session;
use crate::tui::Mode;
use crate::tui::app::App;
use crate::tui::commands::{Command, commands};
use crate::tui::layers::{
    Help, HelpLine, Palette, PolygonList, Prompt, WORDS_AT, list_rows, words_at,
};

use super::theme::Theme;
use super::{Scene, clear, put, title, width};

/// Keys that may follow, at the bottom right above the read-out.
pub fn menu(scene: &Scene, buffer: &mut Buffer) {
    let Scene {
        app, layout, theme, ..
    } = *scene;
    let entries = app.keymap.menu(app.mode(), &app.pending.keys);
    let rows: Vec<(String, &str)> = entries.into_iter().map(|(k, c)| (k, c.doc)).collect();
    let keys = rows
        .iter()
        .map(|(k, _)| k.chars().count())
        .max()
        .unwrap_or(0) as u16;
    let widest = rows.iter().map(|(_, d)| d.len()).max().unwrap_or(0) as u16;
    let picture = layout.picture;
    let n = (rows.len() as u16).min(picture.height.saturating_sub(2));
    let area = Rect {
        x: picture.right().saturating_sub(keys + widest + 6),
        y: picture.bottom().saturating_sub(n + 2),
        width: (keys + widest + 6).min(picture.width) + 1,
        height: n + 2,
    };
    clear(buffer, area);
    let head = Line::styled(app.pending.text(), theme.strong());
    put(buffer, area.x + 2, area.y, &head, area.width - 2);
    rule(
        buffer,
        area.x + 2,
        area.y + 1,
        area.width.saturating_sub(3),
        theme,
    );
    for (i, (key, doc)) in rows.iter().take(n as usize).enumerate() {
        let y = area.y + 2 + i as u16;
        put(
            buffer,
            area.x + 2,
            y,
            &Line::styled(key.clone(), theme.key()),
            keys,
        );
        put(
            buffer,
            area.x + 4 + keys,
            y,
            &Line::raw((*doc).to_owned()),
            widest,
        );
    }
}

fn rule(buffer: &mut Buffer, x: u16, y: u16, columns: u16, theme: Theme) {
    put(
        buffer,
        x,
        y,
        &Line::styled("─".repeat(columns as usize), theme.dim()),
        columns,
    );
}

/// What may stand on the command line, above it; as many as fit around the one
/// that was chosen last.
pub fn offers(scene: &Scene, buffer: &mut Buffer, prompt: &Prompt) {
    let Scene { layout, theme, .. } = *scene;
    let offered = &prompt.offered;
    let lines = offered.offers.iter().map(|o| o.line.chars().count());
    let Some(widest) = lines.max() else { return };
    let widest = (widest as u16).min(layout.picture.width / 2);
    let docs = offered
        .offers
        .iter()
        .map(|o| o.doc.len())
        .max()
        .unwrap_or(0) as u16;
    let n = (offered.offers.len() as u16)
        .min(10)
        .min(layout.footer.y / 2);
    let at = offered.at.unwrap_or(0);
    let skip = (at + 1).saturating_sub(n as usize);
    let area = Rect {
        x: 0,
        y: layout.footer.y - n,
        width: (widest + docs + 14).min(layout.footer.width),
        height: n,
    };
    clear(buffer, area);
    let shown = offered
        .offers
        .iter()
        .enumerate()
        .skip(skip)
        .take(n as usize);
    for (i, offer) in shown {
        let y = area.y + (i - skip) as u16;
        if offered.at == Some(i) {
            put(buffer, 6, y, &Line::styled("▌", theme.accent()), 1);
        }
        let line = printable(&offer.line);
        put(buffer, 8, y, &Line::styled(line, theme.strong()), widest);
        let doc = Line::styled(offer.doc, theme.dim());
        put(
            buffer,
            10 + widest,
            y,
            &doc,
            area.width.saturating_sub(10 + widest),
        );
    }
}

/// The palette at the top: what was typed, then commands, best first.
pub fn palette(scene: &Scene, frame: &mut Frame, palette: &Palette) {
    let Scene {
        app,
        session,
        layout,
        theme,
    } = *scene;
    let picture = layout.picture;
    let columns = picture.width.min(72);
    let height = picture.height.min(15);
    let area = Rect {
        x: picture.x + (picture.width - columns) / 2,
        y: picture.y,
        width: columns,
        height,
    };
    let buffer = frame.buffer_mut();
    clear(buffer, area);
    let (x, right) = (area.x + 2, area.right() - 2);
    let typed = Line::from(vec![
        Span::styled(":", theme.key()),
        Span::styled(palette.text().to_owned(), theme.strong()),
    ]);
    put(buffer, x, area.y, &typed, columns - 4);
    let all = commands().count();
    let count = format!("{} of {all}", palette.found.len());
    let at = right.saturating_sub(count.len() as u16);
    put(
        buffer,
        at,
        area.y,
        &Line::styled(count, theme.dim()),
        columns,
    );
    rule(buffer, x, area.y + 1, columns - 4, theme);
    let shown = ((height - 2) / 2) as usize;
    let skip = (palette.chosen + 1).saturating_sub(shown);
    for (i, (command, places)) in palette.found.iter().enumerate().skip(skip).take(shown) {
        let y = area.y + 2 + 2 * (i - skip) as u16;
        let reason = refusal(app, session, command);
        let base = if reason.is_none() {
            theme.strong()
        } else {
            theme.dim()
        };
        if i == palette.chosen {
            for row in [y, y + 1] {
                put(buffer, area.x, row, &Line::styled("▌", theme.accent()), 1);
            }
        }
        let name: Vec<Span> = (command.name.chars().enumerate())
            .map(|(at, c)| {
                let hit = places.contains(&(at as u32));
                let style = if hit {
                    base.add_modifier(Modifier::UNDERLINED)
                } else {
                    base
                };
                Span::styled(c.to_string(), style)
            })
            .collect();
        put(buffer, x, y, &Line::from(name), columns - 4);
        put(
            buffer,
            x,
            y + 1,
            &Line::styled(command.doc, theme.dim()),
            columns - 4,
        );
        let key = app.keymap.key(app.picture_mode(), command).map_or_else(
            || {
                format!(
                    ":{}",
                    if command.alias.is_empty() {
                        command.takes
                    } else {
                        command.alias
                    }
                )
            },
            str::to_owned,
        );
        let style = if reason.is_none() {
            theme.key()
        } else {
            theme.dim()
        };
        let key = if key == ":" { String::new() } else { key };
        let at = right.saturating_sub(key.chars().count() as u16);
        put(buffer, at, y, &Line::styled(key, style), columns);
        if let Some(reason) = reason {
            let short = reason.split(';').next().unwrap_or(reason);
            let spans = vec![
                Span::styled("not now: ", theme.warning()),
                Span::raw(short.to_owned()),
            ];
            let at = right.saturating_sub(width(&spans));
            let doc_end = x + command.doc.chars().count() as u16 + 2;
            put(
                buffer,
                at.max(doc_end),
                y + 1,
                &Line::from(spans),
                right.saturating_sub(at.max(doc_end)),
            );
        }
    }
    let cursor = x + 1 + palette.cursor() as u16;
    frame.set_cursor_position((cursor.min(right), area.y));
}

/// Why a command cannot run now: it asks for a state, or belongs to other modes.
fn refusal(app: &App, session: &Session, command: &Command) -> Option<&'static str> {
    if let Err(reason) = command.refusal(app, session) {
        return Some(reason);
    }
    let mode = app.picture_mode();
    let elsewhere = command
        .modes()
        .next()
        .filter(|_| !command.modes().any(|m| m == mode));
    elsewhere.map(|mode| match mode {
        Mode::Normal => "only in NOR",
        Mode::Draw => "only in DRAW",
        Mode::Edit => "only in EDIT",
        Mode::Move => "only in MOVE",
        _ => "only in its panel",
    })
}

/// The whole screen: keys of a mode under their headings.
pub fn help(scene: &Scene, buffer: &mut Buffer, area: Rect, help: Help) {
    let Scene { app, theme, .. } = *scene;
    let columns = match area.width {
        120.. => 3,
        80.. => 2,
        _ => 1,
    };
    let head = vec![
        Span::styled("help", theme.strong()),
        Span::styled("  mode ", theme.dim()),
        Span::styled(help.mode.word(), theme.value()),
        Span::styled(
            "  what each key does here; Tab goes to another mode",
            theme.dim(),
        ),
    ];
    put(buffer, 1, 0, &Line::from(head), area.width - 1);
    let mut tabs: Vec<Span> = Vec::new();
    for &mode in Mode::HELPED {
        let word = format!(" {} ", mode.word());
        let style = if mode == help.mode {
            theme.reverse()
        } else {
            theme.dim()
        };
        tabs.push(Span::styled(word, style));
    }
    if area.width >= 100 {
        let at = area.width.saturating_sub(width(&tabs) + 1);
        put(buffer, at, 0, &Line::from(tabs), area.width);
    }
    let each = (area.width - 2) / columns as u16;
    let room = area.height.saturating_sub(3) as usize;
    for (i, page) in help
        .page(&app.keymap, columns, each as usize - 2)
        .into_iter()
        .enumerate()
    {
        let x = 2 + i as u16 * each;
        let skip = help.scroll.min(page.len().saturating_sub(room));
        for (row, line) in page.iter().skip(skip).take(room).enumerate() {
            help_line(buffer, (x, 2 + row as u16), each - 2, line, theme);
        }
    }
}

fn help_line(buffer: &mut Buffer, (x, y): (u16, u16), columns: u16, line: &HelpLine, theme: Theme) {
    match line {
        HelpLine::Title(text) => {
            put(buffer, x, y, &Line::styled(*text, theme.strong()), columns);
            let n = text.len() as u16 + 1;
            rule(buffer, x + n, y, columns.saturating_sub(n), theme);
        }
        HelpLine::Keys(keys, words) => {
            let at = words_at(keys) as u16;
            put(buffer, x, y, &Line::styled(keys.clone(), theme.key()), at);
            let room = columns.saturating_sub(at);
            put(buffer, x + at, y, &Line::raw(words.as_str()), room);
        }
        HelpLine::More(words) => {
            let room = columns.saturating_sub(WORDS_AT as u16);
            put(
                buffer,
                x + WORDS_AT as u16,
                y,
                &Line::raw(words.as_str()),
                room,
            );
        }
        HelpLine::Rule(text) => put(buffer, x, y, &Line::styled(*text, theme.dim()), columns),
        HelpLine::Blank => {}
    }
}

/// Polygons by slice, and the slices of the picking grid that have none.
pub fn polygons(scene: &Scene, buffer: &mut Buffer, list: PolygonList) {
    let Scene {
        app,
        session,
        layout,
        theme,
    } = *scene;
    let Some(grid) = app.view.grid else { return };
    let rows = list_rows(session, &grid, app.view.direction);
    let names = session.display_names();
    let picture = layout.picture;
    let columns = picture.width.min(56);
    let area = Rect {
        x: picture.right().saturating_sub(columns),
        y: picture.y,
        width: columns + 1,
        height: picture.height,
    };
    clear(buffer, area);
    let x = area.x + 2;
    let lacking = rows.iter().filter(|r| r.polygon.is_none()).count();
    let head = vec![
        Span::styled("polygons ", theme.strong()),
        Span::styled(
            format!(
                "{}, {lacking} {}s of the picking grid without",
                session.polygons.len(),
                app.view.direction.word()
            ),
            theme.dim(),
        ),
    ];
    put(buffer, x, area.y, &Line::from(head), columns - 2);
    rule(buffer, x, area.y + 1, columns.saturating_sub(3), theme);
    let room = area.height.saturating_sub(2) as usize;
    let skip = (list.chosen + 1).saturating_sub(room);
    for (i, row) in rows.iter().enumerate().skip(skip).take(room) {
        let y = area.y + 2 + (i - skip) as u16;
        let chosen = i == list.chosen;
        if chosen {
            put(buffer, area.x, y, &Line::styled("▌", theme.accent()), 1);
        }
        if row.first || i == skip {
            let name = title::slice_name(app, &row.slice);
            let style = if app.is_here(&row.slice) {
                theme.strong()
            } else {
                theme.value()
            };
            put(buffer, x, y, &Line::styled(name, style), 18);
        }
        let polygon = row.polygon.as_deref().and_then(|id| session.polygon(id));
        let Some(polygon) = polygon else {
            put(
                buffer,
                x + 18,
                y,
                &Line::styled("none yet", theme.dim()),
                columns,
            );
            continue;
        };
        let facies = session.facies(&polygon.facies);
        let mark = facies.map_or(Span::raw(" "), |f| {
            Span::styled(f.mark().to_string(), theme.facies(f.colour))
        });
        let name = names.get(polygon.id.as_str()).map_or("", String::as_str);
        let style = if chosen {
            theme.strong()
        } else {
            theme.value()
        };
        let name = format!(" {:<18}", printable(name));
        let count = format!("{:>3} vertices", polygon.vertices.len());
        let line = Line::from(vec![
            mark,
            Span::styled(name, style),
            Span::styled(count, theme.dim()),
        ]);
        put(buffer, x + 18, y, &line, columns.saturating_sub(21));
    }
}
