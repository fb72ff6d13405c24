//! The history of a SEPlib volume to be written.

use std::fmt::Write as _;

use crate::io::{SampleKind, Template};
use crate::model::{Axis, Grid, Recipe, SampleUnit};

/// The history text: the parent's, then a comment that tells what made the
/// volume, then its own keys (the last one of a key counts). The parent of a
/// volume made from SEG-Y is its textual header, as comments. Samples lie beside
/// it under `data`, trace headers under `headers`.
pub(in crate::io) fn history(
    data: &str,
    headers: Option<&str>,
    parent: Template,
    grid: &Grid,
    kind: SampleKind,
    recipe: &Recipe,
) -> Vec<u8> {
    let mut text = match parent {
        Template::Seplib(volume) => volume.history.text.clone(),
        Template::Segy(volume) => comments(volume.cards()),
        Template::Plain => Vec::new(),
    };
    if text.last().is_some_and(|&b| b != b'\n') {
        text.push(b'\n');
    }
    let mut own = format!("# {recipe}\n");
    let mut put = |line: std::fmt::Arguments| {
        // Writing to a string does not fail.
        let _ = own.write_fmt(line);
    };
    put(format_args!(
        "in=\"{data}\" esize=4 data_format=\"xdr_float\"\n"
    ));
    let (scale, unit, label) = match grid.unit {
        SampleUnit::Milliseconds => (1e-3, "s", "Time"),
        SampleUnit::Metres => (1.0, "m", "Depth"),
        SampleUnit::Feet => (1.0, "ft", "Depth"),
    };
    let vertical = Axis::new(
        scaled(grid.samples.first, scale),
        scaled(grid.samples.step, scale),
        grid.samples.count,
    );
    let axes = [
        (1, &vertical, label, unit),
        (2, &grid.crosslines, "CDP no.", "index"),
        (3, &grid.inlines, "Line no.", "index"),
    ];
    for (n, axis, label, unit) in axes {
        put(format_args!(
            "n{n}={} o{n}={} d{n}={} label{n}=\"{label}\" unit{n}=\"{unit}\"\n",
            axis.count, axis.first, axis.step
        ));
    }
    if let Some(spacing) = grid.spacing {
        put(format_args!(
            "dcdp={} dline={}\n",
            spacing.crossline, spacing.inline
        ));
    }
    put(format_args!("null_value={}\n", kind.null()));
    if kind == SampleKind::Classes {
        put(format_args!("sample_kind=\"classes\"\n"));
    }
    if let Some(headers) = headers {
        put(format_args!("hff=\"{headers}\"\n"));
    }
    if let Template::Seplib(volume) = parent {
        // The parent's describe other traces, or lie in another folder.
        for key in ["hff", "gff"] {
            let replaced = key == "hff" && headers.is_some();
            if !replaced && volume.history.get(key).is_some() {
                put(format_args!("{key}=\"-1\"\n"));
            }
        }
        if kind != SampleKind::Classes && volume.history.get("sample_kind").is_some() {
            put(format_args!("sample_kind=\"continuous\"\n"));
        }
    }
    text.extend(own.bytes());
    text
}

/// The cards of a textual header that hold something, as comments. A `=` in them
/// would be a key for readers that know no comments.
fn comments(cards: &[String]) -> Vec<u8> {
    let mut text = String::new();
    for card in cards.iter().filter(|card| !card.trim().is_empty()) {
        text.push_str("# ");
        text.push_str(&card.replace('=', ":"));
        text.push('\n');
    }
    text.into_bytes()
}

/// Seconds of milliseconds, without the last digit's noise.
fn scaled(value: f64, scale: f64) -> f64 {
    let scaled = value * scale;
    let rounded = (scaled * 1e9).round() / 1e9;
    if rounded == 0.0 { scaled } else { rounded }
}
