//! Samples as they lie in files, and as `f32` with NaN for null.

/// Which byte of a word comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Big,
    Little,
}

impl ByteOrder {
    pub(super) fn word(self) -> &'static str {
        match self {
            ByteOrder::Big => "big-endian",
            ByteOrder::Little => "little-endian",
        }
    }

    pub(super) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            ByteOrder::Big => u16::from_be_bytes(bytes),
            ByteOrder::Little => u16::from_le_bytes(bytes),
        }
    }

    pub(super) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            ByteOrder::Big => u32::from_be_bytes(bytes),
            ByteOrder::Little => u32::from_le_bytes(bytes),
        }
    }

    /// Three bytes as the lower ones of a word.
    pub(super) fn u24(self, [a, b, c]: [u8; 3]) -> u32 {
        match self {
            ByteOrder::Big => u32::from_be_bytes([0, a, b, c]),
            ByteOrder::Little => u32::from_le_bytes([a, b, c, 0]),
        }
    }

    pub(super) fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            ByteOrder::Big => u64::from_be_bytes(bytes),
            ByteOrder::Little => u64::from_le_bytes(bytes),
        }
    }

    pub(super) fn u16_bytes(self, value: u16) -> [u8; 2] {
        match self {
            ByteOrder::Big => value.to_be_bytes(),
            ByteOrder::Little => value.to_le_bytes(),
        }
    }

    pub(super) fn u32_bytes(self, value: u32) -> [u8; 4] {
        match self {
            ByteOrder::Big => value.to_be_bytes(),
            ByteOrder::Little => value.to_le_bytes(),
        }
    }

    pub(super) fn u64_bytes(self, value: u64) -> [u8; 8] {
        match self {
            ByteOrder::Big => value.to_be_bytes(),
            ByteOrder::Little => value.to_le_bytes(),
        }
    }
}

/// How one sample is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SampleFormat {
    /// IBM System/360 single precision.
    Ibm,
    /// IEEE 754 single precision.
    F32,
    /// IEEE 754 double precision.
    F64,
    I64,
    I32,
    /// Three bytes, two's complement.
    I24,
    I16,
    I8,
    U64,
    U32,
    /// Three bytes.
    U24,
    U16,
    U8,
}

impl SampleFormat {
    /// Bytes a sample.
    pub(super) fn width(self) -> usize {
        match self {
            SampleFormat::F64 | SampleFormat::I64 | SampleFormat::U64 => 8,
            SampleFormat::Ibm | SampleFormat::F32 | SampleFormat::I32 | SampleFormat::U32 => 4,
            SampleFormat::I24 | SampleFormat::U24 => 3,
            SampleFormat::I16 | SampleFormat::U16 => 2,
            SampleFormat::I8 | SampleFormat::U8 => 1,
        }
    }

    /// Its name in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            SampleFormat::Ibm => "IBM float32",
            SampleFormat::F32 => "IEEE float32",
            SampleFormat::F64 => "IEEE float64",
            SampleFormat::I64 => "int64",
            SampleFormat::I32 => "int32",
            SampleFormat::I24 => "int24",
            SampleFormat::I16 => "int16",
            SampleFormat::I8 => "int8",
            SampleFormat::U64 => "uint64",
            SampleFormat::U32 => "uint32",
            SampleFormat::U24 => "uint24",
            SampleFormat::U16 => "uint16",
            SampleFormat::U8 => "uint8",
        }
    }
}

/// How samples of one file become numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decoder {
    pub(super) format: SampleFormat,
    pub(super) order: ByteOrder,
    /// The value that stands for "nothing here", where the file declares one.
    pub(super) null: Option<f32>,
}

/// Samples at least this large mean "nothing here" in many packages.
const HUGE: f32 = 1e29;

impl Decoder {
    /// Decodes every `step`-th sample of `bytes` into `out`, nulls as NaN.
    pub(super) fn decode(&self, bytes: &[u8], step: usize, out: &mut [f32]) {
        let order = self.order;
        match self.format {
            SampleFormat::Ibm => match order {
                ByteOrder::Big => each(bytes, step, out, |b| ibm(u32::from_be_bytes(b))),
                ByteOrder::Little => each(bytes, step, out, |b| ibm(u32::from_le_bytes(b))),
            },
            SampleFormat::F32 => match order {
                ByteOrder::Big => each(bytes, step, out, f32::from_be_bytes),
                ByteOrder::Little => each(bytes, step, out, f32::from_le_bytes),
            },
            SampleFormat::F64 => match order {
                ByteOrder::Big => each(bytes, step, out, |b| f64::from_be_bytes(b) as f32),
                ByteOrder::Little => each(bytes, step, out, |b| f64::from_le_bytes(b) as f32),
            },
            SampleFormat::I64 => each(bytes, step, out, |b| order.u64(b).cast_signed() as f32),
            SampleFormat::I32 => each(bytes, step, out, |b| order.u32(b).cast_signed() as f32),
            // Shifted up and down again, the sign fills the upper byte.
            SampleFormat::I24 => each(bytes, step, out, |b| {
                ((order.u24(b) << 8).cast_signed() >> 8) as f32
            }),
            SampleFormat::U64 => each(bytes, step, out, |b| order.u64(b) as f32),
            SampleFormat::U32 => each(bytes, step, out, |b| order.u32(b) as f32),
            SampleFormat::U24 => each(bytes, step, out, |b| order.u24(b) as f32),
            SampleFormat::U16 => each(bytes, step, out, |b| f32::from(order.u16(b))),
            SampleFormat::I16 => each(bytes, step, out, |b| f32::from(order.u16(b).cast_signed())),
            SampleFormat::I8 => each(bytes, step, out, |b| f32::from(i8::from_be_bytes(b))),
            SampleFormat::U8 => each(bytes, step, out, |[b]| f32::from(b)),
        }
        self.mask(out);
    }

