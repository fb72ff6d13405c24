//! A few neighbouring values at once, so that they stay in vector registers.

/// How many.
pub(super) const LANES: usize = 8;

/// The values of a row from `at` on; defaults beyond its end.
#[inline]
pub(super) fn load<T: Copy + Default>(row: &[T], at: usize) -> [T; LANES] {
    let rest = &row[at..];
    if let Some(lanes) = rest.first_chunk() {
        *lanes
    } else {
        let mut lanes = [T::default(); LANES];
        lanes[..rest.len()].copy_from_slice(rest);
        lanes
    }
}

/// Writes the first values, as many as there is room for.
#[inline]
pub(super) fn store<T: Copy>(out: &mut [T], lanes: &[T; LANES]) {
    if let Some(out) = out.first_chunk_mut() {
        *out = *lanes;
    } else {
        out.copy_from_slice(&lanes[..out.len()]);
    }
}
