//! Samples to levels to colours to cells (or a PNG), as data; no terminal library.
//!
//! The way of a slice: [`resample`] brings it to a [`Raster`] of the size of a
//! [`Viewport`]; [`Shading`] turns values into levels of a [`Ramp`]; a
//! [`Canvas`] adds class tints, outlines, marks and labels and gives [`Cell`]s;
//! a [`Pen`] writes cells as terminal text with the fewest bytes.

mod canvas;
mod cell;
mod colour;
mod error;
mod font;
mod histogram;
mod levels;
mod outline;
mod pen;
mod picture_file;
mod plate;
mod ramp;
mod raster;
mod section;
mod ticks;
mod viewport;

pub use canvas::{Canvas, CellMode, MarkStyle, Overlay, character};
pub use cell::Cell;
pub use colour::{Colour, Depth};
pub use error::PictureError;
pub use histogram::{Histogram, bars};
pub use levels::{Clip, Shading};
pub use outline::Stroke;
pub use pen::{Attributes, Pen};
pub use picture_file::{Image, write_png};
pub use plate::{Page, Plate, draw_plate, write_plate};
pub use ramp::{ColourMap, Ramp, facies_ink, facies_tint};
pub use raster::{Raster, resample, resample_classes};
pub use section::{Section, section_text};
pub use ticks::{Tick, amount, number, ticks};
pub use viewport::Viewport;
