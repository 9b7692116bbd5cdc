//! Registers that can look up all of their octets at once, for [`super::utf8`].

use super::lanes::Lanes;
use super::utf8_faults::Table;

/// A register of octets that can be looked up.
pub trait TextLanes: Lanes {
    /// A table, to be looked up in.
    fn table(table: &Table) -> Self;

    /// The entries of this table for the upper four bits of the octets.
    fn of_upper(self, octets: Self) -> Self;

    /// The entries of this table for the lower four bits of the octets; zero for octets with the highest
    /// bit.
    fn of_lower(self, octets: Self) -> Self;

    /// One more, modulo 256, where one of `others` is greater than its bound, as numbers with a sign.
    fn raised(self, others: [Self; 2], bounds: [u8; 2]) -> Self;

    /// What stands one, two and three places before these octets, in a text in which `earlier` comes
    /// before them.
    fn before(self, earlier: Self) -> [Self; 3];

    /// Whether all octets have all bits.
    fn is_full(self) -> bool;
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm_loadu_si128, _mm256_alignr_epi8, _mm256_and_si256,
        _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_movemask_epi8,
        _mm256_permute2x128_si256, _mm256_set1_epi8, _mm256_shuffle_epi8, _mm256_srli_epi16,
        _mm256_sub_epi8,
    };

    use super::{Lanes, Table, TextLanes};

    impl TextLanes for __m256i {
        #[inline(always)]
        fn table(table: &Table) -> Self {
            // SAFETY: the table has the 16 octets; and these registers are used by functions for
            // AVX2 alone, so below.
            unsafe { _mm256_broadcastsi128_si256(_mm_loadu_si128(table.as_ptr().cast())) }
        }

        #[inline(always)]
        fn of_upper(self, octets: Self) -> Self {
            // SAFETY: see above.
            unsafe {
                // There is no shift of octets; what came from their neighbours is taken away.
                let upper = _mm256_srli_epi16::<4>(octets);
                _mm256_shuffle_epi8(self, _mm256_and_si256(upper, _mm256_set1_epi8(0x0F)))
            }
        }

        #[inline(always)]
        fn of_lower(self, octets: Self) -> Self {
            // SAFETY: see above.
            unsafe { _mm256_shuffle_epi8(self, octets) }
        }

        #[inline(always)]
        fn raised(self, [a, b]: [Self; 2], bounds: [u8; 2]) -> Self {
            // SAFETY: see above.
            unsafe {
                let a = _mm256_cmpgt_epi8(a, _mm256_set1_epi8(bounds[0] as i8));
                let b = _mm256_cmpgt_epi8(b, _mm256_set1_epi8(bounds[1] as i8));
                // All bits: minus one.
                _mm256_sub_epi8(self, a.or(b))
            }
        }

        #[inline(always)]
        fn before(self, earlier: Self) -> [Self; 3] {
            // SAFETY: see above.
            unsafe {
                // The halves are shifted each by itself: what comes before them.
                let earlier = _mm256_permute2x128_si256::<0x21>(earlier, self);
                [
                    _mm256_alignr_epi8::<15>(self, earlier),
                    _mm256_alignr_epi8::<14>(self, earlier),
                    _mm256_alignr_epi8::<13>(self, earlier),
                ]
            }
        }

        #[inline(always)]
        fn is_full(self) -> bool {
            // SAFETY: see above.
            unsafe { _mm256_movemask_epi8(_mm256_cmpeq_epi8(self, _mm256_set1_epi8(-1))) == -1 }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{
        __m512i, _mm_loadu_si128, _mm512_alignr_epi8, _mm512_alignr_epi64, _mm512_broadcast_i32x4,
        _mm512_cmpeq_epi8_mask, _mm512_cmpgt_epi8_mask, _mm512_gf2p8affine_epi64_epi8,
        _mm512_mask_add_epi8, _mm512_set1_epi8, _mm512_set1_epi64, _mm512_shuffle_epi8,
    };

    use super::{Table, TextLanes};

    /// The product with this matrix of bits is an octet's upper half. The row for the lowest bit of it is the first
    /// octet as written here.
    const UPPER: i64 = 0x1020_4080_0000_0000;

    impl TextLanes for __m512i {
        #[inline(always)]
        fn table(table: &Table) -> Self {
            // SAFETY: the table has the 16 octets; and they are looked up by the one function
            // for AVX-512 and GFNI alone, so below.
            unsafe { _mm512_broadcast_i32x4(_mm_loadu_si128(table.as_ptr().cast())) }
        }

        #[inline(always)]
        fn of_upper(self, octets: Self) -> Self {
            // SAFETY: see above.
            unsafe {
                let upper = _mm512_gf2p8affine_epi64_epi8::<0>(octets, _mm512_set1_epi64(UPPER));
                _mm512_shuffle_epi8(self, upper)
            }
        }

        #[inline(always)]
        fn of_lower(self, octets: Self) -> Self {
            // SAFETY: see above.
            unsafe { _mm512_shuffle_epi8(self, octets) }
        }

        #[inline(always)]
        fn raised(self, [a, b]: [Self; 2], bounds: [u8; 2]) -> Self {
            // SAFETY: see above.
            unsafe {
                let a = _mm512_cmpgt_epi8_mask(a, _mm512_set1_epi8(bounds[0] as i8));
                let b = _mm512_cmpgt_epi8_mask(b, _mm512_set1_epi8(bounds[1] as i8));
                _mm512_mask_add_epi8(self, a | b, self, _mm512_set1_epi8(1))
            }
        }

        #[inline(always)]
        fn before(self, earlier: Self) -> [Self; 3] {
            // SAFETY: see above.
            unsafe {
                // The quarters are shifted each by itself: what comes before them.
                let earlier = _mm512_alignr_epi64::<6>(self, earlier);
                [
                    _mm512_alignr_epi8::<15>(self, earlier),
                    _mm512_alignr_epi8::<14>(self, earlier),
                    _mm512_alignr_epi8::<13>(self, earlier),
                ]
            }
        }

        #[inline(always)]
        fn is_full(self) -> bool {
            // SAFETY: see above.
            unsafe { _mm512_cmpeq_epi8_mask(self, _mm512_set1_epi8(-1)) == u64::MAX }
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod neon {
    use std::arch::aarch64::{
        uint8x16_t, vandq_u8, vcgtq_s8, vdupq_n_s8, vdupq_n_u8, vextq_u8, vld1q_u8, vminvq_u8,
        vqtbl1q_u8, vreinterpretq_s8_u8, vshrq_n_u8, vsubq_u8,
    };

    use super::{Lanes, Table, TextLanes};

    impl TextLanes for uint8x16_t {
        #[inline(always)]
        fn table(table: &Table) -> Self {
            // SAFETY: the table has the 16 octets; and every processor of the kind has NEON, so
            // below.
            unsafe { vld1q_u8(table.as_ptr()) }
        }

        #[inline(always)]
        fn of_upper(self, octets: Self) -> Self {
            // SAFETY: see above.
            unsafe { vqtbl1q_u8(self, vshrq_n_u8::<4>(octets)) }
        }

        #[inline(always)]
        fn of_lower(self, octets: Self) -> Self {
            // SAFETY: see above.
            unsafe { vqtbl1q_u8(self, vandq_u8(octets, vdupq_n_u8(0x8F))) }
        }

        #[inline(always)]
        fn raised(self, [a, b]: [Self; 2], bounds: [u8; 2]) -> Self {
            // SAFETY: see above.
            unsafe {
                let a = vcgtq_s8(vreinterpretq_s8_u8(a), vdupq_n_s8(bounds[0] as i8));
                let b = vcgtq_s8(vreinterpretq_s8_u8(b), vdupq_n_s8(bounds[1] as i8));
                // All bits: minus one.
                vsubq_u8(self, a.or(b))
            }
        }

        #[inline(always)]
        fn before(self, earlier: Self) -> [Self; 3] {
            // SAFETY: see above.
            unsafe {
                [
                    vextq_u8::<15>(earlier, self),
                    vextq_u8::<14>(earlier, self),
                    vextq_u8::<13>(earlier, self),
                ]
            }
        }

        #[inline(always)]
        fn is_full(self) -> bool {
            // SAFETY: see above.
            unsafe { vminvq_u8(self) == 0xFF }
        }
    }
}
