//! Slices for other programs: `.npy` and CSV.

use std::fmt::Write as _;
use std::path::Path;

use super::{IoError, npy, write_atomically};
use crate::model::{Direction, Grid, SliceKey};

/// Writes an array of floats as `.npy`: little-endian float32 in C order, nulls
/// as NaN. Vertical slices are `[trace, sample]`, time slices `[inline,
/// crossline]`, as [`SliceKey::block`] reads them.
pub fn write_npy(path: &Path, shape: &[usize], data: &[f32]) -> Result<(), IoError> {
    let mut bytes = npy::header_bytes("<f4", shape);
    bytes.extend(data.iter().flat_map(|v| v.to_le_bytes()));
    write_atomically(path, &bytes)
}

/// Writes a slice as CSV: a row for each trace (or inline), a column for each
/// sample (or crossline), survey numbers at the head of both, nulls empty.
pub fn write_csv(path: &Path, grid: &Grid, slice: SliceKey, data: &[f32]) -> Result<(), IoError> {
    let samples = (&grid.samples, grid.unit.sign());
    let (rows, row_name, (columns, column_name)) = match slice.direction() {
        Direction::Inline => (&grid.crosslines, "crossline", samples),
        Direction::Crossline => (&grid.inlines, "inline", samples),
        Direction::Time => (&grid.inlines, "inline", (&grid.crosslines, "crossline")),
    };
    let mut text = format!("{row_name}\\{column_name}");
    // Writing to a string does not fail.
    for i in 0..columns.count {
        let _ = write!(text, ",{}", columns.value(i));
    }
    text.push('\n');
    for (i, row) in data.chunks_exact(columns.count.max(1)).enumerate() {
        let _ = write!(text, "{}", rows.value(i));
        for v in row {
            if v.is_nan() {
                text.push(',');
            } else {
                let _ = write!(text, ",{v}");
            }
        }
        text.push('\n');
    }
    write_atomically(path, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Axis, SampleUnit};

    #[test]
    fn a_time_slice_has_inlines_down_and_crosslines_across() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("slice.csv");
        let grid = Grid {
            inlines: Axis::new(10.0, 1.0, 2),
            crosslines: Axis::new(100.0, 5.0, 3),
            samples: Axis::new(0.0, 4.0, 9),
            unit: SampleUnit::Milliseconds,
            spacing: None,
        };
        let data = [1.0, f32::NAN, 2.5, -1.0, 0.0, 1e-3];
        write_csv(&path, &grid, SliceKey::Time(4.0), &data).unwrap();
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "inline\\crossline,100,105,110\n10,1,,2.5\n11,-1,0,0.001\n"
        );
    }
}
