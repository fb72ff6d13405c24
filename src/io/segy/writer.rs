//! SEG-Y files to be written: like another one, trace by trace, or fresh from a
//! grid. What is planned here, `io::writer` puts on disk.

use std::path::Path;

use crate::io::samples::{ByteOrder, Encoder, SampleFormat};
use crate::io::{IoError, SampleKind};
use crate::model::{Block, Grid, Recipe, SampleUnit, Spacing};

use super::binary::{Binary, HEADERS, MARK_BIG, field};
use super::header::{TRACE_HEADER, TraceHeader, at, i16_at};
use super::index::{Index, Part, Run};
use super::layout::Layout;
use super::reader::SegyVolume;
use super::text::{Charset, TEXT, put, sign};

/// Most samples that the four-byte field of revision 2 can tell.
const MOST_SAMPLES: usize = i32::MAX as usize;
/// Coordinates of fresh files are in centimetres.
const CENTIMETRES: i16 = -100;
/// Revision 1.0, from which on IEEE floats and bytes are in the standard.
const REVISION_1: i16 = 0x0100;

/// A SEG-Y file to be written.
pub(in crate::io) struct SegyPlan<'a> {
    /// Everything before the first trace.
    pub(in crate::io) head: Vec<u8>,
    pub(in crate::io) encoder: Encoder,
    pub(in crate::io) traces: u32,
    /// Which trace of the output lies where.
    pub(in crate::io) index: Index,
    headers: Headers<'a>,
    vertical: Vertical,
    /// Start in ms, where it differs from the input's.
    start_ms: Option<f64>,
}

/// Number and interval of samples, as the fields of a file hold them.
#[derive(Clone, Copy)]
struct Vertical {
    /// Of the two-byte fields; 0 where they cannot tell.
    samples: u16,
    interval_us: i16,
    /// Of the fields that revision 2 added, where the others cannot tell.
    second: Option<(i32, f64)>,
}

/// Where trace headers come from.
enum Headers<'a> {
    Copied { volume: &'a SegyVolume, part: Part },
    Made { grid: Grid },
}

