//! Eight numbers side by side: loops over a lane block have no branches and
//! become vector instructions.

/// How many rows are worked on together.
pub(super) const LANES: usize = 8;

/// One number of each of eight rows.
pub(super) type Lanes = [f64; LANES];

/// exp(x) for x <= 0, to 2 units in the last place; below -708 it stays at exp(-708).
///
/// 2^k e^r with |r| <= ln 2 / 2: r by Cody and Waite's two-part ln 2, e^r by
/// its Taylor sum to r^13 (remainder below 4e-18).
#[inline]
pub(super) fn exp(x: &Lanes) -> Lanes {
    // Adding 1.5 * 2^52 rounds to a whole number and leaves it in the low bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const TAYLOR: [f64; 14] = [
        1.0 / 6_227_020_800.0,
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ];
    let mut out = [0.0; LANES];
    for t in 0..LANES {
        let x = if x[t] > -708.0 { x[t] } else { -708.0 };
        let shifted = x * std::f64::consts::LOG2_E + ROUND;
        let k = shifted - ROUND;
        let r = (x - k * LN2_HIGH) - k * LN2_LOW;
        let mut sum = TAYLOR[0];
        for c in &TAYLOR[1..] {
            sum = sum * r + c;
        }
        out[t] = f64::from_bits(sum.to_bits().wrapping_add(shifted.to_bits() << 52));
    }
    out
}

/// The sum of eight lanes, in a fixed order.
#[inline]
pub(super) fn sum(x: &Lanes) -> f64 {
    ((x[0] + x[4]) + (x[1] + x[5])) + ((x[2] + x[6]) + (x[3] + x[7]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_agrees_with_the_standard_library() {
        for i in 0..200_000 {
            let x = -f64::from(i) * 0.003_54;
            let ours = exp(&[x; LANES])[i as usize % LANES];
            let exact = x.exp();
            assert!(
                (ours - exact).abs() <= 4.5e-16 * exact,
                "{x}: {ours} {exact}"
            );
        }
        assert_eq!(exp(&[0.0; LANES]), [1.0; LANES]);
        assert!(exp(&[-1e300; LANES])[3] < 1e-300);
    }
}
