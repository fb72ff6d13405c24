//! The 400 bytes after the textual header. Byte positions count from 1 in the
//! file, as the standard prints them.

use crate::io::samples::ByteOrder;

use super::header::{i16_at, i32_at};
use super::text::TEXT;

/// Bytes of the binary header, and of both headers together.
pub(super) const BINARY: usize = 400;
pub(super) const HEADERS: usize = TEXT + BINARY;

/// First byte in the file of each field that is read or rewritten.
pub(super) mod field {
    pub(in crate::io::segy) const INTERVAL: usize = 3217;
    pub(in crate::io::segy) const SAMPLES: usize = 3221;
    pub(in crate::io::segy) const FORMAT: usize = 3225;
    pub(in crate::io::segy) const SORTING: usize = 3229;
    pub(in crate::io::segy) const MEASURE: usize = 3255;
    pub(in crate::io::segy) const MORE_TRACES: usize = 3261;
    pub(in crate::io::segy) const MORE_SAMPLES: usize = 3269;
    pub(in crate::io::segy) const MORE_INTERVAL: usize = 3273;
    pub(in crate::io::segy) const ORDER_MARK: usize = 3297;
    pub(in crate::io::segy) const REVISION: usize = 3501;
    pub(in crate::io::segy) const FIXED_LENGTH: usize = 3503;
    pub(in crate::io::segy) const TEXT_HEADERS: usize = 3505;
    pub(in crate::io::segy) const TRACE_HEADERS: usize = 3507;
    pub(in crate::io::segy) const TRACES: usize = 3513;
    pub(in crate::io::segy) const FIRST_TRACE: usize = 3521;
    pub(in crate::io::segy) const TRAILERS: usize = 3529;
}

/// What the four bytes at [`field::ORDER_MARK`] hold, read as big-endian, in files
/// that tell their byte order: big, little, and little with bytes swapped in pairs.
pub(super) const MARK_BIG: i32 = 0x0102_0304;
pub(super) const MARK_LITTLE: i32 = 0x0403_0201;
pub(super) const MARK_PAIRS: i32 = 0x0201_0403;

/// How a field of the binary header is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    I16,
    I32,
    I64,
    F64,
    Revision,
}

use Kind::{F64, I16, I32, I64, Revision};

/// The fields of the binary header by name (SEG-Y revision 2.1).
pub(super) const FIELDS: [(usize, Kind, &str); 44] = [
    (3201, I32, "job"),
    (3205, I32, "line"),
    (3209, I32, "reel"),
    (3213, I16, "data traces per ensemble"),
    (3215, I16, "auxiliary traces per ensemble"),
    (3217, I16, "sample interval (us)"),
    (3219, I16, "sample interval of the field recording (us)"),
    (3221, I16, "samples per trace"),
    (3223, I16, "samples per trace of the field recording"),
    (3225, I16, "sample format"),
    (3227, I16, "ensemble fold"),
    (3229, I16, "trace sorting"),
    (3231, I16, "vertical sum"),
    (3233, I16, "sweep start (Hz)"),
    (3235, I16, "sweep end (Hz)"),
    (3237, I16, "sweep length (ms)"),
    (3239, I16, "sweep type"),
    (3241, I16, "sweep channel"),
    (3243, I16, "sweep taper at the start (ms)"),
    (3245, I16, "sweep taper at the end (ms)"),
    (3247, I16, "taper type"),
    (3249, I16, "correlated traces"),
    (3251, I16, "binary gain recovered"),
    (3253, I16, "amplitude recovery"),
    (3255, I16, "measurement system (1 m, 2 ft)"),
    (3257, I16, "impulse polarity"),
    (3259, I16, "vibratory polarity"),
    (3261, I32, "more data traces per ensemble"),
    (3265, I32, "more auxiliary traces per ensemble"),
    (3269, I32, "more samples per trace"),
    (3273, F64, "exact sample interval (us)"),
    (3281, F64, "exact interval of the field recording (us)"),
    (3289, I32, "more samples of the field recording"),
    (3293, I32, "more ensemble fold"),
    (3297, I32, "byte order mark"),
    (3501, Revision, "revision"),
    (3503, I16, "fixed trace length"),
    (3505, I16, "extended textual headers"),
    (3507, I16, "additional trace headers"),
    (3509, I16, "survey type"),
    (3511, I16, "time basis"),
    (3513, I64, "traces in the file"),
    (3521, I64, "byte of the first trace"),
    (3529, I32, "trailer records"),
];

