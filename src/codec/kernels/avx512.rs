//! The code of [`super::blocks`] and [`super::utf8`] with registers of 64 octets.

use std::arch::x86_64::{
    __m512i, _mm512_and_si512, _mm512_movepi8_mask, _mm512_or_si512, _mm512_set1_epi32,
    _mm512_xor_si512,
};

use super::lanes::Lanes;
use super::{Before, avx2, blocks, utf8};
use crate::codec::KEY;

/// Octets from which on the question is worth it.
pub const WORTH_IT: usize = 1024;
const _: () = assert!(WORTH_IT >= 2 * size_of::<__m512i>());

/// Whether the processor has AVX-512 and does not slow down for it: those that do have no VBMI2. Those that
/// have it have GFNI too, which text needs.
#[inline]
pub fn is_chosen() -> bool {
    !cfg!(feature = "avx2-kernels-for-tests")
        && avx2::is_chosen()
        && std::arch::is_x86_feature_detected!("avx512bw")
        && std::arch::is_x86_feature_detected!("avx512vbmi2")
        && std::arch::is_x86_feature_detected!("gfni")
}

/// Of at least [`WORTH_IT`] octets.
#[target_feature(enable = "avx512bw")]
pub fn unmask(octets: &mut [u8], key: [u8; KEY]) -> bool {
    blocks::unmask_many::<__m512i>(octets, key)
}

/// Of at least [`WORTH_IT`] octets.
#[target_feature(enable = "avx512bw")]
pub fn mask_copy(target: &mut [u8], source: &[u8], key: [u8; KEY]) {
    blocks::copy_many::<__m512i>(target, source, key);
}

/// Of at least [`WORTH_IT`] octets.
#[target_feature(enable = "avx512bw,gfni")]
pub fn unmask_text(octets: &mut [u8], key: [u8; KEY], before: Before) -> bool {
    utf8::unmask_text::<__m512i>(octets, key, before)
}

// SAFETY: a register.
unsafe impl Lanes for __m512i {
    #[inline(always)]
    fn repeat(key: [u8; KEY]) -> Self {
        // SAFETY: these registers are used by the functions above alone; so below.
        unsafe { _mm512_set1_epi32(i32::from_ne_bytes(key)) }
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { _mm512_xor_si512(self, other) }
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { _mm512_or_si512(self, other) }
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { _mm512_and_si512(self, other) }
    }

    #[inline(always)]
    fn is_ascii(self) -> bool {
        // SAFETY: see above.
        unsafe { _mm512_movepi8_mask(self) == 0 }
    }
}
