//! Perfect trees by the byte permutes of AVX-512 VBMI (Intel since Ice Lake, AMD since
//! Zen 4): one instruction looks 64 rows up in a table of 64 bytes, or of 128.
//!
//! A row's place is kept as one byte. The places of the first six levels are the first
//! 64 of the tables, a register's full; each level below takes twice as many registers
//! as the one above, among which the bits choose that a permute does not look at.

// The way in, which asks what the processor has, and what reads and writes memory.
#![allow(unsafe_code)]

use super::bytes::Bytes;
use super::perfect::{Exits, Places};

/// Finds the exits of all rows. False, and nothing done, where the processor lacks the
/// instructions or rows have more lanes than there are registers for.
#[cfg(target_arch = "x86_64")]
pub(super) fn descend(places: &Places, bytes: &Bytes, exits: &mut [Exits]) -> bool {
    if !found(bytes.width) {
        return false;
    }
    let pass = zmm::PASSES[bytes.width - 1];
    for (lanes, exits) in bytes.blocks().zip(exits) {
        // SAFETY: `found` has asked the processor whether it has the instructions.
        unsafe { pass(places, lanes, exits) };
    }
    true
}

/// True where the processor has the instructions and rows of so many lanes can use them.
#[cfg(target_arch = "x86_64")]
pub(super) fn found(lanes: usize) -> bool {
    (1..=zmm::PASSES.len()).contains(&lanes)
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vbmi")
}

/// False: no other processor has the instructions.
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn descend(_: &Places, _: &Bytes, _: &mut [Exits]) -> bool {
    false
}

/// False: no other processor has the instructions.
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn found(_: usize) -> bool {
    false
}

#[cfg(target_arch = "x86_64")]
mod zmm {
    use std::arch::x86_64::{
        __m512i, _mm512_add_epi8, _mm512_cmpgt_epu8_mask, _mm512_loadu_si512, _mm512_mask_add_epi8,
        _mm512_mask_blend_epi8, _mm512_maskz_set1_epi8, _mm512_movepi8_mask,
        _mm512_permutex2var_epi8, _mm512_permutexvar_epi8, _mm512_set1_epi8, _mm512_setzero_si512,
        _mm512_storeu_si512, _mm512_test_epi8_mask,
    };

    use crate::ml::forest::bytes::{BLOCK, Lane};
    use crate::ml::forest::perfect::{EXITS, Exits, Places};

    /// Finds the exits of a block of rows.
    type Pass = unsafe fn(&Places, &[Lane], &mut Exits);

    /// For rows of one lane, of two and so on: which are as many as fit in half the
    /// registers.
    pub(super) const PASSES: [Pass; 16] = [
        pass::<1>, pass::<2>, pass::<3>, pass::<4>, pass::<5>, pass::<6>, pass::<7>, pass::<8>,
        pass::<9>, pass::<10>, pass::<11>, pass::<12>, pass::<13>, pass::<14>, pass::<15>,
        pass::<16>,
    ];

    /// The bytes of the exits of rows 0 to 31, the lower first: where the permute of two
    /// registers finds them, of which one holds all lower and one all higher bytes.
    const HALF: [u8; BLOCK] = {
        let mut order = [0; BLOCK];
        let mut i = 0;
        while i < BLOCK {
            order[i] = (i / 2 + i % 2 * BLOCK) as u8;
            i += 1;
        }
        order
    };

    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn pass<const N: usize>(places: &Places, lanes: &[Lane], exits: &mut Exits) {
        let Some(lanes) = lanes.first_chunk::<N>() else {
            return;
        };
        let mut rows = [_mm512_setzero_si512(); N];
        for (row, lane) in rows.iter_mut().zip(lanes) {
            *row = load(&lane.0);
        }
        let mut at = _mm512_set1_epi8(1);
        for level in 0..7 {
            let ask = |table| one(table, level / 6, at);
            at = step(at, &rows, ask(&places.lane), ask(&places.byte));
        }
        let ask = |table| two(table, 2, at);
        at = step(at, &rows, ask(&places.lane), ask(&places.byte));

        // Of 256 places, the highest bit of a row's byte tells which half is its own.
        let high = _mm512_movepi8_mask(at);
        let ask = |table| _mm512_mask_blend_epi8(high, two(table, 4, at), two(table, 6, at));
        at = step(at, &rows, ask(&places.lane), ask(&places.byte));

        // Of 512, that bit is the ninth by now.
        let (ninth, high) = (high, _mm512_movepi8_mask(at));
        let half = |table, first| {
            _mm512_mask_blend_epi8(high, two(table, first, at), two(table, first + 2, at))
        };
        let ask = |table| _mm512_mask_blend_epi8(ninth, half(table, 8), half(table, 12));
        at = step(at, &rows, ask(&places.lane), ask(&places.byte));

        let above = _mm512_maskz_set1_epi8(high, 1);
        let above = _mm512_mask_add_epi8(above, ninth, above, _mm512_set1_epi8(2));
        let first = load(&HALF);
        let second = _mm512_add_epi8(first, _mm512_set1_epi8(32));
        let (a, b) = exits.split_at_mut(BLOCK / 2);
        store(a, _mm512_permutex2var_epi8(at, first, above));
        store(b, _mm512_permutex2var_epi8(at, second, above));
    }

    /// Leads rows from their places one level on, by the lane and byte of each place.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn step<const N: usize>(
        at: __m512i,
        rows: &[__m512i; N],
        lane: __m512i,
        byte: __m512i,
    ) -> __m512i {
        let right = _mm512_cmpgt_epu8_mask(choose(rows, lane), byte);
        let left = _mm512_add_epi8(at, at);
        _mm512_mask_add_epi8(left, right, left, _mm512_set1_epi8(1))
    }

    /// The byte of each row in a lane of its own: lanes are paired off by the lowest bit
    /// of its number, the chosen ones by the next bit, until one is left.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn choose<const N: usize>(rows: &[__m512i; N], lane: __m512i) -> __m512i {
        let mut left = *rows;
        let (mut count, mut bit) = (N, 1);
        while count > 1 {
            let odd = _mm512_test_epi8_mask(lane, _mm512_set1_epi8(bit));
            for i in 0..count / 2 {
                left[i] = _mm512_mask_blend_epi8(odd, left[2 * i], left[2 * i + 1]);
            }
            if count % 2 == 1 {
                left[count / 2] = left[count - 1];
            }
            count = count.div_ceil(2);
            bit *= 2;
        }
        left[0]
    }

    /// Looks rows up in one register of a table, by six bits.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn one(table: &[u8; EXITS], register: usize, at: __m512i) -> __m512i {
        _mm512_permutexvar_epi8(at, load(&table.as_chunks().0[register]))
    }

    /// Looks rows up in two registers of a table, by seven bits.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn two(table: &[u8; EXITS], first: usize, at: __m512i) -> __m512i {
        let registers = table.as_chunks().0;
        _mm512_permutex2var_epi8(load(&registers[first]), at, load(&registers[first + 1]))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn load(bytes: &[u8; BLOCK]) -> __m512i {
        // SAFETY: reads the 64 bytes, which may lie anywhere.
        unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn store(exits: &mut [u16], values: __m512i) {
        assert_eq!(exits.len(), BLOCK / 2, "32 numbers of 16 bits");
        // SAFETY: writes the 64 bytes, which may lie anywhere.
        unsafe { _mm512_storeu_si512(exits.as_mut_ptr().cast(), values) };
    }
}
