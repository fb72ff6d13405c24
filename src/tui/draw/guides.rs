//! What lies over a picture besides polygons of its own slice: horizons, the line
//! of a section, and on a section the polygons that it cuts.

use crate::model::{Axis, Cut, Direction, Facies, Horizon, Polygon, SliceKey, Well, printable};
use crate::picture::{Canvas, Colour, Depth, MarkStyle, Stroke, facies_ink};
use crate::session::Session;
use crate::tui::app::App;
use crate::tui::panes::{Arrangement, Pane};

use super::Scene;

type Point = (f64, f64);

/// The mark of a well.
const WELL: char = '⊕';

/// A picture that things of the survey are drawn on.
pub struct Ground<'a> {
    app: &'a App,
    pane: &'a Pane<'a>,
    key: SliceKey,
    a: Axis,
    b: Axis,
}

impl<'a> Ground<'a> {
    fn of(app: &'a App, pane: &'a Pane) -> Option<Ground<'a>> {
        let grid = app.view.grid?;
        let (a, b) = grid.plane(pane.direction);
        Some(Ground {
            app,
            pane,
            key: app.key_in(pane)?,
            a: *a,
            b: *b,
        })
    }

    fn cut(&self) -> Option<&Cut> {
        self.app.view.cut.as_ref().map(|view| &view.cut)
    }

    fn cell(&self, (a, b): Point) -> Point {
        (self.pane.window).cell_of(self.a.position(a), self.b.position(b))
    }

    /// Samples along the first axis that are on the screen, one a column at least.
    fn columns(&self) -> impl Iterator<Item = usize> {
        let window = self.pane.window;
        let first = window.left.floor().max(0.0) as usize;
        let upto = (window.left + window.across * window.columns as f64).ceil();
        let upto = (upto.max(0.0) as usize + 1).min(self.a.count);
        (first..upto).step_by((window.across / 2.0).max(1.0) as usize)
    }

    /// The trace of the survey below a sample of the first axis of a section.
    fn trace(&self, a: usize) -> Option<Point> {
        let (inline, crossline, _) = self.key.position(self.a.value(a), 0.0);
        match self.cut() {
            None => Some((inline, crossline)),
            Some(cut) => cut.trace(inline, crossline),
        }
    }

    /// The place on a section of a point beside it, if that is within reach.
    fn beside(&self, [inline, crossline, time]: [f64; 3]) -> Option<Point> {
        let reach = self.app.view.reach + 1e-9;
        let grid = self.app.view.survey_grid()?;
        let lines = |axis: &Axis, number: f64| ((number - self.key.number()) / axis.step).abs();
        let time = self.time((inline, crossline), time)?;
        match (self.cut(), self.pane.direction) {
            (Some(Cut::Section(line)), _) => {
                let (trace, far) = line.nearest((inline, crossline), &grid)?;
                (far <= reach).then(|| (self.a.value(trace), time))
            }
            (_, Direction::Inline) => {
                (lines(&grid.inlines, inline) <= reach).then_some((crossline, time))
            }
            (_, Direction::Crossline) => {
                (lines(&grid.crosslines, crossline) <= reach).then_some((inline, time))
            }
            (_, Direction::Time) => None,
        }
    }

    /// The step of samples.
    fn step(&self) -> f64 {
        (self.app.view.grid).map_or(1.0, |grid| grid.samples.step.abs())
    }

    /// The time on this picture of a time of the survey on a trace.
    fn time(&self, trace: Point, time: f64) -> Option<f64> {
        match self.cut() {
            None => Some(time),
            Some(cut) => Some(time - cut.shift(trace)?),
        }
    }
}

