//! `outcrop view`: a slice printed in the shell, or written as a picture with
//! axes and polygons, or as numbers.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};
use ndarray::{Array2, ArrayView2};

use serde::Serialize;

use super::reading;
use crate::io::{self, OutlineOptions, Survey, read_horizon, read_outlines};
use crate::model::{
    Cut, Direction, Facies, Grid, Polygon, SECTION_NODES, SectionLine, SliceKey, printable,
};
use crate::picture::{
    CellMode, Clip, Colour, ColourMap, Depth, Image, Plate, Section, Shading, facies_ink,
    section_text, write_plate, write_png,
};
use crate::session;
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
        .arg(
            Arg::new("section")
                .long("section")
                .value_name("INLINE,CROSSLINE")
                .num_args(2..=SECTION_NODES)
                .allow_hyphen_values(true)
                .value_parser(node_of)
                .help("the vertical section through these nodes, a bin from trace to trace"),
        )
        .arg(file(
            "horizon",
            "the map along a horizon: text of inline, crossline, time, or x, y, time",
        ))
        .arg(
            number("offset", "so many ms below the horizon, or above where negative")
                .requires("horizon"),
        )
        .group(ArgGroup::new("slice").args(["inline", "crossline", "time", "section", "horizon"]))
        .arg(file(
            "png",
            "write a PNG: the slice with axes, title, colour bar and polygons",
        ))
        .arg(
            Arg::new("no-frame")
                .long("no-frame")
                .action(ArgAction::SetTrue)
                .requires("png")
                .help("only the samples in the PNG, each the same number of pixels; nulls transparent"),
        )
        .arg(file("session", "draw the polygons of this session"))
        .arg(
            file("polygons", "draw the polygons of these files, in any format")
                .num_args(1..)
                .action(ArgAction::Append),
        )
        .arg(
            Arg::new("colour-map")
                .long("colour-map")
                .value_name("NAME")
                .value_parser(ColourMap::ALL.map(ColourMap::name))
                .default_value("grey")
                .help("the colours of the picture"),
        )
        .arg(
            Arg::new("clip")
                .long("clip")
                .value_name("LOW,HIGH")
                .allow_hyphen_values(true)
                .value_parser(clip_of)
                .help("values shown as the first and the last colour; found from the slice where absent"),
        )
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
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("print the slice's facts and what was written as JSON"),
        )
        .args(reading::options())
}

fn node_of(text: &str) -> Result<(f64, f64), String> {
    let number = |word: &str| word.trim().parse::<f64>().ok().filter(|v| v.is_finite());
    let both = text.split_once([',', '/']);
    both.and_then(|(inline, crossline)| Some((number(inline)?, number(crossline)?)))
        .ok_or_else(|| "write inline,crossline: --section 1010,2050 1040,2090".to_owned())
}

fn clip_of(text: &str) -> Result<Clip, String> {
    let number = |word: &str| word.trim().parse::<f32>().ok().filter(|v| v.is_finite());
    let ends = text.split_once(',');
    match ends.and_then(|(low, high)| Some((number(low)?, number(high)?))) {
        Some((low, high)) if low < high => Ok(Clip { low, high }),
        _ => Err("write two numbers, the lower first: --clip=-2,2".to_owned()),
    }
}

/// What `--json` prints of a slice.
#[derive(Serialize)]
struct Facts {
    direction: &'static str,
    number: f64,
    /// Traces of the nodes of a section.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bends: Vec<usize>,
    /// Samples along the axis to the right, and downwards.
    samples: (usize, usize),
    nulls: usize,
    clip: (f32, f32),
    polygons: usize,
    outputs: Vec<PathBuf>,
}

pub(super) fn run(matches: &ArgMatches) -> Result<()> {
    let path = matches.get_one::<PathBuf>("file").context("no file")?;
    let mut volume: Arc<dyn io::Volume> = io::open(path, &reading::read(matches))?;
    let cut = cut_of(path, volume.grid(), matches)?;
    if let Some(cut) = &cut {
        volume = io::cut(volume, cut.clone());
    }
    let grid = *volume.grid();
    let directions = [
        ("inline", Direction::Inline),
        ("crossline", Direction::Crossline),
        ("time", Direction::Time),
    ];
    let asked = directions
        .iter()
        .find_map(|(name, d)| matches.get_one::<f64>(name).map(|n| SliceKey::new(*d, *n)));
    let offset = matches.get_one::<f64>("offset").copied().unwrap_or(0.0);
    let key = match &cut {
        Some(Cut::Section(_)) => SliceKey::Inline(0),
        Some(Cut::Flattened { .. }) => {
            SliceKey::Time(grid.samples.value(grid.samples.nearest(offset)))
        }
        None => asked.unwrap_or_else(|| grid.middle(Direction::Inline)),
    };
    let stored = read_slice(volume.as_ref(), key)?;
    // To the right and downwards: a time slice is stored the other way round.
    let plane = if key.direction() == Direction::Time {
        stored.t()
    } else {
        stored.view()
    };
    let shading = Shading {
        clip: (matches.get_one::<Clip>("clip").copied()).unwrap_or_else(|| Clip::auto(&plane)),
        reversed: false,
    };
    let polygons = match &cut {
        None => polygons_on(key, &grid, path, matches)?,
        // They lie on slices of the survey.
        Some(_) => Vec::new(),
    };
    let name = name_of(key, cut.as_ref());
    let mut outputs = Vec::new();
    let samples = stored.as_slice().unwrap_or_default();
    if let Some(path) = matches.get_one::<PathBuf>("npy") {
        io::write_npy(path, stored.shape(), samples)?;
        outputs.push(path.clone());
    }
    if let Some(path) = matches.get_one::<PathBuf>("csv") {
        io::write_csv(path, &grid, key, samples)?;
        outputs.push(path.clone());
    }
    if let Some(to) = matches.get_one::<PathBuf>("png") {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let (a, b) = grid.plane(key.direction());
        let mut names = grid.plane_names(key.direction());
        if matches!(cut, Some(Cut::Section(_))) {
            names.0 = "trace";
        }
        let plate = Plate {
            title: &format!("{name}  {}", printable(&stem)),
            names,
            a,
            b,
            turned: (false, false),
            map: map_of(matches),
            shading,
            outlines: polygons.clone(),
        };
        let mut bytes = Vec::new();
        if matches.get_flag("no-frame") {
            let image = Image::of(plane.dim(), plate.map, shading);
            write_png(&mut bytes, &plane, &image)?;
        } else {
            write_plate(&mut bytes, &plane, &plate)?;
        }
        io::write_atomically(to, &bytes)?;
        outputs.push(to.clone());
    }
    if matches.get_flag("json") {
        let facts = Facts {
            direction: match &cut {
                None => key.direction().word(),
                Some(Cut::Section(_)) => "section",
                Some(Cut::Flattened { .. }) => "horizon",
            },
            number: key.number(),
            bends: match &cut {
                Some(Cut::Section(line)) => line.bends().to_vec(),
                _ => Vec::new(),
            },
            samples: plane.dim(),
            nulls: samples.iter().filter(|v| v.is_nan()).count(),
            clip: (shading.clip.low, shading.clip.high),
            polygons: polygons.len(),
            outputs,
        };
        println!("{}", serde_json::to_string_pretty(&facts)?);
    } else if outputs.is_empty() {
        println!("{name}");
        print(&plane, &grid, key, shading, matches);
    }
    Ok(())
}

