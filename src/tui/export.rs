//! The slice on screen as a file: a picture with axes and polygons, or numbers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::io::{self, OpenOptions};
use crate::model::{Axis, Cut, Grid, SliceKey};
use crate::picture::{Colour, ColourMap, Depth, Plate, Shading, facies_ink, write_plate};
use crate::preview::Slice;
use crate::session::Session;

use super::app::App;

/// What is written, with all that it takes: the work is done on another thread.
pub enum Export {
    /// A PNG of the whole slice.
    Picture {
        /// What it is.
        title: String,
        /// Names of the axes.
        names: (&'static str, &'static str),
        /// Its samples.
        slice: Arc<Slice>,
        /// Axes to the right and downwards, and which are turned round.
        axes: (Axis, Axis, (bool, bool)),
        /// How it looks.
        look: (ColourMap, Shading),
        /// Polygons on it, with their inks.
        outlines: Vec<(Vec<(f64, f64)>, Colour)>,
    },
    /// The samples of the file as CSV.
    Numbers {
        /// The file and how it is read.
        volume: (PathBuf, OpenOptions),
        /// Which slice.
        key: SliceKey,
        /// What it is a slice of, where that is not the survey itself.
        cut: Option<Cut>,
    },
}

impl App {
    /// What the view shows, ready to be written; `folder` is where the session's
    /// paths begin. Fails where no slice is there.
    pub fn export(&self, csv: bool, session: &Session, folder: &Path) -> Result<Export, String> {
        let missing = || "no slice is on the screen yet".to_owned();
        let (grid, key) = self.view.grid.zip(self.view.key()).ok_or_else(missing)?;
        if csv {
            let name = self.view.volume.as_deref().ok_or_else(missing)?;
            let entry = session.volume(name).ok_or_else(missing)?;
            return Ok(Export::Numbers {
                volume: (folder.join(&entry.path), entry.open),
                key,
                cut: self.view.cut.as_ref().map(|view| view.cut.clone()),
            });
        }
        let slice = self.current_slice().ok_or_else(missing)?;
        let look = self.view.look();
        let shading = Shading {
            clip: look.clip.unwrap_or(slice.clip),
            reversed: look.reversed,
        };
        let (a, b) = grid.plane(self.view.direction);
        let inked = |p: &&crate::model::Polygon| {
            let facies = session.facies(&p.facies)?;
            Some((p.vertices.clone(), facies_ink(facies.colour, Depth::True)))
        };
        let shown = if self.view.polygons {
            self.polygons_here(session)
        } else {
            Vec::new()
        };
        let volume = self.view.volume.as_deref().unwrap_or("");
        Ok(Export::Picture {
            title: format!(
                "{}  {volume}",
                self.cut_name(&key).unwrap_or_else(|| key.to_string())
            ),
            names: grid.plane_names(self.view.direction),
            slice: Arc::clone(slice),
            axes: (*a, *b, self.window().turned),
            look: (look.map, shading),
            outlines: shown.iter().filter_map(inked).collect(),
        })
    }
}

impl Export {
    /// Writes the file; what was written in words, or why it was not.
    pub fn write(self, path: &Path) -> Result<String, String> {
        let shown = path.display();
        match self {
            Export::Picture {
                title,
                names,
                slice,
                axes: (a, b, turned),
                look: (map, shading),
                outlines,
            } => {
                let n = outlines.len();
                let plate = Plate {
                    title: &title,
                    names,
                    a: &a,
                    b: &b,
                    turned,
                    map,
                    shading,
                    outlines,
                };
                let mut bytes = Vec::new();
                write_plate(&mut bytes, &slice.plane(), &plate)
                    .map_err(|error| format!("{shown}: {error}"))?;
                io::write_atomically(path, &bytes).map_err(|error| error.to_string())?;
                let near = if slice.exact {
                    ""
                } else {
                    ", to 1 in 255 of its range"
                };
                Ok(format!(
                    "wrote {} with {n} polygons{near} to {shown}",
                    slice.id.key
                ))
            }
            Export::Numbers {
                volume: (file, options),
                key,
                cut,
            } => {
                let text = |error: io::IoError| error.to_string();
                let volume = io::open(&file, &options).map_err(text)?;
                let volume: Arc<dyn io::Volume> = match cut {
                    None => volume,
                    Some(cut) => io::cut(volume, cut),
                };
                let grid: Grid = *volume.grid();
                let block = (key.block(&grid))
                    .ok_or_else(|| format!("{key} is not in {}", file.display()))?;
                let mut samples = vec![0.0; block.len()];
                volume.read(&block, &mut samples).map_err(text)?;
                io::write_csv(path, &grid, key, &samples).map_err(text)?;
                Ok(format!(
                    "wrote {} samples of {key} to {shown}",
                    samples.len()
                ))
            }
        }
    }
}
