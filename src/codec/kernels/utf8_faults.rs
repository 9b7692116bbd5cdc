//! What makes a text invalid, as three tables with sixteen entries each: the lookup of Keiser and Lemire,
//! "Validating UTF-8 in less than one instruction per byte" (2021).
//!
//! Two octets that follow each other show most faults, in the upper and the lower four bits of the
//! first and the upper four of the second. Each fault has a bit. An entry has it as zero where the fault is
//! possible with these four bits, so that it is zero in all three entries where the fault is.

/// An entry for each value of four bits.
pub type Table = [u8; 16];

/// Two octets that must not follow each other, as sets of values: bit *n* stands for the value *n*.
struct Fault {
    first_upper: u16,
    first_lower: u16,
    second_upper: u16,
}

const ANY: u16 = 0xFFFF;
const CONTINUATION: u16 = 0x0F00;
const LEAD: u16 = 0xF000;

/// One for each bit, the lowest first.
const FAULTS: [Fault; 8] = [
    // Two continuations: a fault but where one octet more is expected, and to be found there. As it is
    // the lowest bit, adding one there gives all bits.
    Fault { first_upper: CONTINUATION, first_lower: ANY, second_upper: CONTINUATION },
    // A code point that does not go on.
    Fault { first_upper: LEAD, first_lower: ANY, second_upper: !CONTINUATION },
    // A continuation of ASCII.
    Fault { first_upper: 0x00FF, first_lower: ANY, second_upper: CONTINUATION },
    // Two octets for what has one: C0 and C1.
    Fault { first_upper: 1 << 0xC, first_lower: 0b11, second_upper: CONTINUATION },
    // Three octets for what has less: E0 80 to E0 9F.
    Fault { first_upper: 1 << 0xE, first_lower: 1, second_upper: 0x0300 },
    // Surrogates: ED A0 to ED BF.
    Fault { first_upper: 1 << 0xE, first_lower: 1 << 0xD, second_upper: 0x0C00 },
    // Four octets for what has less: F0 80 to F0 8F. With them F5 to FF before 80 to 8F.
    Fault { first_upper: 1 << 0xF, first_lower: !0b1_1110, second_upper: 0x0100 },
    // Above U+10FFFF: F4 90 to F4 BF, and F5 to FF before 90 to BF.
    Fault { first_upper: 1 << 0xF, first_lower: !0b1111, second_upper: 0x0E00 },
];

/// First octets are looked up with the highest bit flipped. So those that are ASCII have it, and what is looked
/// up for their lower four bits is zero: they leave it to the upper.
pub const FLIPPED: u8 = 0x80;

/// For the upper four bits of the first octet, flipped.
pub const FIRST_UPPER: Table = {
    let mut table = [0; 16];
    let mut value = 0;
    while value < 16 {
        table[value ^ (FLIPPED >> 4) as usize] = entry(value, 0);
        value += 1;
    }
    table
};
/// For the lower four bits of the first octet, where it is not ASCII.
pub const FIRST_LOWER: Table = table(1);
/// For the upper four bits of the second octet.
pub const SECOND_UPPER: Table = table(2);

const fn table(which: usize) -> Table {
    let mut table = [0; 16];
    let mut value = 0;
    while value < 16 {
        table[value] = entry(value, which);
        value += 1;
    }
    table
}

const fn entry(value: usize, which: usize) -> u8 {
    let mut entry = 0;
    let mut bit = 0;
    while bit < FAULTS.len() {
        let Fault { first_upper, first_lower, second_upper } = FAULTS[bit];
        let set = [first_upper, first_lower, second_upper][which];
        if set >> value & 1 == 0 {
            entry |= 1 << bit;
        }
        bit += 1;
    }
    entry
}
