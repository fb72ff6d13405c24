//! The 240 bytes before each trace. Byte positions count from 1, as the
//! standard prints them.

use crate::io::samples::ByteOrder;

/// Bytes of a trace header.
pub(super) const TRACE_HEADER: usize = 240;

/// First byte of each field that is read or rewritten.
pub(super) mod at {
    pub(in crate::io::segy) const SEQUENCE_LINE: usize = 1;
    pub(in crate::io::segy) const SEQUENCE_FILE: usize = 5;
    pub(in crate::io::segy) const FIELD_RECORD: usize = 9;
    pub(in crate::io::segy) const CDP: usize = 21;
    pub(in crate::io::segy) const TRACE_ID: usize = 29;
    pub(in crate::io::segy) const DATA_USE: usize = 35;
    pub(in crate::io::segy) const OFFSET: usize = 37;
    pub(in crate::io::segy) const COORDINATE_SCALAR: usize = 71;
    pub(in crate::io::segy) const COORDINATE_UNITS: usize = 89;
    pub(in crate::io::segy) const DELAY: usize = 109;
    pub(in crate::io::segy) const SAMPLES: usize = 115;
    pub(in crate::io::segy) const INTERVAL: usize = 117;
    pub(in crate::io::segy) const CDP_X: usize = 181;
    pub(in crate::io::segy) const CDP_Y: usize = 185;
    pub(in crate::io::segy) const INLINE: usize = 189;
    pub(in crate::io::segy) const CROSSLINE: usize = 193;
    pub(in crate::io::segy) const TIME_SCALAR: usize = 215;
}

/// Trace identification code of a dead trace.
pub(super) const DEAD: i16 = 2;

/// A trace header and the order of its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct TraceHeader {
    pub(super) bytes: [u8; TRACE_HEADER],
    pub(super) order: ByteOrder,
}

impl TraceHeader {
    /// A header of zeros.
    pub(super) fn blank(order: ByteOrder) -> Self {
        Self {
            bytes: [0; TRACE_HEADER],
            order,
        }
    }

    /// The header at the start of `bytes`, if they are long enough.
    pub(super) fn first(bytes: &[u8], order: ByteOrder) -> Option<Self> {
        let bytes = *bytes.first_chunk::<TRACE_HEADER>()?;
        Some(Self { bytes, order })
    }

    /// The two-byte number at a position; 0 outside the header.
    pub(super) fn i16(&self, byte: usize) -> i16 {
        i16_at(&self.bytes, byte, self.order)
    }

    /// The two-byte count at a position; 0 outside the header.
    pub(super) fn u16(&self, byte: usize) -> usize {
        usize::from(self.i16(byte).cast_unsigned())
    }

    /// The four-byte number at a position; 0 outside the header.
    pub(super) fn i32(&self, byte: usize) -> i32 {
        i32_at(&self.bytes, byte, self.order)
    }

    pub(super) fn set_i16(&mut self, byte: usize, value: i16) {
        let word = self.order.u16_bytes(value.cast_unsigned());
        if let Some(place) = self.bytes.get_mut(byte - 1..byte + 1) {
            place.copy_from_slice(&word);
        }
    }

    pub(super) fn set_i32(&mut self, byte: usize, value: i32) {
        let word = self.order.u32_bytes(value.cast_unsigned());
        if let Some(place) = self.bytes.get_mut(byte - 1..byte + 3) {
            place.copy_from_slice(&word);
        }
    }

    /// Start of the trace in ms: the delay with the scalar for times.
    pub(super) fn delay_ms(&self) -> f64 {
        delay_ms(&self.bytes, self.order)
    }

    /// The position at a pair of bytes, with the scalar for coordinates.
    pub(super) fn position(&self, x_byte: usize, y_byte: usize) -> (f64, f64) {
        let scalar = self.i16(at::COORDINATE_SCALAR);
        (
            scaled(f64::from(self.i32(x_byte)), scalar),
            scaled(f64::from(self.i32(y_byte)), scalar),
        )
    }

    /// Sets delay and time scalar; false where no scalar of the standard makes
    /// the time fit.
    pub(super) fn set_delay_ms(&mut self, ms: f64) -> bool {
        for scalar in [1i16, -10, -100, -1000, 10, 100] {
            let stored = match scalar {
                s if s < 0 => ms * -f64::from(s),
                s => ms / f64::from(s),
            };
            let whole = stored.round();
            if (stored - whole).abs() < 1e-6 && whole.abs() <= f64::from(i16::MAX) {
                self.set_i16(at::DELAY, whole as i16);
                if scalar != 1 || self.i16(at::TIME_SCALAR) != 0 {
                    self.set_i16(at::TIME_SCALAR, scalar);
                }
                return true;
            }
        }
        false
    }
}

/// Start of a trace in ms: the delay with the scalar for times.
pub(super) fn delay_ms(header: &[u8], order: ByteOrder) -> f64 {
    scaled(
        f64::from(i16_at(header, at::DELAY, order)),
        i16_at(header, at::TIME_SCALAR, order),
    )
}

/// The standard's scalars: negative divides, positive multiplies, 0 means 1.
fn scaled(value: f64, scalar: i16) -> f64 {
    match scalar {
        0 => value,
        s if s < 0 => value / -f64::from(s),
        s => value * f64::from(s),
    }
}

/// The two-byte number at a position of a header; 0 outside.
pub(super) fn i16_at(bytes: &[u8], byte: usize, order: ByteOrder) -> i16 {
    let word = bytes
        .get(byte.wrapping_sub(1)..)
        .and_then(<[u8]>::first_chunk);
    word.map_or(0, |&w| order.u16(w).cast_signed())
}

/// The four-byte number at a position of a header; 0 outside.
pub(super) fn i32_at(bytes: &[u8], byte: usize, order: ByteOrder) -> i32 {
    let word = bytes
        .get(byte.wrapping_sub(1)..)
        .and_then(<[u8]>::first_chunk);
    word.map_or(0, |&w| order.u32(w).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_keep_their_fractions() {
        let mut header = TraceHeader::blank(ByteOrder::Big);
        for ms in [0.0, 4.0, -20.0, 2.5, 0.125, 32_767.0, 40_000.0] {
            assert!(header.set_delay_ms(ms), "{ms}");
            assert_eq!(header.delay_ms(), ms);
        }
        assert!(!header.set_delay_ms(1.0 / 3.0));
        assert!(!header.set_delay_ms(4e9));
    }

    #[test]
    fn positions_outside_read_as_zero() {
        let header = TraceHeader::blank(ByteOrder::Little);
        for byte in [0, 239, 240, 241, usize::MAX] {
            assert_eq!(header.i32(byte), 0);
        }
    }

    #[test]
    fn scalars_divide_and_multiply() {
        let mut header = TraceHeader::blank(ByteOrder::Little);
        header.set_i32(at::CDP_X, 6_201_972);
        header.set_i32(at::CDP_Y, 60_742_329);
        header.set_i16(at::COORDINATE_SCALAR, -10);
        assert_eq!(header.position(181, 185), (620_197.2, 6_074_232.9));
        header.set_i16(at::COORDINATE_SCALAR, 0);
        assert_eq!(header.position(181, 185).0, 6_201_972.0);
    }
}
