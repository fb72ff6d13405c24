//! Polygon files: readable text, one facies a file, any number of polygons on
//! any slices.
//!
//! ```text
//! # facies polygons v1
//! facies = "salt"
//! color = 1
//! polygon inline 430
//!   512 1204
//!   530.5 1310
//!   541 1190
//! end
//! ```
//!
//! Vertices are in survey numbers, as [`Polygon`] has them; times in ms.

use std::fmt::Write as _;
use std::path::Path;

use super::source::irregular;
use super::{IoError, write_atomically};
use crate::model::{Direction, Facies, Origin, Polygon, SliceKey, printable};

/// Longest polygon file that is read; a vertex takes some 16 bytes.
const LONGEST: u64 = 256 << 20;

/// The polygons of one facies.
#[derive(Clone, Debug, PartialEq)]
pub struct PolygonFile {
    /// Whose polygons they are; colour 0 where the file names none.
    pub facies: Facies,
    /// The polygons; each has the name of the facies.
    pub polygons: Vec<Polygon>,
}

/// Reads a polygon file. Unknown keys and polygons that cross themselves come
/// back as warnings; a line that cannot be understood, or a polygon without an
/// inside, is an error with its line number.
///
/// Identifiers are made from the content: reading a file twice gives the same.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("salt.txt");
/// std::fs::write(&path, "facies = \"salt\"\npolygon time 1220\n 1 1\n 9 1\n 9 9\nend\n")?;
/// let (file, warnings) = outcrop::io::read_polygons(&path)?;
/// assert_eq!(file.facies.name, "salt");
/// assert_eq!(file.polygons[0].vertices.len(), 3);
/// assert!(warnings.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_polygons(path: &Path) -> Result<(PolygonFile, Vec<String>), IoError> {
    let found = std::fs::metadata(path).map_err(IoError::system(path, "cannot open"))?;
    let size = found.len();
    let wrong = |reason: String| IoError::Text {
        path: path.to_owned(),
        reason,
    };
    if let Some(reason) = irregular(&found) {
        return Err(wrong(reason.to_owned()));
    }
    if size > LONGEST {
        return Err(wrong(format!(
            "{size} bytes are too many for a polygon file"
        )));
    }
    let bytes = std::fs::read(path).map_err(IoError::system(path, "cannot read"))?;
    let mut reader = Reader::new(path);
    for (i, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
        reader.line(i + 1, line.trim())?;
    }
    reader.finish()
}

/// Writes a polygon file, replacing what was there in one step.
pub fn write_polygons(path: &Path, file: &PolygonFile) -> Result<(), IoError> {
    write_atomically(path, text(file).as_bytes())
}

/// Adds polygons to a file of the same facies, or begins one.
pub fn append_polygons(path: &Path, file: &PolygonFile) -> Result<(), IoError> {
    if !path.exists() {
        return write_polygons(path, file);
    }
    let (mut there, _) = read_polygons(path)?;
    if there.facies.name != file.facies.name {
        return Err(IoError::Text {
            path: path.to_owned(),
            reason: format!(
                "it holds polygons of `{}`, not of `{}`; one file holds one facies",
                there.facies.name, file.facies.name
            ),
        });
    }
    there.polygons.extend(file.polygons.iter().cloned());
    write_polygons(path, &there)
}

fn text(file: &PolygonFile) -> String {
    let mut text = String::from("# facies polygons v1\n");
    // Writing to a string does not fail.
    let _ = writeln!(text, "facies = {}", quoted(&file.facies.name));
    if file.facies.colour > 0 {
        let _ = writeln!(text, "color = {}", file.facies.colour);
    }
    for polygon in &file.polygons {
        let _ = writeln!(text, "polygon {}", polygon.slice);
        if let Some(name) = &polygon.name {
            let _ = writeln!(text, "  name = {}", quoted(name));
        }
        let origin = &polygon.origin;
        for (key, value) in [("author", &origin.author), ("date", &origin.date)] {
            if let Some(value) = value {
                let _ = writeln!(text, "  {key} = {}", quoted(value));
            }
        }
        if let Some(confidence) = origin.confidence {
            let _ = writeln!(text, "  confidence = {confidence}");
        }
        if origin.interpolated {
            let _ = writeln!(text, "  interpolated = true");
        }
        for (a, b) in &polygon.vertices {
            let _ = writeln!(text, "  {a} {b}");
        }
        text.push_str("end\n");
    }
    text
}

