//! The survey map: where traces are live, which lines hold polygons of which
//! facies, and where the pictures and their cursor stand. A cursor of its own
//! walks over it; Enter goes there.

mod draw;
mod lie;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{Key, PanelEffect, PanelKey, also, hint};
use crate::io::{TraceMap, TracePosition};
use crate::model::{Direction, Facies, Grid, Polygon};
use crate::session::Session;
use crate::tui::app::App;
use crate::tui::view::next_among;

use lie::Lie;

const KEYS: &[PanelKey] = &[
    hint("h j k l", "move"),
    also("H J K L", "ten steps"),
    hint("Enter", "go there"),
    hint("i", "as inline"),
    hint("x", "as crossline"),
    also("t", "as time slice"),
    hint("n p", "next, previous picked"),
    also("Tab", "along inlines, crosslines"),
    also("f", "other facies"),
    hint("N", "north up"),
    hint("q", "back"),
];

/// Where the traces of a volume lie, read in the background.
#[derive(Clone, Debug, PartialEq)]
pub struct Ground {
    /// The volume.
    pub volume: String,
    /// How many inlines and crosslines its grid has.
    pub shape: (usize, usize),
    /// Its traces by place; nothing where its container has no trace headers.
    pub traces: Option<TraceMap>,
    /// Inline, crossline, x and y of its corners, where coordinates are known.
    pub corners: Option<[[f64; 4]; 4]>,
    /// Positions along its only line, where it has but one.
    pub track: Vec<TracePosition>,
}

/// The map of one survey.
pub struct MapPanel {
    volume: String,
    grid: Grid,
    facies: Vec<Facies>,
    polygons: Vec<Arc<Polygon>>,
    /// The slice and the cursor when the map was opened.
    from: ([usize; 3], Direction),
    turned: (bool, bool),
    /// Its cursor: inline and crossline index.
    at: [usize; 2],
    /// The direction that `n` and `p` go along.
    along: Direction,
    /// Place of the facies whose polygons `n` and `p` look for.
    chosen: usize,
    ground: Option<Ground>,
    /// True where coordinates decide the places, north at the top.
    north: bool,
}

impl MapPanel {
    /// The map of the volume shown, its cursor where that of the picture is.
    pub fn of(app: &App, session: &Session) -> Option<MapPanel> {
        let grid = app.view.grid?;
        let at = app.view.at;
        let active = |f: &Facies| Some(f.name.as_str()) == app.facies.as_deref();
        Some(MapPanel {
            volume: app.view.volume.clone()?,
            grid,
            facies: session.facies.clone(),
            polygons: session.polygons.clone(),
            from: (at, app.view.direction),
            turned: app.view.turned,
            at: [at[0], at[1]],
            along: match app.view.direction {
                Direction::Crossline => Direction::Crossline,
                _ => Direction::Inline,
            },
            chosen: session.facies.iter().position(active).unwrap_or(0),
            ground: None,
            north: false,
        })
    }

    /// Takes up where the traces lie; nothing where it is of another volume.
    pub fn take_ground(&mut self, ground: Ground) {
        if ground.volume == self.volume {
            // A single line is a stroke by its numbers: its track tells more.
            self.north = ground.track.len() > 1;
            self.ground = Some(ground);
        }
    }

