//! How a SEG-Y file is cut into text, binary header and traces, told from its
//! first bytes and its length.

use crate::io::IoError;
use crate::io::samples::{ByteOrder, SampleFormat};
use crate::io::source::Source;

use super::header::{TRACE_HEADER, TraceHeader, at, i16_at, i32_at};
use super::text::{Charset, TEXT, cards};

/// Bytes of the binary header, and of both headers together.
pub(super) const BINARY: usize = 400;
pub(super) const HEADERS: usize = TEXT + BINARY;

/// First byte in the file of each field of the binary header that is used.
pub(super) mod field {
    pub(in crate::io::segy) const INTERVAL: usize = 3217;
    pub(in crate::io::segy) const SAMPLES: usize = 3221;
    pub(in crate::io::segy) const FORMAT: usize = 3225;
    pub(in crate::io::segy) const SORTING: usize = 3229;
    pub(in crate::io::segy) const MEASURE: usize = 3255;
    pub(in crate::io::segy) const MORE_SAMPLES: usize = 3269;
    pub(in crate::io::segy) const ORDER_MARK: usize = 3297;
    pub(in crate::io::segy) const REVISION: usize = 3501;
    pub(in crate::io::segy) const FIXED_LENGTH: usize = 3503;
    pub(in crate::io::segy) const TEXT_HEADERS: usize = 3505;
    pub(in crate::io::segy) const TRACE_HEADERS: usize = 3507;
}

/// Format codes of the standard that are not read, with their names.
const OTHER_FORMATS: [(i16, &str); 9] = [
    (4, "fixed point with gain"),
    (6, "IEEE float64"),
    (7, "int24"),
    (9, "int64"),
    (10, "uint32"),
    (11, "uint16"),
    (12, "uint64"),
    (15, "uint24"),
    (16, "uint8"),
];

/// Interval that is assumed where neither header holds a usable one.
const DEFAULT_INTERVAL_US: i16 = 4000;

/// Where everything lies in a SEG-Y file.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) order: ByteOrder,
    pub(super) format: SampleFormat,
    pub(super) charset: Charset,
    pub(super) cards: Vec<String>,
    /// Samples a trace.
    pub(super) samples: usize,
    /// Sample interval in microseconds.
    pub(super) interval_us: i16,
    /// Byte of the first trace, from 0.
    pub(super) first: u64,
    /// Bytes from one trace to the next.
    pub(super) stride: u64,
    /// Whole traces.
    pub(super) traces: u32,
    /// Lengths are in feet.
    pub(super) feet: bool,
    /// Major and minor revision; 0 before 2002.
    pub(super) revision: u16,
    /// Header of the first trace.
    pub(super) head: TraceHeader,
    /// What a person should know of the file.
    pub(super) notes: Vec<String>,
}

impl Layout {
    /// Reads the headers; no field is believed before it is compared with the
    /// file's length.
    pub(super) fn read(source: &Source) -> Result<Layout, IoError> {
        let start = source.bytes(0, HEADERS)?;
        if start.len() < HEADERS {
            return Err(IoError::Truncated {
                path: source.path().to_owned(),
                what: "the SEG-Y textual and binary header",
                needed: HEADERS as u64,
                found: source.len(),
            });
        }
        let (order, format) = recognise(source, &start)?;
        let short = |byte| i16_at(&start, byte, order);
        let mut notes = Vec::new();
        let revision = short(field::REVISION) as u16;
        let second = revision >> 8 == 2;
        if second && i32_at(&start, field::TRACE_HEADERS, order) > 0 {
            return Err(IoError::Header {
                path: source.path().to_owned(),
                byte: field::TRACE_HEADERS as u64,
                reason: "additional trace headers (SEG-Y revision 2) are not read; \
                         convert the file to revision 1"
                    .to_owned(),
            });
        }
        let charset = Charset::of(&start[..TEXT]);
        let first = first_trace(source, short(field::TEXT_HEADERS), charset)?;
        let head = TraceHeader::first(&source.bytes(first, TRACE_HEADER)?, order)
            .unwrap_or(TraceHeader::blank(order));
        let many = i32_at(&start, field::MORE_SAMPLES, order);
        let in_binary = match many {
            1.. if second => many as usize,
            _ => short(field::SAMPLES) as u16 as usize,
        };
        let samples = sample_count(source, first, format, in_binary, &head, &mut notes)?;
        let stride = (TRACE_HEADER + samples * format.width()) as u64;
        let room = source.len() - first;
        if room < stride {
            return Err(IoError::Truncated {
                path: source.path().to_owned(),
                what: "the first trace",
                needed: first + stride,
                found: source.len(),
            });
        }
        let traces = u32::try_from(room / stride).map_err(|_| IoError::Header {
            path: source.path().to_owned(),
            byte: field::SAMPLES as u64,
            reason: format!("{samples} samples a trace give more traces than can be numbered"),
        })?;
        let leftover = room % stride;
        if leftover > 0 {
            notes.push(format!(
                "{leftover} bytes left over after {traces} whole traces: the file was cut \
                 short, or a trace has another length"
            ));
        }
        let interval_us = interval(short(field::INTERVAL), head.i16(at::INTERVAL), &mut notes);
        Ok(Layout {
            order,
            format,
            charset,
            cards: cards(&start[..TEXT], charset),
            samples,
            interval_us,
            first,
            stride,
            traces,
            feet: short(field::MEASURE) == 2,
            revision,
            head,
            notes,
        })
    }