/// Draws under the polygons.
pub fn draw(scene: &Scene, canvas: &mut Canvas, pane: &Pane) {
    let Scene { app, session, .. } = *scene;
    let Some(ground) = Ground::of(app, pane) else {
        return;
    };
    if app.view.guides {
        for (guide, horizon) in app.horizons(session) {
            let ink = ink(guide.colour, app.depth);
            let name = printable(&guide.name);
            match pane.direction {
                Direction::Time if app.view.cut.is_none() => {
                    contour(&ground, canvas, horizon, ink, &name);
                }
                Direction::Time => {}
                _ => line(&ground, canvas, horizon, ink, &name),
            }
        }
        for (guide, well) in app.wells(session) {
            let name = printable(&guide.name);
            if pane.direction == Direction::Time {
                pierced(&ground, canvas, well, &name, ink(guide.colour, app.depth));
            } else {
                path(
                    &ground,
                    canvas,
                    well,
                    &name,
                    ink(guide.colour, app.depth),
                    session,
                );
            }
        }
    }
    if pane.direction == Direction::Time && app.arrangement() != Arrangement::Gallery {
        nodes(&ground, canvas);
    }
    if app.view.on_section() && app.view.polygons {
        for polygon in &session.polygons {
            if let Some(facies) = session.facies(&polygon.facies) {
                crossing(&ground, canvas, polygon, facies);
            }
        }
    }
}

/// The ink of a guide: the accent, or that of a facies.
pub fn ink(colour: u8, depth: Depth) -> Colour {
    match (colour, depth) {
        (_, Depth::Plain) => Colour::Default,
        (0, Depth::Sixteen) => Colour::Indexed(13),
        (0, _) => Colour::Indexed(99),
        (colour, depth) => facies_ink(colour, depth),
    }
}

/// A horizon on a section: a thin line, its name at the right end.
fn line(ground: &Ground, canvas: &mut Canvas, horizon: &Horizon, ink: Colour, name: &str) {
    let mut before: Option<Point> = None;
    let mut last = None;
    for a in ground.columns() {
        let place = ground.trace(a).and_then(|trace| {
            let time = ground.time(trace, horizon.time(trace.0, trace.1)?)?;
            Some(ground.cell((ground.a.value(a), time)))
        });
        if let (Some(p), Some(q)) = (before, place) {
            canvas.line(p, q, ink, Stroke::Thin, false);
        }
        before = place;
        let on_screen = |p: &Point| p.1 >= 0.0 && p.1 < canvas.rows() as f64 && p.0 >= 0.0;
        last = place.filter(on_screen).or(last);
    }
    // Colour is never alone: the name says which it is.
    let wide = name.chars().count() + 2;
    if ground.app.view.labels
        && ground.app.arrangement() != Arrangement::Gallery
        && let Some((x, y)) = last
        && canvas.columns() > 3 * wide
    {
        let x = (x as usize).min(canvas.columns()).saturating_sub(wide);
        canvas.label((x, (y as usize).saturating_sub(1)), name, false);
    }
}

/// Where a horizon crosses a time slice: the line through the cells' corners
/// between which its time passes that of the slice.
fn contour(ground: &Ground, canvas: &mut Canvas, horizon: &Horizon, ink: Colour, name: &str) {
    let (columns, rows) = (canvas.columns(), canvas.rows());
    let window = &ground.pane.window;
    let level = ground.key.number();
    // Corners of cells, in samples of the slice.
    let corner = |x: usize, y: usize| {
        let a = window.left + x as f64 * window.across - 0.5;
        let b = window.top + y as f64 * window.down - 0.5;
        let crossline = ground.a.first + a * ground.a.step;
        let inline = ground.b.first + b * ground.b.step;
        horizon
            .time(inline, crossline)
            .map_or(f64::NAN, |t| t - level)
    };
    let at = |x: f64, y: f64| {
        // Axes that are turned round count their cells from the other side.
        let x = if window.turned.0 {
            columns as f64 - x
        } else {
            x
        };
        let y = if window.turned.1 { rows as f64 - y } else { y };
        (x, y)
    };
    let row_of = |y: usize| (0..=columns).map(|x| corner(x, y)).collect::<Vec<f64>>();
    let mut above = row_of(0);
    let mut first = None;
    for y in 0..rows {
        let below = row_of(y + 1);
        for x in 0..columns {
            let (p, q, r, s) = (above[x], above[x + 1], below[x], below[x + 1]);
            let (left, top) = (x as f64, y as f64);
            // Where the sign changes along an edge, linear between its corners.
            let share = |u: f64, v: f64| {
                (u.is_sign_negative() != v.is_sign_negative()).then(|| u / (u - v))
            };
            if [p, q, r, s].iter().any(|v| v.is_nan()) {
                continue;
            }
            let crossed: Vec<Point> = [
                share(p, q).map(|t| at(left + t, top)),
                share(p, r).map(|t| at(left, top + t)),
                share(q, s).map(|t| at(left + 1.0, top + t)),
                share(r, s).map(|t| at(left + t, top + 1.0)),
            ]
            .into_iter()
            .flatten()
            .collect();
            for pair in crossed.chunks_exact(2) {
                canvas.line(pair[0], pair[1], ink, Stroke::Thin, false);
                first.get_or_insert(pair[0]);
            }
        }
        above = below;
    }
    if let Some((x, y)) = first
        && ground.app.view.labels
        && ground.app.arrangement() != Arrangement::Gallery
    {
        let x = (x as usize).min(columns.saturating_sub(name.chars().count() + 2));
        canvas.label((x, y as usize), name, false);
    }
}

