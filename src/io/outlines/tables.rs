//! Tables of points: CSV, OpendTect's columns, RMS/Irap.

use std::fmt::Write as _;
use std::path::Path;

use super::{Coordinates, IoError, PolygonFile, Raw, Survey, SurveyMap};
use crate::model::{Direction, Polygon, SliceKey, printable};

/// Names that columns of a CSV file go by, in lower case.
const NAMES: [(&str, &[&str]); 14] = [
    ("facies", &["facies", "class", "facies_name"]),
    ("polygon", &["polygon", "poly_id", "polygon_id", "id"]),
    ("name", &["name"]),
    ("direction", &["direction"]),
    ("slice", &["slice"]),
    ("inline", &["inline", "iline", "il", "line_no"]),
    ("crossline", &["crossline", "xline", "xl", "cdp_no"]),
    ("x", &["x", "x_utme", "easting", "x_coord"]),
    ("y", &["y", "y_utmn", "northing", "y_coord"]),
    ("z", &["z", "time", "twt", "depth", "z_tvdss", "t"]),
    ("author", &["author"]),
    ("date", &["date"]),
    ("confidence", &["confidence"]),
    ("interpolated", &["interpolated"]),
];

fn line_error(path: &Path, line: usize, reason: impl Into<String>) -> IoError {
    IoError::Line {
        path: path.to_owned(),
        line,
        reason: reason.into(),
    }
}

/// Reads a CSV file with a heading; rows of one polygon follow each other.
pub(super) fn read_csv(path: &Path, text: &str) -> Result<Vec<Raw>, IoError> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let bad = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line) as usize;
        line_error(path, line, printable(&error.to_string()))
    };
    let heading = reader.headers().map_err(bad)?.clone();
    let column = |name: &str| {
        let known = NAMES.iter().find(|(n, _)| *n == name)?.1;
        heading
            .iter()
            .position(|h| known.contains(&h.to_lowercase().as_str()))
    };
    let places: Vec<Option<usize>> = NAMES.iter().map(|(name, _)| column(name)).collect();
    let at = |name: &str| {
        NAMES
            .iter()
            .position(|(n, _)| *n == name)
            .and_then(|i| places[i])
    };
    let (coordinates, columns) = if let (Some(i), Some(x)) = (at("inline"), at("crossline")) {
        (Coordinates::Lines, [i, x])
    } else if let (Some(x), Some(y)) = (at("x"), at("y")) {
        (Coordinates::Map, [x, y])
    } else {
        let reason = "its heading names neither inline and crossline nor x and y";
        return Err(line_error(path, 1, reason));
    };
    let mut found: Vec<Raw> = Vec::new();
    let mut last: Option<Vec<String>> = None;
    for record in reader.records() {
        let record = record.map_err(bad)?;
        let line = record.position().map_or(0, csv::Position::line) as usize;
        let text = |name: &str| {
            at(name)
                .and_then(|i| record.get(i))
                .filter(|t| !t.is_empty())
        };
        let number = |i: usize| {
            let field = record.get(i).unwrap_or("");
            let value = field.parse::<f64>().ok().filter(|v| v.is_finite());
            value.ok_or_else(|| {
                line_error(path, line, format!("`{}` is no number", printable(field)))
            })
        };
        let key: Vec<String> = ["facies", "polygon", "direction", "slice"]
            .map(|name| text(name).unwrap_or("").to_owned())
            .to_vec();
        if last.as_ref() != Some(&key) {
            let mut raw = Raw::new(coordinates);
            raw.facies = text("facies").map(printable);
            raw.name = text("name").map(printable);
            raw.origin.author = text("author").map(printable);
            raw.origin.date = text("date").map(printable);
            raw.origin.interpolated = text("interpolated") == Some("true");
            raw.origin.confidence = text("confidence")
                .and_then(|c| c.parse().ok())
                .filter(|c| *c <= 100);
            raw.slice = match (text("direction"), text("slice")) {
                (Some(direction), Some(slice)) => Some(slice_key(path, line, direction, slice)?),
                _ => None,
            };
            found.push(raw);
            last = Some(key);
        }
        let z = at("z").map_or(Ok(0.0), number)?;
        let point = [number(columns[0])?, number(columns[1])?, z];
        if let Some(raw) = found.last_mut() {
            raw.points.push(point);
        }
    }
    Ok(found)
}

