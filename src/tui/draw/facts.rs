//! The fact rows: position and value in words, the polygon, the colour bar.

use ratatui::buffer::Buffer;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::model::{Direction, Origin, SliceKey, printable};
use crate::picture::{Clip, amount, bars, number};
use crate::session::VolumeRole;
use crate::tui::app::App;
use crate::tui::commands::snap_words;
use crate::tui::hand::{Carried, Hand, nearest_edge};
use crate::tui::layout::Layout;
use crate::tui::overlays::{Kind, kind_of};
use crate::tui::panes::Arrangement;

use super::theme::{Theme, color};
use super::{Scene, put};

/// Words of a fact row: a label, dim, and its value.
struct Facts {
    spans: Vec<Span<'static>>,
    theme: Theme,
    gap: &'static str,
}

impl Facts {
    fn add(&mut self, label: &str, value: String) {
        self.gap();
        if !label.is_empty() {
            self.dim(&format!("{label} "));
        }
        self.spans.push(Span::styled(value, self.theme.value()));
    }

    fn gap(&mut self) {
        if !self.spans.is_empty() {
            self.spans.push(Span::raw(self.gap));
        }
    }

    fn dim(&mut self, text: &str) {
        self.spans
            .push(Span::styled(text.to_owned(), self.theme.dim()));
    }

    fn styled(&mut self, text: String, style: Style) {
        self.spans.push(Span::styled(text, style));
    }
}

pub fn draw(scene: &Scene, buffer: &mut Buffer) {
    let Scene { layout, theme, .. } = *scene;
    let facts = |gap| Facts {
        spans: Vec::new(),
        theme,
        gap,
    };
    let bar = bar_width(layout);
    let mut first = facts(if layout.wide { "   " } else { "  " });
    position(scene, &mut first);
    let right = layout.more.map_or(0, |_| bar + 14);
    let room = if layout.wide {
        layout.facts.width.saturating_sub(right)
    } else {
        layout.facts.width
    };
    put(
        buffer,
        1,
        layout.facts.y,
        &Line::from(first.spans),
        room.saturating_sub(1),
    );
    let Some(row) = layout.more else { return };
    let mut second = facts("  ");
    in_hand(scene, &mut second);
    let panels = crate::tui::panels::Theme::new(scene.app.depth);
    if let Some(gauge) = crate::tui::panels::run_gauge(&scene.app.runs, 12, &panels) {
        second.gap();
        second.spans.extend(gauge.spans);
    }
    put(
        buffer,
        1,
        row.y,
        &Line::from(second.spans),
        row.width.saturating_sub(right + 1),
    );
    colour_bar(scene, buffer);
}

fn position(scene: &Scene, facts: &mut Facts) {
    let Scene { app, .. } = *scene;
    let Some(grid) = &app.view.grid else { return };
    let Some((inline, crossline, time)) = app.view.position() else {
        return hole(scene, facts);
    };
    let unit = grid.unit.sign();
    let depth = if unit == "ms" { "time" } else { "depth" };
    facts.add("inline", number(inline));
    facts.add("crossline", number(crossline));
    facts.add(depth, format!("{} {unit}", number(time)));
    let (a, b) = app.view.cursor();
    let name = printable(app.view.volume.as_deref().unwrap_or("value"));
    let value = (app.current_slice()).and_then(|slice| slice.true_value(a, b));
    facts.add(
        &name,
        match value {
            None => "…".to_owned(),
            Some(None) => "null".to_owned(),
            Some(Some(v)) => amount(f64::from(v)),
        },
    );
    if app.arrangement() == Arrangement::Swipe
        && let Some(second) = &app.view.second
    {
        let there = app.slice_beside(second, app.view.direction);
        let value = there.filter(|s| Some(s.id.key) == app.view.key());
        let value = value.and_then(|s| s.value(a, b));
        let text = value.map_or("null".to_owned(), |v| amount(f64::from(v)));
        facts.add(&printable(second), text);
    }
    if let Some(class) = class_here(scene, a, b) {
        facts.add("class", class);
    }
    facies_here(scene, facts);
}

/// The trace below the cursor where the horizon that is shown has no pick.
fn hole(scene: &Scene, facts: &mut Facts) {
    if let Some(SliceKey::Time(_)) = scene.app.view.key() {
        let (crossline, inline) = scene.app.view.cursor_value();
        facts.add("inline", number(inline));
        facts.add("crossline", number(crossline));
        facts.dim("  the horizon has a hole here");
    }
}

