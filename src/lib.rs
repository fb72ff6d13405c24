//! Outcrop: a keyboard-driven terminal workbench for seismic facies analysis.

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
