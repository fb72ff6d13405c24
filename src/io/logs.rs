//! Logs in the survey: the log of a well, its path, and times for its depths.

use std::path::{Path, PathBuf};

use super::columns::{Columns, Heading, columns};
use super::horizons::{in_the_unit_of, inside, lines_of};
use super::{Curve, CurveValues, IoError, Survey, read_las, read_well};
use crate::model::{LogValues, LoggedWell, SampleUnit, printable};

/// Names that the columns of a path go by, in lower case.
const PATH: Heading = &[
    &["md", "measured_depth", "dept"],
    &["inline", "iline", "il", "line", "line_no"],
    &["crossline", "xline", "xl", "trace", "cdp", "cdp_no"],
    &["x", "easting", "x_utme", "x_coord"],
    &["y", "northing", "y_utmn", "y_coord"],
    &["z", "tvd", "tvdss", "depth", "z_tvdss"],
];

/// Names that the columns of times go by.
const TIMES: Heading = &[
    &["md", "measured_depth", "dept"],
    &["depth", "tvd", "tvdss", "z"],
    &["time", "twt", "t", "twt(ms)", "time(ms)", "twt(s)"],
    &["owt"],
];

/// Names that the columns of a log go by.
const LOG: Heading = &[
    &["depth", "md", "dept", "measured_depth"],
    &["value", "class"],
];

/// What the file of a path ends in, in place of the log's extension.
const PATH_ENDS: [&str; 3] = ["path.txt", "path.csv", "dev"];
/// What the file of time-depth pairs ends in.
const TIMES_ENDS: [&str; 3] = ["times.txt", "times.csv", "td"];

/// A log by its own index.
struct Log {
    name: String,
    index: Vec<f64>,
    values: LogValues,
    /// The index is time, in ms.
    in_time: bool,
}

/// Where a well goes: measured depth, inline, crossline and true depth of stations,
/// ascending. A vertical well has one.
struct Course(Vec<[f64; 4]>);

/// Times of depths, both ascending.
struct Times {
    pairs: Vec<[f64; 2]>,
    /// The depths are measured along the well.
    measured: bool,
}

/// Reads a well to learn from: the log in `path`, and beside `a1.las` its path
/// `a1.path.txt` and, for a survey in time, its time-depth pairs `a1.times.txt`.
///
/// * The log: LAS, where `log` names the curve (not needed where there is only one),
///   or a text file of two columns, depth and value. A text file of inline,
///   crossline, time and class ([`read_well`]) is all of it in one.
/// * The path: one row of inline and crossline, or x and y, for a vertical well; else
///   stations of measured depth, x, y (or lines) and true depth, joined by straight
///   lines. Above the first station it is vertical, below the last it ends.
/// * Times: depth and two-way time, in the true depth of the path unless a heading
///   says `md`; doubled under a heading `owt`. Both must ascend. Between pairs times
///   are interpolated; beyond them the nearest pair's slope goes on for one sample
///   of the survey and no further.
///
/// Depths of the three files share unit and datum. Values that are null, or have no
/// place, are left out; the notes count the latter.
pub fn read_logged_well(
    path: &Path,
    log: Option<&str>,
    survey: &Survey,
) -> Result<(LoggedWell, Vec<String>), IoError> {
    let mut notes = Vec::new();
    let las = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("las"));
    let log = if las {
        of_las(path, log, &mut notes)?
    } else {
        match of_text(path)? {
            Some(log) => log,
            None => return classes_on_path(path, survey),
        }
    };
    let course = course(path, survey, log.in_time)?;
    let times = times(path, survey, &log, &mut notes)?;
    let step = survey.grid.samples.step.abs();
    let mut well = LoggedWell {
        name: log.name,
        ..LoggedWell::default()
    };
    let mut kept = Vec::new();
    let mut nowhere = 0;
    for (i, &index) in log.index.iter().enumerate() {
        if !known(&log.values, i) || !index.is_finite() {
            continue;
        }
        let place = course.at(if log.in_time { 0.0 } else { index });
        let place = place.and_then(|[inline, crossline, z]| {
            let time = match &times {
                None if log.in_time => index,
                None => z,
                Some(times) => times.at(if times.measured { index } else { z }, step)?,
            };
            Some([inline, crossline, time])
        });
        match place {
            Some(place) => {
                well.places.push(place);
                kept.push(i);
            }
            None => nowhere += 1,
        }
    }
    if nowhere > 0 {
        notes.push(format!(
            "{nowhere} of {} values lie beyond its path or its time-depth pairs: left out",
            nowhere + kept.len()
        ));
    }
    if kept.is_empty() {
        return Err(wrong(
            path,
            "no value of the log has a place in the survey; do the depths of log, path and times share unit and datum?",
        ));
    }
    well.values = match log.values {
        LogValues::Numbers(v) => LogValues::Numbers(kept.iter().map(|&i| v[i]).collect()),
        LogValues::Words(v) => LogValues::Words(kept.iter().map(|&i| v[i].clone()).collect()),
    };
    Ok((well, notes))
}