/// The path of a well on a section, as far as it is near: thin, thick and in the ink
/// of its facies where the class is one, with the mark where a class begins.
fn path(
    ground: &Ground,
    canvas: &mut Canvas,
    well: &Well,
    name: &str,
    ink: Colour,
    session: &Session,
) {
    let mut began: Option<Option<&str>> = None;
    let mut first = None;
    for (p, q, class) in well.stretches(2.0 * ground.b.step) {
        let (Some(from), Some(to)) = (ground.beside(p), ground.beside(q)) else {
            began = None;
            continue;
        };
        let (from, to) = (ground.cell(from), ground.cell(to));
        let facies = class.and_then(|name| session.facies(name));
        let (colour, stroke) = match facies {
            Some(facies) => (facies_ink(facies.colour, ground.app.depth), Stroke::Thick),
            None => (ink, Stroke::Thin),
        };
        canvas.line(from, to, colour, stroke, false);
        let on_screen = from.0 >= 0.0 && from.1 >= 0.0;
        if began != Some(class) && on_screen {
            if let Some(facies) = facies {
                let at = (from.0 as usize, from.1 as usize);
                canvas.mark(at, facies.mark(), colour, MarkStyle::Active);
            } else if let Some(class) = class.filter(|_| ground.app.view.labels) {
                // A class that is no facies has no mark: its name stands beside it.
                canvas.label((from.0 as usize + 1, from.1 as usize), class, false);
            }
        }
        began = Some(class);
        if first.is_none() && on_screen {
            first = Some(from);
        }
    }
    if let Some((x, y)) = first.filter(|_| ground.app.arrangement() != Arrangement::Gallery) {
        canvas.mark((x as usize, y as usize), WELL, ink, MarkStyle::Active);
        canvas.label((x as usize + 1, y as usize), name, false);
    }
}

/// Where a well goes through a map: its mark and its name.
fn pierced(ground: &Ground, canvas: &mut Canvas, well: &Well, name: &str, ink: Colour) {
    let level = ground.key.number();
    let above = |p: [f64; 3]| Some(ground.time((p[0], p[1]), p[2])? - level);
    for (p, q, _) in well.stretches(2.0 * ground.step()) {
        let (Some(u), Some(v)) = (above(p), above(q)) else {
            continue;
        };
        if (u <= 0.0) == (v <= 0.0) && u != 0.0 {
            continue;
        }
        let t = if u == v { 0.0 } else { u / (u - v) };
        let at = |i: usize| p[i] + t * (q[i] - p[i]);
        let (x, y) = ground.cell((at(1), at(0)));
        if x >= 0.0 && y >= 0.0 && ground.app.arrangement() != Arrangement::Gallery {
            canvas.mark((x as usize, y as usize), WELL, ink, MarkStyle::Active);
            if ground.app.view.labels {
                canvas.label((x as usize + 1, y as usize), name, false);
            }
        }
        return;
    }
}

/// The nodes of the section's line and the line between them, on a map.
fn nodes(ground: &Ground, canvas: &mut Canvas) {
    let ink = ink(0, ground.app.depth);
    let nodes = &ground.app.view.nodes;
    let cells: Vec<Point> = nodes.iter().map(|&(i, x)| ground.cell((x, i))).collect();
    for pair in cells.windows(2) {
        canvas.line(pair[0], pair[1], ink, Stroke::Thin, true);
    }
    for (n, &(x, y)) in cells.iter().enumerate() {
        if x >= 0.0 && y >= 0.0 {
            let glyph = char::from_digit(n as u32 % 10 + 1, 11).unwrap_or('·');
            let glyph = if n < 9 { glyph } else { '·' };
            canvas.mark((x as usize, y as usize), glyph, ink, MarkStyle::Active);
        }
    }
}