/// A name in quotes, on one line.
fn quoted(name: &str) -> String {
    let safe = printable(name).replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{safe}\"")
}

/// A name that may stand in quotes.
fn unquoted(text: &str) -> String {
    let inside = text
        .strip_prefix('"')
        .map_or(text, |t| t.strip_suffix('"').unwrap_or(t));
    let mut name = String::new();
    let mut characters = inside.chars();
    while let Some(c) = characters.next() {
        name.extend(if c == '\\' {
            characters.next()
        } else {
            Some(c)
        });
    }
    printable(&name)
}

/// A polygon whose `end` has not come yet.
struct Open {
    line: usize,
    slice: SliceKey,
    name: Option<String>,
    origin: Origin,
    vertices: Vec<(f64, f64)>,
}

struct Reader<'a> {
    path: &'a Path,
    facies: Option<String>,
    colour: Option<u8>,
    open: Option<Open>,
    polygons: Vec<Polygon>,
    warnings: Vec<String>,
}

impl<'a> Reader<'a> {
    fn new(path: &'a Path) -> Self {
        Self {
            path,
            facies: None,
            colour: None,
            open: None,
            polygons: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn wrong(&self, line: usize, reason: impl Into<String>) -> IoError {
        IoError::Line {
            path: self.path.to_owned(),
            line,
            reason: reason.into(),
        }
    }

    fn line(&mut self, number: usize, line: &str) -> Result<(), IoError> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if line == "end" {
            return self.close(number);
        }
        if let Some(slice) = line.strip_prefix("polygon ") {
            if let Some(open) = &self.open {
                let reason = format!("the polygon of line {} has no `end`", open.line);
                return Err(self.wrong(number, reason));
            }
            self.open = Some(Open {
                line: number,
                slice: self.slice(number, slice)?,
                name: None,
                origin: Origin::default(),
                vertices: Vec::new(),
            });
            return Ok(());
        }
        if let Some((key, value)) = line.split_once('=') {
            return self.key(number, key.trim(), value.trim());
        }
        let fields: Vec<&str> = line.split_whitespace().collect();
        let vertex = match fields[..] {
            [a, b] => a.parse::<f64>().ok().zip(b.parse::<f64>().ok()),
            _ => None,
        };
        let Some(vertex) = vertex.filter(|(a, b)| a.is_finite() && b.is_finite()) else {
            let shown: String = printable(line).chars().take(40).collect();
            return Err(self.wrong(
                number,
                format!("`{shown}` is neither `polygon`, `end`, a key nor two numbers"),
            ));
        };
        match &mut self.open {
            Some(open) => open.vertices.push(vertex),
            None => {
                return Err(self.wrong(number, "a vertex outside `polygon` and `end`"));
            }
        }
        Ok(())
    }

    /// `inline 430`, `crossline 1200` or `time 1220`.
    fn slice(&self, number: usize, text: &str) -> Result<SliceKey, IoError> {
        let syntax = || {
            self.wrong(
                number,
                format!(
                    "`{}` is no slice; write `inline 430`, `crossline 1200` or `time 1220`",
                    printable(text)
                ),
            )
        };
        let (word, at) = text
            .trim()
            .split_once(char::is_whitespace)
            .ok_or_else(syntax)?;
        let direction = [Direction::Inline, Direction::Crossline, Direction::Time]
            .into_iter()
            .find(|d| d.word() == word)
            .ok_or_else(syntax)?;
        let at: f64 = at.trim().parse().map_err(|_| syntax())?;
        let whole = at.fract() == 0.0 && at.abs() <= f64::from(i32::MAX);
        if !at.is_finite() || (direction != Direction::Time && !whole) {
            return Err(syntax());
        }
        Ok(SliceKey::new(direction, at))
    }

    fn key(&mut self, number: usize, key: &str, value: &str) -> Result<(), IoError> {
        match (key, &mut self.open) {
            ("name", Some(open)) => open.name = Some(unquoted(value)),
            ("author", Some(open)) => open.origin.author = Some(unquoted(value)),
            ("date", Some(open)) => open.origin.date = Some(unquoted(value)),
            ("interpolated", Some(open)) => open.origin.interpolated = value == "true",
            ("confidence", Some(open)) => {
                let percent = value.parse().ok().filter(|c| *c <= 100);
                let reason = format!("`{}` is no percentage", printable(value));
                open.origin.confidence = Some(percent.ok_or_else(|| IoError::Line {
                    path: self.path.to_owned(),
                    line: number,
                    reason,
                })?);
            }
            ("facies", None) => {
                let name = unquoted(value);
                if name.trim().is_empty() {
                    return Err(self.wrong(number, "a facies without a name"));
                }
                self.facies = Some(name);
            }
            ("color" | "colour", None) => {
                let colour = value.parse().map_err(|_| {
                    self.wrong(
                        number,
                        format!("`{}` is no colour number", printable(value)),
                    )
                })?;
                self.colour = Some(colour);
            }
            _ => self.warnings.push(format!(
                "line {number}: unknown key `{}` left out",
                printable(key)
            )),
        }
        Ok(())
    }

    fn close(&mut self, number: usize) -> Result<(), IoError> {
        let Some(open) = self.open.take() else {
            return Err(self.wrong(number, "`end` without `polygon`"));
        };
        let polygon = Polygon {
            id: format!("{}", open.line),
            facies: String::new(),
            slice: open.slice,
            name: open.name,
            vertices: open.vertices,
            origin: open.origin,
        };
        polygon
            .check()
            .map_err(|e| self.wrong(open.line, e.to_string()))?;
        if polygon.crosses_itself() {
            self.warnings.push(format!(
                "line {}: the polygon crosses itself; inside is counted even-odd",
                open.line
            ));
        }
        self.polygons.push(polygon);
        Ok(())
    }

    fn finish(mut self) -> Result<(PolygonFile, Vec<String>), IoError> {
        if let Some(open) = &self.open {
            return Err(self.wrong(
                open.line,
                "the polygon has no `end`; is the file cut short?",
            ));
        }
        let Some(name) = self.facies.take() else {
            return Err(IoError::Text {
                path: self.path.to_owned(),
                reason: "no line `facies = \"name\"`; is this a polygon file?".to_owned(),
            });
        };
        for (i, polygon) in self.polygons.iter_mut().enumerate() {
            polygon.facies.clone_from(&name);
            polygon.id = identifier(i, polygon);
        }
        let file = PolygonFile {
            // 0: the session chooses a free colour.
            facies: Facies::new(name, self.colour.unwrap_or(0)),
            polygons: self.polygons,
        };
        Ok((file, self.warnings))
    }
}

/// Eight hexadecimal digits of what a polygon holds and where it stands.
fn identifier(place: usize, polygon: &Polygon) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(place as u64).to_le_bytes());
    hasher.update(polygon.facies.as_bytes());
    hasher.update(polygon.slice.to_string().as_bytes());
    for (a, b) in &polygon.vertices {
        hasher.update(&a.to_le_bytes());
        hasher.update(&b.to_le_bytes());
    }
    hasher.finalize().to_hex().chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<(PolygonFile, Vec<String>), IoError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.txt");
        std::fs::write(&path, text).unwrap();
        read_polygons(&path)
    }

    const SALT: &str = "\
# facies polygons v1
facies = \"salt \\\"A\\\"\"
color = 3
age = \"Permian\"