/// Name of the class of the overlay under the cursor.
fn class_here(scene: &Scene, a: usize, b: usize) -> Option<String> {
    let Scene { app, session, .. } = *scene;
    let value = app.current_overlay()?.value(a, b)?;
    if app.lit.is_some() {
        return Some(format!("node {value}"));
    }
    if let Some(Kind::Probability(_)) = kind_of(session, app.view.overlay.as_deref()?) {
        return Some(format!("probability {}", amount(f64::from(value))));
    }
    let code = value;
    let volume = session.volume(app.view.overlay.as_deref()?)?;
    let place = (code as usize).checked_sub(1)?;
    let name = volume.classes.get(place).cloned();
    let known = || session.facies.get(place).map(|f| f.name.clone());
    Some(printable(
        &name.or_else(known).unwrap_or_else(|| format!("{code}")),
    ))
}

/// The polygon under the cursor: its facies, and whether the cursor is on its edge.
fn facies_here(scene: &Scene, facts: &mut Facts) {
    let Scene {
        app,
        session,
        layout,
        ..
    } = *scene;
    let Some(grid) = &app.view.grid else { return };
    let (at, window) = (app.view.cursor_value(), app.window());
    let (a_axis, b_axis) = grid.plane(app.view.direction);
    let scale = (
        1.0 / (a_axis.step * window.across),
        1.0 / (b_axis.step * window.down),
    );
    let mut found: Option<(&crate::model::Polygon, bool)> = None;
    for polygon in app.polygons_here(session) {
        let near = nearest_edge(&polygon.vertices, at, scale);
        let edge = near.is_some_and(|(_, distance)| distance <= 0.75);
        let active = Some(polygon.id.as_str()) == app.polygon.as_deref();
        if (edge || polygon.contains(at.0, at.1)) && (active || found.is_none()) {
            found = Some((polygon, edge));
        }
    }
    let Some((polygon, edge)) = found else { return };
    let Some(facies) = session.facies(&polygon.facies) else {
        return;
    };
    facts.gap();
    if layout.wide {
        facts.dim("facies ");
    }
    facts.styled(
        format!("{} ", facies.mark()),
        facts.theme.facies(facies.colour),
    );
    let name = if layout.wide {
        printable(&facies.name)
    } else {
        printable(&session.display_name(&polygon.id).unwrap_or_default())
    };
    facts.styled(name, facts.theme.value());
    if edge && layout.wide {
        facts.dim(" edge");
    }
}

/// What is in hand: the draft, the chosen vertex, the active polygon.
fn in_hand(scene: &Scene, facts: &mut Facts) {
    let Scene { app, session, .. } = *scene;
    let strong = facts.theme.strong();
    if let Some(draft) = &app.draft
        && matches!(app.hand, Hand::Draw | Hand::Free)
    {
        let n = draft.vertices.len();
        facts.styled("draft".to_owned(), strong);
        facts.add("", n.to_string());
        facts.dim(if n == 1 { " vertex" } else { " vertices" });
        if let Some(kind) = snap_words(app) {
            facts.add("snap", kind.to_owned());
        }
        if app.picking.tracing {
            facts.add("", "tracing".to_owned());
        }
        if !app.is_here(&draft.slice) {
            facts.dim(&format!(" on {}", draft.slice));
        }
        return;
    }
    let Some(polygon) = app.polygon.as_deref().and_then(|id| session.polygon(id)) else {
        let here = app.polygons_here(session).len();
        if app.view.overlay.is_some() || app.view.doubt.is_some() {
            legend(scene, facts);
        } else if here > 0 {
            facts.add("", here.to_string());
            facts.dim(if here == 1 {
                " polygon here"
            } else {
                " polygons here"
            });
        }
        return;
    };
    let n = polygon.vertices.len();
    let name = session.display_name(&polygon.id).unwrap_or_default();
    facts.styled(printable(&name), strong);
    match &app.hand {
        Hand::Edit { vertex } => {
            facts.add("vertex", (vertex + 1).to_string());
            facts.dim(&format!(" of {n}"));
        }
        Hand::Carry(carry) => {
            match carry.what {
                Carried::Vertex { at, .. } => {
                    facts.add("vertex", (at + 1).to_string());
                    facts.dim(&format!(" of {n}"));
                }
                Carried::New { .. } => facts.add("", "new vertex".to_owned()),
                Carried::Vertices { ref places, .. } => {
                    facts.add("", places.len().to_string());
                    facts.dim(" vertices");
                }
                Carried::Polygon => facts.add("", "the whole".to_owned()),
            }
            moved(app, app.carried_by(carry), facts);
        }
        Hand::Free | Hand::Draw => {
            facts.gap();
            if !app.is_here(&polygon.slice) {
                facts.dim(&format!("on {}, ", polygon.slice));
            }
            facts.styled(n.to_string(), facts.theme.value());
            facts.dim(" vertices");
        }
    }
    if let Some(voxels) = app.voxels {
        facts.add("", thousands(voxels));
        facts.dim(" voxels");
    }
    if scene.layout.wide {
        origin(&polygon.origin, facts);
    }
}

