//! A SEPlib volume opened for reading.

use std::path::{Path, PathBuf};

use crate::io::samples::{ByteOrder, Decoder, SampleFormat};
use crate::io::source::Source;
use crate::io::traces::Traces;
use crate::io::volume::check_block;
use crate::io::{IoError, SampleKind, Template, Volume};
use crate::model::{Axis, Block, Grid, SampleUnit, Spacing};

use super::history::History;

/// Samples that decide the byte order where no key tells it.
const GUESSED_FROM: usize = 100_000;

/// A SEPlib (`.H`, `.rsf`) volume.
#[derive(Debug)]
pub struct SeplibVolume {
    pub(in crate::io) history: History,
    traces: Traces,
    grid: Grid,
    kind: SampleKind,
    notes: Vec<String>,
}

impl SeplibVolume {
    /// Opens the volume that a history describes.
    pub(in crate::io) fn open(text: Source) -> Result<SeplibVolume, IoError> {
        let history = History::read(&text)?;
        let mut notes = Vec::new();
        check_format(&history)?;
        let grid = grid(&history, &mut notes)?;
        let (source, first) = samples(&history, text, &mut notes)?;
        let needed = grid
            .shape()
            .iter()
            .try_fold(4u64, |size, &n| size.checked_mul(n as u64))
            .and_then(|size| size.checked_add(first))
            .ok_or_else(|| history.wrong("n1", "n1 n2 n3 give no possible size".to_owned()))?;
        if needed > source.len() {
            return Err(IoError::Truncated {
                path: source.path().to_owned(),
                what: "the volume (4 bytes x n1 x n2 x n3)",
                needed,
                found: source.len(),
            });
        }
        if needed < source.len() {
            notes.push(format!(
                "{} bytes more than n1 n2 n3 tell",
                source.len() - needed
            ));
        }
        let order = order(&history, &source, first, needed, &mut notes)?;
        let null = history
            .number::<f32>("null_value")?
            .filter(|v| v.is_finite());
        let kind = match history.get("sample_kind") {
            Some("classes") => SampleKind::Classes,
            _ => SampleKind::Continuous,
        };
        Ok(SeplibVolume {
            traces: Traces {
                source,
                first,
                stride: 4 * grid.samples.count as u64,
                header: 0,
                decoder: Decoder {
                    format: SampleFormat::F32,
                    order,
                    null,
                },
            },
            history,
            grid,
            kind,
            notes,
        })
    }

    pub(in crate::io) fn traces(&self) -> &Traces {
        &self.traces
    }

    /// The history as lines.
    pub(in crate::io) fn text(&self) -> Vec<String> {
        String::from_utf8_lossy(&self.history.text)
            .lines()
            .map(|line| crate::model::printable(line.trim_end()))
            .collect()
    }

    /// Name of the sample format.
    pub(in crate::io) fn sample_format(&self) -> String {
        let order = self.traces.decoder.order.word();
        format!("{} {order}", SampleFormat::F32.name())
    }
}

/// Only four-byte floats are volumes.
fn check_format(history: &History) -> Result<(), IoError> {
    if let Some(esize) = history.number::<u64>("esize")?
        && esize != 4
    {
        return Err(history.wrong(
            "esize",
            format!("samples of {esize} bytes are not read; convert the volume to 4-byte floats"),
        ));
    }
    match history.get("data_format") {
        None | Some("xdr_float" | "native_float") => Ok(()),
        Some(other) => Err(history.wrong(
            "data_format",
            format!("`{other}` is not read; convert the volume to xdr_float or native_float"),
        )),
    }
}

/// The axes: n1 samples, n2 crosslines, n3 inlines.
fn grid(history: &History, notes: &mut Vec<String>) -> Result<Grid, IoError> {
    for n in 4..10 {
        let key = format!("n{n}");
        if let Some(count) = history.number::<u64>(&key)?
            && count != 1
        {
            return Err(history.wrong(
                &key,
                format!("{count} volumes in one file (gathers or components); write one a file"),
            ));
        }
    }
    let axis = |n: usize| -> Result<Axis, IoError> {
        let key = format!("n{n}");
        let count = match history.number::<u64>(&key)? {
            Some(0) => return Err(history.wrong(&key, "an axis without samples".to_owned())),
            Some(count) => count,
            None if n == 1 => {
                return Err(history.wrong(&key, "missing; is this a SEPlib history?".to_owned()));
            }
            None => 1,
        };
        let count = usize::try_from(count)
            .map_err(|_| history.wrong(&key, format!("{count} is too large")))?;
        let first = history.finite(&format!("o{n}"))?.unwrap_or(0.0);
        let step = history.finite(&format!("d{n}"))?.unwrap_or(1.0);
        Ok(Axis::new(first, step, count))
    };
    let (mut samples, mut crosslines, mut inlines) = (axis(1)?, axis(2)?, axis(3)?);
    for (name, axis) in [
        ("d1", &mut samples),
        ("d2", &mut crosslines),
        ("d3", &mut inlines),
    ] {
        if axis.step == 0.0 {
            notes.push(format!("{name}=0: 1 taken"));
            axis.step = 1.0;
        }
    }
    let unit = unit(history, &mut samples);
    let spacing = match (history.finite("dline")?, history.finite("dcdp")?) {
        (Some(inline), Some(crossline)) if inline > 0.0 && crossline > 0.0 => {
            Some(Spacing { inline, crossline })
        }
        _ => None,
    };
    Ok(Grid {
        inlines,
        crosslines,
        samples,
        unit,
        spacing,
    })
}

