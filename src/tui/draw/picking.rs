//! What picking adds to the outlines: the ghost of the neighbour slice, what is
//! proposed, selected vertices.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::picture::{Canvas, MarkStyle, Stroke, facies_ink};

use super::Scene;

type Point = (f64, f64);

/// Draws under the outlines: dashed, so that nothing of it looks like a polygon
/// of this slice.
pub fn under(scene: &Scene, canvas: &mut Canvas, cell: impl Fn(Point) -> Point) {
    let Scene { app, session, .. } = *scene;
    let ghost = app.ghost(session);
    let proposed = app.picking.proposal.iter().flat_map(|proposal| {
        let here = proposal
            .rings
            .iter()
            .filter(|(slice, _)| app.is_here(slice));
        here.map(|(_, ring)| (proposal.facies.as_str(), &ring[..]))
    });
    let ghosts = ghost.iter().map(|p| (p.facies.as_str(), &p.vertices[..]));
    for (stroke, (name, ring)) in
        (ghosts.map(|g| (Stroke::Thin, g))).chain(proposed.map(|p| (Stroke::Thick, p)))
    {
        let Some(facies) = session.facies(name) else {
            continue;
        };
        let ink = facies_ink(facies.colour, app.depth);
        let points: Vec<Point> = ring.iter().map(|v| cell(*v)).collect();
        for (i, p) in points.iter().enumerate() {
            canvas.line(*p, points[(i + 1) % points.len()], ink, stroke, true);
        }
    }
}

/// The side panel, over the side of the picture that the cursor is not on.
pub fn separability(scene: &Scene, buffer: &mut Buffer) {
    let Scene {
        app,
        session,
        layout,
        theme,
    } = *scene;
    if !app.separability.open {
        return;
    }
    let picture = layout.picture;
    let width = app.separability.width(picture.width);
    let cursor = app.window().cell(app.view.cursor());
    let left = cursor.is_some_and(|(x, _)| x as u16 + width + 2 >= picture.width);
    let area = Rect {
        x: if left {
            picture.x
        } else {
            picture.right() - width
        },
        width,
        ..picture
    };
    app.separability.draw(area, buffer, &theme, session);
}

/// Draws over the outlines: the vertices that are selected, and voxels that lie
/// far from the others of their facies.
pub fn over(scene: &Scene, canvas: &mut Canvas, cell: impl Fn(Point) -> Point) {
    let Scene {
        app,
        session,
        theme,
        ..
    } = *scene;
    let Some(polygon) = app.active_polygon(session) else {
        return;
    };
    let Some(facies) = session
        .facies(&polygon.facies)
        .filter(|_| app.is_here(&polygon.slice))
    else {
        return;
    };
    if let Some(answer) = app
        .separability
        .answer
        .as_ref()
        .filter(|answer| app.looks_closely() && answer.active == app.polygon)
    {
        for (x, y) in answer.outliers.iter().map(|p| cell(*p)) {
            if x >= 0.0 && y >= 0.0 {
                let at = (x as usize, y as usize);
                canvas.mark(at, '·', theme.error_ink(), MarkStyle::Quiet);
            }
        }
    }
    let ink = facies_ink(facies.colour, app.depth);
    for vertex in &app.picking.selected {
        if let Some((x, y)) = polygon.vertices.get(*vertex).map(|v| cell(*v))
            && x >= 0.0
            && y >= 0.0
        {
            canvas.mark(
                (x as usize, y as usize),
                facies.mark(),
                ink,
                MarkStyle::Carried,
            );
        }
    }
}