    /// Byte of a trace in the file.
    pub(super) fn offset(&self, trace: u32) -> u64 {
        self.first + u64::from(trace) * self.stride
    }

    /// Reads the header of a trace.
    pub(super) fn header(&self, source: &Source, trace: u32) -> Result<TraceHeader, IoError> {
        let mut header = TraceHeader::blank(self.order);
        source.read(self.offset(trace), &mut header.bytes)?;
        Ok(header)
    }
}

/// Byte order and sample format: the format code makes sense in one order only.
fn recognise(source: &Source, start: &[u8]) -> Result<(ByteOrder, SampleFormat), IoError> {
    let code = |order| i16_at(start, field::FORMAT, order);
    let format = |code| match code {
        1 => Some(SampleFormat::Ibm),
        2 => Some(SampleFormat::I32),
        3 => Some(SampleFormat::I16),
        5 => Some(SampleFormat::F32),
        8 => Some(SampleFormat::I8),
        _ => None,
    };
    let orders = match i32_at(start, field::ORDER_MARK, ByteOrder::Big) {
        0x0403_0201 => [ByteOrder::Little, ByteOrder::Big],
        _ => [ByteOrder::Big, ByteOrder::Little],
    };
    for order in orders {
        if let Some(format) = format(code(order)) {
            return Ok((order, format));
        }
    }
    for order in orders {
        let other = OTHER_FORMATS.iter().find(|(c, _)| *c == code(order));
        if let Some((code, name)) = other {
            return Err(IoError::Header {
                path: source.path().to_owned(),
                byte: field::FORMAT as u64,
                reason: format!(
                    "SEG-Y sample format {code} ({name}) is not read; convert the file to \
                     format 1 (IBM), 2 (int32), 3 (int16), 5 (IEEE) or 8 (int8)"
                ),
            });
        }
    }
    Err(IoError::NotAVolume {
        path: source.path().to_owned(),
        reason: format!(
            "byte {} holds sample format {}, which SEG-Y does not know in either byte order; \
             volumes are SEG-Y (.sgy, .segy), SEPlib (.H, .rsf) and .npy",
            field::FORMAT,
            code(ByteOrder::Big)
        ),
    })
}

/// Byte of the first trace: after the textual headers that the binary header
/// counts (-1: after the one that says it is the last).
fn first_trace(source: &Source, count: i16, charset: Charset) -> Result<u64, IoError> {
    let wrong = |reason: String| IoError::Header {
        path: source.path().to_owned(),
        byte: field::TEXT_HEADERS as u64,
        reason,
    };
    if count < -1 {
        return Err(wrong(format!("{count} extended textual headers")));
    }
    if count >= 0 {
        let first = HEADERS as u64 + count as u64 * TEXT as u64;
        return if first < source.len() || count == 0 {
            Ok(first)
        } else {
            Err(wrong(format!(
                "{count} extended textual headers do not fit in the file's {} bytes",
                source.len()
            )))
        };
    }
    let mut first = HEADERS as u64;
    while first + (TEXT as u64) < source.len() {
        let block = source.bytes(first, TEXT)?;
        first += TEXT as u64;
        let text = cards(&block, charset).join("").to_lowercase();
        if text.replace(' ', "").contains("((seg:endtext))") {
            return Ok(first);
        }
    }
    Err(wrong(
        "the extended textual headers have no end (no `((SEG: EndText))`)".to_owned(),
    ))
}

/// Samples a trace: the binary header's number, unless only the first trace's
/// makes the file come out in whole traces.
fn sample_count(
    source: &Source,
    first: u64,
    format: SampleFormat,
    in_binary: usize,
    head: &TraceHeader,
    notes: &mut Vec<String>,
) -> Result<usize, IoError> {
    let in_trace = head.i16(at::SAMPLES) as u16 as usize;
    let room = source.len().saturating_sub(first);
    let fits = |samples: usize| {
        let stride = (TRACE_HEADER + samples * format.width()) as u64;
        room >= stride && room.is_multiple_of(stride)
    };
    match (in_binary, in_trace) {
        (0, 0) => Err(IoError::Header {
            path: source.path().to_owned(),
            byte: field::SAMPLES as u64,
            reason: "neither the binary nor the first trace header tells the number of \
                     samples a trace"
                .to_owned(),
        }),
        (0, n) | (n, 0) => Ok(n),
        (a, b) if a != b && !fits(a) && fits(b) => {
            notes.push(format!(
                "the binary header tells {a} samples a trace, the traces {b}: {b} taken"
            ));
            Ok(b)
        }
        (a, _) => Ok(a),
    }
}

/// The sample interval: the binary header's, else the first trace's, else 4 ms.
/// Negative numbers are no intervals.
fn interval(in_binary: i16, in_trace: i16, notes: &mut Vec<String>) -> i16 {
    match (in_binary, in_trace) {
        (binary @ 1.., _) => binary,
        (_, trace @ 1..) => trace,
        _ => {
            notes.push("no sample interval in the headers: 4 ms assumed".to_owned());
            DEFAULT_INTERVAL_US
        }
    }
}