/// The binary header of a file, in the file's byte order.
#[derive(Clone, Debug)]
pub(super) struct Binary {
    bytes: Box<[u8]>,
    pub(super) order: ByteOrder,
}

impl Binary {
    /// The binary header after the textual one.
    pub(super) fn new(start: &[u8], order: ByteOrder) -> Binary {
        Binary {
            bytes: start.get(TEXT..HEADERS).unwrap_or_default().into(),
            order,
        }
    }

    pub(super) fn i16(&self, byte: usize) -> i16 {
        i16_at(&self.bytes, byte.wrapping_sub(TEXT), self.order)
    }

    pub(super) fn i32(&self, byte: usize) -> i32 {
        i32_at(&self.bytes, byte.wrapping_sub(TEXT), self.order)
    }

    pub(super) fn u64(&self, byte: usize) -> u64 {
        let word = self.bytes.get(byte.wrapping_sub(TEXT + 1)..);
        let word = word.and_then(<[u8]>::first_chunk);
        word.map_or(0, |&w| self.order.u64(w))
    }

    pub(super) fn f64(&self, byte: usize) -> f64 {
        f64::from_bits(self.u64(byte))
    }

    /// Major and minor revision: two bytes, which some writers of little-endian
    /// files swap.
    pub(super) fn revision(&self) -> (u8, u8) {
        let at = |byte: usize| self.bytes.get(byte - TEXT - 1).copied().unwrap_or(0);
        match (at(field::REVISION), at(field::REVISION + 1)) {
            (0, major @ 1..=2) => (major, 0),
            both => both,
        }
    }

    /// True where the fields that revision 2 added can be believed: the revision
    /// says so, or the byte order mark of revision 2 is there.
    pub(super) fn second(&self) -> bool {
        self.revision().0 == 2 || self.i32(field::ORDER_MARK) == MARK_BIG
    }

    /// The trace headers that may follow each standard one.
    pub(super) fn more_trace_headers(&self) -> usize {
        if !self.second() {
            return 0;
        }
        // Two bytes in revision 2.1, four in 2.0.
        let short = self.i16(field::TRACE_HEADERS);
        let long = self.i32(field::TRACE_HEADERS);
        match short {
            0 if self.revision() == (2, 0) => usize::try_from(long.clamp(0, 0xffff)).unwrap_or(0),
            _ => usize::try_from(short).unwrap_or(0),
        }
    }

    /// A field as text.
    pub(super) fn shown(&self, byte: usize, kind: Kind) -> String {
        match kind {
            I16 => self.i16(byte).to_string(),
            I32 => self.i32(byte).to_string(),
            I64 => self.u64(byte).to_string(),
            F64 => self.f64(byte).to_string(),
            Revision => {
                let (major, minor) = self.revision();
                format!("{major}.{minor}")
            }
        }
    }

    /// True for a field of zeros.
    pub(super) fn is_zero(&self, byte: usize, kind: Kind) -> bool {
        match kind {
            I16 | Revision => self.i16(byte) == 0,
            I32 => self.i32(byte) == 0,
            I64 | F64 => self.u64(byte) == 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_are_told_in_either_order_of_their_bytes() {
        let mut start = vec![0; HEADERS];
        for (bytes, expected) in [
            ([1, 0], (1, 0)),
            ([0, 1], (1, 0)),
            ([0, 2], (2, 0)),
            ([2, 1], (2, 1)),
            ([0, 16], (0, 16)),
        ] {
            start[3500..3502].copy_from_slice(&bytes);
            let binary = Binary::new(&start, ByteOrder::Little);
            assert_eq!(binary.revision(), expected);
        }
    }

    #[test]
    fn additional_headers_are_two_bytes_or_four() {
        let mut start = vec![0; HEADERS];
        start[3500] = 2;
        start[3509] = 3;
        assert_eq!(Binary::new(&start, ByteOrder::Big).more_trace_headers(), 3);
        // The survey type of revision 2.1 stands where 2.0 had the lower half.
        start[3501] = 1;
        assert_eq!(Binary::new(&start, ByteOrder::Big).more_trace_headers(), 0);
        start[3507] = 2;
        assert_eq!(Binary::new(&start, ByteOrder::Big).more_trace_headers(), 2);
        start[3500] = 1;
        assert_eq!(Binary::new(&start, ByteOrder::Big).more_trace_headers(), 0);
    }
}
