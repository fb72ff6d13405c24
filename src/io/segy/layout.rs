//! How a SEG-Y or SU file is cut into text, binary header and traces, told from
//! its first bytes and its length.

use crate::io::samples::{ByteOrder, SampleFormat};
use crate::io::source::Source;
use crate::io::{IoError, OpenOptions};

use super::binary::{Binary, HEADERS, MARK_LITTLE, MARK_PAIRS, field};
use super::described::Described;
use super::header::{TRACE_HEADER, TraceHeader, at, i16_at, i32_at};
use super::su;
use super::text::{Charset, TEXT, cards};

/// Sample formats of the standard by code; 4 is known and not read.
const FORMATS: [(i16, SampleFormat); 13] = [
    (1, SampleFormat::Ibm),
    (2, SampleFormat::I32),
    (3, SampleFormat::I16),
    (5, SampleFormat::F32),
    (6, SampleFormat::F64),
    (7, SampleFormat::I24),
    (8, SampleFormat::I8),
    (9, SampleFormat::I64),
    (10, SampleFormat::U32),
    (11, SampleFormat::U16),
    (12, SampleFormat::U64),
    (15, SampleFormat::U24),
    (16, SampleFormat::U8),
];
const GAIN: i16 = 4;

/// Interval that is assumed where neither header holds a usable one.
const DEFAULT_INTERVAL_US: f64 = 4000.0;
/// Most extended textual headers that are looked through for the last one.
const MOST_TEXT_HEADERS: u64 = 4096;

/// Where everything lies in a SEG-Y or SU file.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// The binary header; SU files have none.
    pub(super) binary: Option<Binary>,
    pub(super) order: ByteOrder,
    pub(super) format: SampleFormat,
    /// The textual header, without extended ones.
    pub(super) cards: Vec<String>,
    /// Samples a trace.
    pub(super) samples: usize,
    /// Sample interval in microseconds.
    pub(super) interval_us: f64,
    /// Byte of the first trace, from 0.
    pub(super) first: u64,
    /// Bytes of a trace before its samples: its standard header and additional ones.
    pub(super) header: usize,
    /// Bytes from one trace to the next.
    pub(super) stride: u64,
    /// Whole traces.
    pub(super) traces: u32,
    /// Lengths are in feet.
    pub(super) feet: bool,
    /// Where the file says that words of its trace headers lie (revision 2.1).
    pub(super) described: Option<Described>,
    /// Header of the first trace.
    pub(super) head: TraceHeader,
    /// What a person should know of the file.
    pub(super) notes: Vec<String>,
}

impl Layout {
    /// Reads the headers of a file; no field is believed before it is compared
    /// with the file's length. A file that is named `.su`, or that is no SEG-Y and
    /// comes out in equal SU traces, is read as SU.
    pub(super) fn read(source: &Source) -> Result<Layout, IoError> {
        let extension = source.path().extension().and_then(|e| e.to_str());
        if extension.is_some_and(|e| e.eq_ignore_ascii_case("su")) {
            return match su::guess(source)? {
                Some(order) => Layout::su(source, order),
                None => Layout::segy(source).map_err(|_| su::refusal(source)),
            };
        }
        let error = match Layout::segy(source) {
            Err(error @ (IoError::NotAVolume { .. } | IoError::Truncated { .. })) => error,
            told => return told,
        };
        match su::exact(source)? {
            Some(order) => Layout::su(source, order),
            None => Err(error),
        }
    }

    fn segy(source: &Source) -> Result<Layout, IoError> {
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
        let binary = Binary::new(&start, order);
        let mut notes = Vec::new();
        let charset = Charset::of(&start[..TEXT]);
        let first = first_trace(source, &binary, charset)?;
        let head = TraceHeader::first(&source.bytes(first, TRACE_HEADER)?, order)
            .unwrap_or(TraceHeader::blank(order));
        let described = Described::read(source, first, charset, &mut notes)?;
        let block = source.bytes(first, TEXT)?;
        if [charset, Charset::Ascii]
            .iter()
            .any(|&c| says(&block, c, "((seg:"))
        {
            return Err(IoError::Header {
                path: source.path().to_owned(),
                byte: field::TEXT_HEADERS as u64,
                reason: format!(
                    "an extended textual header that is not counted lies at byte {}, where the \
                     first trace should be; correct the count",
                    first + 1
                ),
            });
        }
        let room = traces_end(source, &binary).saturating_sub(first);
        let (samples, header) = trace_length(source, &binary, format, &head, room, &mut notes)?;
        let layout = Layout {
            order,
            format,
            cards: cards(&start[..TEXT], charset),
            samples,
            interval_us: interval(Some(&binary), &head, &mut notes),
            first,
            header,
            stride: 0,
            traces: 0,
            feet: binary.i16(field::MEASURE) == 2,
            described,
            head,
            notes,
            binary: Some(binary),
        };
        layout.counted(source, room)
    }