fn wrong(path: &Path, reason: impl Into<String>) -> IoError {
    IoError::Text {
        path: path.to_owned(),
        reason: reason.into(),
    }
}

fn known(values: &LogValues, i: usize) -> bool {
    match values {
        LogValues::Numbers(v) => v[i].is_finite(),
        LogValues::Words(v) => !v[i].is_empty(),
    }
}

fn stem(path: &Path) -> String {
    printable(&path.file_stem().unwrap_or_default().to_string_lossy())
}

/// The log of a LAS file.
fn of_las(path: &Path, wanted: Option<&str>, notes: &mut Vec<String>) -> Result<Log, IoError> {
    let las = read_las(path)?;
    notes.extend(las.notes.iter().cloned());
    let Some((index, curves)) = las.curves.split_first() else {
        return Err(wrong(path, "it has no curves"));
    };
    let listed = || {
        let names: Vec<&str> = curves.iter().map(|c| c.mnemonic.as_str()).collect();
        names.join(", ")
    };
    let curve = match (wanted, curves) {
        (Some(name), _) => las.curve(name).ok_or_else(|| {
            wrong(
                path,
                format!(
                    "there is no curve `{}`; it has {}",
                    printable(name),
                    listed()
                ),
            )
        })?,
        (None, [only]) => only,
        (None, _) => {
            return Err(wrong(
                path,
                format!("name the curve to learn from with --log: {}", listed()),
            ));
        }
    };
    let CurveValues::Numbers(depths) = &index.values else {
        return Err(wrong(
            path,
            format!("its index {} holds words, not depths", index.mnemonic),
        ));
    };
    let (scale, in_time) = unit_of(index);
    Ok(Log {
        // A well's name may be that of its field: files are told apart.
        name: stem(path),
        index: depths.iter().map(|d| d * scale).collect(),
        values: match &curve.values {
            CurveValues::Numbers(v) => LogValues::Numbers(v.clone()),
            CurveValues::Words(v) => LogValues::Words(v.clone()),
        },
        in_time,
    })
}

/// What an index counts: by how much it is multiplied, and whether it is time.
fn unit_of(index: &Curve) -> (f64, bool) {
    match index.unit.to_lowercase().as_str() {
        "s" | "sec" => (1000.0, true),
        "ms" | "msec" => (1.0, true),
        // Tenths of an inch, as tools log them: feet.
        "0.1in" | ".1in" => (1.0 / 120.0, false),
        _ => (1.0, false),
    }
}

/// A log in two columns; nothing where the file holds a path with classes.
fn of_text(path: &Path) -> Result<Option<Log>, IoError> {
    let table = columns(path, LOG, 1)?;
    let index = table.rows().map(|row| row[0]).collect();
    let values = match table.width() {
        1 => {
            let mut words = Vec::new();
            for (n, _) in table.rows().enumerate() {
                let Some(word) = table.word(n) else {
                    return Err(IoError::Line {
                        path: path.to_owned(),
                        line: table.line(n),
                        reason: "a depth without a value".to_owned(),
                    });
                };
                words.push(if word == "-" { "" } else { word }.to_owned());
            }
            LogValues::Words(words)
        }
        2 => {
            let null = |v: f64| if v == -999.25 { f64::NAN } else { v };
            LogValues::Numbers(table.rows().map(|row| null(row[1])).collect())
        }
        _ => return Ok(None),
    };
    Ok(Some(Log {
        name: stem(path),
        index,
        values,
        in_time: false,
    }))
}

