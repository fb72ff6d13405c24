//! Polygons in the files of others: CSV, OpendTect ASCII, RMS/Irap, GeoJSON; and
//! picked points as facies voxels.
//!
//! Such a file says little: points, sometimes names, often map coordinates
//! instead of lines. A [`Survey`] tells which line and crossline a coordinate is
//! on; the slice of a polygon is the one that all its points share.

mod geojson;
mod placing;
mod points;
mod tables;
#[cfg(test)]
mod tests;

use std::path::Path;

use super::{
    IoError, OpenOptions, PolygonFile, facts, read_polygons, write_atomically, write_polygons,
};
use crate::model::{Axis, Facies, Grid, SampleUnit, SliceKey};
use crate::task::Task;
pub use placing::SurveyMap;
use placing::{Coordinates, Raw, place};

/// Longest file that is read.
const LONGEST: u64 = 256 << 20;

/// A format of polygons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutlineFormat {
    /// Outcrop's own text, one facies a file.
    Outcrop,
    /// A table with a heading, a row a vertex.
    Csv,
    /// Columns of numbers as OpendTect reads and writes point sets and polygons.
    Opendtect,
    /// RMS/Irap: `x y z` a line, `999 999 999` between polygons.
    Irap,
    /// GeoJSON: polygons of time slices.
    GeoJson,
    /// Picked points, `inline crossline time class` a line: facies voxels. Read only.
    Points,
}

impl OutlineFormat {
    /// All formats.
    pub const ALL: [OutlineFormat; 6] = [
        OutlineFormat::Outcrop,
        OutlineFormat::Csv,
        OutlineFormat::Opendtect,
        OutlineFormat::Irap,
        OutlineFormat::GeoJson,
        OutlineFormat::Points,
    ];

    /// The word for it on the command line.
    pub fn word(self) -> &'static str {
        match self {
            OutlineFormat::Outcrop => "outcrop",
            OutlineFormat::Csv => "csv",
            OutlineFormat::Opendtect => "opendtect",
            OutlineFormat::Irap => "irap",
            OutlineFormat::GeoJson => "geojson",
            OutlineFormat::Points => "points",
        }
    }

    /// The format of a word.
    pub fn named(word: &str) -> Option<OutlineFormat> {
        OutlineFormat::ALL.into_iter().find(|f| f.word() == word)
    }

    /// The format that a file's name tells; Outcrop's own where it tells none.
    pub fn of(path: &Path) -> OutlineFormat {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
        match extension.to_ascii_lowercase().as_str() {
            "csv" => OutlineFormat::Csv,
            "dat" | "xyz" | "ascii" => OutlineFormat::Opendtect,
            "pol" | "irap" | "rms" => OutlineFormat::Irap,
            "geojson" | "json" => OutlineFormat::GeoJson,
            "points" | "pts" => OutlineFormat::Points,
            _ => OutlineFormat::Outcrop,
        }
    }
}

/// The survey that polygons lie in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Survey {
    /// Its grid.
    pub grid: Grid,
    /// Its place on the map, where the volume's headers tell.
    pub map: Option<SurveyMap>,
}

impl Survey {
    /// No survey at all: for files that hold lines and say their slices.
    pub fn nowhere() -> Survey {
        let axis = Axis::new(0.0, 1.0, 0);
        Survey {
            grid: Grid {
                inlines: axis,
                crosslines: axis,
                samples: axis,
                unit: SampleUnit::Milliseconds,
                spacing: None,
            },
            map: None,
        }
    }

    /// The survey of a volume, from its headers: well under a second.
    pub fn of(path: &Path, options: &OpenOptions) -> Result<Survey, IoError> {
        let facts = facts(path, options, false, &Task::silent())?;
        let (Some(i), Some(x)) = (facts.inlines, facts.crosslines) else {
            return Err(IoError::NotAVolume {
                path: path.to_owned(),
                reason: facts.reason.unwrap_or_else(|| "it has no lines".to_owned()),
            });
        };
        let unit = match facts.samples.unit {
            "m" => SampleUnit::Metres,
            "ft" => SampleUnit::Feet,
            _ => SampleUnit::Milliseconds,
        };
        Ok(Survey {
            grid: Grid {
                inlines: Axis::new(i.first, i.step, i.count),
                crosslines: Axis::new(x.first, x.step, x.count),
                samples: Axis::new(facts.samples.first, facts.samples.step, facts.samples.count),
                unit,
                spacing: facts.spacing,
            },
            map: facts.corners.as_ref().and_then(SurveyMap::of),
        })
    }
}

/// How a file is read.
#[derive(Clone, Debug, Default)]
pub struct OutlineOptions {
    /// The format; what the name tells where absent.
    pub format: Option<OutlineFormat>,
    /// The facies of polygons whose file names none; the file's stem where absent.
    pub facies: Option<String>,
    /// Names of the classes 1, 2, ... of points.
    pub classes: Vec<String>,
    /// The slice of polygons whose points share none.
    pub slice: Option<SliceKey>,
}