    fn su(source: &Source, order: ByteOrder) -> Result<Layout, IoError> {
        let head = TraceHeader::first(&source.bytes(0, TRACE_HEADER)?, order)
            .unwrap_or(TraceHeader::blank(order));
        let mut notes = Vec::new();
        let layout = Layout {
            binary: None,
            order,
            format: SampleFormat::F32,
            cards: Vec::new(),
            samples: head.u16(at::SAMPLES),
            interval_us: interval(None, &head, &mut notes),
            first: 0,
            header: TRACE_HEADER,
            stride: 0,
            traces: 0,
            feet: false,
            described: None,
            head,
            notes,
        };
        layout.counted(source, source.len())
    }

    /// The layout with its traces counted in the bytes that there are for them.
    fn counted(mut self, source: &Source, room: u64) -> Result<Layout, IoError> {
        self.stride = stride(self.header, self.samples, self.format);
        if room < self.stride {
            return Err(IoError::Truncated {
                path: source.path().to_owned(),
                what: "the first trace",
                needed: self.first.saturating_add(self.stride),
                found: source.len(),
            });
        }
        self.traces = u32::try_from(room / self.stride).map_err(|_| IoError::Header {
            path: source.path().to_owned(),
            byte: field::SAMPLES as u64,
            reason: format!(
                "{} samples a trace give more traces than can be numbered",
                self.samples
            ),
        })?;
        let leftover = room % self.stride;
        if leftover > 0 {
            self.notes.push(format!(
                "{leftover} bytes left over after {} whole traces: the file was cut \
                 short, or a trace has another length",
                self.traces
            ));
        }
        Ok(self)
    }

