//! NumPy's `.npy`, versions 1 to 3: arrays of (inline, crossline, sample) read
//! as volumes, in C or Fortran order, floats or integers of either byte order;
//! float32 and int8 written in C order.
//!
//! The format carries no survey numbers, so a grid counts from 0 by 1.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_aligned_and_parse_again() {
        for shape_ in [vec![3usize, 4, 5], vec![7], vec![1000, 2000]] {
            let bytes = header_bytes("<f4", &shape_);
            assert_eq!(bytes.len() % 64, 0);
            let text = String::from_utf8_lossy(&bytes[10..]).into_owned();
            assert_eq!(value(&text, "descr").unwrap().get(..5), Some("'<f4'"));
            let expected: Vec<u64> = shape_.iter().map(|&n| n as u64).collect();
            assert_eq!(shape(value(&text, "shape").unwrap()), Some(expected));
        }
    }

    /// Arrays as numpy.save writes them, of every type that is read.
    #[test]
    fn arrays_are_volumes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        let open = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            crate::io::open(&path, &crate::io::OpenOptions::default())
        };
        for (descr, array) in [
            ("<i2", [1i16, -2, 3, 4].map(i16::to_le_bytes).concat()),
            (">i4", [1i32, -2, 3, 4].map(i32::to_be_bytes).concat()),
            (">i8", [1i64, -2, 3, 4].map(i64::to_be_bytes).concat()),
            ("<f8", [1f64, -2.0, 3.0, 4.0].map(f64::to_le_bytes).concat()),
            ("|i1", vec![1, 254, 3, 4]),
        ] {
            let mut bytes = header_bytes(descr, &[2, 1, 2]);
            bytes.extend(&array);
            let volume = open(&bytes).unwrap();
            assert_eq!(volume.grid().shape(), [2, 1, 2]);
            assert_eq!(
                crate::io::evidence::read_all(volume.as_ref()),
                [1.0, -2.0, 3.0, 4.0]
            );
            let error = open(&bytes[..bytes.len() - 1]).err().unwrap();
            assert!(matches!(error, IoError::Truncated { .. }), "{error}");
        }
        let big = 1 << 40;
        for shape in [&[4][..], &[1, 1, 2, 2], &[0, 1, 1], &[big, big, big]] {
            let mut bytes = header_bytes("<f4", shape);
            bytes.extend([0; 16]);
            assert!(open(&bytes).is_err(), "{shape:?}");
        }
        assert!(open(b"\x93NUMPY\x01\x00\xff\xff").is_err());
    }

    /// An array of i32 with a header of any version.
    fn array(version: u8, dictionary: &str, values: &[i32]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([version, 0]);
        let length = dictionary.len() as u32;
        if version == 1 {
            bytes.extend((length as u16).to_le_bytes());
        } else {
            bytes.extend(length.to_le_bytes());
        }
        bytes.extend(dictionary.bytes());
        bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
        bytes
    }

    #[test]
    fn every_version_and_both_orders_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        let (n3, n2, n1) = (3, 4, 5);
        let voxel = |i: usize, x: usize, s: usize| (100 * i + 10 * x + s) as i32;
        let mut c_order = Vec::new();
        for i in 0..n3 {
            for x in 0..n2 {
                c_order.extend((0..n1).map(|s| voxel(i, x, s)));
            }
        }
        let mut fortran = Vec::new();
        for s in 0..n1 {
            for x in 0..n2 {
                fortran.extend((0..n3).map(|i| voxel(i, x, s)));
            }
        }
        let expected: Vec<f32> = c_order.iter().map(|&v| v as f32).collect();
        for version in [1, 2, 3] {
            for (order, values) in [("False", &c_order), ("True", &fortran)] {
                let dictionary = format!(
                    "{{'descr': '<i4', 'fortran_order': {order}, 'shape': (3L, 4, 5), }}\n"
                );
                std::fs::write(&path, array(version, &dictionary, values)).unwrap();
                let volume = crate::io::open(&path, &crate::io::OpenOptions::default()).unwrap();
                assert_eq!(crate::io::evidence::read_all(volume.as_ref()), expected);
                let pick = |start, step, count| crate::model::Pick { start, step, count };
                let block = Block {
                    inlines: pick(0, 2, 2),
                    crosslines: pick(1, 2, 2),
                    samples: pick(1, 3, 2),
                };
                let mut part = vec![0.0; 8];
                volume.read(&block, &mut part).unwrap();
                assert_eq!(part, [11.0, 14.0, 31.0, 34.0, 211.0, 214.0, 231.0, 234.0]);
                let copy = folder.path().join("copy.npy");
                crate::io::convert(
                    volume.as_ref(),
                    &volume.grid().all(),
                    &copy,
                    &crate::io::evidence::recipe(),
                    true,
                    &crate::task::Task::silent(),
                )
                .unwrap();
                let copy = crate::io::open(&copy, &crate::io::OpenOptions::default()).unwrap();
                assert_eq!(crate::io::evidence::read_all(copy.as_ref()), expected);
            }
        }
        for (version, dictionary) in [
            (
                4,
                "{'descr': '<i4', 'fortran_order': False, 'shape': (3, 4, 5)}",
            ),
            (
                1,
                "{'descr': '<i4', 'fortran_order': 1, 'shape': (3, 4, 5)}",
            ),
            (
                1,
                "{'descr': '<i4', 'fortran_order': True, 'shape': (3, 4, 5",
            ),
            (
                1,
                "{'descr': '<i4', 'fortran_order': True, 'shape': (3, -4, 5)}",
            ),
            (
                1,
                "{'descr': [('x', '<i4')], 'fortran_order': True, 'shape': (3, 4, 5)}",
            ),
        ] {
            std::fs::write(&path, array(version, dictionary, &c_order)).unwrap();
            let opened = crate::io::open(&path, &crate::io::OpenOptions::default());
            assert!(opened.is_err(), "{dictionary}");
        }
    }

    #[test]
    fn unsigned_numbers_have_no_sign() {
        for (descr, width) in [("u1", 1), ("<u2", 2), (">u4", 4), ("<u8", 8)] {
            let (format, order) = sample_format(descr).unwrap();
            assert_eq!(format.width(), width);
            let decoder = Decoder {
                format,
                order,
                null: None,
            };
            let mut out = [0.0];
            decoder.decode(&vec![0xff; width], 1, &mut out);
            assert_eq!(out[0], 2f32.powi(8 * width as i32) - f32::from(width < 3));
        }
    }

    #[test]
    fn odd_dictionaries_are_refused() {
        assert_eq!(shape("(3, x)"), None);
        assert_eq!(shape("3"), None);
        assert_eq!(shape("()"), Some(vec![]));
        assert_eq!(sample_format("<c8"), None);
        assert_eq!(sample_format(""), None);
        assert_eq!(
            sample_format(">f4"),
            Some((SampleFormat::F32, ByteOrder::Big))
        );
    }
}