/// Who drew the polygon, when, and how surely.
fn origin(origin: &Origin, facts: &mut Facts) {
    if let Some(confidence) = origin.confidence {
        facts.add("", format!("{confidence} %"));
        facts.dim(" sure");
    }
    if origin.interpolated {
        facts.gap();
        facts.dim("interpolated");
    }
    let words = [("by", &origin.author), ("on", &origin.date)];
    for (word, text) in words {
        if let Some(text) = text {
            facts.gap();
            facts.dim(&format!("{word} {}", printable(text)));
        }
    }
}

/// Marks of the overlay's classes, and which of them stays grey.
fn legend(scene: &Scene, facts: &mut Facts) {
    let Scene { app, session, .. } = *scene;
    if let Some(node) = app.lit {
        facts.gap();
        facts.dim(&format!("voxels of node {node}"));
        return;
    }
    let name = app.view.overlay.as_deref().unwrap_or("");
    if let Some(doubt) = &app.view.doubt {
        facts.add("╱", printable(doubt));
    }
    if let Some(Kind::Probability(colour)) = kind_of(session, name) {
        if let Some(facies) = session.facies.iter().find(|f| f.colour == colour) {
            facts.gap();
            let mark = format!("{} ", facies.mark());
            facts.styled(mark, facts.theme.facies(colour));
            facts.styled(printable(&facies.name), facts.theme.value());
            facts.dim(&format!(
                " is at least {:.0} % probable",
                100.0 * app.view.threshold
            ));
        }
        return;
    }
    if kind_of(session, name).is_none() {
        return;
    }
    let volume = session.volume(name);
    let named: Vec<&str> = match volume.map(|v| &v.classes) {
        Some(classes) if !classes.is_empty() => classes.iter().map(String::as_str).collect(),
        _ => session.facies.iter().map(|f| f.name.as_str()).collect(),
    };
    for (i, name) in named.iter().enumerate() {
        facts.gap();
        if Some(i as u8 + 1) == app.common_class {
            facts.dim(&format!("{} stays grey", printable(name)));
            continue;
        }
        if let Some(facies) = session.facies(name) {
            let mark = format!("{} ", facies.mark());
            facts.styled(mark, facts.theme.facies(facies.colour));
        }
        facts.styled(printable(name), facts.theme.value());
    }
}

/// By how much something was carried, with signs.
fn moved(app: &App, (a, b): (f64, f64), facts: &mut Facts) {
    let unit = app.view.grid.map_or("ms", |g| g.unit.sign());
    let (across, down) = match app.view.direction {
        Direction::Inline => ("crosslines", unit),
        Direction::Crossline => ("inlines", unit),
        Direction::Time => ("crosslines", "inlines"),
    };
    let signed = |v: f64| {
        if v > 0.0 {
            format!("+{}", number(v))
        } else {
            number(v)
        }
    };
    facts.add("", signed(a));
    facts.dim(&format!(" {across} "));
    facts.styled(signed(b), facts.theme.value());
    facts.dim(&format!(" {down}"));
}

