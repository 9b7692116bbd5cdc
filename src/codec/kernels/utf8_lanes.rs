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

    fn and(self, other: Self) -> Self;

    /// The differences, modulo 256.
    fn minus(self, other: Self) -> Self;

    /// All bits of the octets that are greater, as numbers with a sign; no bit of the others.
    fn greater(self, other: Self) -> Self;

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

    use super::{Table, TextLanes};

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
        fn and(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { _mm256_and_si256(self, other) }
        }

        #[inline(always)]
        fn minus(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { _mm256_sub_epi8(self, other) }
        }

        #[inline(always)]
        fn greater(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { _mm256_cmpgt_epi8(self, other) }
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

#[cfg(target_arch = "aarch64")]
mod neon {
    use std::arch::aarch64::{
        uint8x16_t, vandq_u8, vcgtq_s8, vdupq_n_u8, vextq_u8, vld1q_u8, vminvq_u8, vqtbl1q_u8,
        vreinterpretq_s8_u8, vshrq_n_u8, vsubq_u8,
    };

    use super::{Table, TextLanes};

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
        fn and(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { vandq_u8(self, other) }
        }

        #[inline(always)]
        fn minus(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { vsubq_u8(self, other) }
        }

        #[inline(always)]
        fn greater(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { vcgtq_s8(vreinterpretq_s8_u8(self), vreinterpretq_s8_u8(other)) }
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
