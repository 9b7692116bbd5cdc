//! The code of [`super::blocks`] and [`super::utf8`] with registers of 32 octets.

use std::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi32,
    _mm256_xor_si256,
};

use super::lanes::Lanes;
use super::{Before, blocks, utf8};
use crate::codec::KEY;

/// Octets from which on the question is worth it.
pub const WORTH_IT: usize = 64;
const _: () = assert!(WORTH_IT >= 2 * size_of::<__m256i>());

/// Whether the processor has AVX2, the system saves its registers, and the build is not one that is
/// made to test what others have.
#[inline]
pub fn is_chosen() -> bool {
    let others =
        cfg!(any(feature = "plain-kernels-for-tests", feature = "baseline-kernels-for-tests"));
    !others && std::arch::is_x86_feature_detected!("avx2")
}

/// Of at least [`WORTH_IT`] octets.
#[target_feature(enable = "avx2")]
pub fn unmask(octets: &mut [u8], key: [u8; KEY]) -> bool {
    blocks::unmask_many::<__m256i>(octets, key)
}

/// Of at least [`WORTH_IT`] octets.
#[target_feature(enable = "avx2")]
pub fn mask_copy(target: &mut [u8], source: &[u8], key: [u8; KEY]) {
    blocks::copy_many::<__m256i>(target, source, key);
}

/// Of at least [`WORTH_IT`] octets.
#[target_feature(enable = "avx2")]
pub fn unmask_text(octets: &mut [u8], key: [u8; KEY], before: Before) -> bool {
    utf8::unmask_text::<__m256i>(octets, key, before)
}

// SAFETY: a register.
unsafe impl Lanes for __m256i {
    #[inline(always)]
    fn repeat(key: [u8; KEY]) -> Self {
        // SAFETY: these registers are used by the functions above alone; so below.
        unsafe { _mm256_set1_epi32(i32::from_ne_bytes(key)) }
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { _mm256_xor_si256(self, other) }
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { _mm256_or_si256(self, other) }
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { _mm256_and_si256(self, other) }
    }

    #[inline(always)]
    fn is_ascii(self) -> bool {
        // SAFETY: see above.
        unsafe { _mm256_movemask_epi8(self) == 0 }
    }
}