impl<'a> SegyPlan<'a> {
    /// A file like `volume`, of a part of it.
    pub(in crate::io) fn like(
        path: &Path,
        volume: &'a SegyVolume,
        block: &Block,
        grid: &Grid,
        kind: SampleKind,
        recipe: &Recipe,
    ) -> Result<SegyPlan<'a>, IoError> {
        let layout = &volume.layout;
        let vertical = Vertical::of(path, grid)?;
        let part = volume.survey.index.part(block.inlines, block.crosslines);
        if part.traces == 0 {
            return Err(unwritable(
                path,
                "the part that was asked for holds no trace of the input".to_owned(),
            ));
        }
        let moved = block.samples.start > 0;
        if moved {
            check_start(path, grid)?;
        }
        let encoder = encoder(kind, layout.order);
        let mut head = match &layout.binary {
            Some(_) => volume.traces.source.bytes(0, layout.first as usize)?,
            // Samples of a Seismic Unix file get the headers of SEG-Y.
            None => fresh_head(grid, recipe, encoder, kind),
        };
        rewrite(&mut head, layout, part.traces);
        let mut set = |byte: usize, value: i16| set_i16(&mut head, byte, value, layout.order);
        set(field::INTERVAL, vertical.interval_us);
        set(field::SAMPLES, vertical.samples.cast_signed());
        set(field::FORMAT, code(encoder.format));
        vertical.tell(&mut head, layout.order, part.traces);
        let name = encoder.format.name();
        if let Some(text) = head.get_mut(..TEXT) {
            sign(text, Charset::of(text), recipe, name, kind.null());
        }
        Ok(SegyPlan {
            head,
            encoder,
            traces: part.traces,
            index: part.index.clone(),
            headers: Headers::Copied { volume, part },
            vertical,
            start_ms: moved.then_some(grid.samples.first),
        })
    }

    /// A fresh big-endian file of revision 1, line numbers at bytes 189 and 193.
    pub(in crate::io) fn fresh(
        path: &Path,
        grid: &Grid,
        kind: SampleKind,
        recipe: &Recipe,
    ) -> Result<SegyPlan<'a>, IoError> {
        let vertical = Vertical::of(path, grid)?;
        let encoder = encoder(kind, ByteOrder::Big);
        let traces = grid.inlines.count as u64 * grid.crosslines.count as u64;
        let traces = u32::try_from(traces)
            .map_err(|_| unwritable(path, format!("{traces} traces are too many for SEG-Y")))?;
        for (name, axis) in [("inline", &grid.inlines), ("crossline", &grid.crosslines)] {
            let whole = |v: f64| v.fract() == 0.0 && v.abs() <= f64::from(i32::MAX);
            if !(whole(axis.first) && whole(axis.last()) && whole(axis.step)) {
                return Err(unwritable(
                    path,
                    format!(
                        "{name} numbers from {} by {} are not whole numbers; write a .H file",
                        axis.first, axis.step
                    ),
                ));
            }
        }
        let lines = (0..grid.inlines.count as u32).map(|slow| Run {
            slow,
            fast: 0,
            count: grid.crosslines.count as u32,
            trace: slow * grid.crosslines.count as u32,
            dead: false,
        });
        let index = Index::new(true, lines.collect(), grid.inlines.count)
            .ok_or_else(|| unwritable(path, "its lines overlap".to_owned()))?;
        let mut head = fresh_head(grid, recipe, encoder, kind);
        let mut set = |byte: usize, value: i16| set_i16(&mut head, byte, value, ByteOrder::Big);
        set(field::INTERVAL, vertical.interval_us);
        set(field::SAMPLES, vertical.samples.cast_signed());
        set(field::FORMAT, code(encoder.format));
        set(field::SORTING, 4);
        set(field::MEASURE, 1);
        set(field::REVISION, REVISION_1);
        set(field::FIXED_LENGTH, 1);
        vertical.tell(&mut head, ByteOrder::Big, traces);
        check_start(path, grid)?;
        Ok(SegyPlan {
            head,
            encoder,
            traces,
            index,
            headers: Headers::Made { grid: *grid },
            vertical,
            start_ms: Some(grid.samples.first),
        })
    }

    /// Bytes of a trace header.
    pub(in crate::io) const TRACE_HEADER: usize = TRACE_HEADER;

    /// The header of a trace of the output, and whether it is dead.
    pub(in crate::io) fn header(&self, trace: u32) -> Result<([u8; TRACE_HEADER], bool), IoError> {
        let (mut header, dead) = match &self.headers {
            Headers::Copied { volume, part } => {
                let (source, dead) = part.source(trace).unwrap_or((0, true));
                let header = volume.layout.header(&volume.traces.source, source)?;
                (header, dead)
            }
            Headers::Made { grid } => (made(grid, trace), false),
        };
        header.set_i16(at::SAMPLES, self.vertical.samples.cast_signed());
        header.set_i16(at::INTERVAL, self.vertical.interval_us);
        if let Some(start) = self.start_ms {
            header.set_delay_ms(start);
        }
        Ok((header.bytes, dead))
    }
}

fn unwritable(path: &Path, reason: String) -> IoError {
    IoError::Unwritable {
        path: path.to_owned(),
        reason,
    }
}

impl Vertical {
    /// The samples of a grid; an error where no field of SEG-Y can tell them.
    fn of(path: &Path, grid: &Grid) -> Result<Vertical, IoError> {
        let count = grid.samples.count;
        if count == 0 || count > MOST_SAMPLES {
            return Err(unwritable(
                path,
                format!(
                    "{count} samples a trace, SEG-Y holds 1 to {MOST_SAMPLES}; write a .H file"
                ),
            ));
        }
        let us = grid.samples.step * 1000.0;
        if !(1e-3..1e9).contains(&us) {
            return Err(unwritable(
                path,
                format!(
                    "a sample interval of {} {} does not fit SEG-Y's fields; write a .H file",
                    grid.samples.step,
                    grid.unit.sign()
                ),
            ));
        }
        let whole = (us - us.round()).abs() <= 1e-3 && (0.5..=f64::from(i16::MAX)).contains(&us);
        let samples = u16::try_from(count).unwrap_or(0);
        Ok(Vertical {
            samples,
            interval_us: if whole { us.round() as i16 } else { 0 },
            second: (samples == 0 || !whole).then_some((count as i32, us)),
        })
    }

