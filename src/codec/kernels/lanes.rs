//! Registers that hold several octets, of the sizes that there are.

use crate::codec::KEY;

/// A register of octets.
///
/// # Safety
///
/// Any octets, as many as its size says, are a value of it.
pub unsafe trait Lanes: Copy {
    /// Its octets.
    const LEN: usize = size_of::<Self>();

    /// The key, over and over.
    fn repeat(key: [u8; KEY]) -> Self;

    fn xor(self, other: Self) -> Self;

    fn or(self, other: Self) -> Self;

    fn and(self, other: Self) -> Self;

    /// Whether no octet has its highest bit.
    fn is_ascii(self) -> bool;
}

/// Reads the register at a place.
#[inline(always)]
pub fn read<L: Lanes>(octets: &[u8], at: usize) -> L {
    let octets = &octets[at..at + size_of::<L>()];
    // SAFETY: they are as many as a register has, and any octets are a value of it.
    unsafe { octets.as_ptr().cast::<L>().read_unaligned() }
}

/// Writes the register at a place.
#[inline(always)]
pub fn write<L: Lanes>(block: L, octets: &mut [u8], at: usize) {
    let octets = &mut octets[at..at + size_of::<L>()];
    // SAFETY: they are as many as a register has.
    unsafe { octets.as_mut_ptr().cast::<L>().write_unaligned(block) }
}

macro_rules! lanes_of_integer {
    ($integer:ty) => {
        // SAFETY: an integer.
        unsafe impl Lanes for $integer {
            #[inline(always)]
            fn repeat(key: [u8; KEY]) -> Self {
                let once = <$integer>::from(u32::from_ne_bytes(key));
                once * (<$integer>::MAX / <$integer>::from(u32::MAX))
            }

            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                self ^ other
            }

            #[inline(always)]
            fn or(self, other: Self) -> Self {
                self | other
            }

            #[inline(always)]
            fn and(self, other: Self) -> Self {
                self & other
            }

            #[inline(always)]
            fn is_ascii(self) -> bool {
                const HIGHEST: $integer = <$integer>::MAX / 0xFF * 0x80;
                self & HIGHEST == 0
            }
        }
    };
}

lanes_of_integer!(u32);
lanes_of_integer!(u64);
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
lanes_of_integer!(u128);

/// The widest register that every processor of the kind has.
#[cfg(target_arch = "x86_64")]
pub type Widest = std::arch::x86_64::__m128i;
#[cfg(target_arch = "aarch64")]
pub type Widest = std::arch::aarch64::uint8x16_t;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub type Widest = u128;

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use std::arch::x86_64::{
        __m128i, _mm_and_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi32, _mm_xor_si128,
    };

    use super::{KEY, Lanes};

    // SAFETY: a register.
    unsafe impl Lanes for __m128i {
        #[inline(always)]
        fn repeat(key: [u8; KEY]) -> Self {
            // SAFETY: every processor of the kind has SSE2; so below.
            unsafe { _mm_set1_epi32(i32::from_ne_bytes(key)) }
        }

        #[inline(always)]
        fn xor(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { _mm_xor_si128(self, other) }
        }

        #[inline(always)]
        fn or(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { _mm_or_si128(self, other) }
        }

        #[inline(always)]
        fn and(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { _mm_and_si128(self, other) }
        }

        #[inline(always)]
        fn is_ascii(self) -> bool {
            // SAFETY: see above.
            unsafe { _mm_movemask_epi8(self) == 0 }
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod neon {
    use std::arch::aarch64::{
        uint8x16_t, vandq_u8, vdupq_n_u32, veorq_u8, vmaxvq_u8, vorrq_u8, vreinterpretq_u8_u32,
    };

    use super::{KEY, Lanes};

    // SAFETY: a register.
    unsafe impl Lanes for uint8x16_t {
        #[inline(always)]
        fn repeat(key: [u8; KEY]) -> Self {
            // SAFETY: every processor of the kind has NEON; so below.
            unsafe { vreinterpretq_u8_u32(vdupq_n_u32(u32::from_ne_bytes(key))) }
        }

        #[inline(always)]
        fn xor(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { veorq_u8(self, other) }
        }

        #[inline(always)]
        fn or(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { vorrq_u8(self, other) }
        }

        #[inline(always)]
        fn and(self, other: Self) -> Self {
            // SAFETY: see above.
            unsafe { vandq_u8(self, other) }
        }

        #[inline(always)]
        fn is_ascii(self) -> bool {
            // SAFETY: see above.
            unsafe { vmaxvq_u8(self) < 0x80 }
        }
    }
}
