//! `outcrop keys`: the key map as a file to change, and where the changed one lies.

use std::path::PathBuf;

use clap::Command;
use etcetera::BaseStrategy;

use crate::tui::{KeyOverrides, Keymap, keys_file};

/// `outcrop keys`
pub(super) fn command() -> Command {
    let place = place().map_or_else(String::new, |p| format!(" ({})", p.display()));
    Command::new("keys")
        .about("print the keys of the workbench as a file to change")
        .after_help(format!(
            "The workbench reads what you keep of it in keys.ron in your configuration \
             folder{place}, or in the file that OUTCROP_KEYS names."
        ))
}

pub(super) fn run() {
    print!("{}", keys_file());
}

/// The file of the user's own keys.
fn place() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("OUTCROP_KEYS") {
        return Some(PathBuf::from(named));
    }
    let folders = etcetera::base_strategy::Xdg::new().ok()?;
    Some(folders.config_dir().join("outcrop/keys.ron"))
}

/// The keys of the table with the user's own over them; where those are no good,
/// the table's alone, and why.
pub(super) fn keymap() -> (Keymap, Option<String>) {
    let Some(place) = place() else {
        return (Keymap::new(), None);
    };
    let own =
        KeyOverrides::read(&place).and_then(|own| own.map(|own| Keymap::with(&own)).transpose());
    match own {
        Ok(own) => (own.unwrap_or_else(Keymap::new), None),
        Err(error) => {
            let told = format!("{}: {error}; your keys are left out", place.display());
            (Keymap::new(), Some(told))
        }
    }
}