polygon inline 430
  name = \"dome\"
  512 1204
  530.5 1310
  541 1190
end
polygon time 1220.5
 1 1
 9 1
 1 9
 9 9
end
";

    #[test]
    fn a_file_is_read_with_its_warnings() {
        let (file, warnings) = read(SALT).unwrap();
        assert_eq!(file.facies, Facies::new("salt \"A\"", 3));
        assert_eq!(file.polygons.len(), 2);
        assert_eq!(file.polygons[0].slice, SliceKey::Inline(430));
        assert_eq!(file.polygons[0].name.as_deref(), Some("dome"));
        assert_eq!(file.polygons[0].vertices[1], (530.5, 1310.0));
        assert_eq!(file.polygons[1].slice, SliceKey::Time(1220.5));
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(warnings[0].contains("age") && warnings[1].contains("crosses itself"));
    }

    #[test]
    fn written_appended_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("salt.txt");
        let (file, _) = read(SALT).unwrap();
        append_polygons(&path, &file).unwrap();
        assert_eq!(read_polygons(&path).unwrap().0, file);
        append_polygons(&path, &file).unwrap();
        let (twice, _) = read_polygons(&path).unwrap();
        assert_eq!(twice.polygons.len(), 4);
        let mut ids: Vec<_> = twice.polygons.iter().map(|p| &p.id).collect();
        ids.dedup();
        assert_eq!(ids.len(), 4);
        let other = PolygonFile {
            facies: Facies::new("mtd", 1),
            polygons: vec![],
        };
        let error = append_polygons(&path, &other).unwrap_err().to_string();
        assert!(error.contains("salt") && error.contains("mtd"), "{error}");
    }

    #[test]
    fn mistakes_are_named_by_line() {
        for (text, line) in [
            ("facies = \"a\"\npolygon inline x\nend\n", 2),
            ("facies = \"a\"\npolygon inline 1.5\nend\n", 2),
            ("facies = \"a\"\npolygon depth 5\nend\n", 2),
            ("facies = \"a\"\n1 2\n", 2),
            ("facies = \"a\"\nend\n", 2),
            ("facies = \"a\"\npolygon time 1\n1 2\n3 nan\nend\n", 4),
            ("facies = \"a\"\npolygon time 1\n1 1\n2 2\n3 3\nend\n", 2),
            ("facies = \"a\"\npolygon time 1\n1 1\n", 2),
            ("facies = \"a\"\npolygon time 1\npolygon time 2\n", 3),
            ("facies = \"\"\n", 1),
            ("color = red\n", 1),
        ] {
            let error = read(text).unwrap_err();
            assert!(
                matches!(error, IoError::Line { line: l, .. } if l == line),
                "{text}: {error}"
            );
        }
        assert!(read("").unwrap_err().to_string().contains("facies ="));
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text: String) {
            let _ = read(&text);
        }

        #[test]
        fn any_triangle_comes_back(
            name in "[^\\p{C}]{1,12}", at: i32, v in prop::collection::vec((-1e6f64..1e6, -1e6f64..1e6), 3..9)
        ) {
            let polygon = Polygon {
                id: String::new(),
                facies: name.clone(),
                slice: SliceKey::Crossline(at),
                name: Some(name.clone()),
                vertices: v, origin: crate::model::Origin::default() };
            prop_assume!(polygon.check().is_ok() && !name.trim().is_empty());
            let file = PolygonFile { facies: Facies::new(name, 2), polygons: vec![polygon] };
            let (back, _) = read(&text(&file)).unwrap();
            prop_assert_eq!(&back.facies, &file.facies);
            prop_assert_eq!(&back.polygons[0].vertices, &file.polygons[0].vertices);
            prop_assert_eq!(&back.polygons[0].name, &file.polygons[0].name);
        }
    }
}
