//! NumPy's `.npy`, versions 1 to 3: arrays of (inline, crossline, sample) read
//! as volumes, in C or Fortran order, floats or integers of either byte order;
//! float32 and int8 written in C order.
//!
//! The format carries no survey numbers, so a grid counts from 0 by 1.

#[cfg(test)]
mod tests;

use std::path::Path;

use super::samples::{ByteOrder, Decoder, SampleFormat};
use super::source::Source;
use super::traces::Traces;
use super::volume::check_block;
use super::{IoError, Volume};
use crate::model::{Axis, Block, Grid, SampleUnit, printable};

pub(super) const MAGIC: &[u8] = b"\x93NUMPY";
/// Longest header that is read; NumPy itself refuses more than 10,000 bytes.
const LONGEST: u64 = 1 << 16;

/// Voxels of a Fortran array that are turned at once.
const TURNED: usize = 1 << 20;

/// A three- or two-dimensional `.npy` array opened as a volume.
#[derive(Debug)]
pub(super) struct NpyVolume {
    /// The array cut into as many numbers as a trace has samples; in Fortran
    /// order these are not traces, but the file is the same.
    traces: Traces,
    /// A Fortran array cut into what varies fastest there: the inlines at one
    /// crossline and sample.
    columns: Option<Traces>,
    grid: Grid,
}

impl NpyVolume {
    pub(super) fn open(source: Source) -> Result<NpyVolume, IoError> {
        let wrong = |reason: String| IoError::NotAVolume {
            path: source.path().to_owned(),
            reason: format!(".npy: {}", printable(&reason)),
        };
        let (text, first) = header(&source)?;
        let described = value(&text, "descr").ok_or_else(|| wrong("no `descr`".to_owned()))?;
        let (format, order) = described
            .strip_prefix(['\'', '"'])
            .and_then(|d| d.split(['\'', '"']).next())
            .and_then(sample_format)
            .ok_or_else(|| {
                wrong(format!(
                    "arrays of {described:.40} are not read; save it as float32, float64 or integers"
                ))
            })?;
        let order_of = value(&text, "fortran_order").unwrap_or("");
        let fortran = order_of.starts_with("True");
        if !fortran && !order_of.starts_with("False") {
            return Err(wrong("no usable `fortran_order`".to_owned()));
        }
        let shape = value(&text, "shape")
            .and_then(shape)
            .ok_or_else(|| wrong("no usable `shape`".to_owned()))?;
        let [n3, n2, n1] = match shape[..] {
            [n3, n2, n1] => [n3, n2, n1],
            [n2, n1] => [1, n2, n1],
            _ => {
                return Err(wrong(format!(
                    "{} dimensions; volumes have 3 (inline, crossline, sample)",
                    shape.len()
                )));
            }
        };
        let size = [n3, n2, n1]
            .iter()
            .try_fold(format.width() as u64, |size, &n| size.checked_mul(n))
            .and_then(|size| size.checked_add(first))
            .filter(|&size| size > first)
            .ok_or_else(|| wrong(format!("no volume has the shape {shape:?}")))?;
        if size > source.len() {
            return Err(IoError::Truncated {
                path: source.path().to_owned(),
                what: "the array",
                needed: size,
                found: source.len(),
            });
        }
        let axis = |n: u64| Axis::new(0.0, 1.0, n as usize);
        let cut = |source: Source, by: u64| Traces {
            source,
            first,
            stride: by * format.width() as u64,
            header: 0,
            decoder: Decoder {
                format,
                order,
                null: None,
            },
        };
        Ok(NpyVolume {
            grid: Grid {
                inlines: axis(n3),
                crosslines: axis(n2),
                samples: axis(n1),
                unit: SampleUnit::Milliseconds,
                spacing: None,
            },
            columns: fortran.then(|| cut(source.clone(), n3)),
            traces: cut(source, n1),
        })
    }

