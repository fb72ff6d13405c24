//! Where the interpreter is and how it looks: slice, cursor, zoom, clips.

use std::collections::BTreeMap;

use crate::model::{Direction, Grid, SampleUnit, SliceKey};
use crate::picture::{CellMode, Clip, ColourMap, Viewport};
use crate::session::VolumeRole;

use super::cuts::CutView;
use super::memory::Awaited;
use super::panes::Arrangement;

/// A cell is about twice as high as wide.
const CELL: f64 = 2.0;

/// How one volume is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Range of values; nothing until the first slice tells a good one.
    pub clip: Option<Clip>,
    /// True where the clip suits the picture by itself, and follows the zoom;
    /// false where the interpreter chose it.
    pub fitted: bool,
    /// Colour map.
    pub map: ColourMap,
    /// True where polarity is turned over.
    pub reversed: bool,
}

impl Look {
    /// How a volume of a role is shown at first.
    pub fn of(role: VolumeRole) -> Look {
        Look {
            clip: None,
            fitted: true,
            map: match role {
                VolumeRole::Amplitude | VolumeRole::Classes => ColourMap::Grey,
                VolumeRole::Attribute | VolumeRole::Quantity => ColourMap::Viridis,
            },
            reversed: false,
        }
    }
}

/// What the line to the terminal carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// While slices change full cells, and 16 greys always.
    Slow,
    /// 16 greys while slices change.
    #[default]
    Normal,
    /// The finest picture always.
    Fast,
}

impl Link {
    /// All, slowest first.
    pub const ALL: [Link; 3] = [Link::Slow, Link::Normal, Link::Fast];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Link::Slow => "slow",
            Link::Normal => "normal",
            Link::Fast => "fast",
        }
    }
}

/// The view on the survey: everything here can be lost without harm.
#[derive(Clone, Debug)]
pub struct View {
    /// Name of the volume shown.
    pub volume: Option<String>,
    /// Name of the volume of classes laid over it.
    pub overlay: Option<String>,
    /// Name of the volume that tells where classes are doubtful.
    pub doubt: Option<String>,
    /// How sure a probability must be to tint, and a confidence not to be hatched:
    /// from 0 to 1.
    pub threshold: f32,
    /// One column in so many is tinted by an overlay.
    pub tinted_every: usize,
    /// Names of the volumes that make red, green and blue.
    pub rgb: Option<[String; 3]>,
    /// Where the divider of a swipe stands, as a share of the picture's width.
    pub divider: f64,
    /// True where traces around the cursor stand beside the picture.
    pub wiggles: bool,
    /// Vertical exaggeration; nothing where each axis fills the picture.
    pub exaggeration: Option<f64>,
    /// Grid of the volume shown; nothing until it is open.
    pub grid: Option<Grid>,
    /// Direction of the slice.
    pub direction: Direction,
    /// The cursor's voxel: inline, crossline and sample index.
    pub at: [usize; 3],
    /// Zoom of each direction; nothing shows the whole slice.
    pub(super) zooms: [Option<Viewport>; 3],
    /// Which pictures stand on the screen together.
    pub arrangement: Arrangement,
    /// Name of the volume to compare with.
    pub second: Option<String>,
    /// Names of the volumes of the gallery.
    pub tiles: Vec<String>,
    /// True for inlines, and for crosslines, where the axis is turned round.
    pub turned: (bool, bool),
    /// How each volume is shown, by name.
    pub looks: BTreeMap<String, Look>,
    /// True where amplitudes of sections are evened out along time.
    pub evened: bool,
    /// What the line carries.
    pub link: Link,
    /// True where the interpreter said what the line carries.
    pub link_chosen: bool,
    /// True where the mouse is heard.
    pub mouse: bool,
    /// True where polygons are shown.
    pub polygons: bool,
    /// True where their names are shown.
    pub labels: bool,
    /// True where horizons and wells are shown.
    pub guides: bool,
    /// Lines within which a well is shown on a section.
    pub reach: f64,
    /// What the slices are cut from in place of the survey.
    pub cut: Option<CutView>,
    /// Nodes of the section's line: inline and crossline.
    pub nodes: Vec<(f64, f64)>,
    /// Pixels of a cell.
    pub cells: CellMode,
    /// Slices per key at the last step: what will probably be wanted next.
    pub travel: isize,
    /// Where to go once the first grid is known.
    pub awaited: Option<Awaited>,
}