/// The section or the horizon that is asked for in place of a slice.
fn cut_of(volume: &Path, grid: &Grid, matches: &ArgMatches) -> Result<Option<Cut>> {
    if let Some(nodes) = matches.get_many::<(f64, f64)>("section") {
        let nodes: Vec<(f64, f64)> = nodes.copied().collect();
        for (inline, crossline) in &nodes {
            if grid.inlines.index(*inline).is_none() || grid.crosslines.index(*crossline).is_none()
            {
                bail!(
                    "{inline},{crossline} lies outside the volume, which holds {},{} to {},{}",
                    grid.inlines.low(),
                    grid.crosslines.low(),
                    grid.inlines.high(),
                    grid.crosslines.high()
                );
            }
        }
        let line = SectionLine::through(&nodes, grid);
        let line = line.context("a section needs two nodes on different traces")?;
        return Ok(Some(Cut::Section(Arc::new(line))));
    }
    let Some(path) = matches.get_one::<PathBuf>("horizon") else {
        return Ok(None);
    };
    let survey = Survey::of(volume, &reading::read(matches))?;
    let (horizon, notes) = read_horizon(path, &survey)?;
    for note in notes {
        eprintln!("warning: {}: {note}", path.display());
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    Ok(Some(Cut::Flattened {
        name: printable(&stem),
        horizon: Arc::new(horizon),
    }))
}

/// What a slice is called.
fn name_of(key: SliceKey, cut: Option<&Cut>) -> String {
    match cut {
        None => key.to_string(),
        Some(Cut::Section(line)) => {
            let node = |(inline, crossline): &(f64, f64)| format!(" {inline},{crossline}");
            let nodes: Vec<String> = line.nodes().iter().map(node).collect();
            format!("section{}", nodes.concat())
        }
        Some(Cut::Flattened { name, .. }) if key.number() == 0.0 => format!("along {name}"),
        Some(Cut::Flattened { name, .. }) => format!("along {name} {:+}", key.number()),
    }
}

fn map_of(matches: &ArgMatches) -> ColourMap {
    let named = matches.get_one::<String>("colour-map");
    (ColourMap::ALL.into_iter())
        .find(|map| Some(map.name()) == named.map(String::as_str))
        .unwrap_or(ColourMap::Grey)
}

/// Vertices in survey numbers, and the ink of the facies.
type Outline = (Vec<(f64, f64)>, Colour);

/// The polygons on a slice, of a session or of files.
fn polygons_on(
    key: SliceKey,
    grid: &Grid,
    volume: &Path,
    matches: &ArgMatches,
) -> Result<Vec<Outline>> {
    let mut found = Vec::new();
    let index = key.index(grid);
    let mut take = |polygon: &Polygon, facies: &Facies| {
        let slice = polygon.slice;
        if slice.direction() == key.direction() && slice.index(grid) == index {
            let ink = facies_ink(facies.colour, Depth::True);
            found.push((polygon.vertices.clone(), ink));
        }
    };
    if let Some(path) = matches.get_one::<PathBuf>("session") {
        let session = session::read(path)?;
        for polygon in &session.polygons {
            if let Some(facies) = session.facies(&polygon.facies) {
                take(polygon, facies);
            }
        }
    }
    if let Some(files) = matches.get_many::<PathBuf>("polygons") {
        let survey = Survey::of(volume, &reading::read(matches))?;
        for file in files {
            let (groups, warnings) = read_outlines(file, &survey, &OutlineOptions::default())?;
            for warning in warnings {
                eprintln!("warning: {}", printable(&warning));
            }
            for group in &groups {
                for polygon in &group.polygons {
                    take(polygon, &group.facies);
                }
            }
        }
    }
    Ok(found)
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
    print!("{}", section_text(samples, grid, &key, &section));
}
