//! The picture: samples, classes, polygons, the cursor.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;

use crate::model::{Facies, Polygon, printable};
use crate::picture::{Canvas, Cell, Colour, Depth, MarkStyle, Stroke, Viewport, facies_ink};
use crate::session::Session;
use crate::tui::app::{App, Opened};
use crate::tui::hand::{Carried, Hand};
use crate::tui::panes::{Arrangement, Pane};
use crate::tui::view::on_plane;

use super::image::image;
use super::theme::color;
use super::{Scene, guides, picking, put};

pub fn draw(scene: &Scene, frame: &mut Frame) {
    let Scene { app, theme, .. } = *scene;
    let panes = app.panes();
    for pane in &panes {
        one(scene, frame.buffer_mut(), pane);
    }
    let Some(focus) = panes.first() else { return };
    let (buffer, area) = (frame.buffer_mut(), focus.picture);
    if let Some(text) = waiting(app) {
        let words = wrap(&text, area.width.saturating_sub(4) as usize);
        let top = area.y + area.height.saturating_sub(words.len() as u16) / 2;
        for (i, line) in words.into_iter().enumerate() {
            let x = area.x + area.width.saturating_sub(line.chars().count() as u16) / 2;
            put(
                buffer,
                x,
                top + i as u16,
                &Line::styled(line, theme.text()),
                area.width,
            );
        }
    }
    // A cursor over a panel would mark something in it.
    if app.layers.is_empty() {
        cursor(app, frame, area, &focus.window);
    }
}

/// One picture with its outlines, and the place of the cursor where the terminal's
/// own is elsewhere.
fn one(scene: &Scene, buffer: &mut Buffer, pane: &Pane) {
    let Scene { app, .. } = *scene;
    let area = pane.picture;
    let mut canvas = image(scene, pane);
    guides::draw(scene, &mut canvas, pane);
    if app.view.polygons {
        outlines(scene, &mut canvas, pane);
    }
    if !pane.focus
        && app.arrangement() != Arrangement::Gallery
        && let Some(at) = pane.window.cell(on_plane(pane.direction, app.followed))
    {
        canvas.mark(at, '+', Colour::Default, MarkStyle::Carried);
    }
    let swiped = swiped(scene, pane);
    for y in 0..canvas.rows() as u16 {
        for x in 0..canvas.columns() as u16 {
            let at = (x as usize, y as usize);
            let cell = match &swiped {
                Some((divider, right)) if at.0 > *divider => right.cell(at.0, at.1),
                Some((divider, _)) if at.0 == *divider => DIVIDER,
                _ => canvas.cell(at.0, at.1),
            };
            let weight = if cell.bold {
                Modifier::BOLD
            } else {
                Modifier::empty()
            };
            let style = Style::new().fg(color(cell.fg)).bg(color(cell.bg));
            if let Some(place) = buffer.cell_mut((area.x + x, area.y + y)) {
                place
                    .set_char(cell.glyph)
                    .set_style(style.add_modifier(weight));
            }
        }
    }
}

/// What stands between two volumes.
const DIVIDER: Cell = Cell {
    glyph: '┃',
    bold: true,
    ..Cell::BLANK
};

/// The column of the divider and the picture of the other volume.
fn swiped(scene: &Scene, pane: &Pane) -> Option<(usize, Canvas)> {
    let divider = scene.app.divider(pane.window.columns)?;
    let other = Pane {
        volume: scene.app.view.second.as_deref(),
        focus: false,
        ..pane.clone()
    };
    let mut canvas = image(scene, &other);
    if scene.app.view.polygons {
        outlines(scene, &mut canvas, pane);
    }
    Some((divider, canvas))
}

/// The terminal's own cursor marks the sample: a move costs a few bytes.
fn cursor(app: &App, frame: &mut Frame, area: Rect, window: &Viewport) {
    if let Some((x, y)) = window.cell(app.view.cursor())
        && app.view.grid.is_some()
    {
        frame.set_cursor_position((area.x + x as u16, area.y + y as u16));
    }
}