/// Where the section cuts a polygon of a slice, thin, with the mark of its facies.
fn crossing(ground: &Ground, canvas: &mut Canvas, polygon: &Polygon, facies: &Facies) {
    let ink = facies_ink(facies.colour, ground.app.depth);
    let active = ground.app.polygon.as_deref() == Some(polygon.id.as_str());
    let (stroke, style) = if active {
        (Stroke::Thick, MarkStyle::Active)
    } else {
        (Stroke::Thin, MarkStyle::Quiet)
    };
    let strokes = strokes(ground, polygon);
    for &(p, q) in &strokes {
        canvas.line(ground.cell(p), ground.cell(q), ink, stroke, false);
    }
    let first = strokes.first().map(|(p, _)| ground.cell(*p));
    if let Some((x, y)) = first.filter(|(x, y)| *x >= 0.0 && *y >= 0.0) {
        canvas.mark((x as usize, y as usize), facies.mark(), ink, style);
    }
}

/// The lines along which the section cuts a polygon: down the trace that meets its
/// inline or crossline, along the traces inside one of a time slice.
fn strokes(ground: &Ground, polygon: &Polygon) -> Vec<(Point, Point)> {
    let Some(Cut::Section(section)) = ground.cut() else {
        return Vec::new();
    };
    let traces = section.traces();
    let number = polygon.slice.number();
    let mut strokes = Vec::new();
    for (k, &(inline, crossline)) in traces.iter().enumerate() {
        let next = traces.get(k + 1).copied().unwrap_or((inline, crossline));
        let here = ground.a.value(k);
        let (now, then, across) = match polygon.slice.direction() {
            Direction::Inline => (inline, next.0, crossline),
            Direction::Crossline => (crossline, next.1, inline),
            Direction::Time => {
                let inside = |(i, x): Point| polygon.contains(x, i);
                if inside((inline, crossline)) {
                    let there = if inside(next) { here + 1.0 } else { here };
                    strokes.push(((here, number), (there, number)));
                }
                continue;
            }
        };
        if now == number || (now - number) * (then - number) < 0.0 {
            let at = |time: f64| (here, time);
            for (upper, lower) in cuts(polygon, across) {
                if now == then && k + 1 < traces.len() {
                    // Along the polygon's own slice: its edges, not all that is inside.
                    let there = |time: f64| (here + 1.0, time);
                    strokes.push((at(upper), there(upper)));
                    strokes.push((at(lower), there(lower)));
                } else {
                    strokes.push((at(upper), at(lower)));
                }
            }
        }
    }
    strokes
}

/// The stretches of time inside a polygon of a section at one of its traces.
fn cuts(polygon: &Polygon, a: f64) -> Vec<(f64, f64)> {
    let vertices = &polygon.vertices;
    let mut times: Vec<f64> = (0..vertices.len())
        .filter_map(|i| {
            let (p, q) = (vertices[i], vertices[(i + 1) % vertices.len()]);
            let passes = (p.0 <= a) != (q.0 <= a);
            passes.then(|| p.1 + (a - p.0) / (q.0 - p.0) * (q.1 - p.1))
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
        .chunks_exact(2)
        .map(|pair| (pair[0], pair[1]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Origin;

    #[test]
    fn a_polygon_is_cut_into_the_stretches_inside_it() {
        // A U open at the top: cut twice through its arms, once below.
        let ring = [
            (0.0, 0.0),
            (2.0, 0.0),
            (2.0, 6.0),
            (4.0, 6.0),
            (4.0, 0.0),
            (6.0, 0.0),
            (6.0, 9.0),
            (0.0, 9.0),
        ];
        let polygon = Polygon {
            id: "u".into(),
            facies: "salt".into(),
            slice: SliceKey::Inline(1),
            name: None,
            vertices: ring.to_vec(),
            origin: Origin::default(),
        };
        assert_eq!(cuts(&polygon, 1.0), [(0.0, 9.0)]);
        assert_eq!(cuts(&polygon, 3.0), [(6.0, 9.0)]);
        assert_eq!(cuts(&polygon, 7.0), []);
    }
}
