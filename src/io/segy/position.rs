//! Where a survey lies on the ground: an affine map from line numbers to
//! coordinates, fitted to some trace headers.

use serde::{Deserialize, Serialize};

use crate::model::{Axis, Spacing};

use super::header::{TraceHeader, at};
use super::layout::Layout;
use super::survey::Survey;

/// Metres in a foot.
const FOOT: f64 = 0.3048;

/// Where coordinates are looked for: those of the CDP, then of the source.
const BYTES: [(usize, usize); 2] = [(at::CDP_X, at::CDP_Y), (73, 77)];

/// Coordinates of a survey.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) x_byte: usize,
    pub(super) y_byte: usize,
    /// Inline, crossline, x and y of the four corners of the grid.
    pub(super) corners: [[f64; 4]; 4],
    /// Distances between inlines and between crosslines, in units of the coordinates.
    pub(super) between: (f64, f64),
    /// Bin size in metres, where the coordinates are lengths.
    pub(super) spacing: Option<Spacing>,
}

/// Sums for a least-squares plane through (inline, crossline, value).
#[derive(Default)]
struct Plane {
    n: f64,
    i: f64,
    x: f64,
    v: f64,
    ii: f64,
    ix: f64,
    xx: f64,
    iv: f64,
    xv: f64,
}

impl Plane {
    fn add(&mut self, i: f64, x: f64, v: f64) {
        self.n += 1.0;
        self.i += i;
        self.x += x;
        self.v += v;
        self.ii += i * i;
        self.ix += i * x;
        self.xx += x * x;
        self.iv += i * v;
        self.xv += x * v;
    }

    /// `(value at 0, by inline, by crossline)`; nothing where all lie on one line.
    fn solve(&self) -> Option<(f64, f64, f64)> {
        let centred = |ab: f64, a: f64, b: f64| ab - a * b / self.n;
        let ii = centred(self.ii, self.i, self.i);
        let xx = centred(self.xx, self.x, self.x);
        let ix = centred(self.ix, self.i, self.x);
        let iv = centred(self.iv, self.i, self.v);
        let xv = centred(self.xv, self.x, self.v);
        let determinant = ii * xx - ix * ix;
        if determinant.is_nan() || determinant <= 1e-9 * ii * xx {
            return None;
        }
        let by_inline = (iv * xx - xv * ix) / determinant;
        let by_crossline = (xv * ii - iv * ix) / determinant;
        let start = (self.v - by_inline * self.i - by_crossline * self.x) / self.n;
        Some((start, by_inline, by_crossline))
    }
}

/// Fits the coordinates that sampled headers hold at the named bytes, or else at
/// 181/185 (CDP) or 73/77 (source); nothing where they hold none.
pub(super) fn position(
    layout: &Layout,
    survey: &Survey,
    sample: &[(u32, TraceHeader)],
    x_byte: Option<usize>,
    y_byte: Option<usize>,
) -> Option<Position> {
    BYTES
        .into_iter()
        .map(|(x, y)| (x_byte.unwrap_or(x), y_byte.unwrap_or(y)))
        .find_map(|(x, y)| fit(layout, survey, sample, x, y))
}