/// What stands in place of a picture that is not there.
fn waiting(app: &App) -> Option<String> {
    if let Some(text) = &app.slice_error {
        return Some(format!("error: {text}"));
    }
    let Some(name) = &app.view.volume else {
        return Some("no volume yet: outcrop VOLUME opens one".to_owned());
    };
    let shown = printable(name);
    match app.shown_volume(name) {
        Some(Opened::Failed(text)) => Some(format!("error: {text}")),
        Some(Opened::Ready { .. }) if app.current_slice().is_some() => None,
        Some(Opened::Ready { .. }) => Some(format!("reading {shown}")),
        _ => Some(format!("opening {shown}")),
    }
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let length = lines.last().map_or(0, |l| l.chars().count());
        if length > 0 && length + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

type Point = (f64, f64);

/// Polygons of this slice: the active one heavy, the others light.
fn outlines(scene: &Scene, canvas: &mut Canvas, pane: &Pane) {
    let Scene {
        app,
        session,
        theme,
        ..
    } = *scene;
    let Some(grid) = app.view.grid.filter(|_| app.view.cut.is_none()) else {
        return;
    };
    let (a_axis, b_axis) = grid.plane(pane.direction);
    let window = &pane.window;
    let cell = |(a, b): Point| window.cell_of(a_axis.position(a), b_axis.position(b));
    let shown = app
        .key_in(pane)
        .and_then(|key| Some((key, key.index(&grid)?)));
    let Some((key, index)) = shown else { return };
    let on_it = |p: &&Polygon| {
        p.slice.direction() == key.direction() && p.slice.index(&grid) == Some(index)
    };
    let here: Vec<&Polygon> = (session.polygons.iter().map(AsRef::as_ref))
        .filter(on_it)
        .collect();
    let names = session.display_names_of(|p| on_it(&p));
    let is_active = |p: &Polygon| Some(p.id.as_str()) == app.polygon.as_deref();
    if app.is_here(&key) {
        picking::under(scene, canvas, cell);
    }
    let mut pen = Pencil {
        canvas,
        depth: app.depth,
    };
    for polygon in here.iter().filter(|p| !is_active(p)) {
        if let Some(facies) = session.facies(&polygon.facies) {
            let ring: Vec<Point> = polygon.vertices.iter().map(|&v| cell(v)).collect();
            pen.ring(&ring, facies, Stroke::Thin);
            // In tiles the marks would hide what they stand on.
            if app.arrangement() != Arrangement::Gallery {
                pen.vertices(&ring, facies, MarkStyle::Quiet);
            }
        }
    }
    for polygon in here.iter().filter(|p| is_active(p)) {
        if let Some(facies) = session.facies(&polygon.facies) {
            active(app, &mut pen, polygon, facies, cell);
        }
    }
    if app.view.labels && app.arrangement() != Arrangement::Gallery {
        for polygon in &here {
            let ring: Vec<Point> = polygon.vertices.iter().map(|&v| cell(v)).collect();
            let name = names.get(polygon.id.as_str());
            pen.label(&ring, name.map_or("", String::as_str), is_active(polygon));
        }
    }
    if !app.is_here(&key) {
        return;
    }
    if let Some(spot) = app.live.spot.as_ref().filter(|s| app.is_here(&s.slice)) {
        pen.suggested(spot.corners.map(cell));
    }
    draft(app, session, &mut pen, cell);
    picking::over(scene, pen.canvas, cell);
    if let Some(point) = app.crossing {
        pen.mark(cell(point), '×', theme.error_ink(), MarkStyle::Active);
    }
}

/// The active polygon, with what is carried of it.
fn active(
    app: &App,
    pen: &mut Pencil,
    polygon: &Polygon,
    facies: &Facies,
    cell: impl Fn(Point) -> Point,
) {
    let ring: Vec<Point> = polygon.vertices.iter().map(|&v| cell(v)).collect();
    let ink = facies_ink(facies.colour, pen.depth);
    let Hand::Carry(carry) = &app.hand else {
        pen.ring(&ring, facies, Stroke::Thick);
        pen.vertices(&ring, facies, MarkStyle::Active);
        if let Hand::Edit { vertex } = app.hand
            && let Some(&at) = ring.get(vertex)
        {
            pen.mark(at, facies.mark(), ink, MarkStyle::Carried);
        }
        return;
    };
    let by = app.carried_by(carry);
    let moved = |(a, b): Point| cell((a + by.0, b + by.1));
    match carry.what {
        Carried::Polygon => {
            let there: Vec<Point> = polygon.vertices.iter().map(|&v| moved(v)).collect();
            pen.ring(&ring, facies, Stroke::Thin);
            pen.ring(&there, facies, Stroke::Thick);
            pen.vertices(&there, facies, MarkStyle::Active);
        }
        Carried::Vertices { ref places, .. } => {
            let there: Vec<Point> = (polygon.vertices.iter().enumerate())
                .map(|(i, v)| {
                    if places.contains(&i) {
                        moved(*v)
                    } else {
                        cell(*v)
                    }
                })
                .collect();
            pen.ring(&ring, facies, Stroke::Thin);
            pen.ring(&there, facies, Stroke::Thick);
            pen.vertices(&there, facies, MarkStyle::Active);
        }
        Carried::Vertex { at, origin } | Carried::New { at, origin } => {
            let mut there = ring.clone();
            match carry.what {
                Carried::New { .. } => there.insert(at.min(there.len()), moved(origin)),
                _ => there[at.min(ring.len() - 1)] = moved(origin),
            }
            let n = there.len();
            for i in 0..n {
                // The two edges of what is carried are dashed.
                let loose = i == at || (i + 1) % n == at;
                pen.canvas
                    .line(there[i], there[(i + 1) % n], ink, Stroke::Thick, loose);
            }
            pen.vertices(&there, facies, MarkStyle::Active);
            pen.mark(cell(origin), '○', ink, MarkStyle::Active);
            pen.mark(moved(origin), facies.mark(), ink, MarkStyle::Carried);
        }
    }
}

/// The draft: its edges, and dashed the edge that the next vertex would make.
fn draft(app: &App, session: &Session, pen: &mut Pencil, cell: impl Fn(Point) -> Point) {
    let Some(draft) = app.draft.as_ref().filter(|d| app.is_here(&d.slice)) else {
        return;
    };
    let Some(facies) = app.active_facies(session) else {
        return;
    };
    let ink = facies_ink(facies.colour, pen.depth);
    let points: Vec<Point> = draft.vertices.iter().map(|&v| cell(v)).collect();
    for pair in points.windows(2) {
        pen.canvas.line(pair[0], pair[1], ink, Stroke::Thick, false);
    }
    if app.hand == Hand::Draw
        && let (Some(&first), Some(&last)) = (points.first(), points.last())
    {
        let at = cell(app.view.cursor_value());
        pen.canvas.line(last, at, ink, Stroke::Thick, true);
        pen.canvas.line(at, first, ink, Stroke::Thin, false);
    }
    pen.vertices(&points, facies, MarkStyle::Active);
}

/// Draws polygons on a canvas.
struct Pencil<'a> {
    canvas: &'a mut Canvas,
    depth: Depth,
}

