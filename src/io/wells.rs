//! Wells as text: a point of the path a line, with a class where one is known.

use std::path::Path;

use super::columns::{Heading, columns};
use super::horizons::{in_the_unit_of, lines_of, places};
use super::{IoError, Survey};
use crate::model::{Well, WellPoint, printable};

/// Names that the columns of a well go by, in lower case.
const HEADING: Heading = &[
    &["inline", "iline", "il", "line"],
    &["crossline", "xline", "xl", "trace", "cdp"],
    &["x", "easting", "x_utme", "x_coord"],
    &["y", "northing", "y_utmn", "y_coord"],
    &["time", "twt", "z", "t", "tvdss", "tvd", "depth", "z_tvdss"],
    &["class", "facies", "code"],
];

/// Reads the path of a well: inline, crossline and time in columns, or x, y and
/// time where the survey has a map; a word, or a number under a heading `class`,
/// is the class from that point on, `-` the end of it. Comments, headings and
/// separators are as in horizons.
///
/// A survey by measured depth and inclination is refused: it says nothing of time.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("a1.txt");
/// std::fs::write(&path, "10 20 0\n10 20 400 shale\n10 21 480 sand\n10 21 500 -\n")?;
/// let (a1, _) = outcrop::io::read_well(&path, &outcrop::io::Survey::nowhere())?;
/// assert_eq!(a1.points()[2].class.as_deref(), Some("sand"));
/// assert_eq!(a1.points()[3].class, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_well(path: &Path, survey: &Survey) -> Result<(Well, Vec<String>), IoError> {
    let table = columns(path, HEADING, 3)?;
    let wrong = |reason: &str| IoError::Text {
        path: path.to_owned(),
        reason: reason.to_owned(),
    };
    let (mut picks, on_map) = places(&table, survey);
    let mut notes = Vec::new();
    if on_map {
        lines_of(&mut picks, survey).map_err(|reason| wrong(&reason))?;
    }
    in_the_unit_of(survey, picks.iter_mut().map(|p| &mut p[2]), &mut notes);
    let [_, _, _, _, _, code] = table.named();
    let mut class: Option<String> = None;
    let mut points: Vec<WellPoint> = Vec::with_capacity(picks.len());
    for (n, (pick, row)) in picks.iter().zip(table.rows()).enumerate() {
        let [inline, crossline, time] = *pick;
        if !pick.iter().all(|v| v.is_finite() && v.abs() < 1e9) {
            return Err(IoError::Line {
                path: path.to_owned(),
                line: table.line(n),
                reason: "a path has no holes; leave the line out".to_owned(),
            });
        }
        if let Some(code) = code.and_then(|column| row.get(column)) {
            class = Some(code.to_string());
        }
        if let Some(word) = table.word(n) {
            class = (word != "-").then(|| printable(word));
        }
        points.push(WellPoint {
            inline,
            crossline,
            time,
            class: class.clone(),
        });
    }
    let well = Well::through(points).ok_or_else(|| wrong("a path has two points at least"))?;
    Ok((well, notes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::SurveyMap;
    use crate::model::Axis;

    fn read(text: &str) -> Result<(Well, Vec<String>), IoError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.txt");
        std::fs::write(&path, text).unwrap();
        let corners = [
            [100.0, 300.0, 5000.0, 9000.0],
            [100.0, 320.0, 5500.0, 9000.0],
            [140.0, 300.0, 5000.0, 10000.0],
            [140.0, 320.0, 5500.0, 10000.0],
        ];
        let mut survey = Survey::nowhere();
        survey.grid.inlines = Axis::new(100.0, 1.0, 41);
        survey.grid.crosslines = Axis::new(300.0, 1.0, 21);
        survey.grid.samples = Axis::new(0.0, 4.0, 501);
        survey.map = SurveyMap::of(&corners);
        read_well(&path, &survey)
    }

    #[test]
    fn a_path_by_lines_and_by_coordinates_is_the_same() {
        let (lines, _) = read("110 304 0\n110 304.5 400 shale\n110 305 0.48e3 2\n").unwrap();
        let (map, _) =
            read("X Y TWT\n5100 9250 0\n5112.5 9250 400 shale\n5125 9250 480\n").unwrap();
        for (p, q) in lines.points().iter().zip(map.points()) {
            let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
            assert!(near(p.inline, q.inline) && near(p.crossline, q.crossline));
            assert!(near(p.time, q.time));
        }
        assert_eq!(map.points()[1].class.as_deref(), Some("shale"));
    }

    #[test]
    fn classes_are_words_or_codes_below_their_heading() {
        let (well, _) = read("inline,crossline,time,class\n110,304,0,1\n110,304,80,3\n").unwrap();
        let classes: Vec<_> = well.points().iter().map(|p| p.class.as_deref()).collect();
        assert_eq!(classes, [Some("1"), Some("3")]);
        assert!(
            read("110 304 0\n110 304 1e30\n")
                .unwrap_err()
                .to_string()
                .contains("line 2")
        );
        assert!(
            read("110 304 0\n")
                .unwrap_err()
                .to_string()
                .contains("two points")
        );
    }
}
