//! The workbench on a session, or on bare volumes.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ArgMatches;

use super::reading;
use crate::io::{self, IoError, OpenOptions};
use crate::model::{candidate_name, printable};
use crate::session::{Places, Recent, Session, VolumeEntry, VolumeRole, Workspace};
use crate::tui::{self, ColourChoice, Environment, Options};

/// Recent sessions to choose from.
const CHOICES: usize = 9;

/// `outcrop [SESSION.ron | VOLUME...]`
pub(super) fn run(matches: &ArgMatches) -> Result<()> {
    let files: Vec<PathBuf> = matches
        .get_many("files")
        .map_or_else(Vec::new, |f| f.cloned().collect());
    match &files[..] {
        [] => recent(matches),
        [one] if one.extension().is_some_and(|e| e == "ron") => session(one, matches, Vec::new()),
        volumes => bare(volumes, matches),
    }
}

/// Opens the workbench on a session, with things to tell first.
pub(super) fn session(path: &Path, matches: &ArgMatches, notices: Vec<String>) -> Result<()> {
    Environment::here().check()?;
    open(Workspace::open(path)?, matches, notices)
}

/// A bare volume gets a session beside it, asked once.
fn bare(volumes: &[PathBuf], matches: &ArgMatches) -> Result<()> {
    Environment::here().check()?;
    let Some(first) = volumes.first() else {
        bail!("no volume was named")
    };
    let options = reading::read(matches);
    for volume in volumes {
        match io::open(volume, &options) {
            // The workbench shows what such a file holds, and how to read it.
            Ok(_) | Err(IoError::NoGrid { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let places = Places::for_volume(first)?;
    if places.session.exists() {
        println!(
            "{}: the session of this volume is opened",
            places.session.display()
        );
        return session(&places.session, matches, Vec::new());
    }
    if !agreed(&places.session)? {
        return Ok(());
    }
    let mut session = Session::new(stem(first));
    for (n, volume) in volumes.iter().enumerate() {
        let role = if n == 0 {
            VolumeRole::Amplitude
        } else {
            VolumeRole::Attribute
        };
        let name = if n == 0 {
            "amplitude".to_owned()
        } else {
            stem(volume)
        };
        let path = std::path::absolute(volume).with_context(|| volume.display().to_string())?;
        let usual = options == OpenOptions::default();
        session.volumes.push(VolumeEntry {
            open: if usual {
                OpenOptions::default()
            } else {
                options
            },
            ..VolumeEntry::new(name, path, role)
        });
    }
    open(
        Workspace::create(&places.session, session)?,
        matches,
        Vec::new(),
    )
}

fn stem(path: &Path) -> String {
    candidate_name(&path.file_stem().unwrap_or_default().to_string_lossy())
}

fn agreed(session: &Path) -> Result<bool> {
    print!("keep what you pick in {}? [Y/n] ", session.display());
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "" | "y" | "Y" | "yes"))
}

fn open(workspace: Workspace, matches: &ArgMatches, notices: Vec<String>) -> Result<()> {
    let colours = matches
        .get_one::<String>("color")
        .and_then(|c| c.parse().ok())
        .unwrap_or(ColourChoice::Auto);
    let (keymap, told) = super::keys::keymap();
    let notices = told.into_iter().chain(notices).collect();
    // A list of recent sessions that cannot be kept is no reason not to work.
    let _ = Recent::of_user().and_then(|recent| recent.remember(&workspace.places().session));
    tui::run(Options {
        workspace,
        colours,
        slice_memory: memory(matches),
        copies: !flag(matches, "no-copies"),
        keymap,
        notices,
    })?;
    Ok(())
}

/// Memory for slices, in bytes.
fn memory(matches: &ArgMatches) -> usize {
    let given = matches.try_get_one::<u32>("slice-memory").ok().flatten();
    (given.copied().unwrap_or(512) as usize) << 20
}

/// A flag of the workbench, which not all ways into it have.
fn flag(matches: &ArgMatches, name: &str) -> bool {
    let given = matches.try_get_one::<bool>(name).ok().flatten();
    given.copied().unwrap_or(false)
}

/// Without arguments: what was worked on lately, to choose from.
fn recent(matches: &ArgMatches) -> Result<()> {
    let recent = Recent::of_user()?.sessions();
    if recent.is_empty() {
        println!("no recent sessions; try `outcrop demo`, or `outcrop VOLUME.sgy`");
        return Ok(());
    }
    let asks = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    let shown = if asks { CHOICES } else { recent.len() };
    println!("recent sessions; open one with `outcrop SESSION.ron`");
    for (n, path) in recent.iter().take(shown).enumerate() {
        println!("{:>3}  {}", n + 1, printable(&path.display().to_string()));
    }
    if !asks {
        return Ok(());
    }
    print!("open which? [Enter: 1, q: none] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer)?;
    let number = match answer.trim() {
        "" if read > 0 => 1,
        text => text.parse().unwrap_or(0),
    };
    match recent.get(usize::wrapping_sub(number, 1)) {
        Some(path) => session(path, matches, Vec::new()),
        None => Ok(()),
    }
}
