//! Trace headers to be written beside a `.H` volume: a header format file and
//! its words, one record for each trace of the output, in its order.
//!
//! From a `.H` parent every word is copied. From SEG-Y come `line_no`, `cdp_no`,
//! `trid` (1 live, 0 padding or dead) and, where the file has coordinates,
//! `cdp_x` and `cdp_y`. A 32-bit float holds a northing of 6,000 km to half a
//! metre only, so `cdp_x_rest` and `cdp_y_rest` hold what rounding left over:
//! their sums are the coordinates to better than a millimetre.

use std::fmt::Write as _;

use crate::io::carried::Carried;
use crate::io::{IoError, Template};
use crate::model::{Axis, Block, Grid, Recipe};

use super::records::WORD;

/// Keys made from SEG-Y headers, with their types.
const MADE: [(&str, &str); 7] = [
    ("line_no", "int"),
    ("cdp_no", "int"),
    ("trid", "int"),
    ("cdp_x", "float"),
    ("cdp_y", "float"),
    ("cdp_x_rest", "float"),
    ("cdp_y_rest", "float"),
];
/// How many of them do without coordinates.
const PLAIN: usize = 3;

/// The words of all traces of an output.
pub(in crate::io) struct HeaderWords<'a> {
    template: Template<'a>,
    block: Block,
    grid: Grid,
    keys: usize,
}

impl<'a> HeaderWords<'a> {
    /// The words for a part of the volume behind `template`; nothing where it
    /// has no trace headers.
    pub(in crate::io) fn new(
        template: Template<'a>,
        block: &Block,
        grid: &Grid,
    ) -> Option<HeaderWords<'a>> {
        let keys = match template {
            Template::Plain => return None,
            Template::Segy(volume) if volume.has_position() => MADE.len(),
            Template::Segy(_) => PLAIN,
            Template::Seplib(volume) => volume.headers.as_ref()?.records.keys.len(),
        };
        Some(HeaderWords {
            template,
            block: *block,
            grid: *grid,
            keys,
        })
    }

    /// The header format file; the words lie beside it under `data`.
    pub(in crate::io) fn text(&self, data: &str, recipe: &Recipe) -> Vec<u8> {
        let mut text = match self.template {
            Template::Seplib(volume) => {
                let parent = volume.headers.as_ref().map(|h| &h.records.text);
                String::from_utf8_lossy(parent.map_or(&[], |text| text)).into_owned()
            }
            _ => String::new(),
        };
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        let mut put = |line: std::fmt::Arguments| {
            // Writing to a string does not fail.
            let _ = text.write_fmt(line);
        };
        put(format_args!("# {recipe}\n"));
        if !matches!(self.template, Template::Seplib(_)) {
            for (i, (name, kind)) in MADE.iter().take(self.keys).enumerate() {
                let i = i + 1;
                put(format_args!(
                    "hdrkey{i}=\"{name}\" hdrtype{i}=\"scalar_{kind}\" hdrfmt{i}=\"xdr_{kind}\"\n"
                ));
            }
        }
        put(format_args!("n1={} o1=0 d1=1\n", self.keys));
        for (n, axis, label) in [
            (2, &self.grid.crosslines, "CDP no."),
            (3, &self.grid.inlines, "Line no."),
        ] {
            put(format_args!(
                "n{n}={} o{n}={} d{n}={} label{n}=\"{label}\"\n",
                axis.count, axis.first, axis.step
            ));
        }
        put(format_args!(
            "n4=1 n5=1 same_record_number=1\nin=\"{data}\" esize=4 data_format=\"xdr_int\"\n"
        ));
        text.into_bytes()
    }

    /// How many bytes the words of one line take.
    pub(in crate::io) fn line(&self) -> u64 {
        self.grid.crosslines.count as u64 * self.keys as u64 * WORD
    }

    /// The words along an inline of the output.
    pub(in crate::io) fn words(&self, inline: usize) -> Result<Vec<u8>, IoError> {
        let from = self.block.inlines.at(inline);
        let along = self.block.crosslines;
        if let Template::Seplib(volume) = self.template {
            let first = inline as u64 * along.count as u64;
            return match &volume.headers {
                Some(headers) => headers.rewritten(from, along, first),
                None => Ok(Vec::new()),
            };
        }
        let carried = self.template.carried(from, along)?;
        let line = whole(&self.grid.inlines, inline);
        let mut bytes = Vec::with_capacity(self.line() as usize);
        for (i, carried) in carried.iter().enumerate() {
            let cdp = whole(&self.grid.crosslines, i);
            let record = record(carried, line, cdp);
            bytes.extend(record.iter().take(self.keys).flatten());
        }
        Ok(bytes)
    }
}

fn whole(axis: &Axis, i: usize) -> i32 {
    axis.value(i).round() as i32
}

/// The words of a trace in the order of the made keys.
fn record(carried: &Carried, line: i32, cdp: i32) -> [[u8; 4]; MADE.len()] {
    let (x, y) = carried.position.unwrap_or((0.0, 0.0));
    let rest = |v: f64| (v - f64::from(v as f32)) as f32;
    [
        line.to_be_bytes(),
        cdp.to_be_bytes(),
        i32::from(carried.live).to_be_bytes(),
        (x as f32).to_be_bytes(),
        (y as f32).to_be_bytes(),
        rest(x).to_be_bytes(),
        rest(y).to_be_bytes(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_in_two_words_are_exact_to_a_millimetre() {
        for (x, y) in [(620_197.2, 6_074_232.9), (-1.0 / 3.0, 20_000_000.123)] {
            let carried = Carried {
                position: Some((x, y)),
                live: true,
            };
            let words = record(&carried, 1, 2);
            let value = |i: usize| f64::from(f32::from_be_bytes(words[i]));
            assert!((value(3) + value(5) - x).abs() < 1e-3);
            assert!((value(4) + value(6) - y).abs() < 1e-3);
            assert!((value(4) - y).abs() < 1.5);
        }
    }
}
