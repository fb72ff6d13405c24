//! Copies of polygons: in place, on other slices, on all slices between.

use super::{Command, Group, command, hands_free, with_facies, with_polygon, with_polygon_here};
use crate::model::Polygon;
use crate::session::{Edit, Gaps, Session};
use crate::tui::Mode;
use crate::tui::action::{After, Effect, PolygonJob};
use crate::tui::app::App;
use crate::tui::picking::{Proposal, Repeat};
use crate::tui::step::Step;

const NORMAL: &[Mode] = &[Mode::Normal];

pub(super) const COMMANDS: &[Command] = &[
    copies("copy polygon", "copy the active polygon", copy, &["yy"])
        .row("copy; paste in place, at the cursor")
        .when(with_polygon),
    copies(
        "copy to next",
        "copy to the next picking slice, and go there",
        to_next,
        &["yn"],
    )
    .row("copy to next, previous picking slice")
    .when(with_polygon_here),
    copies(
        "copy to previous",
        "copy to the picking slice before, and go there",
        to_previous,
        &["yp"],
    )
    .row("copy to next, previous picking slice")
    .when(with_polygon_here),
    copies(
        "paste",
        "paste what was copied where it was, on this slice",
        paste,
        &["p"],
    )
    .row("copy; paste in place, at the cursor")
    .when(with_copy),
    copies(
        "paste at cursor",
        "paste what was copied around the cursor",
        paste_here,
        &["P"],
    )
    .row("copy; paste in place, at the cursor")
    .when(with_copy),
    copies(
        "interpolate",
        "fill the slices between drawn ones; 5I: every fifth",
        interpolate,
        &["I"],
    )
    .hint("", "interpolate")
    .when(with_polygon),
    command(
        Group::Line,
        "interp",
        "interpolate between two slices only",
        interp,
    )
    .takes("[FROM TO]")
    .when(with_polygon),
    command(
        Group::Line,
        "polygons import",
        "polygons or points of a file: csv, dat, pol, geojson",
        import,
    )
    .alias("import")
    .takes("FILE"),
    command(
        Group::Line,
        "polygons export",
        "all polygons to a file: csv, dat, pol, geojson",
        export,
    )
    .alias("export")
    .takes("FILE"),
    command(
        Group::Line,
        "confidence",
        "how sure you are of the polygon, in percent",
        confidence,
    )
    .takes("PERCENT")
    .when(with_polygon),
    command(Group::Line, "author", "who drew the polygon", author)
        .takes("NAME")
        .when(with_polygon),
];

const fn copies(
    name: &'static str,
    doc: &'static str,
    run: fn(&mut Step),
    keys: &'static [&'static str],
) -> Command {
    command(Group::Polygon, name, doc, run).on(NORMAL, keys)
}

fn with_copy(app: &App, session: &Session) -> Result<(), &'static str> {
    hands_free(app, session)?;
    with_facies(app, session)?;
    match &app.picking.copied {
        None => Err("nothing was copied yet; yy copies the active polygon"),
        Some(copied) if copied.slice.direction() != app.view.direction => {
            Err("it was copied on another direction; gi, gx and gt turn the slice")
        }
        Some(copied) if session.facies(&copied.facies).is_none() => {
            Err("the facies of what was copied is gone")
        }
        Some(_) => Ok(()),
    }
}

fn copy(step: &mut Step) {
    step.app.picking.copied = step.active_polygon().cloned();
    step.say("copied; p pastes it in place, P at the cursor");
}

fn to_next(step: &mut Step) {
    to_neighbour(step, false);
}

fn to_previous(step: &mut Step) {
    to_neighbour(step, true);
}

fn to_neighbour(step: &mut Step, back: bool) {
    let (Some(polygon), before) = (step.active_polygon().cloned(), step.app.view.key()) else {
        return;
    };
    step.along_grid(back);
    if step.app.view.key() == before {
        return step.refuse("the picking grid has no slice there");
    }
    step.paste_outline(&polygon, polygon.vertices.clone());
}