impl Pencil<'_> {
    fn ring(&mut self, ring: &[Point], facies: &Facies, stroke: Stroke) {
        let ink = facies_ink(facies.colour, self.depth);
        for (i, &p) in ring.iter().enumerate() {
            let q = ring[(i + 1) % ring.len()];
            self.canvas.line(p, q, ink, stroke, false);
        }
    }

    fn vertices(&mut self, ring: &[Point], facies: &Facies, style: MarkStyle) {
        let ink = facies_ink(facies.colour, self.depth);
        for &p in ring {
            self.mark(p, facies.mark(), ink, style);
        }
    }

    /// The box of a spot that was suggested: dashed, in no facies' colour.
    fn suggested(&mut self, [(left, top), (right, bottom)]: [Point; 2]) {
        let ring = [(left, top), (right, top), (right, bottom), (left, bottom)];
        for (i, &p) in ring.iter().enumerate() {
            let to = ring[(i + 1) % ring.len()];
            (self.canvas).line(p, to, Colour::Default, Stroke::Thick, true);
        }
    }

    fn mark(&mut self, (x, y): Point, glyph: char, ink: Colour, style: MarkStyle) {
        if x >= 0.0 && y >= 0.0 {
            self.canvas
                .mark((x as usize, y as usize), glyph, ink, style);
        }
    }

    /// The name in the middle of a polygon, where it is on screen.
    fn label(&mut self, ring: &[Point], name: &str, active: bool) {
        let n = ring.len().max(1) as f64;
        let sum = ring.iter().fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
        let mut name = printable(name);
        if name.chars().count() > 20 {
            name = name.chars().take(19).chain(['…']).collect();
        }
        let width = name.chars().count() as f64 + 2.0;
        let (x, y) = (sum.0 / n - 0.5 * width, sum.1 / n);
        let inside = x >= 0.0
            && y >= 0.0
            && x + width <= self.canvas.columns() as f64
            && y < self.canvas.rows() as f64;
        if inside {
            self.canvas.label((x as usize, y as usize), &name, active);
        }
    }
}