fn slice_key(path: &Path, line: usize, direction: &str, number: &str) -> Result<SliceKey, IoError> {
    let found = [Direction::Inline, Direction::Crossline, Direction::Time]
        .into_iter()
        .find(|d| d.word() == direction.to_lowercase());
    match (found, number.parse::<f64>()) {
        (Some(direction), Ok(at)) if at.is_finite() => Ok(SliceKey::new(direction, at)),
        _ => Err(line_error(
            path,
            line,
            format!(
                "`{} {}` is no slice",
                printable(direction),
                printable(number)
            ),
        )),
    }
}

/// Reads columns of numbers: x y z, or inline crossline z, told apart by the
/// survey; further words name the polygon. A blank line, or another name, begins
/// the next one. Times that can only be seconds are taken as such.
pub(super) fn read_columns(path: &Path, text: &str, survey: &Survey) -> Result<Vec<Raw>, IoError> {
    let mut found: Vec<Raw> = Vec::new();
    let mut fresh = true;
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with(['#', '!']) {
            continue;
        }
        if line.is_empty() {
            fresh = true;
            continue;
        }
        let words = words(line);
        let (name, numbers) = if words.first().is_some_and(|w| w.parse::<f64>().is_err()) {
            (Some(words[0].clone()), &words[1..])
        } else {
            (words.get(3).cloned(), &words[..])
        };
        let point = point(numbers).ok_or_else(|| {
            let shown: String = printable(line).chars().take(40).collect();
            line_error(
                path,
                i + 1,
                format!("`{shown}` does not begin with three numbers"),
            )
        })?;
        let another = found.last().is_none_or(|last| last.name != name);
        if fresh || another {
            let mut raw = Raw::new(Coordinates::Lines);
            raw.name = name;
            raw.facies = words.get(4).cloned();
            found.push(raw);
            fresh = false;
        }
        if let Some(raw) = found.last_mut() {
            raw.points.push(point);
        }
    }
    let all = || found.iter().flat_map(|raw| &raw.points);
    let grid = &survey.grid;
    let on_lines = |p: &[f64; 3]| {
        let inside = |axis: &crate::model::Axis, v: f64| {
            let room = axis.high() - axis.low() + axis.step.abs();
            v >= axis.low() - room && v <= axis.high() + room
        };
        inside(&grid.inlines, p[0]) && inside(&grid.crosslines, p[1])
    };
    let coordinates = if survey.map.is_none() || all().all(on_lines) {
        Coordinates::Lines
    } else {
        Coordinates::Map
    };
    let most = all().map(|p| p[2].abs()).fold(0.0, f64::max);
    let seconds = most > 0.0 && most < 20.0 && grid.samples.high() > 100.0;
    for raw in &mut found {
        raw.coordinates = coordinates;
        for p in raw.points.iter_mut().filter(|_| seconds) {
            p[2] *= 1000.0;
        }
    }
    Ok(found)
}

/// Reads an RMS/Irap file: `x y z` a line; `999 999 999` ends a polygon, as often
/// as it stands there.
pub(super) fn read_irap(path: &Path, text: &str) -> Result<Vec<Raw>, IoError> {
    let mut found = vec![Raw::new(Coordinates::Map)];
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let point = point(&words(line)).ok_or_else(|| {
            let shown: String = printable(line).chars().take(40).collect();
            line_error(path, i + 1, format!("`{shown}` is not three numbers"))
        })?;
        if point == [999.0; 3] {
            found.push(Raw::new(Coordinates::Map));
        } else if let Some(raw) = found.last_mut() {
            raw.points.push(point);
        }
    }
    found.retain(|raw| !raw.points.is_empty());
    Ok(found)
}

/// Words of a line, parted by blanks, commas or semicolons; quotes hold together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',', ';']);
        let Some(first) = rest.chars().next() else {
            return words;
        };
        let quoted = matches!(first, '"' | '\'')
            .then(|| rest[1..].find(first))
            .flatten();
        if let Some(end) = quoted {
            words.push(printable(&rest[1..=end]));
            rest = &rest[end + 2..];
        } else {
            let end = rest.find([' ', '\t', ',', ';']).unwrap_or(rest.len());
            words.push(printable(&rest[..end]));
            rest = &rest[end..];
        }
    }
}