/// A count with thin groups of three from five digits on.
fn thousands(n: usize) -> String {
    let digits = n.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

fn bar_width(layout: &Layout) -> u16 {
    if layout.wide { 23 } else { 18 }
}

/// The colours with their values; on wide screens the histogram stands on it and
/// the clips are strokes through both.
fn colour_bar(scene: &Scene, buffer: &mut Buffer) {
    let Scene {
        app,
        session,
        layout,
        theme,
    } = *scene;
    let (Some(row), Some(slice)) = (layout.more, app.current_slice()) else {
        return;
    };
    let shown = app.view.volume.as_deref().unwrap_or("");
    if session
        .volume(shown)
        .is_some_and(|v| v.role == VolumeRole::Classes)
    {
        return;
    }
    if app.coloured() {
        return plane(scene, buffer, row.y);
    }
    if let Some(names) = &app.view.rgb {
        return mixture(scene, buffer, row.y, names);
    }
    let look = app.view.look();
    let clip = look.clip.unwrap_or(slice.clip);
    let range = bar_range(clip, slice.histogram.range);
    let n = bar_width(layout);
    let labels = [signed(range.low), signed(range.high)];
    let x = row
        .width
        .saturating_sub(n + 2 + labels[1].chars().count() as u16);
    let low = format!("{} ", labels[0]);
    let low_at = x.saturating_sub(low.chars().count() as u16);
    put(buffer, low_at, row.y, &Line::styled(low, theme.dim()), 12);
    let high = Line::styled(format!(" {}", labels[1]), theme.dim());
    put(buffer, x + n, row.y, &high, 12);
    let ramp = look.map.ramp(app.depth, false);
    let shading = crate::picture::Shading {
        clip,
        reversed: look.reversed,
    };
    let at = |v: f32| ((v - range.low) / (range.high - range.low) * f32::from(n)) as u16;
    let strokes = [at(clip.low), at(clip.high).min(n - 1)];
    let heights = slice.histogram.heights(range, n as usize);
    for (i, bar) in bars(&heights).chars().enumerate() {
        let column = i as u16;
        let value = range.low + (i as f32 + 0.5) / f32::from(n) * (range.high - range.low);
        let level = shading.level(value, ramp.len()).unwrap_or(0);
        let paper = ramp.colour(level);
        let stroke = layout.wide && strokes.contains(&column);
        if let Some(cell) = buffer.cell_mut((x + column, row.y)) {
            let plain = app.depth == crate::picture::Depth::Plain;
            let glyph = match (stroke, plain) {
                (true, _) => '│',
                (false, true) => crate::picture::character(level, ramp.len()),
                (false, false) => ' ',
            };
            cell.set_char(glyph)
                .set_fg(color(paper.contrast()))
                .set_bg(color(paper));
        }
        if layout.wide
            && let Some(cell) = buffer.cell_mut((x + column, layout.facts.y))
        {
            if stroke {
                cell.set_char('╷').set_style(theme.strong());
            } else {
                cell.set_char(bar).set_style(theme.dim());
            }
        }
    }
}

/// What the colours of two latent coordinates say, where the map is not beside.
fn plane(scene: &Scene, buffer: &mut Buffer, y: u16) {
    let Scene { layout, theme, .. } = *scene;
    let words = [
        (196, "R", " latent 1 "),
        (46, "G", " latent 2 "),
        (21, "B", " neither "),
    ];
    let spans = words.map(|(ink, letter, what)| {
        let style = theme.ground(crate::picture::Colour::Indexed(ink));
        [
            Span::styled(letter, style),
            Span::styled(what, theme.value()),
        ]
    });
    let spans = spans.concat();
    let x = layout.title.width.saturating_sub(super::width(&spans));
    put(buffer, x, y, &Line::from(spans), layout.title.width - x);
}

/// Which volume is red, which green, which blue.
fn mixture(scene: &Scene, buffer: &mut Buffer, y: u16, names: &[String; 3]) {
    let Scene { layout, theme, .. } = *scene;
    let room = (bar_width(layout) + 10) as usize / 3 - 3;
    let mut spans = Vec::new();
    for (name, (ink, letter)) in names.iter().zip([(196, 'R'), (46, 'G'), (21, 'B')]) {
        let name = printable(name);
        let shown: String = if name.chars().count() > room {
            name.chars().take(room - 1).chain(['…']).collect()
        } else {
            name
        };
        let paper = crate::picture::Colour::Indexed(ink);
        let style = Style::new().bg(color(paper)).fg(color(paper.contrast()));
        spans.push(Span::styled(letter.to_string(), style));
        spans.push(Span::styled(format!(" {shown} "), theme.value()));
    }
    let x = layout.title.width.saturating_sub(super::width(&spans));
    put(buffer, x, y, &Line::from(spans), layout.title.width - x);
}

/// What the bar spans: the clip and as much again, as far as there are values.
fn bar_range(clip: Clip, values: Clip) -> Clip {
    let half = 0.45 * (clip.high - clip.low);
    let low = values.low.min(clip.low).max(clip.low - half);
    let high = values.high.max(clip.high).min(clip.high + half);
    Clip { low, high }
}

/// A value with its sign.
pub fn signed(v: f32) -> String {
    let text = amount(f64::from(v));
    if v > 0.0 { format!("+{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_from_five_digits_on() {
        assert_eq!(thousands(9412), "9412");
        assert_eq!(thousands(41_233), "41 233");
        assert_eq!(thousands(1_234_567), "1 234 567");
    }
}