/// Reads the polygons of a file, one [`PolygonFile`] a facies, with warnings.
///
/// What cannot be a polygon (lines of two points, outlines without an area) is
/// left out with a warning; a line that cannot be understood is an error with
/// its number.
pub fn read_outlines(
    path: &Path,
    survey: &Survey,
    options: &OutlineOptions,
) -> Result<(Vec<PolygonFile>, Vec<String>), IoError> {
    let format = options.format.unwrap_or_else(|| OutlineFormat::of(path));
    if format == OutlineFormat::Outcrop {
        let (mut file, warnings) = read_polygons(path)?;
        if let Some(name) = &options.facies {
            file.facies.name.clone_from(name);
        }
        return Ok((vec![file], warnings));
    }
    let text = read_text(path)?;
    let mut warnings = Vec::new();
    if format == OutlineFormat::Points {
        let points = points::read(path, &text, &options.classes)?;
        return Ok((
            points::files(&points, &survey.grid, &mut warnings),
            warnings,
        ));
    }
    let raw = match format {
        OutlineFormat::Csv => tables::read_csv(path, &text)?,
        OutlineFormat::Opendtect => tables::read_columns(path, &text, survey)?,
        OutlineFormat::GeoJson => geojson::read(path, &text)?,
        _ => tables::read_irap(path, &text)?,
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let unnamed = options.facies.clone().unwrap_or_else(|| stem.into_owned());
    let mut files: Vec<PolygonFile> = Vec::new();
    for (i, mut raw) in raw.into_iter().enumerate() {
        let facies = match &options.facies {
            Some(name) => name.clone(),
            None => raw.facies.take().unwrap_or_else(|| unnamed.clone()),
        };
        let polygon = match place(path, raw, survey, options.slice, &mut warnings)? {
            Ok(polygon) => polygon,
            Err(reason) => {
                warnings.push(format!("polygon {} left out: {reason}", i + 1));
                continue;
            }
        };
        let at = files.iter().position(|f| f.facies.name == facies);
        let at = at.unwrap_or_else(|| {
            files.push(PolygonFile {
                // 0: the session chooses a free colour.
                facies: Facies::new(facies.clone(), 0),
                polygons: Vec::new(),
            });
            files.len() - 1
        });
        let mut polygon = polygon;
        polygon.facies.clone_from(&facies);
        files[at].polygons.push(polygon);
    }
    if files.is_empty() {
        let why = warnings
            .first()
            .map_or("it holds no points", String::as_str);
        return Err(IoError::Text {
            path: path.to_owned(),
            reason: format!("no polygon in it: {why}"),
        });
    }
    Ok((files, warnings))
}

/// Writes polygons in a format, replacing what was there in one step; gives how
/// many were written, and warnings about what the format cannot hold.
pub fn write_outlines(
    path: &Path,
    format: OutlineFormat,
    files: &[PolygonFile],
    survey: &Survey,
) -> Result<(usize, Vec<String>), IoError> {
    let wrong = |reason: &str| IoError::Text {
        path: path.to_owned(),
        reason: reason.to_owned(),
    };
    let mut warnings = Vec::new();
    let mut written: usize = files.iter().map(|f| f.polygons.len()).sum();
    let text = match format {
        OutlineFormat::Outcrop => {
            let [file] = files else {
                return Err(wrong("this format holds one facies a file; choose one"));
            };
            return write_polygons(path, file).map(|()| (written, warnings));
        }
        OutlineFormat::Points => {
            return Err(wrong(
                "points are only read; define_training_data writes voxels",
            ));
        }
        OutlineFormat::Csv => tables::csv_text(files, survey),
        OutlineFormat::Opendtect => tables::columns_text(files, survey),
        OutlineFormat::Irap => match &survey.map {
            Some(map) => tables::irap_text(files, map),
            None => {
                return Err(wrong(
                    "Irap files hold map coordinates, and the volume has none",
                ));
            }
        },
        OutlineFormat::GeoJson => {
            let (text, left) = geojson::text(files, survey);
            if left > 0 {
                written -= left;
                warnings.push(format!(
                    "{left} polygons of inlines and crosslines left out: GeoJSON is a map"
                ));
            }
            text
        }
    };
    write_atomically(path, text.as_bytes())?;
    Ok((written, warnings))
}

fn read_text(path: &Path) -> Result<String, IoError> {
    let found = std::fs::metadata(path).map_err(IoError::system(path, "cannot open"))?;
    let wrong = |reason: String| IoError::Text {
        path: path.to_owned(),
        reason,
    };
    if let Some(reason) = super::source::irregular(&found) {
        return Err(wrong(reason.to_owned()));
    }
    if found.len() > LONGEST {
        return Err(wrong(format!(
            "{} bytes are too many for a polygon file",
            found.len()
        )));
    }
    let bytes = std::fs::read(path).map_err(IoError::system(path, "cannot read"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