    /// Replaces what stands for "nothing here" by NaN.
    fn mask(&self, out: &mut [f32]) {
        let floats = matches!(
            self.format,
            SampleFormat::Ibm | SampleFormat::F32 | SampleFormat::F64
        );
        if floats {
            for v in out.iter_mut() {
                *v = if v.abs() < HUGE { *v } else { f32::NAN };
            }
        }
        if let Some(null) = self.null {
            let near = 1e-6 * null.abs();
            for v in out.iter_mut() {
                *v = if (*v - null).abs() <= near {
                    f32::NAN
                } else {
                    *v
                };
            }
        }
    }
}

fn each<const W: usize>(
    bytes: &[u8],
    step: usize,
    out: &mut [f32],
    number: impl Fn([u8; W]) -> f32,
) {
    let words = bytes.as_chunks::<W>().0;
    if step == 1 {
        for (v, word) in out.iter_mut().zip(words) {
            *v = number(*word);
        }
    } else {
        for (v, word) in out.iter_mut().zip(words.iter().step_by(step)) {
            *v = number(*word);
        }
    }
}

/// Decodes big-endian IBM System/360 singles, the samples of SEG-Y format 1:
/// four bytes of `bytes` for each of `out`, as far as both reach.
///
/// Every number is the nearest `f32`; what is too large for one is infinite.
/// Cost: a seventh of a nanosecond a byte on one core.
///
/// ```
/// let mut out = [0.0];
/// outcrop::io::decode_ibm(&[0xc2, 0x76, 0xa0, 0x00], &mut out);
/// assert_eq!(out, [-118.625]);
/// ```
pub fn decode_ibm(bytes: &[u8], out: &mut [f32]) {
    each(bytes, 1, out, |b| ibm(u32::from_be_bytes(b)));
}

/// An IBM System/360 single: sign, exponent of 16 with bias 64, 24-bit fraction.
///
/// The 24 bits are exact as `f32`; the power of two is applied in two equal
/// halves, each a normal number. The first product is exact and the second
/// rounds once; no branch is needed, and compilers work several samples at once.
/// Too large for `f32` becomes infinite, too small zero.
#[inline]
fn ibm(word: u32) -> f32 {
    // 16^(e - 70) = (2^(2e - 140))^2. Halves below 2^-126 belong to numbers
    // that are zero as `f32`, and so are they with 2^-126.
    let twice = ((word >> 23) & 0xfe).cast_signed();
    let half = f32::from_bits(((twice - 13).max(1) as u32) << 23);
    let size = (word & 0x00ff_ffff).cast_signed() as f32 * half * half;
    f32::from_bits(size.to_bits() | (word & 0x8000_0000))
}

/// How numbers become samples of an output.
#[derive(Clone, Copy, Debug)]
pub(super) struct Encoder {
    /// [`SampleFormat::F32`] or [`SampleFormat::I8`].
    pub(super) format: SampleFormat,
    pub(super) order: ByteOrder,
    /// What is written for NaN.
    pub(super) null: f32,
}