impl View {
    /// A view of nothing yet.
    pub fn new() -> View {
        View {
            volume: None,
            overlay: None,
            doubt: None,
            threshold: 0.5,
            tinted_every: 1,
            rgb: None,
            divider: 0.5,
            wiggles: false,
            exaggeration: None,
            grid: None,
            direction: Direction::Inline,
            at: [0; 3],
            zooms: [None; 3],
            arrangement: Arrangement::One,
            second: None,
            tiles: Vec::new(),
            turned: (false, false),
            looks: BTreeMap::new(),
            evened: false,
            link: Link::Normal,
            link_chosen: false,
            mouse: false,
            polygons: true,
            labels: true,
            guides: true,
            reach: 5.0,
            cut: None,
            nodes: Vec::new(),
            cells: CellMode::Half,
            travel: 1,
            awaited: None,
        }
    }

    /// The slice shown.
    pub fn key(&self) -> Option<SliceKey> {
        self.key_through(self.direction, self.at)
    }

    /// The slice of a direction through a voxel.
    pub fn key_through(&self, direction: Direction, at: [usize; 3]) -> Option<SliceKey> {
        let axis = self.grid.as_ref()?.axis(direction);
        Some(SliceKey::new(direction, axis.value(at[place(direction)])))
    }

    /// Samples of the slice: along `a`, along `b`.
    pub fn samples(&self) -> (usize, usize) {
        self.samples_of(self.direction)
    }

    fn samples_of(&self, direction: Direction) -> (usize, usize) {
        self.grid.as_ref().map_or((1, 1), |grid| {
            let (a, b) = grid.plane(direction);
            (a.count.max(1), b.count.max(1))
        })
    }

    /// The cursor on the slice, in samples along `a` and `b`.
    pub fn cursor(&self) -> (usize, usize) {
        on_plane(self.direction, self.at)
    }

    /// Puts the cursor on a sample of the slice, the last ones where it is beyond.
    pub fn put_cursor(&mut self, (a, b): (usize, usize)) {
        let (na, nb) = self.samples();
        let (pa, pb) = plane_places(self.direction);
        self.at[pa] = a.min(na - 1);
        self.at[pb] = b.min(nb - 1);
    }

    /// The cursor in the slice's plane, in survey numbers.
    pub fn cursor_value(&self) -> (f64, f64) {
        let (a, b) = self.cursor();
        self.grid.as_ref().map_or((0.0, 0.0), |grid| {
            let (aa, ba) = grid.plane(self.direction);
            (aa.value(a), ba.value(b))
        })
    }

    /// The sample nearest to a point of the plane.
    pub fn nearest(&self, (a, b): (f64, f64)) -> (usize, usize) {
        self.grid.as_ref().map_or((0, 0), |grid| {
            let (aa, ba) = grid.plane(self.direction);
            (aa.nearest(a), ba.nearest(b))
        })
    }

    /// Index of the slice along its axis, and how many there are.
    pub fn slice_index(&self) -> (usize, usize) {
        let count = (self.grid.as_ref()).map_or(1, |g| g.axis(self.direction).count);
        (self.at[place(self.direction)], count)
    }

    /// Goes to another slice of this direction; false where that is the same.
    pub fn go_to_slice(&mut self, index: usize) -> bool {
        let (was, count) = self.slice_index();
        let index = index.min(count.saturating_sub(1));
        self.at[place(self.direction)] = index;
        if index != was {
            self.travel = index.wrapping_sub(was).cast_signed();
        }
        index != was
    }

    /// Goes to the slice of a key, if the survey has it.
    pub fn go_to(&mut self, key: &SliceKey) -> bool {
        let Some(index) = self.grid.as_ref().and_then(|grid| key.index(grid)) else {
            return false;
        };
        self.direction = key.direction();
        self.go_to_slice(index);
        true
    }

    /// Takes another grid, keeping slice and cursor at their survey numbers.
    pub fn take_grid(&mut self, grid: Grid) {
        if let Some(old) = &self.grid {
            let axes = |g: &Grid| [g.inlines, g.crosslines, g.samples];
            let (from, to) = (axes(old), axes(&grid));
            for i in 0..3 {
                self.at[i] = to[i].nearest(from[i].value(self.at[i]));
            }
            if old.difference(&grid).is_some() {
                self.zooms = [None; 3];
            }
        } else {
            self.at = grid.shape().map(|n| n / 2);
        }
        self.grid = Some(grid);
        if let Some(awaited) = self.awaited.take() {
            self.return_to(&awaited);
        }
    }