    /// How to open the file: as a person says, then as the file itself does.
    pub(super) fn asked(&self, options: &OpenOptions) -> OpenOptions {
        (self.described.as_ref()).map_or(*options, |described| described.fill(options))
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

/// Bytes from one trace to the next.
fn stride(header: usize, samples: usize, format: SampleFormat) -> u64 {
    header as u64 + samples as u64 * format.width() as u64
}

/// Byte order and sample format: the format code makes sense in one order only.
fn recognise(source: &Source, start: &[u8]) -> Result<(ByteOrder, SampleFormat), IoError> {
    let code = |order| i16_at(start, field::FORMAT, order);
    let mark = i32_at(start, field::ORDER_MARK, ByteOrder::Big);
    let wrong = |byte: usize, reason: String| IoError::Header {
        path: source.path().to_owned(),
        byte: byte as u64,
        reason,
    };
    let orders = match mark {
        MARK_LITTLE => [ByteOrder::Little, ByteOrder::Big],
        _ => [ByteOrder::Big, ByteOrder::Little],
    };
    for order in orders {
        if let Some((_, format)) = FORMATS.iter().find(|(c, _)| *c == code(order)) {
            if mark == MARK_PAIRS {
                return Err(wrong(
                    field::ORDER_MARK,
                    "the bytes of the file are swapped in pairs, which is not read; write it \
                     big-endian or little-endian"
                        .to_owned(),
                ));
            }
            return Ok((order, *format));
        }
    }
    if orders.map(code).contains(&GAIN) {
        return Err(wrong(
            field::FORMAT,
            "SEG-Y sample format 4 (fixed point with gain) is not read; convert the file to \
             format 1 (IBM float32) or 5 (IEEE float32)"
                .to_owned(),
        ));
    }
    Err(IoError::NotAVolume {
        path: source.path().to_owned(),
        reason: format!(
            "byte {} holds sample format {}, which SEG-Y does not know in either byte order; \
             volumes are SEG-Y (.sgy, .segy), SU (.su), SEPlib (.H, .rsf) and .npy",
            field::FORMAT,
            code(ByteOrder::Big)
        ),
    })
}

/// Byte of the first trace: where revision 2 says, else after the textual headers
/// that the binary header counts (-1: after the one that says it is the last).
fn first_trace(source: &Source, binary: &Binary, charset: Charset) -> Result<u64, IoError> {
    let wrong = |reason: String| IoError::Header {
        path: source.path().to_owned(),
        byte: field::TEXT_HEADERS as u64,
        reason,
    };
    let told = binary.u64(field::FIRST_TRACE);
    if binary.revision().0 == 2 && told >= HEADERS as u64 && told < source.len() {
        return Ok(told);
    }
    let count = binary.i16(field::TEXT_HEADERS);
    if count < -1 {
        return Err(wrong(format!("{count} extended textual headers")));
    }
    if let Ok(count) = u64::try_from(count) {
        let first = HEADERS as u64 + count * TEXT as u64;
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
    let last = first + MOST_TEXT_HEADERS * TEXT as u64;
    while first + (TEXT as u64) < source.len().min(last) {
        let block = source.bytes(first, TEXT)?;
        first += TEXT as u64;
        if says(&block, charset, "((seg:endtext))") {
            return Ok(first);
        }
    }
    Err(wrong(
        "the extended textual headers have no end (no `((SEG: EndText))`)".to_owned(),
    ))
}

/// True where a text holds some words, whatever its case and blanks.
fn says(text: &[u8], charset: Charset, words: &str) -> bool {
    let text = cards(text, charset).join("").to_lowercase();
    text.replace(' ', "").contains(words)
}

/// Byte after the last trace: the end of the file, before trailing records.
fn traces_end(source: &Source, binary: &Binary) -> u64 {
    let trailers = match binary.i32(field::TRAILERS) {
        records @ 1.. if binary.revision().0 == 2 => u64::from(records.unsigned_abs()),
        _ => 0,
    };
    source.len().saturating_sub(trailers * TEXT as u64)
}

/// Samples of a trace and bytes before them: of what the headers say, the first
/// that makes the file come out in whole traces.
fn trace_length(
    source: &Source,
    binary: &Binary,
    format: SampleFormat,
    head: &TraceHeader,
    room: u64,
    notes: &mut Vec<String>,
) -> Result<(usize, usize), IoError> {
    let short = usize::from(binary.i16(field::SAMPLES).cast_unsigned());
    let in_trace = head.u16(at::SAMPLES);
    let long = match binary.i32(field::MORE_SAMPLES) {
        many @ 1.. if binary.second() => many as usize,
        _ => 0,
    };
    let more = binary.more_trace_headers();
    let headers = if more > 0 { vec![more, 0] } else { vec![0] };
    let mut guesses = Vec::new();
    for &more in &headers {
        let counts = [long, short, in_trace].into_iter().filter(|&n| n > 0);
        guesses.extend(counts.map(|n| (n, TRACE_HEADER * (1 + more))));
    }
    let fits = |&(samples, header): &(usize, usize)| {
        let stride = stride(header, samples, format);
        room >= stride && room.is_multiple_of(stride)
    };
    let Some(&likely) = guesses.first() else {
        return Err(IoError::Header {
            path: source.path().to_owned(),
            byte: field::SAMPLES as u64,
            reason: "neither the binary nor the first trace header tells the number of \
                     samples a trace"
                .to_owned(),
        });
    };
    let taken = guesses.into_iter().find(fits).unwrap_or(likely);
    if taken.0 != likely.0 {
        notes.push(format!(
            "the binary header tells {} samples a trace; {} taken, which the file's length \
             agrees with",
            likely.0, taken.0
        ));
    }
    if taken.1 != likely.1 {
        notes.push(format!(
            "the binary header tells {more} additional trace headers, which the file's length \
             does not agree with: none taken"
        ));
    }
    Ok(taken)
}

/// The sample interval in microseconds: the exact one of revision 2, else the
/// binary header's, else the first trace's, else 4 ms. Negative numbers are no
/// intervals.
fn interval(binary: Option<&Binary>, head: &TraceHeader, notes: &mut Vec<String>) -> f64 {
    let exact = binary
        .filter(|b| b.revision().0 == 2)
        .map_or(0.0, |b| b.f64(field::MORE_INTERVAL));
    if exact.is_finite() && (1e-3..1e9).contains(&exact) {
        return exact;
    }
    match (
        binary.map_or(0, |b| b.i16(field::INTERVAL)),
        head.i16(at::INTERVAL),
    ) {
        (binary @ 1.., _) => f64::from(binary),
        (_, trace @ 1..) => f64::from(trace),
        _ => {
            notes.push("no sample interval in the headers: 4 ms assumed".to_owned());
            DEFAULT_INTERVAL_US
        }
    }
}
