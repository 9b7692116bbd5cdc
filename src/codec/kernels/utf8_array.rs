//! A register that every processor has, octet by octet; for tests.

use super::lanes::Lanes;
use super::utf8_faults::Table;
use super::utf8_lanes::TextLanes;
use crate::codec::KEY;

/// As long as those of NEON.
pub type Array = [u8; 16];

fn each(a: Array, b: Array, f: impl Fn(u8, u8) -> u8) -> Array {
    std::array::from_fn(|i| f(a[i], b[i]))
}

// SAFETY: an array of octets.
unsafe impl Lanes for Array {
    fn repeat(key: [u8; KEY]) -> Self {
        std::array::from_fn(|i| key[i % KEY])
    }

    fn xor(self, other: Self) -> Self {
        each(self, other, |a, b| a ^ b)
    }

    fn or(self, other: Self) -> Self {
        each(self, other, |a, b| a | b)
    }

    fn and(self, other: Self) -> Self {
        each(self, other, |a, b| a & b)
    }

    fn is_ascii(self) -> bool {
        <[u8]>::is_ascii(&self)
    }
}

impl TextLanes for Array {
    fn table(table: &Table) -> Self {
        *table
    }

    fn of_upper(self, octets: Self) -> Self {
        octets.map(|octet| self[usize::from(octet >> 4)])
    }

    fn of_lower(self, octets: Self) -> Self {
        octets.map(|octet| if octet.is_ascii() { self[usize::from(octet & 0x0F)] } else { 0 })
    }

    fn raised(self, others: [Self; 2], bounds: [u8; 2]) -> Self {
        std::array::from_fn(|i| {
            let is_greater = |n: usize| others[n][i] as i8 > bounds[n] as i8;
            self[i].wrapping_add(u8::from(is_greater(0) || is_greater(1)))
        })
    }

    fn before(self, earlier: Self) -> [Self; 3] {
        [1, 2, 3].map(|back| {
            std::array::from_fn(|i| {
                if i < back { earlier[earlier.len() + i - back] } else { self[i - back] }
            })
        })
    }

    fn is_full(self) -> bool {
        self == [0xFF; 16]
    }
}
