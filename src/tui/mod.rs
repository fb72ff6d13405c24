//! Everything that knows a terminal: events, one command table, state, screens.
//!
//! ```text
//! events ──> Action ──> App::step ──> Effect ──> the loop (session, engine, files)
//!                           │                        │
//!                       App::draw <── dirty? <───────┘
//! ```
//!
//! `App` holds all state; its `step` is the only writer and touches no file,
//! its `draw` only reads. What a step asks for comes back as effects, which the
//! loop in [`run`](fn@run) carries out; their results are actions again. The
//! command table (`commands`) feeds keys, footer, help, palette and command
//! line. Nothing is drawn on a timer: an idle workbench sleeps.

mod action;
mod adoption;
mod app;
mod backend;
mod capabilities;
mod chart;
mod commands;
mod cuts;
mod draw;
mod error;
mod events;
mod export;
mod guides;
mod hand;
mod keeper;
mod key;
mod keymap;
mod launching;
mod layers;
mod layout;
mod lint;
mod live;
mod memory;
mod mode;
mod overlays;
mod overrides;
mod pace;
pub mod panels;
mod panes;
mod picking;
mod polygon_files;
mod previewing;
mod run;
mod step;
mod terminal;
#[cfg(test)]
mod tests;
mod view;
mod watch;

pub use adoption::{AdoptionError, adopt_finished};
pub use capabilities::{ColourChoice, Environment};
pub use error::TuiError;
pub use key::{Key, Place, places};
pub use keymap::Keymap;
pub use layers::key_table;
pub use mode::Mode;
pub use overrides::{KeyOverrides, KeysError, keys_file};
pub use run::{Options, run};
