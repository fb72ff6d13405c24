//! Training tables as AASPI keeps them: for every facies and attribute a volume
//! of one trace, `training_<facies>_<attribute>_<project>[_<suffix>].H`, numbers
//! from 1.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ndarray::Array2;

use crate::io::seplib::SeplibVolume;
use crate::io::source::Source;
use crate::io::{IoError, Volume as _, write_atomically};
use crate::model::{Recipe, SampleUnit, TrainingTable, printable};

use super::fields::seven_digits;
use super::writer::in_file;

/// Longest training volume that is read, in rows.
const MOST_ROWS: usize = 1 << 28;

/// Writes a table as training volumes into a folder, and for every facies a text
/// file with the position and group of each row. `sources[n]` is the file name of
/// the volume that attribute `n` was taken from, `unit` that of the positions.
///
/// Gives back the `.H` files, facies by facies.
pub fn write_training_volumes(
    folder: &Path,
    table: &TrainingTable,
    sources: &[String],
    project: &str,
    suffix: Option<&str>,
    unit: SampleUnit,
    recipe: &Recipe,
) -> Result<Vec<PathBuf>, IoError> {
    let tail = suffix.map_or_else(|| project.to_owned(), |s| format!("{project}_{s}"));
    let mut written = Vec::new();
    for (m, facies) in table.classes.iter().enumerate() {
        let rows: Vec<usize> = (0..table.len())
            .filter(|&i| table.class[i] as usize == m)
            .collect();
        for (n, attribute) in table.attributes.iter().enumerate() {
            let name = format!("training_{}_{}_{tail}.H", m + 1, n + 1);
            let samples: Vec<u8> = rows
                .iter()
                .flat_map(|&i| table.values[[i, n]].to_be_bytes())
                .collect();
            let quoted = |text: &str| printable(text).replace('"', "'");
            let mut history = format!("# {recipe}\n");
            // Writing to a string does not fail.
            let _ = writeln!(
                history,
                "in=\"{}@\" esize=4 data_format=\"xdr_float\"\n\
                 n1={} o1=0 d1=1 label1=\"voxel\" unit1=\"index\"\n\
                 n2=1 n3=1\n\
                 facies_index={} facies_name=\"{}\"\n\
                 attribute_index={} attribute_name=\"{}\"",
                quoted(&name),
                rows.len(),
                m + 1,
                quoted(facies),
                n + 1,
                quoted(attribute),
            );
            if let Some(source) = sources.get(n) {
                let _ = writeln!(history, "source_volume=\"{}\"", quoted(source));
            }
            let path = folder.join(&name);
            write_atomically(&folder.join(format!("{name}@")), &samples)?;
            write_atomically(&path, history.as_bytes())?;
            written.push(path);
        }
        let path = folder.join(format!("training_{}_{tail}.positions.txt", m + 1));
        write_atomically(&path, positions(table, &rows, unit).as_bytes())?;
    }
    Ok(written)
}

/// Position and group of rows, as far as the table knows them.
fn positions(table: &TrainingTable, rows: &[usize], unit: SampleUnit) -> String {
    let mut text = String::from("# line_no cdp_no t polygon\n");
    for &i in rows {
        if let Some(at) = table.positions.get(i) {
            let time = seven_digits(in_file(at.time, unit));
            let _ = write!(text, "{} {} {time} ", at.inline, at.crossline);
        }
        let group = table
            .group
            .get(i)
            .and_then(|&g| table.groups.get(g as usize));
        text.push_str(&group.map_or_else(|| "-".to_owned(), |g| printable(g)));
        text.push('\n');
    }
    text
}

/// One training volume in memory.
struct Column {
    path: PathBuf,
    facies: (u16, String),
    attribute: (u16, String),
    values: Vec<f32>,
}