    /// Makes the file header one of revision 2 where only its fields can tell.
    /// What stood in the places that it gave a meaning to goes.
    fn tell(&self, head: &mut [u8], order: ByteOrder, traces: u32) {
        let Some((samples, interval_us)) = self.second else {
            return;
        };
        let first = head.len() as u64;
        let places = [
            (field::MORE_TRACES, field::ORDER_MARK),
            (field::REVISION, field::TRAILERS + 4),
        ];
        let texts = i16_at(head, field::TEXT_HEADERS, order);
        for (from, to) in places {
            if let Some(place) = head.get_mut(from - 1..to - 1) {
                place.fill(0);
            }
        }
        let mut set = |byte: usize, word: &[u8]| {
            if let Some(place) = head.get_mut(byte - 1..byte - 1 + word.len()) {
                place.copy_from_slice(word);
            }
        };
        set(
            field::MORE_SAMPLES,
            &order.u32_bytes(samples.cast_unsigned()),
        );
        set(
            field::MORE_INTERVAL,
            &order.u64_bytes(interval_us.to_bits()),
        );
        set(
            field::ORDER_MARK,
            &order.u32_bytes(MARK_BIG.cast_unsigned()),
        );
        set(field::REVISION, &[2, 0]);
        set(field::FIXED_LENGTH, &order.u16_bytes(1));
        set(field::TEXT_HEADERS, &order.u16_bytes(texts.cast_unsigned()));
        set(field::TRACES, &order.u64_bytes(u64::from(traces)));
        set(field::FIRST_TRACE, &order.u64_bytes(first));
    }
}

/// An error for a start that no delay and time scalar can tell.
fn check_start(path: &Path, grid: &Grid) -> Result<(), IoError> {
    let start = grid.samples.first;
    if TraceHeader::blank(ByteOrder::Big).set_delay_ms(start) {
        return Ok(());
    }
    Err(unwritable(
        path,
        format!("a start at {start} ms does not fit SEG-Y's fields; write a .H file"),
    ))
}

fn encoder(kind: SampleKind, order: ByteOrder) -> Encoder {
    Encoder {
        format: match kind {
            SampleKind::Continuous => SampleFormat::F32,
            SampleKind::Classes => SampleFormat::I8,
        },
        order,
        null: kind.null(),
    }
}

/// The standard's format code.
fn code(format: SampleFormat) -> i16 {
    if format == SampleFormat::I8 { 8 } else { 5 }
}

/// Text and binary header of a fresh file, without its fields.
fn fresh_head(grid: &Grid, recipe: &Recipe, encoder: Encoder, kind: SampleKind) -> Vec<u8> {
    let mut head = vec![Charset::Ebcdic.encode(' '); TEXT];
    cards(&mut head, grid, recipe, encoder, kind);
    head.resize(HEADERS, 0);
    head
}

/// Makes the file header true for traces with one header each and nothing after
/// them: additional trace headers, trailing records and wrong counts go.
fn rewrite(head: &mut [u8], layout: &Layout, traces: u32) {
    let order = layout.order;
    let revision = layout.binary.as_ref().map_or((0, 0), Binary::revision);
    let mut set = |byte: usize, value: i16| set_i16(head, byte, value, order);
    if revision.0 == 0 {
        set(field::REVISION, REVISION_1);
        set(field::FIXED_LENGTH, 1);
    }
    let texts = (layout.first as usize).saturating_sub(HEADERS) / TEXT;
    if layout
        .binary
        .as_ref()
        .is_none_or(|b| b.i16(field::TEXT_HEADERS) >= 0)
    {
        set(field::TEXT_HEADERS, texts as i16);
    }
    let mut set_long = |byte: usize, value: u64| {
        if let Some(place) = head.get_mut(byte - 1..byte + 7) {
            place.copy_from_slice(&order.u64_bytes(value));
        }
    };
    let Some(binary) = layout.binary.as_ref().filter(|b| b.second()) else {
        if order == ByteOrder::Little && layout.binary.is_none() {
            set_i32(head, field::ORDER_MARK, MARK_BIG, order);
        }
        return;
    };
    set_long(field::MORE_INTERVAL, 0);
    if binary.revision().0 == 2 {
        if binary.u64(field::TRACES) != 0 {
            set_long(field::TRACES, u64::from(traces));
        }
        if binary.u64(field::FIRST_TRACE) != 0 {
            set_long(field::FIRST_TRACE, layout.first);
        }
        set_i32(head, field::TRAILERS, 0, order);
    }
    set_i32(head, field::MORE_SAMPLES, 0, order);
    set_i16(head, field::TRACE_HEADERS, 0, order);
    if binary.revision() == (2, 0) {
        set_i16(head, field::TRACE_HEADERS + 2, 0, order);
    }
}

