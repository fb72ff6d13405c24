//! Horizons as text: a pick a line, whatever program wrote it.

use std::path::Path;

use super::columns::{Columns, Heading, columns};
use super::{IoError, Survey};
use crate::model::{Horizon, printable};

/// Names that the columns of a horizon go by, in lower case.
const HEADING: Heading = &[
    &["inline", "iline", "il", "line"],
    &["crossline", "xline", "xl", "trace", "cdp"],
    &["x", "easting", "x_coord", "cdp_x"],
    &["y", "northing", "y_coord", "cdp_y"],
    &[
        "z", "time", "twt", "depth", "t", "z(ms)", "z(s)", "time(ms)",
    ],
];

/// Reads a horizon: inline, crossline and time in columns; or x, y and time, where
/// the survey has a map; or both, as Charisma has them (`INLINE : 200 XLINE : 400
/// x y z`). Headings, comments (`#`, `!`) and the `999 999 999` of Irap are passed
/// over; columns are parted by blanks, tabs, commas or semicolons.
///
/// Undefined times (1e30, -999.25, 9999900, NaN) are holes. Times that can only be
/// seconds become milliseconds, times that run upwards are turned over: the notes
/// that come back say so. A line that cannot be understood is an error with its
/// number.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("top.dat");
/// std::fs::write(&path, "# Inline Crossline Z\n10 1 0.500\n10, 2, 0.504\n11\t1\t1e30\n")?;
/// let mut survey = outcrop::io::Survey::nowhere();
/// survey.grid.samples = outcrop::model::Axis::new(0.0, 4.0, 500);
/// let (top, notes) = outcrop::io::read_horizon(&path, &survey)?;
/// assert_eq!(top.time(10.0, 2.0).map(f64::round), Some(504.0));
/// assert_eq!((top.picks(), notes.len()), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_horizon(path: &Path, survey: &Survey) -> Result<(Horizon, Vec<String>), IoError> {
    let table = columns(path, HEADING, 3)?;
    let wrong = |reason: String| IoError::Text {
        path: path.to_owned(),
        reason,
    };
    let (mut picks, on_map) = places(&table, survey);
    let mut notes = Vec::new();
    if on_map {
        lines_of(&mut picks, survey).map_err(wrong)?;
        // Onto the traces: coordinates are hardly ever exactly those of one.
        let grid = &survey.grid;
        for pick in &mut picks {
            for (at, axis) in [(0, &grid.inlines), (1, &grid.crosslines)] {
                pick[at] = axis.first + axis.position(pick[at]).round() * axis.step;
            }
        }
        notes.push("its coordinates were taken to the nearest traces".to_owned());
    }
    for pick in &mut picks {
        if undefined(pick[2]) {
            pick[2] = f64::NAN;
        }
    }
    in_the_unit_of(survey, picks.iter_mut().map(|p| &mut p[2]), &mut notes);
    let horizon = Horizon::of(&picks).ok_or_else(|| {
        wrong("its picks are too few for the lines they span; are its columns inline, crossline and time?".to_owned())
    })?;
    let grid = &survey.grid;
    let (low, high) = horizon.range();
    if grid.samples.count > 0 && (high < grid.samples.low() || low > grid.samples.high()) {
        notes.push(format!(
            "its times {low:.0} to {high:.0} are outside the volume's {:.0} to {:.0} {}",
            grid.samples.low(),
            grid.samples.high(),
            grid.unit.sign()
        ));
    }
    Ok((horizon, notes.iter().map(|n| printable(n)).collect()))
}

/// Takes places on the map to lines, in fractions; an error in words where the
/// survey has no map.
pub(super) fn lines_of(picks: &mut [[f64; 3]], survey: &Survey) -> Result<(), String> {
    let Some(map) = &survey.map else {
        let [x, y, _] = picks.first().copied().unwrap_or_default();
        return Err(format!(
            "its first line is at {x} {y}, which is no line of the volume, whose headers tell no coordinates; export it as inline, crossline and time"
        ));
    };
    for pick in picks {
        (pick[0], pick[1]) = map.lines(pick[0], pick[1]);
    }
    Ok(())
}

/// True for what may be a line of an axis, rather than a coordinate: not further
/// outside than the axis is long.
pub(super) fn inside(axis: &crate::model::Axis, v: f64) -> bool {
    let room = axis.high() - axis.low() + axis.step.abs();
    axis.count == 0 || (v >= axis.low() - room && v <= axis.high() + room)
}

/// The picks of a table, and whether they are on the map instead of on lines.
pub(super) fn places(table: &Columns, survey: &Survey) -> (Vec<[f64; 3]>, bool) {
    let grid = &survey.grid;
    let on_lines = |i: usize, x: usize| {
        let mut rows = table.rows();
        rows.all(|row| inside(&grid.inlines, row[i]) && inside(&grid.crosslines, row[x]))
    };
    let take = |a: usize, b: usize, z: usize| {
        let pick = |row: &[f64]| [row[a], row[b], row[z]];
        table.rows().map(pick).collect()
    };
    let last = table.width() - 1;
    match table.named::<5>() {
        [Some(i), Some(x), _, _, z] => (take(i, x, z.unwrap_or(last)), false),
        [_, _, Some(x), Some(y), z] => (take(x, y, z.unwrap_or(last)), true),
        _ if on_lines(0, 1) => (take(0, 1, last.min(if last == 4 { 4 } else { 2 })), false),
        _ if last == 4 && on_lines(2, 3) => (take(2, 3, 4), false),
        _ => (take(0, 1, 2), true),
    }
}

