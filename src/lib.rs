//! Outcrop: a keyboard-driven terminal workbench for seismic facies analysis.
//!
//! An interpreter logs in to the machine that holds the data, over plain SSH,
//! and does the whole job there: look at slices, draw polygons around facies,
//! let the program find which attributes tell those facies apart, classify the
//! volume, judge how far to trust it, and hand the result on.
//!
//! # The rooms, and what each may use
//!
//! Data flows from left to right and from top to bottom; `tests/rooms.rs` fails
//! on any other arrow, and on an arrow that nothing uses.
//!
//! ```text
//! model       nouns: axes, grids, slices, facies, polygons, tables      ->
//! task        progress, cancellation, random streams, wide registers    ->
//! io          bytes to nouns and back                                   -> model task
//! attributes  volume to volume, in slabs with halo                      -> model task
//! ml          tables to models to tables                                -> model task
//! picture     samples to colours to cells, as data                      -> model
//! demo        the synthetic survey                                      -> model task io
//! modules     the programs of the source document                       -> model task io attributes ml
//! runs        run directories and their worker                          -> model task io modules
//! session     what was picked and named; edits, history, journal        -> model io
//! preview     slices on background threads, the newest request wins     -> model task io attributes ml picture
//! tui         everything that knows a terminal                          -> model io picture session runs modules preview
//! cli         subcommands, each a thin door                             -> model task io picture demo modules runs session tui
//! ```

pub mod attributes;
pub mod cli;
pub mod demo;
pub mod io;
pub mod ml;
pub mod model;
pub mod modules;
pub mod picture;
pub mod preview;
pub mod runs;
pub mod session;
pub mod task;
pub mod tui;
