//! Eight numbers side by side: loops over a lane block have no branches and
//! become vector instructions.

/// How many rows are worked on together.
pub(super) const LANES: usize = 8;

/// One number of each of eight rows.
pub(super) type Lanes = [f64; LANES];

/// exp(x) for x <= 0, to a relative 2e-14; below -708 it stays at exp(-708).
///
/// 2^k e^r with |r| <= ln 2 / 2: r by Cody and Waite's two-part ln 2, e^r by its
/// Taylor sum to r^11 (remainder 7e-15), even and odd powers apart: two short
/// chains of multiplications instead of a long one.
#[inline]
pub(super) fn exp(x: &Lanes) -> Lanes {
    // Adding 1.5 * 2^52 rounds to a whole number and leaves it in the low bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    // 1 / n! for even and for odd n, highest first.
    const EVEN: [f64; 6] = [
        1.0 / 3_628_800.0,
        1.0 / 40_320.0,
        1.0 / 720.0,
        1.0 / 24.0,
        0.5,
        1.0,
    ];
    const ODD: [f64; 6] = [
        1.0 / 39_916_800.0,
        1.0 / 362_880.0,
        1.0 / 5_040.0,
        1.0 / 120.0,
        1.0 / 6.0,
        1.0,
    ];
    let mut out = [0.0; LANES];
    for t in 0..LANES {
        let x = if x[t] > -708.0 { x[t] } else { -708.0 };
        let shifted = x * std::f64::consts::LOG2_E + ROUND;
        let k = shifted - ROUND;
        let r = (x - k * LN2_HIGH) - k * LN2_LOW;
        let z = r * r;
        let (mut even, mut odd) = (EVEN[0], ODD[0]);
        for n in 1..6 {
            even = even * z + EVEN[n];
            odd = odd * z + ODD[n];
        }
        let power = shifted.to_bits() << 52;
        out[t] = f64::from_bits((even + r * odd).to_bits().wrapping_add(power));
    }
    out
}

/// The largest of eight lanes.
#[inline]
pub(super) fn largest(x: &Lanes) -> f64 {
    x.iter()
        .copied()
        .fold(f64::NEG_INFINITY, |a, b| if b > a { b } else { a })
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
            assert!((ours - exact).abs() <= 2e-14 * exact, "{x}: {ours} {exact}");
        }
        assert_eq!(exp(&[0.0; LANES]), [1.0; LANES]);
        assert!(exp(&[-1e300; LANES])[3] < 1e-300);
    }
}