fn paste(step: &mut Step) {
    let Some(copied) = step.app.picking.copied.clone() else {
        return;
    };
    let same = |p: &&Polygon| p.vertices == copied.vertices && p.facies == copied.facies;
    if step.polygons_here().iter().any(same) {
        return step.refuse("the very same polygon lies here; P pastes it at the cursor");
    }
    step.paste_outline(&copied, copied.vertices.clone());
}

fn paste_here(step: &mut Step) {
    let Some(copied) = step.app.picking.copied.clone() else {
        return;
    };
    step.app.remember_shape(&copied.facies, &copied.vertices);
    if let Some(Repeat::Shape { facies, ring }) = step.app.picking.last.clone() {
        step.put_shape(&facies, &ring);
    }
}

fn interpolate(step: &mut Step) {
    if step.accept() {
        return;
    }
    step.fill(None);
}

fn interp(step: &mut Step) {
    let numbers: Vec<f64> = (step.argument.split_whitespace())
        .filter_map(|word| word.parse().ok())
        .collect();
    match numbers[..] {
        [] if step.argument.is_empty() => step.fill(None),
        [from, to] => step.fill(Some((from.min(to), from.max(to)))),
        _ => step.fail("interp takes two slices: :interp 340 360"),
    }
}

fn import(step: &mut Step) {
    let job = PolygonJob::Import {
        path: step.argument.into(),
        slice: step.app.view.key(),
    };
    step.effects.push(Effect::PolygonFile(job));
}

fn export(step: &mut Step) {
    let path = step.argument.into();
    let job = PolygonJob::Export { path };
    step.effects.push(Effect::PolygonFile(job));
}

fn confidence(step: &mut Step) {
    let percent = step.argument.trim_end_matches(['%', ' ']).parse();
    let (Some(polygon), Ok(percent @ 0..=100)) = (step.active_polygon(), percent) else {
        return step.fail("confidence takes 0 to 100: :confidence 80");
    };
    let mut origin = polygon.origin.clone();
    origin.confidence = Some(percent);
    let id = polygon.id.clone();
    step.edit(Edit::SetOrigin { id, origin }, After::Stay);
}

fn author(step: &mut Step) {
    let Some(polygon) = step.active_polygon() else {
        return;
    };
    let mut origin = polygon.origin.clone();
    origin.author = Some(step.argument.to_owned());
    let id = polygon.id.clone();
    step.edit(Edit::SetOrigin { id, origin }, After::Stay);
}

impl Step<'_> {
    /// Adds an outline on the slice shown, as a polygon like another.
    fn paste_outline(&mut self, like: &Polygon, vertices: Vec<(f64, f64)>) {
        let Some(slice) = self.app.view.key() else {
            return;
        };
        let polygon = Polygon {
            id: self.session.free_id(),
            facies: like.facies.clone(),
            slice,
            name: None,
            vertices,
            origin: (self.app.signature)(),
        };
        let after = After::Made(polygon.id.clone());
        self.edit(Edit::AddPolygon(polygon), after);
    }

    /// Proposes polygons on the slices between drawn ones.
    fn fill(&mut self, within: Option<(f64, f64)>) {
        let (Some(polygon), Some(grid)) = (self.active_polygon(), &self.app.view.grid) else {
            return;
        };
        let gaps = Gaps {
            axis: *grid.axis(polygon.slice.direction()),
            every: self.times(),
            within,
            scale: self.cells_per_number(),
        };
        let facies = polygon.facies.clone();
        match self.session.fill_between(&polygon.id, &gaps) {
            Err(error) => self.fail(error.to_string()),
            Ok(filled) => {
                self.say(format!(
                    "{} polygons between {} drawn ones; [ ] look, Enter accepts, Esc declines",
                    filled.polygons.len(),
                    filled.keys
                ));
                self.app.picking.proposal = Some(Proposal {
                    facies,
                    rings: (filled.polygons.into_iter())
                        .map(|p| (p.slice, p.vertices))
                        .collect(),
                    edit: filled.edit,
                    repeat: None,
                });
            }
        }
    }
}