/// What the first axis counts; seconds become milliseconds.
fn unit(history: &History, samples: &mut Axis) -> SampleUnit {
    let lower = |key: &str| history.get(key).unwrap_or("").trim().to_lowercase();
    let (unit, label) = (lower("unit1"), lower("label1"));
    let depth = label.contains("depth") || label == "z";
    match unit.as_str() {
        "m" | "meter" | "meters" | "metre" | "metres" => return SampleUnit::Metres,
        "ft" | "foot" | "feet" => return SampleUnit::Feet,
        "ms" | "msec" | "millisecond" | "milliseconds" => return SampleUnit::Milliseconds,
        "s" | "sec" | "second" | "seconds" => {}
        _ if depth => return SampleUnit::Metres,
        // No unit: a step below 0.1 can only be seconds.
        _ if samples.step.abs() >= 0.1 => return SampleUnit::Milliseconds,
        _ => {}
    }
    // Histories print seconds with few digits: 0.1 microseconds are noise.
    let ms = |s: f64| (s * 1e7).round() / 1e4;
    samples.first = ms(samples.first);
    samples.step = match ms(samples.step) {
        0.0 => samples.step * 1000.0,
        step => step,
    };
    SampleUnit::Milliseconds
}

/// The file with the samples and the byte where they begin.
fn samples(
    history: &History,
    text: Source,
    notes: &mut Vec<String>,
) -> Result<(Source, u64), IoError> {
    let name = history
        .get("in")
        .ok_or_else(|| history.wrong("in", "missing; is this a SEPlib history?".to_owned()))?;
    if name == "stdin" {
        return match history.after {
            Some(after) => Ok((text, after)),
            None => Err(history.wrong(
                "in",
                "samples should follow in the same file, but no EOT mark ends the text".to_owned(),
            )),
        };
    }
    let places = places(history.path(), name);
    match places.iter().position(|p| p.is_file()) {
        Some(at) => {
            if at > 0 {
                notes.push(format!(
                    "samples read from {}: nothing lies where `in` points",
                    places[at].display()
                ));
            }
            Ok((Source::open(&places[at])?, 0))
        }
        None => Err(history.wrong(
            "in",
            format!(
                "no file with the samples at {}",
                places
                    .iter()
                    .map(|p| p.display().to_string())
                    .collect::<Vec<_>>()
                    .join(" or ")
            ),
        )),
    }
}

/// Where the samples may lie: where the history says, below the data path, and
/// beside the history (files that were moved together).
fn places(history: &Path, name: &str) -> Vec<PathBuf> {
    let folder = history.parent().unwrap_or(Path::new(""));
    let name = Path::new(name);
    let mut places = vec![folder.join(name)];
    if name.is_relative() {
        let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".datapath"));
        let named = std::env::var("DATAPATH").ok();
        let from_file = [Some(folder.join(".datapath")), home]
            .into_iter()
            .flatten()
            .filter_map(|p| std::fs::read_to_string(p).ok())
            .find_map(|text| super::history::parse(&text).remove("datapath"));
        places.extend(named.or(from_file).map(|p| Path::new(&p).join(name)));
    }
    places.extend(name.file_name().map(|name| folder.join(name)));
    places.dedup();
    places
}

/// The byte order: as the key says, else the one that makes more of the first
/// samples ordinary numbers.
fn order(
    history: &History,
    source: &Source,
    first: u64,
    end: u64,
    notes: &mut Vec<String>,
) -> Result<ByteOrder, IoError> {
    match history.get("data_format") {
        Some("native_float") => return Ok(ByteOrder::Little),
        Some(_) => return Ok(ByteOrder::Big),
        None => {}
    }
    let bytes = source.bytes(first, ((end - first) as usize).min(4 * GUESSED_FROM))?;
    let ordinary = |order: ByteOrder| {
        let words = bytes.as_chunks::<4>().0;
        let numbers = words.iter().map(|&w| f32::from_bits(order.u32(w)).abs());
        numbers
            .filter(|v| *v == 0.0 || (*v > 1e-30 && *v < 1e30))
            .count()
    };
    let order = if ordinary(ByteOrder::Little) > ordinary(ByteOrder::Big) {
        ByteOrder::Little
    } else {
        ByteOrder::Big
    };
    notes.push(format!(
        "no data_format: {} taken from the samples",
        order.word()
    ));
    Ok(order)
}

impl Volume for SeplibVolume {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn path(&self) -> &Path {
        self.history.path()
    }

    fn files(&self) -> Vec<&Path> {
        vec![self.history.path(), self.traces.source.path()]
    }

    fn kind(&self) -> SampleKind {
        self.kind
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn template(&self) -> Template<'_> {
        Template::Seplib(self)
    }

    fn read(&self, block: &Block, out: &mut [f32]) -> Result<(), IoError> {
        check_block(self.path(), &self.grid, block, out.len())?;
        let crosslines = self.grid.crosslines.count as u64;
        self.traces.read(block, out, |inline, crossline| {
            Some(inline as u64 * crosslines + crossline as u64)
        })
    }
}
