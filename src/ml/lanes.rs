//! Eight numbers side by side: loops over a lane block have no branches and
//! become vector instructions.

#![allow(clippy::inline_always)] // compiled for the registers of the caller

/// How many rows are worked on together.
pub(super) const LANES: usize = 8;

/// One number of each of eight rows.
pub(super) type Lanes = [f64; LANES];

/// Lanes that begin where a line of the cache does: a register is filled from one line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C, align(64))]
pub(super) struct Line(pub Lanes);

/// exp(x) for x <= 0, to a relative 4e-14 + 2e-16 |x|; below -707 it stays there.
#[inline(always)]
pub(super) fn exp(x: &Lanes) -> Lanes {
    let mut out = [0.0; LANES];
    for t in 0..LANES {
        out[t] = exp_of(x[t]);
    }
    out
}

/// [`exp`] of one number.
#[inline(always)]
pub(super) fn exp_of(x: f64) -> f64 {
    exp2_of(x * std::f64::consts::LOG2_E)
}

/// [`exp2`] of one number.
#[inline(always)]
pub(super) fn exp2_of(x: f64) -> f64 {
    exp2([x])[0]
}

/// 2^x for x <= 0, to a relative 4e-14; below -1020 it stays at 2^-1020. Free of
/// branches: long plain loops of it become vector instructions. Those of several numbers
/// side by side keep a processor busy that would wait for the steps of one.
///
/// 2^k 2^r with |r| <= ½: 2^r by a polynomial through the Chebyshev points, in pairs of
/// powers (Estrin 1960): short chains of multiplications instead of a long one.
#[inline(always)]
pub(super) fn exp2<const N: usize>(x: [f64; N]) -> [f64; N] {
    // Adding 1.5 * 2^52 rounds to a whole number and leaves it in the low bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    // Of powers 0 and 1, 2 and 3, ...
    const PAIRS: [[f64; 2]; 5] = [
        [1.0, std::f64::consts::LN_2],
        [0.2402265069581299, 0.055504108664760424],
        [0.009618129159402558, 0.0013333558179043112],
        [0.00015403455852453838, 1.525268684626772e-5],
        [1.3255224878668817e-6, 1.0203121063391729e-7],
    ];
    let x = x.map(|x| if x > -1020.0 { x } else { -1020.0 });
    let shifted = x.map(|x| x + ROUND);
    let mut r = x;
    for s in 0..N {
        r[s] = x[s] - (shifted[s] - ROUND);
    }
    let r2 = r.map(|r| r * r);
    let r4 = r2.map(|r2| r2 * r2);
    let pair = |n: usize| r.map(|r| PAIRS[n][0] + PAIRS[n][1] * r);
    let [a, b, c, d, e] = [pair(0), pair(1), pair(2), pair(3), pair(4)];
    let mut out = x;
    for s in 0..N {
        let (low, high) = (a[s] + b[s] * r2[s], c[s] + d[s] * r2[s]);
        out[s] = low + r4[s] * (high + r4[s] * e[s]);
    }
    for s in 0..N {
        let power = shifted[s].to_bits() << 52;
        out[s] = f64::from_bits(out[s].to_bits().wrapping_add(power));
    }
    out
}

/// ln(x) for positive normal x, to an absolute 1e-15 (1 + |ln x|).
///
/// x = 2^k m with m in [√½, √2): ln m = 2 artanh((m - 1) / (m + 1)) by its odd
/// powers to the 19th (remainder 5e-17).
#[inline(always)]
pub(super) fn ln(x: &Lanes) -> Lanes {
    const SQRT_HALF: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
    const EXPONENT: u64 = 0x7ff << 52;
    let mut out = [0.0; LANES];
    for t in 0..LANES {
        // The exponent counted from √½, as a double without a conversion.
        let above = x[t]
            .to_bits()
            .wrapping_sub(SQRT_HALF)
            .wrapping_add(1023 << 52)
            & EXPONENT;
        let m = f64::from_bits(x[t].to_bits().wrapping_sub(above).wrapping_add(1023 << 52));
        let k = f64::from_bits((above >> 52) | 0x4330_0000_0000_0000) - 4_503_599_627_371_519.0;
        let s = (m - 1.0) / (m + 1.0);
        let z = s * s;
        let mut sum = 1.0 / 19.0;
        for n in [17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0] {
            sum = sum * z + 1.0 / n;
        }
        out[t] = k * std::f64::consts::LN_2 + 2.0 * s * sum;
    }
    out
}

/// What was summed in lanes, before they are told apart. Without the barrier the
/// compiler takes them for single numbers in the loop that fills them, too.
#[inline(always)]
pub(super) fn whole<T>(lanes: T) -> T {
    std::hint::black_box(lanes)
}

/// The largest of eight lanes.
#[inline(always)]
pub(super) fn largest(x: &Lanes) -> f64 {
    let more = |a: f64, b: f64| if a > b { a } else { b };
    let four: [f64; 4] = std::array::from_fn(|t| more(x[t], x[t + 4]));
    let two: [f64; 2] = std::array::from_fn(|t| more(four[t], four[t + 2]));
    more(two[0], two[1])
}

/// The sum of eight lanes, in a fixed order.
#[inline(always)]
pub(super) fn sum(x: &Lanes) -> f64 {
    ((x[0] + x[4]) + (x[1] + x[5])) + ((x[2] + x[6]) + (x[3] + x[7]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ln_agrees_with_the_standard_library() {
        for i in 0..200_000 {
            let x = (f64::from(i - 100_000) * 0.007_03).exp();
            let (ours, exact) = (ln(&[x; LANES])[i as usize % LANES], x.ln());
            let tolerance = 1e-15 * (1.0 + exact.abs());
            assert!((ours - exact).abs() <= tolerance, "{x}: {ours} {exact}");
        }
        assert_eq!(ln(&[1.0; LANES]), [0.0; LANES]);
    }

    #[test]
    fn exp_agrees_with_the_standard_library() {
        for i in 0..200_000 {
            let x = -f64::from(i) * 0.003_53;
            let ours = exp(&[x; LANES])[i as usize % LANES];
            let exact = x.exp();
            let tolerance = (4e-14 - 2e-16 * x) * exact;
            assert!((ours - exact).abs() <= tolerance, "{x}: {ours} {exact}");
        }
        assert_eq!(exp(&[0.0; LANES]), [1.0; LANES]);
        assert!(exp(&[-1e300; LANES])[3] < 1e-300);
    }
}