    /// The word for it in the footer.
    pub fn mode(&self) -> &'static str {
        "MAP"
    }

    /// Its keys.
    pub fn keys(&self) -> &'static [PanelKey] {
        KEYS
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> PanelEffect {
        let (right, down, steps) = match key {
            Key::Char('h') | Key::Left => (-1.0, 0.0, 1),
            Key::Char('l') | Key::Right => (1.0, 0.0, 1),
            Key::Char('k') | Key::Up => (0.0, -1.0, 1),
            Key::Char('j') | Key::Down => (0.0, 1.0, 1),
            Key::Char('H') => (-1.0, 0.0, 10),
            Key::Char('L') => (1.0, 0.0, 10),
            Key::Char('K') => (0.0, -1.0, 10),
            Key::Char('J') => (0.0, 1.0, 10),
            _ => return self.command(key),
        };
        self.move_towards((right, down), steps);
        PanelEffect::Taken
    }

    fn command(&mut self, key: Key) -> PanelEffect {
        match key {
            Key::Enter => return self.go(self.from.1),
            Key::Char('i') => return self.go(Direction::Inline),
            Key::Char('x') => return self.go(Direction::Crossline),
            Key::Char('t') => return self.go(Direction::Time),
            Key::Char('n' | 'p') => return self.next_picked(key == Key::Char('p')),
            Key::Char('f') => self.chosen = (self.chosen + 1) % self.facies.len().max(1),
            Key::Tab => {
                self.along = match self.along {
                    Direction::Inline => Direction::Crossline,
                    _ => Direction::Inline,
                }
            }
            Key::Char('N') => {
                if self.ground.as_ref().and_then(Lie::of).is_none() {
                    return PanelEffect::Say(
                        "not now: the file tells no coordinates; zi and zx turn the axes".into(),
                    );
                }
                self.north ^= true;
            }
            Key::Char('q') | Key::Esc | Key::Ctrl('g') => return PanelEffect::Close,
            _ => return PanelEffect::NotMine,
        }
        PanelEffect::Taken
    }

    fn go(&self, direction: Direction) -> PanelEffect {
        PanelEffect::GoTo(self.at, direction)
    }

    /// Moves by lines, whichever run most nearly in a direction of the screen.
    fn move_towards(&mut self, (right, down): (f64, f64), steps: usize) {
        let counts = [self.grid.inlines.count, self.grid.crosslines.count];
        let sides = self.sides();
        let along = |(x, y): (f64, f64)| {
            let length = x.hypot(y);
            if length > 0.0 {
                (x * right + y * down) / length
            } else {
                0.0
            }
        };
        let shares = sides.map(along);
        let axis = usize::from(shares[1].abs() > shares[0].abs());
        let from = self.at[axis];
        self.at[axis] = if shares[axis] > 0.0 {
            (from + steps).min(counts[axis].saturating_sub(1))
        } else {
            from.saturating_sub(steps)
        };
    }

    /// Where one inline on, and one crossline on, lies on the screen: right, down.
    fn sides(&self) -> [(f64, f64); 2] {
        let at = self.at.map(|i| i as f64);
        let Some(lie) = self.lie() else {
            let sign = |turned: bool| if turned { -1.0 } else { 1.0 };
            return [(0.0, sign(self.turned.0)), (sign(self.turned.1), 0.0)];
        };
        let (x, y) = lie.place(at[0], at[1]);
        [(1.0, 0.0), (0.0, 1.0)].map(|(i, c)| {
            let (u, v) = lie.place(at[0] + i, at[1] + c);
            (u - x, y - v)
        })
    }

    /// How the survey lies on the ground, where that is shown.
    fn lie(&self) -> Option<Lie> {
        let ground = self.ground.as_ref().filter(|_| self.north)?;
        Lie::of(ground)
    }

    /// To the next line that holds polygons of the chosen facies: the line that
    /// `gn` and `gp` would go to from here.
    fn next_picked(&mut self, back: bool) -> PanelEffect {
        let Some(facies) = self.facies.get(self.chosen) else {
            return PanelEffect::Say("not now: there is no facies yet".into());
        };
        let axis = usize::from(self.along == Direction::Crossline);
        let picked = (self.polygons.iter())
            .filter(|p| p.facies == facies.name && p.slice.direction() == self.along)
            .filter_map(|p| p.slice.index(&self.grid));
        match next_among(picked, self.at[axis], back) {
            Some(index) => {
                self.at[axis] = index;
                PanelEffect::Taken
            }
            None => PanelEffect::Say(format!(
                "no {} {} this one has polygons of {}",
                self.along.word(),
                if back { "before" } else { "after" },
                crate::model::printable(&facies.name)
            )),
        }
    }
}