impl Encoder {
    /// Encodes `data` into `out`, which has `data.len() * width` bytes.
    pub(super) fn encode(self, data: &[f32], out: &mut [u8]) {
        let known = |v: f32| if v.is_nan() { self.null } else { v };
        if self.format == SampleFormat::I8 {
            for (byte, &v) in out.iter_mut().zip(data) {
                // The cast saturates at -128 and 127.
                *byte = known(v).round() as i8 as u8;
            }
            return;
        }
        let words = out.as_chunks_mut::<4>().0;
        for (word, &v) in words.iter_mut().zip(data) {
            *word = match self.order {
                ByteOrder::Big => known(v).to_be_bytes(),
                ByteOrder::Little => known(v).to_le_bytes(),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoder(format: SampleFormat, order: ByteOrder, null: Option<f32>) -> Decoder {
        Decoder {
            format,
            order,
            null,
        }
    }

    #[test]
    fn ibm_numbers_are_those_of_the_architecture_manual() {
        assert_eq!(ibm(0xC276_A000), -118.625);
        assert_eq!(ibm(0x4110_0000), 1.0);
        assert_eq!(ibm(0x0000_0000), 0.0);
        assert!(ibm(0x7fff_ffff).is_infinite());
        assert_eq!(ibm(0x0010_0000), 0.0);
        // 2^-149, the smallest subnormal: 16^-37 / 2 needs fraction 0x08.
        assert_eq!(ibm(0x1b80_0000), 2f32.powi(-149));
    }

    /// The definition in double precision, rounded once.
    fn ibm_by_definition(word: u32) -> f32 {
        let fraction = f64::from(word & 0x00ff_ffff) / f64::from(1 << 24);
        let exponent = ((word >> 24) & 0x7f).cast_signed() - 64;
        let sign = if word >> 31 == 1 { -1.0 } else { 1.0 };
        (sign * fraction * 16f64.powi(exponent)) as f32
    }

    #[test]
    fn ibm_rounds_once_at_every_exponent() {
        let bits = (0..25).flat_map(|n| [1 << n, (1 << n) - 1, (1 << n) + 1, !(1 << n)]);
        let odd = (0..24).flat_map(|n| [0x5555_5555 << n, 0x00a0_0001 << n, 0x0080_0000 >> n]);
        let fractions: Vec<u32> = bits.chain(odd).map(|f| f & 0x00ff_ffff).collect();
        for head in 0..=255u32 {
            for fraction in &fractions {
                let word = head << 24 | fraction;
                let (found, expected) = (ibm(word), ibm_by_definition(word));
                assert_eq!(found.to_bits(), expected.to_bits(), "{word:08x}");
            }
        }
    }

    proptest! {
        #[test]
        fn ibm_rounds_once(word: u32) {
            prop_assert_eq!(ibm(word).to_bits(), ibm_by_definition(word).to_bits());
        }

        #[test]
        fn floats_come_back_bit_for_bit(values: Vec<f32>) {
            for order in [ByteOrder::Big, ByteOrder::Little] {
                let mut bytes = vec![0; values.len() * 4];
                Encoder { format: SampleFormat::F32, order, null: -999.25 }
                    .encode(&values, &mut bytes);
                let mut back = vec![0.0; values.len()];
                decoder(SampleFormat::F32, order, Some(-999.25)).decode(&bytes, 1, &mut back);
                for (a, b) in values.iter().zip(&back) {
                    if a.abs() < HUGE && (a + 999.25).abs() > 1e-3 {
                        prop_assert_eq!(a.to_bits(), b.to_bits());
                    } else if a.is_nan() || a.abs() >= HUGE {
                        prop_assert!(b.is_nan());
                    }
                }
            }
        }
    }

    #[test]
    fn one_is_3f80_big_endian() {
        let mut bytes = [0; 4];
        Encoder {
            format: SampleFormat::F32,
            order: ByteOrder::Big,
            null: 0.0,
        }
        .encode(&[1.0], &mut bytes);
        assert_eq!(bytes, [0x3f, 0x80, 0, 0]);
    }

    #[test]
    fn steps_and_signs() {
        let bytes = [0xff, 0xfe, 0, 1, 0x80, 0];
        let mut out = [0.0; 2];
        decoder(SampleFormat::I16, ByteOrder::Big, None).decode(&bytes, 2, &mut out);
        assert_eq!(out, [-2.0, -32768.0]);
        let mut out = [0.0; 3];
        decoder(SampleFormat::I8, ByteOrder::Big, Some(0.0)).decode(&bytes, 2, &mut out);
        assert_eq!(out[0], -1.0);
        assert!(out[1].is_nan());
        assert_eq!(out[2], -128.0);
    }

    #[test]
    fn odd_widths_and_unsigned_words() {
        let bytes = [0xff, 0xff, 0xfe, 0x80, 0, 0, 0x7f, 0xff, 0xff];
        let mut out = [0.0; 3];
        decoder(SampleFormat::I24, ByteOrder::Big, None).decode(&bytes, 1, &mut out);
        assert_eq!(out, [-2.0, -8_388_608.0, 8_388_607.0]);
        decoder(SampleFormat::U24, ByteOrder::Big, None).decode(&bytes, 1, &mut out);
        assert_eq!(out, [16_777_214.0, 8_388_608.0, 8_388_607.0]);
        decoder(SampleFormat::I24, ByteOrder::Little, None).decode(&bytes, 1, &mut out);
        assert_eq!(out, [-65_537.0, 128.0, -129.0]);
        let mut out = [0.0];
        for (format, value) in [
            (SampleFormat::I64, -1.0),
            (SampleFormat::U64, 18_446_744_073_709_551_615.0),
            (SampleFormat::U32, 4_294_967_295.0),
            (SampleFormat::U16, 65_535.0),
        ] {
            decoder(format, ByteOrder::Little, None).decode(&[0xff; 8], 1, &mut out);
            assert_eq!(out, [value], "{}", format.name());
        }
    }

    #[test]
    fn classes_saturate_and_nulls_are_zero() {
        let mut bytes = [9; 4];
        Encoder {
            format: SampleFormat::I8,
            order: ByteOrder::Big,
            null: 0.0,
        }
        .encode(&[f32::NAN, 3.0, 1e9, -1e9], &mut bytes);
        assert_eq!(bytes, [0, 3, 127, 128]);
    }
}