/// A path in time with a class from each of its points on, sample by sample.
fn classes_on_path(path: &Path, survey: &Survey) -> Result<(LoggedWell, Vec<String>), IoError> {
    let (well, notes) = read_well(path, survey)?;
    let samples = &survey.grid.samples;
    let mut logged = LoggedWell {
        name: stem(path),
        ..LoggedWell::default()
    };
    let mut words = Vec::new();
    for pair in well.points().windows(2) {
        let (p, q) = (&pair[0], &pair[1]);
        let (Some(class), true) = (&p.class, q.time > p.time) else {
            continue;
        };
        // The samples from one point to the next, that of the next left to it.
        let at = |time: f64| {
            samples
                .position(time)
                .clamp(0.0, samples.count as f64)
                .ceil()
        };
        let (first, last) = (at(p.time) as usize, at(q.time) as usize);
        for sample in first..last {
            let time = samples.value(sample);
            let t = (time - p.time) / (q.time - p.time);
            logged.places.push([
                p.inline + t * (q.inline - p.inline),
                p.crossline + t * (q.crossline - p.crossline),
                time,
            ]);
            words.push(class.clone());
        }
    }
    if words.is_empty() {
        return Err(wrong(
            path,
            "no part of the path has a class within the survey; a row is inline, crossline, time and class",
        ));
    }
    logged.values = LogValues::Words(words);
    Ok((logged, notes))
}

/// The file beside a log that ends in one of these.
fn beside(path: &Path, ends: &[&str]) -> Option<PathBuf> {
    let files = ends.iter().map(|end| path.with_extension(end));
    files.into_iter().find(|file| file.is_file())
}

/// The path beside a log.
fn course(path: &Path, survey: &Survey, in_time: bool) -> Result<Course, IoError> {
    let Some(file) = beside(path, &PATH_ENDS) else {
        return Err(wrong(
            path,
            format!(
                "where is the well? Write its inline and crossline, or its deviation (md x y z), into {}",
                shown(&path.with_extension(PATH_ENDS[0]))
            ),
        ));
    };
    let table = columns(&file, PATH, 2)?;
    let [md, inline, crossline, x, y, z] = table.named();
    let width = table.width();
    let (a, b, named) = match (inline.zip(crossline), x.zip(y)) {
        (Some((i, x)), _) => (i, x, Some(false)),
        (None, Some((x, y))) => (x, y, Some(true)),
        (None, None) if width == 2 => (0, 1, None),
        (None, None) => (1, 2, None),
    };
    // Without a heading: two columns are a place, four are md, place and depth.
    let plain = named.is_none();
    let md = md.or((plain && width >= 4).then_some(0));
    let z = z.or((plain && width >= 4).then_some(3));
    let mut picks: Vec<[f64; 3]> = (table.rows())
        .map(|row| [row[a], row[b], z.map_or(f64::NAN, |z| row[z])])
        .collect();
    let grid = &survey.grid;
    let on_map = named.unwrap_or_else(|| {
        let mut on_lines = picks.iter();
        !on_lines.all(|p| inside(&grid.inlines, p[0]) && inside(&grid.crosslines, p[1]))
    });
    if on_map {
        lines_of(&mut picks, survey).map_err(|reason| wrong(&file, reason))?;
    }
    // Elevations run upwards.
    if picks.iter().all(|p| p[2] <= 0.0) && picks.len() > 1 {
        for pick in &mut picks {
            pick[2] = -pick[2];
        }
    }
    if picks.len() == 1 {
        let [inline, crossline, _] = picks[0];
        return Ok(Course(vec![[f64::NAN, inline, crossline, f64::NAN]]));
    }
    let Some(key) = md.or(z).filter(|_| !in_time) else {
        return Err(wrong(
            &file,
            "several rows need a column md or z under a heading, and a log by depth",
        ));
    };
    let stations = table.rows().zip(&picks).map(|(row, p)| {
        let depth = row[key].abs();
        [depth, p[0], p[1], if p[2].is_nan() { depth } else { p[2] }]
    });
    let stations: Vec<[f64; 4]> = stations.collect();
    ascending(&file, &table, stations.iter().map(|s| s[0]), "depths")?;
    Ok(Course(stations))
}

