//! The slice on screen as a file: a picture with axes and polygons, or numbers.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::s;

use crate::io::{self, OpenOptions};
use crate::model::{Axis, Cut, Grid, SliceKey};
use crate::picture::{
    Colour, ColourMap, Depth, Page, PictureError, Plate, Shading, draw_plate, facies_ink,
};
use crate::preview::Slice;
use crate::session::Session;

use super::app::App;

/// What is written, with all that it takes: the work is done on another thread.
pub enum Export {
    /// A PNG of the whole slice.
    Picture(Print),
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

/// A slice with its axes and polygons, or a part of it, to be drawn in pixels.
pub struct Print {
    title: String,
    names: (&'static str, &'static str),
    slice: Arc<Slice>,
    /// Samples to the right and downwards.
    part: [Range<usize>; 2],
    axes: (Axis, Axis),
    /// Which axes are turned round.
    turned: (bool, bool),
    look: (ColourMap, Shading),
    /// Polygons on it, with their inks.
    outlines: Vec<(Vec<(f64, f64)>, Colour)>,
}

impl App {
    /// What the view shows, ready to be written; `folder` is where the session's
    /// paths begin. Fails where no slice is there.
    pub fn export(&self, csv: bool, session: &Session, folder: &Path) -> Result<Export, String> {
        if !csv {
            return self.print(true, session).map(Export::Picture);
        }
        let volume = self.view.volume.as_deref();
        let (key, entry) = (self.view.key())
            .zip(volume.and_then(|name| session.volume(name)))
            .ok_or(MISSING)?;
        Ok(Export::Numbers {
            volume: (folder.join(&entry.path), entry.open),
            key,
            cut: self.view.cut.as_ref().map(|view| view.cut.clone()),
        })
    }

    /// The slice on screen with its polygons: the whole of it, or what the window
    /// shows.
    pub fn print(&self, whole: bool, session: &Session) -> Result<Print, String> {
        let (grid, key) = self.view.grid.zip(self.view.key()).ok_or(MISSING)?;
        let slice = self.current_slice().ok_or(MISSING)?;
        let look = self.view.look();
        let shading = Shading {
            clip: look.clip.unwrap_or(slice.clip),
            reversed: look.reversed,
        };
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
        let (samples, window) = (slice.plane().dim(), self.window());
        let part = if whole {
            [0..samples.0, 0..samples.1]
        } else {
            [
                shown_of(window.left, window.across, window.columns, samples.0),
                shown_of(window.top, window.down, window.rows, samples.1),
            ]
        };
        let of_part = |axis: &Axis, range: &Range<usize>| {
            Axis::new(axis.value(range.start), axis.step, range.len())
        };
        let (a, b) = grid.plane(self.view.direction);
        Ok(Print {
            title: format!(
                "{}  {volume}",
                self.cut_name(&key).unwrap_or_else(|| key.to_string())
            ),
            names: if self.view.on_section() {
                ("trace", grid.unit.sign())
            } else {
                grid.plane_names(self.view.direction)
            },
            axes: (of_part(a, &part[0]), of_part(b, &part[1])),
            part,
            slice: Arc::clone(slice),
            turned: window.turned,
            look: (look.map, shading),
            outlines: shown.iter().filter_map(inked).collect(),
        })
    }
}

const MISSING: &str = "no slice is on the screen yet";

/// Samples of an axis that a window shows, one at least.
fn shown_of(first: f64, each: f64, cells: usize, samples: usize) -> Range<usize> {
    let last = samples.saturating_sub(1);
    let from = (first.max(0.0) as usize).min(last);
    let upto = (first + each * cells as f64).ceil().max(0.0) as usize;
    from..upto.clamp(from + 1, samples.max(1))
}

impl Print {
    /// Draws it.
    pub fn draw(&self) -> Result<Page, PictureError> {
        let plate = Plate {
            title: &self.title,
            names: self.names,
            a: &self.axes.0,
            b: &self.axes.1,
            turned: self.turned,
            map: self.look.0,
            shading: self.look.1,
            outlines: self.outlines.clone(),
        };
        let [a, b] = self.part.clone();
        draw_plate(&self.slice.plane().slice(s![a, b]), &plate)
    }
}

impl Export {
    /// Writes the file; what was written in words, or why it was not.
    pub fn write(self, path: &Path) -> Result<String, String> {
        let shown = path.display();
        match self {
            Export::Picture(print) => {
                let mut bytes = Vec::new();
                (print.draw())
                    .and_then(|page| page.write_png(&mut bytes))
                    .map_err(|error| format!("{shown}: {error}"))?;
                io::write_atomically(path, &bytes).map_err(|error| error.to_string())?;
                let near = if print.slice.exact {
                    ""
                } else {
                    ", to 1 in 255 of its range"
                };
                Ok(format!(
                    "wrote {} with {} polygons{near} to {shown}",
                    print.slice.id.key,
                    print.outlines.len()
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
