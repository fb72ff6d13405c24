//! Several pictures on one screen: which slices, and where each stands.
//!
//! One picture has the focus: keys act on it, and it follows them at once. The
//! others follow when the keys rest, so that a move costs no more than it does
//! with one picture.

use ratatui::layout::Rect;

use crate::model::Direction;
use crate::picture::Viewport;

use super::app::App;
use super::layout::{GUTTER, Layout};

/// Which pictures stand on the screen together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrangement {
    /// One slice.
    #[default]
    One,
    /// Inline, crossline and time slice through the cursor.
    Linked,
    /// The same slice of two volumes.
    Beside,
    /// The same slice of all volumes, as tiles.
    Gallery,
    /// One slice of two volumes: one left of a divider, the other right of it.
    Swipe,
}

impl Arrangement {
    /// All of them.
    pub const ALL: [Arrangement; 5] = [
        Arrangement::One,
        Arrangement::Linked,
        Arrangement::Beside,
        Arrangement::Gallery,
        Arrangement::Swipe,
    ];

    /// Its name, as it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Arrangement::One => "one",
            Arrangement::Linked => "linked",
            Arrangement::Beside => "beside",
            Arrangement::Gallery => "gallery",
            Arrangement::Swipe => "swipe",
        }
    }

    /// Narrowest screen that it is shown on.
    pub fn columns(self) -> u16 {
        match self {
            Arrangement::One | Arrangement::Swipe => 0,
            Arrangement::Linked => 120,
            Arrangement::Beside | Arrangement::Gallery => 80,
        }
    }
}

/// The place of one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    picture: Rect,
    head: u16,
    numbers: bool,
    gutter: bool,
    marks: Option<u16>,
    edge: bool,
}

/// One picture: what it shows, and where.
#[derive(Clone, Debug)]
pub struct Pane<'a> {
    /// Direction of its slice.
    pub direction: Direction,
    /// Its volume.
    pub volume: Option<&'a str>,
    /// The part of the slice that is shown.
    pub window: Viewport,
    /// True where keys act on it.
    pub focus: bool,
    /// Its cells.
    pub picture: Rect,
    /// The row above it, for numbers and what it is.
    pub head: u16,
    /// True where that row holds the numbers of its axis.
    pub numbers: bool,
    /// True where numbers stand at its left.
    pub gutter: bool,
    /// The row below it for marks of crossing polygons.
    pub marks: Option<u16>,
    /// True where such marks stand at its right.
    pub edge: bool,
}

impl Pane<'_> {
    /// The middle of a cell of the screen, counted from the upper left of the
    /// picture; of the nearest in it where the cell is outside.
    pub fn within(&self, (x, y): (u16, u16)) -> (f64, f64) {
        let area = self.picture;
        let last = |from: u16, length: u16| from + length.saturating_sub(1);
        let x = x.clamp(area.x, last(area.x, area.width)) - area.x;
        let y = y.clamp(area.y, last(area.y, area.height)) - area.y;
        (f64::from(x) + 0.5, f64::from(y) + 0.5)
    }

    /// The sample under the middle of a cell of the screen.
    pub fn sample_at(&self, cell: (u16, u16)) -> (usize, usize) {
        let (x, y) = self.within(cell);
        let window = &self.window;
        let column = window.column(x as usize) as f64 + 0.5;
        let row = window.row(y as usize) as f64 + 0.5;
        // A sample lies in the middle of its share of the cells; between two it is
        // the one before, as the cursor is drawn.
        let sample =
            |first: f64, each: f64, cell: f64| (first + cell * each - 0.5 - 1e-6).round().max(0.0);
        (
            sample(window.left, window.across, column) as usize,
            sample(window.top, window.down, row) as usize,
        )
    }
}

impl App {
    /// The arrangement as far as the screen has room for it.
    pub fn arrangement(&self) -> Arrangement {
        if self.is_docked() {
            return Arrangement::One;
        }
        let asked = self.view.arrangement;
        let alone = match asked {
            Arrangement::Beside | Arrangement::Swipe => self.view.second.is_none(),
            Arrangement::Gallery => self.tiles().is_none(),
            Arrangement::Linked => self.view.on_section(),
            Arrangement::One => false,
        };
        if alone || self.size.0 < asked.columns() {
            Arrangement::One
        } else {
            asked
        }
    }

    /// Volumes of the gallery, and which of them has the focus.
    fn tiles(&self) -> Option<(&[String], usize)> {
        let shown = self.view.volume.as_ref()?;
        let at = self.view.tiles.iter().position(|name| name == shown)?;
        Some((&self.view.tiles, at))
    }