/// The time-depth pairs beside a log; nothing where they are not needed.
fn times(
    path: &Path,
    survey: &Survey,
    log: &Log,
    notes: &mut Vec<String>,
) -> Result<Option<Times>, IoError> {
    if log.in_time || survey.grid.unit != SampleUnit::Milliseconds {
        return Ok(None);
    }
    let Some(file) = beside(path, &TIMES_ENDS) else {
        return Err(wrong(
            path,
            format!(
                "the volumes are in time: write depth and two-way time, a pair a line, into {}",
                shown(&path.with_extension(TIMES_ENDS[0]))
            ),
        ));
    };
    let table = columns(&file, TIMES, 2)?;
    let [md, depth, twt, owt] = table.named();
    let (d, t) = (md.or(depth).unwrap_or(0), twt.or(owt).unwrap_or(1));
    let mut pairs: Vec<[f64; 2]> = table.rows().map(|row| [row[d], row[t]]).collect();
    if pairs.len() < 2 {
        return Err(wrong(
            &file,
            "two pairs of depth and time at least are needed",
        ));
    }
    if pairs.iter().all(|p| p[0] <= 0.0) {
        for pair in &mut pairs {
            pair[0] = -pair[0];
        }
    }
    in_the_unit_of(survey, pairs.iter_mut().map(|p| &mut p[1]), notes);
    if owt.is_some() && twt.is_none() {
        for pair in &mut pairs {
            pair[1] *= 2.0;
        }
    }
    ascending(&file, &table, pairs.iter().map(|p| p[0]), "depths")?;
    ascending(&file, &table, pairs.iter().map(|p| p[1]), "times")?;
    Ok(Some(Times {
        pairs,
        measured: md.is_some(),
    }))
}

/// Refuses numbers that do not ascend, with the line that does not.
fn ascending(
    file: &Path,
    table: &Columns,
    numbers: impl Iterator<Item = f64>,
    what: &str,
) -> Result<(), IoError> {
    let mut before = f64::NEG_INFINITY;
    for (n, number) in numbers.enumerate() {
        if !number.is_finite() || number <= before {
            return Err(IoError::Line {
                path: file.to_owned(),
                line: table.line(n),
                reason: format!("{number} after {before}: {what} must ascend"),
            });
        }
        before = number;
    }
    Ok(())
}

fn shown(path: &Path) -> String {
    printable(&path.file_name().unwrap_or_default().to_string_lossy())
}

impl Course {
    /// Inline, crossline and true depth at a measured depth.
    fn at(&self, depth: f64) -> Option<[f64; 3]> {
        let stations = &self.0;
        if let [[_, inline, crossline, _]] = stations[..] {
            return Some([inline, crossline, depth]);
        }
        let after = stations.partition_point(|s| s[0] < depth);
        let q = stations.get(after)?;
        if after == 0 {
            return Some([q[1], q[2], q[3] - (q[0] - depth)]);
        }
        let p = &stations[after - 1];
        let t = (depth - p[0]) / (q[0] - p[0]);
        Some([1, 2, 3].map(|i| p[i] + t * (q[i] - p[i])))
    }
}

