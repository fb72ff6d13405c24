//! The view of a section or along a horizon: where it came from, and the way back.

use crate::model::{Cut, Direction, Grid, SliceKey};
use crate::picture::{Viewport, number};
use crate::session::Session;

use super::app::App;
use super::memory::Awaited;
use super::step::Step;
use super::view::View;

/// Why polygons are not drawn on a cut.
pub const NO_PICKING: &str = "polygons are drawn on slices only; gi, gx and gt lead to one";

/// What the slices are cut from in place of the survey, and where the view was.
#[derive(Clone, Debug)]
pub struct CutView {
    /// How the survey is cut.
    pub cut: Cut,
    home: Home,
}

/// The view of the survey that a cut was entered from.
#[derive(Clone, Copy, Debug)]
struct Home {
    grid: Grid,
    direction: Direction,
    at: [usize; 3],
    zooms: [Option<Viewport>; 3],
}

impl View {
    /// The grid of the survey, whatever is cut from it.
    pub fn survey_grid(&self) -> Option<Grid> {
        match &self.cut {
            None => self.grid,
            Some(view) => Some(view.home.grid),
        }
    }

    /// The slice of the survey that is shown, or that is nearest to what is.
    pub fn survey_key(&self) -> Option<SliceKey> {
        let Some(view) = &self.cut else {
            return self.key();
        };
        let (inline, _, time) = self.position()?;
        Some(match view.cut {
            Cut::Section(_) => SliceKey::new(Direction::Inline, inline),
            Cut::Flattened { .. } => {
                let samples = view.home.grid.samples;
                SliceKey::Time(samples.value(samples.nearest(time)))
            }
        })
    }

    /// True where the slice shown is a vertical section along a line.
    pub fn on_section(&self) -> bool {
        matches!(&self.cut, Some(view) if matches!(view.cut, Cut::Section(_)))
    }

    /// Takes a cut in place of the survey; its grid comes with its first volume,
    /// and the cursor goes where it is now, or as near as the cut comes.
    fn enter(&mut self, cut: Cut) {
        self.leave();
        let (Some(grid), Some((inline, crossline, time))) = (self.grid, self.position()) else {
            return;
        };
        let (slice, cursor) = match &cut {
            Cut::Section(line) => {
                let near = line.nearest((inline, crossline), &grid);
                let trace = near.map_or(0.0, |(trace, _)| trace as f64);
                (SliceKey::Inline(0), (0.0, trace, time))
            }
            Cut::Flattened { .. } => (SliceKey::Time(0.0), (inline, crossline, 0.0)),
        };
        let home = Home {
            grid,
            direction: self.direction,
            at: self.at,
            zooms: self.zooms,
        };
        self.direction = cut.direction();
        self.grid = None;
        self.zooms = [None; 3];
        self.awaited = Some(Awaited {
            slice,
            cursor,
            zoom: None,
        });
        self.cut = Some(CutView { cut, home });
    }

    /// Back to the survey, the cursor where it was on the cut; false where the
    /// survey is shown already.
    fn leave(&mut self) -> bool {
        let position = self.position();
        let Some(CutView { home, .. }) = self.cut.take() else {
            return false;
        };
        self.grid = Some(home.grid);
        self.direction = home.direction;
        self.zooms = home.zooms;
        self.awaited = None;
        self.at = match position {
            Some((inline, crossline, time)) => [
                home.grid.inlines.nearest(inline),
                home.grid.crosslines.nearest(crossline),
                home.grid.samples.nearest(time),
            ],
            None => home.at,
        };
        true
    }
}

impl App {
    /// What a slice of the cut is called; nothing on a slice of the survey.
    pub fn cut_name(&self, key: &SliceKey) -> Option<String> {
        let view = self.view.cut.as_ref()?;
        let unit = view.home.grid.unit.sign();
        Some(match (&view.cut, key) {
            (Cut::Section(line), _) => format!("section of {} nodes", line.nodes().len()),
            (Cut::Flattened { name, .. }, SliceKey::Time(0.0)) => format!("along {name}"),
            (Cut::Flattened { name, .. }, SliceKey::Time(ms)) => {
                let sign = if *ms > 0.0 { "+" } else { "" };
                format!("along {name} {sign}{} {unit}", number(*ms))
            }
            (Cut::Flattened { name, .. }, key) => format!("{key}, flat on {name}"),
        })
    }
}

impl Step<'_> {
    /// Shows the survey as a cut makes it, in the volume that is shown.
    pub fn show_cut(&mut self, cut: Cut) {
        self.app.view.enter(cut);
        self.renew_volumes();
    }

    /// Back to slices of the survey; nothing where they are shown already.
    pub fn leave_cut(&mut self) {
        if self.app.view.leave() {
            self.renew_volumes();
        }
    }

    /// Asks anew for what is on the screen, which is made of other volumes now.
    fn renew_volumes(&mut self) {
        self.app.cut_volumes.clear();
        self.app.beside.clear();
        self.app.followed = self.app.view.at;
        let view = &self.app.view;
        let beside = view.second.iter().chain(&view.tiles).cloned();
        let (beside, overlay) = (beside.collect::<Vec<_>>(), view.overlay.clone());
        if let Some(name) = view.volume.clone() {
            self.show_volume(&name);
        }
        for name in beside {
            if self.app.shown_volume(&name).is_none() && self.session.volume(&name).is_some() {
                self.open(&name);
            }
        }
        if overlay.is_some() {
            self.show_overlay(overlay.as_deref());
        }
        // Slices are asked for when what the cut makes is known: now would be in vain.
        self.in_motion();
    }
}

/// A cut is looked at, not drawn on.
pub fn not_on_a_cut(app: &App, _: &Session) -> Result<(), &'static str> {
    match app.view.cut {
        Some(_) => Err(NO_PICKING),
        None => Ok(()),
    }
}