    /// The pictures on screen, the one with the focus first.
    pub fn panes(&self) -> Vec<Pane<'_>> {
        let layout = Layout::of(self.size);
        let volume = self.view.volume.as_deref();
        let here = self.view.direction;
        let arrangement = self.arrangement();
        let all: Vec<(Place, Direction, Option<&str>)> = match arrangement {
            Arrangement::One | Arrangement::Swipe => {
                let mut place = one(&layout);
                let taken = self.columns_beside() + self.docked_columns();
                place.picture.width = place.picture.width.saturating_sub(taken).max(1);
                vec![(place, here, volume)]
            }
            Arrangement::Linked => linked(&layout)
                .into_iter()
                .zip([Direction::Inline, Direction::Crossline, Direction::Time])
                .map(|(place, direction)| (place, direction, volume))
                .collect(),
            Arrangement::Beside => beside(&layout)
                .into_iter()
                .zip([volume, self.view.second.as_deref()])
                .map(|(place, volume)| (place, here, volume))
                .collect(),
            Arrangement::Gallery => {
                let (names, at) = self.tiles().unwrap_or((&[], 0));
                let (places, first) = tiled(&layout, names.len(), at);
                (places.into_iter().zip(&names[first..]))
                    .map(|(place, name)| (place, here, Some(name.as_str())))
                    .collect()
            }
        };
        let focused = |(_, d, v): &&(Place, Direction, Option<&str>)| *d == here && *v == volume;
        let Some(focus) = all.iter().find(focused).map(|(place, ..)| *place) else {
            return Vec::new();
        };
        let window = self.view.window(cells(focus.picture));
        let mut panes: Vec<Pane> = all
            .into_iter()
            .map(|(place, direction, volume)| {
                let focus = place == focus;
                let window = if focus {
                    window
                } else {
                    (self.view).window_beside(direction, cells(place.picture), &window)
                };
                Pane {
                    direction,
                    volume,
                    window,
                    focus,
                    picture: place.picture,
                    head: place.head,
                    numbers: place.numbers,
                    gutter: place.gutter,
                    marks: place.marks,
                    edge: place.edge,
                }
            })
            .collect();
        panes.sort_by_key(|pane| !pane.focus);
        panes
    }

    /// Columns that stand beside the picture: traces around the cursor, or a latent
    /// map.
    fn columns_beside(&self) -> u16 {
        let alone = matches!(self.arrangement(), Arrangement::One | Arrangement::Swipe);
        let taken = alone && (self.view.wiggles || self.chart.is_some());
        match self.size.0 {
            _ if self.is_docked() => 0,
            120.. if taken => 37,
            80.. if taken => 23,
            _ => 0,
        }
    }

    /// What is beside the picture.
    fn area_beside(&self) -> Option<Rect> {
        let taken = self.columns_beside();
        let picture = Layout::of(self.size).picture;
        // A column for marks stands between.
        (taken > 2).then(|| Rect {
            x: picture.right() - taken + 2,
            width: taken - 2,
            ..picture
        })
    }

    /// Where traces around the cursor stand, if they do.
    pub fn wiggle_area(&self) -> Option<Rect> {
        self.area_beside().filter(|_| self.chart.is_none())
    }

    /// Where a latent map stands, if it does: beside the picture, or in the corner
    /// that linked pictures leave free.
    pub fn chart_area(&self) -> Option<Rect> {
        let area = self.free_corner().or_else(|| self.area_beside());
        area.filter(|_| self.chart.is_some())
    }

    /// The column of the divider within the picture, where two volumes are swiped.
    pub fn divider(&self, columns: usize) -> Option<usize> {
        let share = self.view.divider.clamp(0.0, 1.0);
        let last = columns.saturating_sub(1);
        (self.arrangement() == Arrangement::Swipe).then(|| (share * last as f64).round() as usize)
    }

    /// Where the values under the cursor stand, if they do: in the corner that linked
    /// pictures leave free.
    pub fn corner(&self) -> Option<Rect> {
        self.free_corner().filter(|_| self.chart.is_none())
    }

    fn free_corner(&self) -> Option<Rect> {
        (self.arrangement() == Arrangement::Linked).then(|| corner(&Layout::of(self.size)))
    }
}

fn cells(picture: Rect) -> (usize, usize) {
    (picture.width as usize, picture.height as usize)
}

fn one(layout: &Layout) -> Place {
    Place {
        picture: layout.picture,
        head: layout.axis.y,
        numbers: true,
        gutter: true,
        marks: layout.marks.map(|row| row.y),
        edge: true,
    }
}

/// Columns and rows of linked pictures: left, right, upper, lower.
fn shares(layout: &Layout) -> (u16, u16, u16, u16) {
    let across = layout.title.width.saturating_sub(GUTTER + 3);
    let down = (layout.facts.y).saturating_sub(layout.axis.y + 2);
    let (left, upper) = (across * 62 / 100, down * 58 / 100);
    (left, across - left, upper, down - upper)
}