    /// Goes where the last opening of the session left off, as far as that
    /// still exists.
    fn return_to(&mut self, awaited: &Awaited) {
        let Some(grid) = self.grid else { return };
        let (inline, crossline, time) = awaited.cursor;
        self.at = [
            grid.inlines.nearest(inline),
            grid.crosslines.nearest(crossline),
            grid.samples.nearest(time),
        ];
        self.go_to(&awaited.slice);
        self.travel = 1;
        if let Some((across, down)) = awaited.zoom
            && across.is_normal()
            && down.is_normal()
        {
            // Columns and rows come with the first window that is asked for.
            let window = Viewport {
                across: across.abs(),
                down: down.abs(),
                ..Viewport::fit(self.samples(), 1, 1)
            };
            self.zooms[place(self.direction)] = Some(window);
        }
    }

    /// Samples per cell along `a` and `b`, where not the whole slice is shown.
    pub fn zoom(&self) -> Option<(f64, f64)> {
        self.zooms[place(self.direction)].map(|w| (w.across, w.down))
    }

    /// The window on the slice for a picture of so many cells.
    pub fn window(&self, (columns, rows): (usize, usize)) -> Viewport {
        let samples = self.samples();
        let window = match self.zooms[place(self.direction)] {
            None => Viewport::fit(samples, columns, rows),
            Some(view) if (view.columns, view.rows) == (columns, rows) => view,
            Some(view) => view.resized(columns, rows, self.cursor(), samples),
        };
        let window = match self.exaggeration.and_then(|by| self.shape(by)) {
            Some(ratio) => window.shaped(ratio, self.cursor(), samples),
            None => window,
        };
        Viewport {
            turned: self.turned_of(self.direction),
            ..window
        }
    }

    /// Metres from one sample of the slice to the next, to the right and downwards;
    /// times at 2000 m/s, so that 1 ms is 1 m; lines whose distance the file does
    /// not tell 25 m apart.
    fn metres(&self) -> Option<(f64, f64)> {
        let grid = self.grid.as_ref()?;
        let (inline, crossline) = grid
            .spacing
            .map_or((25.0, 25.0), |s| (s.inline, s.crossline));
        let sample = grid.samples.step.abs()
            * match grid.unit {
                SampleUnit::Milliseconds | SampleUnit::Metres => 1.0,
                SampleUnit::Feet => 0.3048,
            };
        let (a, b) = match self.direction {
            Direction::Inline => (crossline, sample),
            Direction::Crossline => (inline, sample),
            Direction::Time => (crossline, inline),
        };
        (a.is_normal() && b.is_normal()).then_some((a, b))
    }

    /// Samples a row for each sample a column that exaggerate so; a time slice
    /// has no vertical, and keeps its shape.
    fn shape(&self, exaggeration: f64) -> Option<f64> {
        let (a, b) = self.metres()?;
        let by = if self.direction == Direction::Time {
            1.0
        } else {
            exaggeration
        };
        Some(CELL * a / (by * b))
    }

    /// How much longer a metre downwards is than one to the right in a window.
    pub fn exaggeration_of(&self, window: &Viewport) -> Option<f64> {
        let (a, b) = self.metres()?;
        Some(CELL * window.across * a / (window.down * b))
    }

    fn turned_of(&self, direction: Direction) -> (bool, bool) {
        let (inlines, crosslines) = self.turned;
        match direction {
            Direction::Inline => (crosslines, false),
            Direction::Crossline => (inlines, false),
            Direction::Time => (crosslines, inlines),
        }
    }

    /// The window of another picture beside the one with the focus: the same part
    /// of each axis that they share, the whole of the other.
    pub fn window_beside(
        &self,
        direction: Direction,
        (columns, rows): (usize, usize),
        focus: &Viewport,
    ) -> Viewport {
        let (across, down) = plane_places(self.direction);
        let (a, b) = plane_places(direction);
        let samples = self.samples_of(direction);
        let part = |axis: usize, whole: usize| {
            if axis == across {
                (focus.left, focus.across * focus.columns as f64)
            } else if axis == down {
                (focus.top, focus.down * focus.rows as f64)
            } else {
                (0.0, whole as f64)
            }
        };
        let ((left, width), (top, height)) = (part(a, samples.0), part(b, samples.1));
        Viewport {
            left,
            top,
            across: width / columns.max(1) as f64,
            down: height / rows.max(1) as f64,
            columns,
            rows,
            turned: self.turned_of(direction),
        }
    }

    /// Keeps a window; one that shows all is no zoom.
    pub fn keep_window(&mut self, window: Viewport) {
        let whole = window.shows_all(self.samples());
        self.zooms[place(self.direction)] = (!whole).then_some(window);
    }

    /// How the volume shown looks.
    pub fn look(&self) -> Look {
        self.look_of(self.volume.as_deref())
    }

