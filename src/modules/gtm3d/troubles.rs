//! What is wrong with a run's inputs, all of it in one message: who mends one
//! thing and starts again should not meet the next.

use std::sync::Arc;

use super::job::Map;
use crate::io::Volume;
use crate::model::printable;
use crate::modules::{Input, ModuleError, Place, Training, unpack};

/// Live vectors that each attribute asks for.
const ROWS_EACH: usize = 10;

/// The error of a list of troubles, if there are any.
pub(super) fn none(troubles: &[String]) -> Result<(), ModuleError> {
    match troubles {
        [] => Ok(()),
        [one] => Err(ModuleError::Input(one.clone())),
        all => Err(ModuleError::Input(format!(
            "{} things stand in the way: {}",
            all.len(),
            all.iter()
                .zip(1..)
                .map(|(text, n)| format!("({n}) {text}"))
                .collect::<Vec<_>>()
                .join("; ")
        ))),
    }
}

/// Volumes that do not lie on the grid of the first.
pub(super) fn of_grids(inputs: &[Input], volumes: &[Arc<dyn Volume>]) -> Vec<String> {
    let mut troubles = Vec::new();
    let mut both = inputs.iter().zip(volumes);
    let Some((first, volume)) = both.next() else {
        return vec!["no attribute volumes were given; name at least one".into()];
    };
    for (input, other) in both {
        if let Some(difference) = volume.grid().difference(other.grid()) {
            troubles.push(format!(
                "{} lies on another grid than {}: {difference}; cut them to one grid with `outcrop convert`",
                printable(&input.name),
                printable(&first.name)
            ));
        }
    }
    for (i, input) in inputs.iter().enumerate() {
        if inputs[..i].iter().any(|earlier| earlier.name == input.name) {
            troubles.push(format!("{} is named twice", printable(&input.name)));
        }
    }
    troubles
}

/// Facies without voxels of their own: each of them, not only the first.
pub(super) fn of_facies(
    training: Training,
    place: &Place,
    wanted: &[String],
    volumes: &[Arc<dyn Volume>],
) -> Vec<String> {
    let (Training::Polygons, Some(first)) = (training, volumes.first()) else {
        return Vec::new();
    };
    let Ok(picks) = place.picks() else {
        return Vec::new();
    };
    let names = picks.facies.iter().map(|f| &f.name);
    names
        .filter(|name| wanted.is_empty() || wanted.contains(name))
        .filter_map(|name| {
            let alone = picks.on(first.grid(), std::slice::from_ref(name));
            alone.err().map(|error| error.to_string())
        })
        .collect()
}

impl Map {
    /// Checks what was read before anything is fitted to it.
    pub(super) fn check_rows(&self, sample: &[u8], reduced: &[Vec<u8>]) -> Result<(), ModuleError> {
        let columns: Vec<Vec<f32>> = unpack(sample)?;
        let rows = columns.first().map_or(0, Vec::len);
        let needed = ROWS_EACH * columns.len();
        let mut troubles = Vec::new();
        if rows < needed {
            troubles.push(format!(
                "{rows} voxels are live in all of {} attributes, and a map needs {needed}: take a larger part of the volume, or fewer attributes",
                columns.len()
            ));
        }
        let constant = |c: &Vec<f32>| c.iter().all(|v| v.to_bits() == c[0].to_bits());
        let same: Vec<&str> = (self.attributes.iter().zip(&columns))
            .filter(|(_, column)| constant(column))
            .map(|(name, _)| name.as_str())
            .collect();
        if rows > 0 && same.len() == columns.len() {
            troubles.push(format!(
                "no variance: {} constant over the volume",
                match same[..] {
                    [one] => format!("{one} is"),
                    _ => format!("{} are", same.join(", ")),
                }
            ));
        }
        if let Some(source) = &self.source {
            match source.extraction(&reduced[0]) {
                Ok(extraction) => {
                    let table = &extraction.table;
                    let counts = table.class_counts();
                    let empty = table.classes.iter().zip(counts).filter(|(_, n)| *n == 0);
                    troubles.extend(empty.map(|(name, _)| {
                        format!("facies {name} has no voxel where all attributes are known")
                    }));
                }
                Err(error) => troubles.push(error.to_string()),
            }
        }
        // Alone a constant attribute is left out with a warning; beside other
        // troubles it is named too, to be mended at once.
        if !troubles.is_empty() && (1..columns.len()).contains(&same.len()) {
            troubles.push(format!("constant over the volume: {}", same.join(", ")));
        }
        none(&troubles)
    }
}
