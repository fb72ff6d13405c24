//! The widest instructions that the processor at hand has, for loops over lanes.
//!
//! The program is built for any 64-bit processor; where there are registers of 256 or
//! 512 bits, the same additions and multiplications take half the time or less. None
//! is fused or reordered, so the digits are those of any other processor.

// The one place: what a processor has is looked up before it is asked for.
#![allow(unsafe_code)]

/// Work on lanes. `run` must be `#[inline(always)]`, and so must what it calls for each
/// lane: only then is it made of the instructions of its caller.
pub(crate) trait Wide {
    /// What comes of it.
    type Out;

    /// Does it.
    fn run(self) -> Self::Out;
}

/// Does work in the widest instructions there are.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn widest<W: Wide>(work: W) -> W::Out {
    if is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
    {
        // SAFETY: the processor has just said that it has them.
        return unsafe { in_512_bits(work) };
    }
    if is_x86_feature_detected!("avx2") {
        // SAFETY: as above.
        return unsafe { in_256_bits(work) };
    }
    work.run()
}

/// Does work in the widest instructions there are.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(crate) fn widest<W: Wide>(work: W) -> W::Out {
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn in_512_bits<W: Wide>(work: W) -> W::Out {
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn in_256_bits<W: Wide>(work: W) -> W::Out {
    work.run()
}
