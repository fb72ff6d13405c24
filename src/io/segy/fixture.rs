//! Small SEG-Y files for tests, built field by field.

use std::path::Path;

use crate::io::samples::ByteOrder;

use super::binary::{HEADERS, field};
use super::header::{TraceHeader, at};

/// A trace: inline, crossline, and what else a test wants to tell apart.
#[derive(Clone, Copy)]
pub(in crate::io) struct Trace {
    pub(in crate::io) inline: i32,
    pub(in crate::io) crossline: i32,
    pub(in crate::io) dead: bool,
    pub(in crate::io) offset: i32,
}

impl Trace {
    pub(in crate::io) fn at(inline: i32, crossline: i32) -> Trace {
        Trace {
            inline,
            crossline,
            dead: false,
            offset: 0,
        }
    }

    /// Value of a sample: tells where it belongs.
    pub(in crate::io) fn sample(&self, t: usize) -> f32 {
        (self.inline * 100 + self.crossline) as f32 + t as f32 / 16.0
    }
}

/// A file to be built; IEEE floats.
#[derive(Clone)]
pub(in crate::io) struct Fixture {
    pub(in crate::io) order: ByteOrder,
    pub(in crate::io) samples: usize,
    pub(in crate::io) interval_us: i16,
    pub(in crate::io) delay: i16,
    pub(in crate::io) inline_byte: usize,
    pub(in crate::io) crossline_byte: usize,
    pub(in crate::io) traces: Vec<Trace>,
}

impl Fixture {
    /// A file of the given traces, numbers in the standard's places.
    pub(in crate::io) fn new(traces: Vec<Trace>) -> Fixture {
        Fixture {
            order: ByteOrder::Big,
            samples: 9,
            interval_us: 2000,
            delay: 100,
            inline_byte: at::INLINE,
            crossline_byte: at::CROSSLINE,
            traces,
        }
    }

    /// Inlines times crosslines, inline by inline.
    pub(in crate::io) fn cube(inlines: &[i32], crosslines: &[i32]) -> Fixture {
        let pairs = inlines
            .iter()
            .flat_map(|&i| crosslines.iter().map(move |&x| Trace::at(i, x)));
        Fixture::new(pairs.collect())
    }

    /// The same traces sorted by crossline.
    pub(in crate::io) fn by_crossline(mut self) -> Fixture {
        self.traces.sort_by_key(|t| t.crossline);
        self
    }

    pub(in crate::io) fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![b' '; HEADERS];
        bytes[3200..].fill(0);
        let mut set = |byte: usize, value: u16| {
            bytes[byte - 1..=byte].copy_from_slice(&self.order.u16_bytes(value));
        };
        set(field::INTERVAL, self.interval_us as u16);
        set(field::SAMPLES, self.samples as u16);
        set(field::FORMAT, 5);
        set(field::REVISION, 0x0100);
        for trace in &self.traces {
            let mut header = TraceHeader::blank(self.order);
            header.set_i32(self.inline_byte, trace.inline);
            header.set_i32(self.crossline_byte, trace.crossline);
            header.set_i16(at::TRACE_ID, if trace.dead { 2 } else { 1 });
            header.set_i32(at::OFFSET, trace.offset);
            header.set_i16(at::SAMPLES, (self.samples as u16).cast_signed());
            header.set_i16(at::DELAY, self.delay);
            header.set_i16(at::COORDINATE_SCALAR, -10);
            header.set_i32(at::CDP_X, 1000 + trace.crossline * 125);
            header.set_i32(at::CDP_Y, 2000 + trace.inline * 250);
            bytes.extend(header.bytes);
            for t in 0..self.samples {
                bytes.extend(self.order.u32_bytes(trace.sample(t).to_bits()));
            }
        }
        bytes
    }

    pub(in crate::io) fn write(&self, path: &Path) {
        std::fs::write(path, self.bytes()).unwrap();
    }
}