/// Reads training volumes, in any order, into a table without positions. Which
/// facies and attribute a file holds is told by its keys, else by its name.
/// Every facies must have every attribute, all of one length; rows with a null
/// are dropped.
pub fn read_training_volumes(paths: &[PathBuf]) -> Result<TrainingTable, IoError> {
    let mut facies = BTreeMap::new();
    let mut attributes = BTreeMap::new();
    let mut columns = BTreeMap::new();
    for path in paths {
        let column = column(path)?;
        facies
            .entry(column.facies.0)
            .or_insert(column.facies.1.clone());
        attributes
            .entry(column.attribute.0)
            .or_insert(column.attribute.1.clone());
        let key = (column.facies.0, column.attribute.0);
        if let Some(other) = columns.insert(key, column) {
            return Err(IoError::Text {
                path: path.clone(),
                reason: format!(
                    "holds facies {} and attribute {}, as does {}",
                    key.0,
                    key.1,
                    other.path.display()
                ),
            });
        }
    }
    let mut table = TrainingTable {
        attributes: attributes.values().cloned().collect(),
        classes: facies.values().cloned().collect(),
        codes: facies.keys().map(|&m| i32::from(m)).collect(),
        ..TrainingTable::default()
    };
    let mut values = Vec::new();
    for (place, &m) in facies.keys().enumerate() {
        let one: Vec<&Column> = attributes
            .keys()
            .filter_map(|&n| columns.get(&(m, n)))
            .collect();
        let Some(first) = one.first().filter(|_| one.len() == attributes.len()) else {
            return Err(IoError::Text {
                path: paths.first().cloned().unwrap_or_default(),
                reason: format!("facies {m} lacks a volume of some attribute; name all of them"),
            });
        };
        if let Some(odd) = one.iter().find(|c| c.values.len() != first.values.len()) {
            return Err(IoError::Text {
                path: odd.path.clone(),
                reason: format!(
                    "{} rows, but {} has {}",
                    odd.values.len(),
                    first.path.display(),
                    first.values.len()
                ),
            });
        }
        for i in 0..first.values.len() {
            if one.iter().all(|c| !c.values[i].is_nan()) {
                values.extend(one.iter().map(|c| c.values[i]));
                table.class.push(place as u16);
            }
        }
    }
    table.values =
        Array2::from_shape_vec((table.class.len(), attributes.len()), values).map_err(|e| {
            IoError::Text {
                path: paths.first().cloned().unwrap_or_default(),
                reason: e.to_string(),
            }
        })?;
    Ok(table)
}

fn column(path: &Path) -> Result<Column, IoError> {
    let volume = SeplibVolume::open(&Source::open(path)?)?;
    let rows = volume.grid().len();
    let wrong = |reason: String| IoError::Text {
        path: path.to_owned(),
        reason,
    };
    if volume.grid().inlines.count * volume.grid().crosslines.count != 1 || rows > MOST_ROWS {
        return Err(wrong(format!(
            "{:?} samples; a training volume is one trace",
            volume.grid().shape()
        )));
    }
    let stem = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut numbers = stem.strip_prefix("training_").unwrap_or("").split('_');
    let mut part = |what: &str| -> Result<(u16, String), IoError> {
        let in_name = numbers.next().and_then(|n| n.parse().ok());
        let in_key = volume.history.number::<u16>(&format!("{what}_index"))?;
        let index = in_key.or(in_name).ok_or_else(|| {
            wrong(format!(
                "neither a key `{what}_index` nor the name (training_<facies>_<attribute>_...) \
                 tells its {what}"
            ))
        })?;
        let name = volume.history.get(&format!("{what}_name"));
        let name = name.map_or_else(|| format!("{what}_{index}"), printable);
        Ok((index, name))
    };
    let (facies, attribute) = (part("facies")?, part("attribute")?);
    let mut values = vec![0.0; rows];
    volume.read(&volume.grid().all(), &mut values)?;
    Ok(Column {
        path: path.to_owned(),
        facies,
        attribute,
        values,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::OpenOptions;
    use crate::model::VoxelPosition;

    #[test]
    fn three_facies_by_nine_attributes_are_twenty_seven_files() {
        let folder = tempfile::tempdir().unwrap();
        let class: Vec<u16> = (0..60).map(|i| (i / 25) as u16).collect();
        let table = TrainingTable {
            attributes: (0..9).map(|n| format!("a{n}")).collect(),
            classes: ["salt", "mtd", "layers"].map(String::from).to_vec(),
            codes: vec![1, 2, 3],
            values: Array2::from_shape_fn((60, 9), |(i, n)| (i * 10 + n) as f32),
            group: vec![0; 60],
            groups: vec!["p7".into()],
            positions: (0..60)
                .map(|i| VoxelPosition {
                    inline: 1.0,
                    crossline: f64::from(i),
                    time: 1204.0,
                })
                .collect(),
            class,
        };
        let recipe = crate::io::evidence::recipe();
        let unit = SampleUnit::Milliseconds;
        let sources = vec!["a0.sgy".to_owned()];
        let files =
            write_training_volumes(folder.path(), &table, &sources, "demo", None, unit, &recipe)
                .unwrap();
        assert_eq!(files.len(), 27);
        assert!(files[10].ends_with("training_2_2_demo.H"));
        let side = folder.path().join("training_3_demo.positions.txt");
        let side = std::fs::read_to_string(side).unwrap();
        assert_eq!(side.lines().nth(1), Some("1 50 1.204 p7"));
        assert_eq!(side.lines().count(), 11);
        let mut shuffled = files.clone();
        shuffled.reverse();
        let back = read_training_volumes(&shuffled).unwrap();
        assert_eq!(back.values, table.values);
        assert_eq!((back.classes, back.class), (table.classes, table.class));
        assert_eq!(back.attributes, table.attributes);
        let error = read_training_volumes(&files[..20]).unwrap_err();
        assert!(error.to_string().contains("facies 3 lacks"), "{error}");
        // A training volume opens like any other one.
        let volume = crate::io::open(&files[0], &OpenOptions::default()).unwrap();
        assert_eq!(volume.grid().shape(), [1, 1, 25]);
    }
}
