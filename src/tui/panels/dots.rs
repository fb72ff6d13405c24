//! Small charts of Braille dots: two by four in a cell.

/// Dots over a rectangle of cells.
pub(super) struct Dots {
    columns: usize,
    rows: usize,
    bits: Vec<u8>,
}

impl Dots {
    /// No dot over so many cells.
    pub fn new(columns: usize, rows: usize) -> Self {
        Self {
            columns,
            rows,
            bits: vec![0; columns * rows],
        }
    }

    /// Sets a dot; those outside are not drawn.
    pub fn set(&mut self, x: i32, y: i32) {
        const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        let inside = |v: i32, n: usize| usize::try_from(v).ok().filter(|v| *v < n);
        if let (Some(x), Some(y)) = (inside(x, self.columns * 2), inside(y, self.rows * 4)) {
            self.bits[y / 4 * self.columns + x / 2] |= BITS[y % 4][x % 2];
        }
    }

    /// Sets the dots between two places, one a column.
    pub fn line(&mut self, from: (i32, i32), to: (i32, i32)) {
        let steps = (to.0 - from.0).abs().max(1);
        for step in 0..=steps {
            let t = f64::from(step) / f64::from(steps);
            let y = f64::from(from.1) + t * f64::from(to.1 - from.1);
            self.set(from.0 + (to.0 - from.0) * step / steps, y.round() as i32);
        }
    }

    /// Sets a mark of two by two dots, the least that is seen as a point.
    pub fn mark(&mut self, (x, y): (i32, i32)) {
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            self.set(x + dx, y + dy);
        }
    }

    /// The cells that hold a dot: column, row, glyph.
    pub fn cells(&self) -> impl Iterator<Item = (u16, u16, char)> + '_ {
        let held = self.bits.iter().enumerate().filter(|(_, b)| **b != 0);
        held.map(|(i, bits)| {
            let glyph = char::from_u32(0x2800 + u32::from(*bits)).unwrap_or('·');
            ((i % self.columns) as u16, (i / self.columns) as u16, glyph)
        })
    }
}

/// The values that a chart spans: round numbers around the data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub low: f64,
    pub high: f64,
    /// Decimals that tell the ends apart.
    pub decimals: usize,
}

impl Span {
    /// Round ends around the finite ones of the values; nothing without any.
    pub fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut ends: Option<(f64, f64)> = None;
        for x in values.filter(|x| x.is_finite()) {
            let (low, high) = ends.unwrap_or((x, x));
            ends = Some((low.min(x), high.max(x)));
        }
        let (low, high) = ends?;
        // Values that hardly differ are not blown up.
        let room = (high - low).max(0.02 * high.abs()).max(1e-6);
        // A third of the range, rounded to 1, 2 or 5 of its power of ten.
        let power = 10f64.powf((room / 3.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|m| m * power)
            .into_iter()
            .find(|step| *step >= room / 3.0)
            .unwrap_or(room);
        let decimals = (-(step.log10() + 1e-9).floor()).clamp(0.0, 6.0) as usize;
        let (low, high) = (
            (low / step + 1e-9).floor() * step,
            (high / step - 1e-9).ceil() * step,
        );
        let apart = if high > low { 0.0 } else { step };
        Some(Self {
            low: low - apart,
            high: high + apart,
            decimals,
        })
    }

    /// Where a value lies: 0 at the low end, 1 at the high end.
    pub fn share(&self, x: f64) -> f64 {
        (x - self.low) / (self.high - self.low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_fill_their_cells_and_none_outside() {
        let mut dots = Dots::new(2, 1);
        for (x, y) in [(0, 0), (1, 3), (2, 1), (-1, 0), (4, 0), (0, 4)] {
            dots.set(x, y);
        }
        let cells: Vec<_> = dots.cells().collect();
        assert_eq!(cells, [(0, 0, '⢁'), (1, 0, '⠂')]);
    }

    #[test]
    fn lines_have_a_dot_in_every_column() {
        let mut dots = Dots::new(5, 2);
        dots.line((0, 0), (9, 7));
        assert_eq!(dots.cells().map(|(x, ..)| x).max(), Some(4));
        let columns: u32 = dots.bits.iter().map(|b| b.count_ones()).sum();
        assert_eq!(columns, 10);
    }

    #[test]
    fn ends_are_round_and_hold_the_data() {
        let span = Span::of([0.612, 1.371].into_iter()).unwrap();
        assert_eq!((span.low, span.decimals), (0.5, 1));
        assert!((span.high - 1.5).abs() < 1e-12);
        let one = Span::of([0.9].into_iter()).unwrap();
        assert!(one.low <= 0.9 && one.high >= 0.9 && one.high > one.low);
        assert_eq!(Span::of([f64::NAN].into_iter()), None);
        let zero = Span::of([0.0, 0.0].into_iter()).unwrap();
        assert!(zero.high > zero.low || zero.share(0.0).is_finite());
    }
}