fn fit(
    layout: &Layout,
    survey: &Survey,
    sample: &[(u32, TraceHeader)],
    x_byte: usize,
    y_byte: usize,
) -> Option<Position> {
    // Indices from 0 and coordinates from the first trace's keep the sums short.
    let mut positions = sample.iter().map(|(_, h)| h.position(x_byte, y_byte));
    let origin = positions.find(|&at| at != (0.0, 0.0))?;
    let (mut xs, mut ys) = (Plane::default(), Plane::default());
    for (_, header) in sample {
        let (x, y) = header.position(x_byte, y_byte);
        let i = survey
            .inlines
            .position(f64::from(header.i32(survey.inline_byte)));
        let c = survey
            .crosslines
            .position(f64::from(header.i32(survey.crossline_byte)));
        let on_grid = |at: f64, axis: &Axis| at > -0.5 && at < axis.count as f64;
        if (x, y) != (0.0, 0.0) && on_grid(i, &survey.inlines) && on_grid(c, &survey.crosslines) {
            xs.add(i, c, x - origin.0);
            ys.add(i, c, y - origin.1);
        }
    }
    let (x0, xi, xc) = xs.solve()?;
    let (y0, yi, yc) = ys.solve()?;
    let (last_i, last_c) = (
        survey.inlines.count.saturating_sub(1),
        survey.crosslines.count.saturating_sub(1),
    );
    let corner = |i: usize, c: usize| {
        let (fi, fc) = (i as f64, c as f64);
        [
            survey.inlines.value(i),
            survey.crosslines.value(c),
            centimetres(origin.0 + x0 + fi * xi + fc * xc),
            centimetres(origin.1 + y0 + fi * yi + fc * yc),
        ]
    };
    let unit = if layout.feet { FOOT } else { 1.0 };
    let spacing = Spacing {
        inline: centimetres(xi.hypot(yi) * unit),
        crossline: centimetres(xc.hypot(yc) * unit),
    };
    let lengths = sample
        .iter()
        .all(|(_, h)| matches!(h.i16(at::COORDINATE_UNITS), 0 | 1));
    Some(Position {
        x_byte,
        y_byte,
        corners: [
            corner(0, 0),
            corner(0, last_c),
            corner(last_i, 0),
            corner(last_i, last_c),
        ],
        between: (centimetres(xi.hypot(yi)), centimetres(xc.hypot(yc))),
        spacing: (lengths && spacing.inline > 0.0 && spacing.crossline > 0.0).then_some(spacing),
    })
}

/// How a survey of one line runs over the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Track {
    pub(super) x_byte: usize,
    pub(super) y_byte: usize,
    /// Along the traces whose headers were read, in units of the coordinates.
    pub(super) length: f64,
    /// From one trace to the next, in the middle of all.
    pub(super) between: f64,
    /// The furthest any trace lies from the straight between the ends.
    pub(super) bend: f64,
}

/// The track of a survey of one line, from the first of the usual bytes that hold
/// coordinates; nothing where the survey has more lines, or does not move.
pub(super) fn track(survey: &Survey, sample: &[(u32, TraceHeader)]) -> Option<Track> {
    let (byte, axis) = match (survey.inlines.count, survey.crosslines.count) {
        (1, 2..) => (survey.crossline_byte, &survey.crosslines),
        (2.., 1) => (survey.inline_byte, &survey.inlines),
        _ => return None,
    };
    BYTES.into_iter().find_map(|(x_byte, y_byte)| {
        let mut places: Vec<(f64, f64, f64)> = sample
            .iter()
            .map(|(_, h)| {
                (
                    axis.position(f64::from(h.i32(byte))),
                    h.position(x_byte, y_byte),
                )
            })
            .filter(|&(_, at)| at != (0.0, 0.0))
            .map(|(n, (x, y))| (n, x, y))
            .collect();
        places.sort_by(|a, b| a.0.total_cmp(&b.0));
        places.dedup_by_key(|place| place.0);
        let (first, last) = (places.first()?, places.last()?);
        let (dx, dy) = (last.1 - first.1, last.2 - first.2);
        let chord = dx.hypot(dy);
        let steps = places.windows(2).map(|pair| {
            let (from, to) = (pair[0], pair[1]);
            ((to.1 - from.1).hypot(to.2 - from.2), to.0 - from.0)
        });
        let steps: Vec<(f64, f64)> = steps.collect();
        let mut between: Vec<f64> = steps.iter().map(|(way, lines)| way / lines).collect();
        between.sort_by(f64::total_cmp);
        let off = |&(_, x, y): &(f64, f64, f64)| {
            let (x, y) = (x - first.1, y - first.2);
            if chord > 0.0 {
                (x * dy - y * dx).abs() / chord
            } else {
                x.hypot(y)
            }
        };
        let length: f64 = steps.iter().map(|(way, _)| way).sum();
        (length > 0.0).then(|| Track {
            x_byte,
            y_byte,
            length: centimetres(length),
            between: centimetres(between[between.len() / 2]),
            bend: centimetres(places.iter().map(off).fold(0.0, f64::max)),
        })
    })
}

/// Rounds to what trace headers hold, so that equal surveys print equal.
fn centimetres(value: f64) -> f64 {
    let rounded = (value * 100.0).round() / 100.0;
    // No negative zero.
    if rounded == 0.0 { 0.0 } else { rounded }
}