/// Inline at the upper left, the crossline beside it, the time slice below it:
/// each shares an axis with its neighbour.
fn linked(layout: &Layout) -> [Place; 3] {
    let (left, right, upper, lower) = shares(layout);
    let (head, top) = (layout.axis.y, layout.axis.y + 1);
    let inline = Place {
        picture: Rect::new(GUTTER, top, left, upper),
        head,
        numbers: true,
        gutter: true,
        marks: Some(top + upper),
        edge: false,
    };
    let crossline = Place {
        picture: Rect::new(GUTTER + left + 2, top, right, upper),
        gutter: false,
        marks: None,
        edge: true,
        ..inline
    };
    let time = Place {
        picture: Rect::new(GUTTER, top + upper + 1, left, lower),
        head: top + upper,
        numbers: false,
        gutter: true,
        marks: None,
        edge: true,
    };
    [inline, crossline, time]
}

fn corner(layout: &Layout) -> Rect {
    let (left, right, upper, lower) = shares(layout);
    Rect::new(
        GUTTER + left + 2,
        layout.axis.y + 1 + upper,
        right,
        lower + 1,
    )
}

fn beside(layout: &Layout) -> [Place; 2] {
    let across = layout.title.width.saturating_sub(GUTTER + 2);
    let (left, place) = (across / 2, one(layout));
    let picture = Rect {
        width: left,
        ..place.picture
    };
    [
        Place {
            picture,
            edge: false,
            ..place
        },
        Place {
            picture: Rect {
                x: GUTTER + left + 1,
                width: across - left,
                ..picture
            },
            gutter: false,
            ..place
        },
    ]
}

/// Smallest picture of a tile.
const TILE: (u16, u16) = (18, 5);

/// Tiles for `n` volumes, or as many as fit, and the first of them.
fn tiled(layout: &Layout, n: usize, at: usize) -> (Vec<Place>, usize) {
    let (width, height) = (
        layout.title.width.saturating_sub(1),
        layout.facts.y.saturating_sub(layout.axis.y),
    );
    let most = (width / (TILE.0 + 1)).max(1) * (height / (TILE.1 + 1)).max(1);
    let shown = n.min(most as usize).max(1) as u16;
    // As large as they can be while about three times as wide as high.
    let size = |columns: u16| (width / columns, height / shown.div_ceil(columns));
    let worth = |&columns: &u16| {
        let (w, h) = size(columns);
        (w.min(3 * h) * h.min(w / 2), columns)
    };
    let columns = (1..=shown).max_by_key(worth).unwrap_or(1);
    let (w, h) = size(columns);
    let place = |i: u16| {
        let (x, y) = (1 + i % columns * w, layout.axis.y + i / columns * h);
        Place {
            picture: Rect::new(
                x,
                y + 1,
                w.saturating_sub(1).max(1),
                h.saturating_sub(1).max(1),
            ),
            head: y,
            numbers: false,
            gutter: false,
            marks: None,
            edge: false,
        }
    };
    let first = at / shown as usize * shown as usize;
    (
        (0..shown).map(place).collect(),
        first.min(n - shown as usize),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linked_pictures_share_their_axes_cell_by_cell() {
        for size in [(120, 40), (160, 48), (200, 60), (121, 18)] {
            let layout = Layout::of(size);
            let [inline, crossline, time] = linked(&layout).map(|p| p.picture);
            assert_eq!((inline.x, inline.width), (time.x, time.width));
            assert_eq!((inline.y, inline.height), (crossline.y, crossline.height));
            assert!(crossline.right() < size.0, "a column for marks");
            assert_eq!(time.bottom(), layout.facts.y);
            let corner = corner(&layout);
            assert_eq!((corner.x, corner.bottom()), (crossline.x, layout.facts.y));
        }
    }

    #[test]
    fn tiles_never_overlap_and_the_focus_is_among_them() {
        for size in [(80, 24), (120, 40), (200, 60)] {
            let layout = Layout::of(size);
            for n in 1..40 {
                for at in 0..n {
                    let (places, first) = tiled(&layout, n, at);
                    assert!((first..first + places.len()).contains(&at), "{n} {at}");
                    for (i, a) in places.iter().enumerate() {
                        assert!(a.picture.right() <= size.0);
                        assert!(a.picture.bottom() <= layout.facts.y);
                        for b in &places[i + 1..] {
                            assert!(a.picture.intersection(b.picture).is_empty());
                            assert!(a.head != b.head || a.picture.x != b.picture.x);
                        }
                    }
                }
            }
        }
    }
}