    /// Reads a block of a Fortran array: some planes of constant sample at a
    /// time, turned into traces.
    fn read_turned(&self, columns: &Traces, block: &Block, out: &mut [f32]) -> Result<(), IoError> {
        let [lines, along, samples] = block.shape();
        let crosslines = self.grid.crosslines.count as u64;
        let planes = (TURNED / (lines * along).max(1)).max(1);
        let mut plane = Vec::new();
        for from in (0..samples).step_by(planes) {
            let part = Block {
                inlines: block.samples.part(from, from + planes),
                crosslines: block.crosslines,
                samples: block.inlines,
            };
            plane.resize(part.len(), 0.0);
            columns.read(&part, &mut plane, |sample, crossline| {
                Some(sample as u64 * crosslines + crossline as u64)
            })?;
            for (i, line) in out.chunks_exact_mut(along * samples).enumerate() {
                for (c, trace) in line.chunks_exact_mut(samples).enumerate() {
                    let values = plane.iter().skip(c * lines + i).step_by(along * lines);
                    for (place, value) in trace.iter_mut().skip(from).zip(values) {
                        *place = *value;
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn traces(&self) -> &Traces {
        &self.traces
    }

    /// Name of the sample format.
    pub(super) fn sample_format(&self) -> String {
        self.traces.decoder.format.name().to_owned()
    }
}

/// The header's text and the byte where the array begins.
fn header(source: &Source) -> Result<(String, u64), IoError> {
    let wrong = |reason: &str| IoError::NotAVolume {
        path: source.path().to_owned(),
        reason: format!(".npy: {reason}"),
    };
    let start = source.bytes(0, 12)?;
    if start.len() < 12 || !start.starts_with(MAGIC) {
        return Err(wrong("the file does not begin as NumPy writes it"));
    }
    let (length, text) = match start[6] {
        1 => (u64::from(u16::from_le_bytes([start[8], start[9]])), 10),
        2 | 3 => (
            u64::from(u32::from_le_bytes([
                start[8], start[9], start[10], start[11],
            ])),
            12,
        ),
        _ => return Err(wrong("an unknown version of the format")),
    };
    if length > LONGEST || text + length > source.len() {
        return Err(wrong("its header is longer than it can be"));
    }
    let bytes = source.bytes(text, length as usize)?;
    Ok((String::from_utf8_lossy(&bytes).into_owned(), text + length))
}

/// What follows `'key':` in the header's dictionary.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let at = ["'", "\""].iter().find_map(|q| {
        let quoted = format!("{q}{key}{q}");
        Some(text.find(&quoted)? + quoted.len())
    })?;
    Some(text.get(at..)?.trim_start().strip_prefix(':')?.trim_start())
}

/// A NumPy type such as `<f4`.
fn sample_format(descr: &str) -> Option<(SampleFormat, ByteOrder)> {
    let (order, kind) = match descr.as_bytes().first()? {
        b'>' => (ByteOrder::Big, descr.get(1..)?),
        b'<' | b'|' | b'=' => (ByteOrder::Little, descr.get(1..)?),
        _ => (ByteOrder::Little, descr),
    };
    let format = match kind {
        "f4" => SampleFormat::F32,
        "f8" => SampleFormat::F64,
        "i8" => SampleFormat::I64,
        "i4" => SampleFormat::I32,
        "i2" => SampleFormat::I16,
        "i1" => SampleFormat::I8,
        "u8" => SampleFormat::U64,
        "u4" => SampleFormat::U32,
        "u2" => SampleFormat::U16,
        "u1" | "b1" => SampleFormat::U8,
        _ => return None,
    };
    Some((format, order))
}

/// The numbers of `(a, b, c)`.
fn shape(text: &str) -> Option<Vec<u64>> {
    let (inside, _) = text.strip_prefix('(')?.split_once(')')?;
    let parts = inside.split(',').map(str::trim).filter(|p| !p.is_empty());
    // Python 2 wrote long numbers as `4L`.
    parts
        .map(|p| p.strip_suffix('L').unwrap_or(p).parse().ok())
        .collect()
}

/// The header of an array of little-endian floats or of bytes, padded so that
/// the array begins at a multiple of 64.
pub(super) fn header_bytes(descr: &str, shape: &[usize]) -> Vec<u8> {
    let numbers: Vec<String> = shape.iter().map(ToString::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    let mut text = format!(
        "{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}{comma}), }}",
        numbers.join(", ")
    );
    let unpadded = 10 + text.len() + 1;
    text.extend(std::iter::repeat_n(
        ' ',
        unpadded.next_multiple_of(64) - unpadded,
    ));
    text.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend([1, 0]);
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.bytes());
    bytes
}

impl Volume for NpyVolume {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn path(&self) -> &Path {
        self.traces.source.path()
    }

    fn read(&self, block: &Block, out: &mut [f32]) -> Result<(), IoError> {
        check_block(self.path(), &self.grid, block, out.len())?;
        if block.is_empty() {
            return Ok(());
        }
        let crosslines = self.grid.crosslines.count as u64;
        match &self.columns {
            Some(columns) => self.read_turned(columns, block, out),
            None => self.traces.read(block, out, |inline, crossline| {
                Some(inline as u64 * crosslines + crossline as u64)
            }),
        }
    }

    fn trace_by_trace(&self) -> bool {
        self.columns.is_none()
    }
}
