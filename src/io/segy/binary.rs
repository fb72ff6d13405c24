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