/// True for what programs write where there is no pick.
fn undefined(z: f64) -> bool {
    !z.is_finite() || z.abs() >= 1e6 || [-999.25, -999.0, -9999.0, 9999.0].contains(&z)
}

/// Takes times that can only be seconds as such, and times that run upwards as
/// running down; says so.
pub(super) fn in_the_unit_of<'a>(
    survey: &Survey,
    times: impl Iterator<Item = &'a mut f64>,
    notes: &mut Vec<String>,
) {
    let samples = &survey.grid.samples;
    let mut times: Vec<&mut f64> = times.filter(|t| t.is_finite()).collect();
    let most = times.iter().map(|t| t.abs()).fold(0.0, f64::max);
    if most > 0.0 && most < 20.0 && samples.high() > 100.0 {
        for t in &mut times {
            **t *= 1000.0;
        }
        notes.push("its times were taken as seconds".to_owned());
    }
    if !times.is_empty() && times.iter().all(|t| **t < 0.0) && samples.low() >= 0.0 {
        for t in &mut times {
            **t = -**t;
        }
        notes.push("its times run upwards and were turned over".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::SurveyMap;
    use crate::model::{Axis, Grid, SampleUnit};

    fn survey() -> Survey {
        let corners = [
            [100.0, 300.0, 5000.0, 9000.0],
            [100.0, 320.0, 5500.0, 9000.0],
            [140.0, 300.0, 5000.0, 10000.0],
            [140.0, 320.0, 5500.0, 10000.0],
        ];
        Survey {
            grid: Grid {
                inlines: Axis::new(100.0, 1.0, 41),
                crosslines: Axis::new(300.0, 1.0, 21),
                samples: Axis::new(0.0, 4.0, 501),
                unit: SampleUnit::Milliseconds,
                spacing: None,
            },
            map: SurveyMap::of(&corners),
        }
    }

    fn read(text: &str) -> Result<(Horizon, Vec<String>), IoError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("h.txt");
        std::fs::write(&path, text).unwrap();
        read_horizon(&path, &survey())
    }

    /// The same three picks as eight programs write them.
    #[test]
    fn one_horizon_in_many_spellings() {
        let spellings = [
            "100 300 1000\n100 301 1004\n101 300 996\n",
            "100,300,1000\n100,301,1004\n101,300,996\n",
            "Inline\tCrossline\tTWT\n100\t300\t1000\n100\t301\t1004\n101\t300\t996\n",
            "! Horizon \"top\"\n# 1: Inline 2: Crossline 3: Z\n\n100 300 1.000\n100 301 1.004\n101 300 0.996\n",
            "100 300 -1000\n100 301 -1004\n101 300 -996\n",
            "100 300 1000\n100 301 1004\n101 300 996\n101 301 1e30\n101 302 -999.25\n",
            "5000 9000 1000\n5025 9000 1004\n5000 9025 996\n999 999 999\n",
            "INLINE :    100 XLINE :    300  5000.0  9000.0  1000.0\nINLINE :    100 XLINE :    301  5025.0  9000.0  1004.0\nINLINE :    101 XLINE :    300  5000.0  9025.0  996.0\n",
            "x,y,inline,crossline,z\n5000,9000,100,300,1000\n5025,9000,100,301,1004\n5000,9025,101,300,996\n",
            "X Y Z\r\n5000 9000 1000\r\n5025 9000 1004\r\n5000 9025 996\r\n",
        ];
        for text in spellings {
            let (h, _) = read(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            let near = |i, x, wanted: f64| {
                let got = h.time(i, x).unwrap_or(f64::NAN);
                assert!(
                    (got - wanted).abs() < 1e-3,
                    "{text}: {got} against {wanted}"
                );
            };
            near(100.0, 300.0, 1000.0);
            near(100.0, 301.0, 1004.0);
            near(101.0, 300.0, 996.0);
            assert_eq!((h.picks(), h.time(101.0, 301.0)), (3, None), "{text}");
        }
    }

    #[test]
    fn what_is_no_horizon_is_refused_with_a_reason() {
        let refused = |text: &str| read(text).unwrap_err().to_string();
        assert!(refused("").contains("no line of numbers"));
        assert!(refused("a b c\nd e f\n").contains("no line of numbers"));
        assert!(refused("100 300 1000\n100 301 high\n").contains("line 2"));
        assert!(refused("100 300\n").contains("3 columns"));
        assert!(refused("-996 20 25.0 25.0\n1 2 3 4\n").contains("grid"));
        assert!(refused("100 300 1e30\n").contains("picks"));
        let escape = refused("100 300 1000\n\u{1b}[31m 4 5\n");
        assert!(
            escape.contains("line 2") && !escape.contains('\u{1b}'),
            "{escape}"
        );
    }

    #[test]
    fn bytes_of_any_kind_are_no_panic() {
        let mut state = 7u64;
        for n in 0..300 {
            let noise: Vec<u8> = (0..n * 3)
                .map(|_| {
                    state = state
                        .wrapping_mul(6364136223846793005)
                        .wrapping_add(1442695040888963407);
                    b"0123456789 .,-+eE\n\t#x\xff"[(state >> 33) as usize % 22]
                })
                .collect();
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("noise");
            std::fs::write(&path, &noise).unwrap();
            let _ = read_horizon(&path, &survey());
        }
    }
}
