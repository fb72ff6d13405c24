//! `outcrop view`: a slice printed in the shell, or written as a picture or an array.

use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};
use ndarray::{Array2, ArrayView2};

use super::reading;
use crate::io;
use crate::model::{Direction, Grid, SliceKey};
use crate::picture::{
    CellMode, Clip, ColourMap, Depth, Image, Section, Shading, section_text, write_png,
};
use crate::tui::{ColourChoice, Environment};

/// `outcrop view FILE --inline N | --crossline N | --time T`
pub(super) fn command() -> Command {
    let number = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("N")
            .allow_hyphen_values(true)
            .value_parser(value_parser!(f64))
            .help(help)
    };
    let file = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help(help)
    };
    Command::new("view")
        .about("print a slice in the shell, or write it as PNG, .npy or CSV")
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("the volume"),
        )
        .arg(number("inline", "the inline of this number"))
        .arg(number("crossline", "the crossline of this number"))
        .arg(number(
            "time",
            "the slice at this time in ms (or depth in m)",
        ))
        .group(ArgGroup::new("slice").args(["inline", "crossline", "time"]))
        .arg(file("png", "write a PNG, one pixel a sample"))
        .arg(file(
            "npy",
            "write a float32 array: [trace, sample], or [inline, crossline]",
        ))
        .arg(file(
            "csv",
            "write the samples as CSV, one row a trace or inline",
        ))
        .arg(
            Arg::new("ascii")
                .long("ascii")
                .action(ArgAction::SetTrue)
                .help("characters only, no colour"),
        )
        .args(reading::options())
}

pub(super) fn run(matches: &ArgMatches) -> Result<()> {
    let path = matches.get_one::<PathBuf>("file").context("no file")?;
    let volume = io::open(path, &reading::read(matches))?;
    let grid = *volume.grid();
    let directions = [
        ("inline", Direction::Inline),
        ("crossline", Direction::Crossline),
        ("time", Direction::Time),
    ];
    let asked = directions
        .iter()
        .find_map(|(name, d)| matches.get_one::<f64>(name).map(|n| SliceKey::new(*d, *n)));
    let key = asked.unwrap_or_else(|| grid.middle(Direction::Inline));
    let stored = read_slice(volume.as_ref(), key)?;
    // To the right and downwards: a time slice is stored the other way round.
    let plane = if key.direction() == Direction::Time {
        stored.t()
    } else {
        stored.view()
    };
    let mut written = false;
    if let Some(path) = matches.get_one::<PathBuf>("npy") {
        io::write_npy(path, stored.shape(), stored.as_slice().unwrap_or_default())?;
        written = true;
    }
    if let Some(path) = matches.get_one::<PathBuf>("csv") {
        io::write_csv(path, &grid, key, stored.as_slice().unwrap_or_default())?;
        written = true;
    }
    let shading = Shading {
        clip: Clip::auto(&plane),
        reversed: false,
    };
    if let Some(path) = matches.get_one::<PathBuf>("png") {
        let image = Image::of(plane.dim(), ColourMap::Grey, shading);
        let file = std::fs::File::create(path).with_context(|| path.display().to_string())?;
        write_png(file, &plane, &image)?;
        written = true;
    }
    if !written {
        print(&plane, &grid, key, shading, matches);
    }
    Ok(())
}

/// The samples of a slice as they are stored: `[trace, sample]`, or
/// `[inline, crossline]` for a time slice.
fn read_slice(volume: &dyn io::Volume, key: SliceKey) -> Result<Array2<f32>> {
    let grid = volume.grid();
    let Some(block) = key.block(grid) else {
        let axis = grid.axis(key.direction());
        bail!(
            "{key} lies outside the volume, which holds {} to {}; try {}",
            axis.low(),
            axis.high(),
            axis.low()
        );
    };
    let mut samples = vec![0.0; block.len()];
    volume.read(&block, &mut samples)?;
    let [inlines, crosslines, times] = block.shape();
    let shape = match key.direction() {
        Direction::Inline => (crosslines, times),
        Direction::Crossline => (inlines, times),
        Direction::Time => (inlines, crosslines),
    };
    Ok(Array2::from_shape_vec(shape, samples)?)
}

fn print(
    samples: &ArrayView2<f32>,
    grid: &Grid,
    key: SliceKey,
    shading: Shading,
    matches: &ArgMatches,
) {
    let plain = matches.get_flag("ascii") || !std::io::stdout().is_terminal();
    let choice = matches
        .get_one::<String>("color")
        .and_then(|c| c.parse().ok())
        .unwrap_or(ColourChoice::Auto);
    let depth = if plain {
        Depth::Plain
    } else {
        Environment::here().depth(choice)
    };
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok();
    let (columns, rows) = size.map_or((100, 36), |s| (s.ws_col, s.ws_row));
    let section = Section {
        columns: columns.into(),
        rows: usize::from(rows).saturating_sub(3).clamp(10, 60),
        depth,
        mode: CellMode::Half,
        map: ColourMap::Grey,
        shading,
    };
    println!("{key}");
    print!("{}", section_text(samples, grid, &key, &section));
}