    /// How a volume looks.
    pub fn look_of(&self, volume: Option<&str>) -> Look {
        let look = volume.and_then(|name| self.looks.get(name));
        look.copied().unwrap_or(Look::of(VolumeRole::Amplitude))
    }

    /// The same, to be changed.
    pub fn look_mut(&mut self) -> Option<&mut Look> {
        self.looks.get_mut(self.volume.as_ref()?)
    }

    /// Survey position of the cursor: inline, crossline, time. On a map along a
    /// horizon there is none in its holes.
    pub fn position(&self) -> Option<(f64, f64, f64)> {
        let grid = self.grid.as_ref()?;
        let [i, x, t] = self.at;
        let place = (
            grid.inlines.value(i),
            grid.crosslines.value(x),
            grid.samples.value(t),
        );
        match &self.cut {
            None => Some(place),
            Some(view) => view.cut.position(place),
        }
    }
}

/// The next of some indices after `at`, or before it.
pub fn next_among(indices: impl Iterator<Item = usize>, at: usize, back: bool) -> Option<usize> {
    if back {
        indices.filter(|&i| i < at).max()
    } else {
        indices.filter(|&i| i > at).min()
    }
}

/// Place of a direction's axis among inline, crossline, sample.
fn place(direction: Direction) -> usize {
    match direction {
        Direction::Inline => 0,
        Direction::Crossline => 1,
        Direction::Time => 2,
    }
}

/// A voxel on the plane of a slice, in samples along `a` and `b`.
pub fn on_plane(direction: Direction, at: [usize; 3]) -> (usize, usize) {
    let (a, b) = plane_places(direction);
    (at[a], at[b])
}

/// Places of the axes `a` and `b` of a slice.
fn plane_places(direction: Direction) -> (usize, usize) {
    match direction {
        Direction::Inline => (1, 2),
        Direction::Crossline => (0, 2),
        Direction::Time => (1, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Axis;

    fn view() -> View {
        let mut view = View::new();
        view.take_grid(Grid {
            inlines: Axis::new(100.0, 2.0, 11),
            crosslines: Axis::new(300.0, 1.0, 21),
            samples: Axis::new(0.0, 4.0, 31),
            unit: SampleUnit::Milliseconds,
            spacing: None,
        });
        view
    }

    #[test]
    fn turning_the_slice_keeps_the_voxel() {
        let mut v = view();
        v.put_cursor((3, 7));
        let was = v.at;
        for direction in [Direction::Crossline, Direction::Time, Direction::Inline] {
            v.direction = direction;
            assert_eq!(v.at, was);
            let (a, b) = v.cursor();
            let (inline, crossline, time) = v.position().unwrap();
            let key = v.key().unwrap();
            assert_eq!(key.plane(inline, crossline, time), v.cursor_value());
            assert!(a < v.samples().0 && b < v.samples().1);
        }
    }

    #[test]
    fn another_grid_keeps_survey_numbers() {
        let mut v = view();
        v.at = [5, 10, 20];
        let before = v.position();
        v.take_grid(Grid {
            inlines: Axis::new(104.0, 2.0, 5),
            crosslines: Axis::new(305.0, 1.0, 10),
            samples: Axis::new(40.0, 4.0, 21),
            unit: SampleUnit::Milliseconds,
            spacing: None,
        });
        assert_eq!(v.position(), before);
    }

    #[test]
    fn exaggeration_shapes_the_window_and_is_told_from_it() {
        let mut v = view();
        for by in [0.5, 1.0, 2.0, 5.0] {
            v.exaggeration = Some(by);
            let whole = v.window((80, 20));
            assert!((v.exaggeration_of(&whole).unwrap() - by).abs() < 1e-9);
            assert!(whole.shows_all(v.samples()), "{by}: {whole:?}");
            // Nearer, it stays.
            v.keep_window(whole.zoomed(3.0, v.cursor(), v.samples()));
            let near = v.window((80, 20));
            assert!((v.exaggeration_of(&near).unwrap() - by).abs() < 1e-9);
            assert!(near.cell(v.cursor()).is_some());
            v.keep_window(whole);
        }
        v.direction = Direction::Time;
        let map = v.window((80, 20));
        assert!((v.exaggeration_of(&map).unwrap() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_cursor_never_leaves_the_slice() {
        let mut v = view();
        v.put_cursor((999, 999));
        assert_eq!(v.cursor(), (20, 30));
        assert!(!v.go_to(&SliceKey::Inline(7)));
        assert!(v.go_to(&SliceKey::Inline(104)));
        assert_eq!(v.slice_index(), (2, 11));
    }
}