fn point(words: &[String]) -> Option<[f64; 3]> {
    let number = |i: usize| {
        let value = words.get(i)?.parse::<f64>().ok();
        value.filter(|v| v.is_finite())
    };
    Some([number(0)?, number(1)?, number(2)?])
}

/// Inline, crossline and time of the vertices.
pub(super) fn positions(polygon: &Polygon) -> Vec<[f64; 3]> {
    let at = polygon.slice.number();
    let position = |&(a, b): &(f64, f64)| match polygon.slice {
        SliceKey::Inline(_) => [at, a, b],
        SliceKey::Crossline(_) => [a, at, b],
        SliceKey::Time(_) => [b, a, at],
    };
    polygon.vertices.iter().map(position).collect()
}

fn polygons(files: &[PolygonFile]) -> impl Iterator<Item = (&str, &Polygon)> {
    files.iter().flat_map(|file| {
        let name = file.facies.name.as_str();
        file.polygons.iter().map(move |p| (name, p))
    })
}

/// A CSV table with a row a vertex; x and y where the survey has a map.
pub(super) fn csv_text(files: &[PolygonFile], survey: &Survey) -> String {
    let mut text = String::from(
        "facies,polygon,name,direction,slice,inline,crossline,time,author,date,confidence,interpolated",
    );
    text.push_str(if survey.map.is_some() { ",x,y\n" } else { "\n" });
    for (i, (facies, polygon)) in polygons(files).enumerate() {
        let origin = &polygon.origin;
        let known = |text: &Option<String>| field(text.as_deref().unwrap_or(""));
        for [inline, crossline, time] in positions(polygon) {
            // Writing to a string does not fail.
            let _ = write!(
                text,
                "{},{},{},{},{},{inline},{crossline},{time},{},{},{},{}",
                field(facies),
                i + 1,
                known(&polygon.name),
                polygon.slice.direction().word(),
                polygon.slice.number(),
                known(&origin.author),
                known(&origin.date),
                origin.confidence.map_or(String::new(), |c| c.to_string()),
                if origin.interpolated { "true" } else { "" },
            );
            if let Some(map) = &survey.map {
                let (x, y) = map.place(inline, crossline);
                let _ = write!(text, ",{x:.3},{y:.3}");
            }
            text.push('\n');
        }
    }
    text
}

/// A field of a CSV table, quoted where it must be.
fn field(text: &str) -> String {
    let safe = printable(text);
    if safe.contains([',', '"', '\n']) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

/// Columns as OpendTect reads them: x y z, or inline crossline z without a map;
/// then the polygon and the facies. A blank line parts polygons.
pub(super) fn columns_text(files: &[PolygonFile], survey: &Survey) -> String {
    let head = if survey.map.is_some() {
        "X Y"
    } else {
        "Inline Crossline"
    };
    let mut text = format!("# {head} Z({}) polygon facies\n", survey.grid.unit.sign());
    for (i, (facies, polygon)) in polygons(files).enumerate() {
        let name = polygon
            .name
            .clone()
            .unwrap_or_else(|| format!("{facies}-{}", i + 1));
        let quoted = |text: &str| format!("\"{}\"", printable(text).replace('"', "'"));
        for [inline, crossline, time] in positions(polygon) {
            let (p, q) = match &survey.map {
                Some(map) => {
                    let (x, y) = map.place(inline, crossline);
                    (format!("{x:.3}"), format!("{y:.3}"))
                }
                None => (inline.to_string(), crossline.to_string()),
            };
            let _ = writeln!(
                text,
                "{p}\t{q}\t{time}\t{}\t{}",
                quoted(&name),
                quoted(facies)
            );
        }
        text.push('\n');
    }
    text
}

/// `x y z` a line, closed outlines, `999.0` between them.
pub(super) fn irap_text(files: &[PolygonFile], map: &SurveyMap) -> String {
    let mut text = String::new();
    for (_, polygon) in polygons(files) {
        let points = positions(polygon);
        for [inline, crossline, time] in points.iter().chain(points.first()) {
            let (x, y) = map.place(*inline, *crossline);
            let _ = writeln!(text, "{x:.6} {y:.6} {time:.6}");
        }
        text.push_str("999.000000 999.000000 999.000000\n");
    }
    text
}