impl Times {
    /// The time at a depth, if it is known or lies within `room` of what is.
    fn at(&self, depth: f64, room: f64) -> Option<f64> {
        let pairs = &self.pairs;
        let after = pairs.partition_point(|p| p[0] < depth);
        let upper = after.clamp(1, pairs.len() - 1);
        let (p, q) = (pairs[upper - 1], pairs[upper]);
        let time = p[1] + (depth - p[0]) / (q[0] - p[0]) * (q[1] - p[1]);
        let (first, last) = (pairs[0][1], pairs[pairs.len() - 1][1]);
        (time >= first - room && time <= last + room).then_some(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::SurveyMap;
    use crate::model::Axis;

    fn survey() -> Survey {
        let mut survey = Survey::nowhere();
        survey.grid.inlines = Axis::new(100.0, 1.0, 41);
        survey.grid.crosslines = Axis::new(300.0, 1.0, 21);
        survey.grid.samples = Axis::new(0.0, 4.0, 501);
        survey.map = SurveyMap::of(&[
            [100.0, 300.0, 5000.0, 9000.0],
            [100.0, 320.0, 5500.0, 9000.0],
            [140.0, 300.0, 5000.0, 10000.0],
            [140.0, 320.0, 5500.0, 10000.0],
        ]);
        survey
    }

    const LAS: &str = "~V\nVERS. 2.0:\nWRAP. NO:\n~W\nNULL. -999.25:\n~C\nDEPT.M:\nPHIE.V/V:\nGR.API:\n~A\n1000 0.1 50\n1002 0.2 60\n1004 -999.25 70\n1100 0.3 80\n";

    fn well(files: &[(&str, &str)]) -> Result<(LoggedWell, Vec<String>), IoError> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        read_logged_well(&folder.path().join(files[0].0), Some("phie"), &survey())
    }

    #[test]
    fn a_vertical_well_and_a_deviated_one_are_placed() {
        let times = ("a.times.txt", "depth time\n0 0\n1000 0.8\n1050 0.840\n");
        let (upright, notes) = well(&[("a.las", LAS), ("a.path.txt", "110 304\n"), times]).unwrap();
        assert_eq!(upright.values, LogValues::Numbers(vec![0.1, 0.2]));
        assert_eq!(upright.places[0], [110.0, 304.0, 800.0]);
        assert!((upright.places[1][2] - 801.6).abs() < 1e-9);
        // 1100 m lies 40 ms beyond the last pair.
        assert!(
            notes.iter().any(|n| n.starts_with("1 of 3 values")),
            "{notes:?}"
        );
        let deviation = "md x y z\n0 5100 9250 0\n900 5100 9250 900\n1100 5200 9250 1000\n";
        let (bent, _) = well(&[("a.las", LAS), ("a.path.txt", deviation), times]).unwrap();
        // Half way from 900 to 1100 m: two crosslines on, 950 m deep.
        let [inline, crossline, time] = bent.places[0];
        assert!((inline - 110.0).abs() < 1e-6 && (crossline - 306.0).abs() < 1e-6);
        assert!((time - 760.0).abs() < 1e-9, "{time}");
    }

    #[test]
    fn what_lacks_or_cannot_be_right_is_said() {
        let error = |files: &[(&str, &str)]| well(files).unwrap_err().to_string();
        assert!(error(&[("a.las", LAS)]).contains("a.path.txt"));
        let path = ("a.path.txt", "110 304\n");
        assert!(error(&[("a.las", LAS), path]).contains("a.times.txt"));
        let folded = ("a.times.txt", "0 0\n1000 0.8\n1050 0.79\n");
        let told = error(&[("a.las", LAS), path, folded]);
        assert!(
            told.contains("line 3") && told.contains("times must ascend"),
            "{told}"
        );
        let far = ("a.times.txt", "0 0\n100 100\n");
        assert!(error(&[("a.las", LAS), path, far]).contains("unit and datum"));
        let none = LAS.replace("PHIE", "PHIT");
        assert!(error(&[("a.las", &none)]).contains("there is no curve `phie`; it has PHIT, GR"));
    }

    #[test]
    fn text_logs_and_classes_on_a_path() {
        let times = ("a.times.txt", "0 0\n1000 1000\n");
        let path = ("a.path.txt", "inline crossline\n110 304\n");
        let (log, _) = well(&[("a.txt", "depth value\n10 1\n20 2\n"), path, times]).unwrap();
        assert_eq!(log.values, LogValues::Numbers(vec![1.0, 2.0]));
        let (log, _) = well(&[("a.txt", "10 shale\n20 sand\n30 -\n"), path, times]).unwrap();
        assert_eq!(
            log.values,
            LogValues::Words(vec!["shale".into(), "sand".into()])
        );
        let (log, _) =
            well(&[("a.txt", "110 304 0 shale\n110 306 20 sand\n110 306 26\n")]).unwrap();
        let LogValues::Words(words) = &log.values else {
            panic!("{log:?}");
        };
        // 0, 4, ... 16 are shale, 20 and 24 sand.
        assert_eq!(words.iter().filter(|w| *w == "shale").count(), 5);
        assert_eq!((words.len(), log.places[1]), (7, [110.0, 304.4, 4.0]));
    }
}