/// Sets a four-byte number of the file header.
fn set_i32(head: &mut [u8], byte: usize, value: i32, order: ByteOrder) {
    if let Some(place) = head.get_mut(byte - 1..byte + 3) {
        place.copy_from_slice(&order.u32_bytes(value.cast_unsigned()));
    }
}

/// Sets a two-byte number of the file header.
fn set_i16(head: &mut [u8], byte: usize, value: i16, order: ByteOrder) {
    if let Some(place) = head.get_mut(byte - 1..byte + 1) {
        place.copy_from_slice(&order.u16_bytes(value.cast_unsigned()));
    }
}

/// The textual header of a fresh file.
fn cards(text: &mut [u8], grid: &Grid, recipe: &Recipe, encoder: Encoder, kind: SampleKind) {
    let range = |name: &str, axis: &crate::model::Axis, unit: &str| {
        format!(
            "{name} {} TO {} BY {}{unit}",
            axis.first,
            axis.last(),
            axis.step
        )
    };
    let mut lines = vec![
        (0, "VOLUME SORTED BY INLINE".to_owned()),
        (1, range("INLINES", &grid.inlines, "")),
        (2, range("CROSSLINES", &grid.crosslines, "")),
        (
            3,
            range("SAMPLES", &grid.samples, &format!(" {}", grid.unit.sign())),
        ),
        (5, "INLINE AT BYTE 189, CROSSLINE AT BYTE 193".to_owned()),
        (39, "END TEXTUAL HEADER".to_owned()),
    ];
    if let Some(spacing) = grid.spacing {
        lines.push((6, "CDP X AT BYTE 181, CDP Y AT BYTE 185".to_owned()));
        lines.push((
            7,
            format!(
                "{} M BETWEEN INLINES, {} M BETWEEN CROSSLINES",
                spacing.inline, spacing.crossline
            ),
        ));
    }
    if grid.unit != SampleUnit::Milliseconds {
        lines.push((8, "DEPTH; INTERVAL AND START AS IF MILLISECONDS".to_owned()));
    }
    for (card, line) in lines {
        put(text, Charset::Ebcdic, card, &line);
    }
    let format = encoder.format.name();
    sign(text, Charset::Ebcdic, recipe, format, kind.null());
}

/// The header of a trace of a fresh file: a local grid in metres from 0.
fn made(grid: &Grid, trace: u32) -> TraceHeader {
    let crosslines = grid.crosslines.count.max(1);
    let (i, c) = (trace as usize / crosslines, trace as usize % crosslines);
    let inline = grid.inlines.value(i) as i32;
    let crossline = grid.crosslines.value(c) as i32;
    let mut header = TraceHeader::blank(ByteOrder::Big);
    header.set_i32(at::SEQUENCE_LINE, (c as u32 + 1).cast_signed());
    header.set_i32(at::SEQUENCE_FILE, (trace + 1).cast_signed());
    header.set_i32(at::FIELD_RECORD, inline);
    header.set_i32(at::CDP, crossline);
    header.set_i16(at::TRACE_ID, 1);
    header.set_i16(at::DATA_USE, 1);
    header.set_i32(at::INLINE, inline);
    header.set_i32(at::CROSSLINE, crossline);
    if let Some(Spacing {
        inline: dy,
        crossline: dx,
    }) = grid.spacing
    {
        header.set_i16(at::COORDINATE_SCALAR, CENTIMETRES);
        header.set_i16(at::COORDINATE_UNITS, 1);
        header.set_i32(at::CDP_X, (c as f64 * dx * 100.0).round() as i32);
        header.set_i32(at::CDP_Y, (i as f64 * dy * 100.0).round() as i32);
    }
    header
}
