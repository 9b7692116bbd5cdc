//! Register by register. What is left over at the ends is no loop: the first and the last registers are read
//! before anything is written, and may overlap with their neighbours.

use super::lanes::{Lanes, Widest, read, write};
use crate::codec::KEY;

/// Registers that are read before any of them is written.
const ROUND: usize = 4;
/// Octets from which on it pays to begin at an address that is a multiple of a register.
pub const LONG: usize = 512;

/// Octets of two of the registers that every processor has.
pub const SHORT: usize = 2 * Widest::LEN;
/// All bits of so many octets, and none of as many others: behind the first `SHORT - len`, it says which of `SHORT`
/// octets are among the first `len`.
const INSIDE: [u8; 2 * SHORT] = {
    let mut inside = [0; 2 * SHORT];
    let mut at = 0;
    while at < SHORT {
        inside[at] = 0xFF;
        at += 1;
    }
    inside
};

/// The key for octets that begin `offset` behind those for which it is.
#[inline(always)]
pub fn turned(key: [u8; KEY], offset: usize) -> [u8; KEY] {
    let octets = (offset % KEY) as u32;
    u32::from_le_bytes(key).rotate_right(8 * octets).to_le_bytes()
}

/// See [`super::unmask`].
#[inline(always)]
pub fn unmask(octets: &mut [u8], key: [u8; KEY]) -> bool {
    match octets.len() {
        0..4 => unmask_few(octets, key),
        4..8 => unmask_ends::<u32>(octets, key),
        8..16 => unmask_ends::<u64>(octets, key),
        16..33 => unmask_ends::<Widest>(octets, key),
        _ => unmask_many::<Widest>(octets, key),
    }
}

#[inline(always)]
fn unmask_few(octets: &mut [u8], key: [u8; KEY]) -> bool {
    let mut all = 0;
    for (octet, key) in octets.iter_mut().zip(key) {
        *octet ^= key;
        all |= *octet;
    }
    all < 0x80
}

/// Octets that fit into two registers, and fill one.
#[inline(always)]
fn unmask_ends<L: Lanes>(octets: &mut [u8], key: [u8; KEY]) -> bool {
    let end = octets.len() - L::LEN;
    let first = unmasked::<L>(octets, 0, key);
    let last = unmasked::<L>(octets, end, key);
    write(last, octets, end);
    write(first, octets, 0);
    first.or(last).is_ascii()
}

/// As [`unmask`] for the first `len` octets of these, in place of a call, and in the same way for all lengths, as
/// nobody can foretell them. `only_ascii`: they stay as they are if they are not ASCII.
#[inline(always)]
pub fn unmask_short(
    octets: &mut [u8; SHORT],
    len: usize,
    key: [u8; KEY],
    only_ascii: bool,
) -> bool {
    let from = SHORT.saturating_sub(len);
    let inside = [0, Widest::LEN].map(|at| read::<Widest>(&INSIDE, from + at));
    let key = Widest::repeat(key);
    let first = read::<Widest>(octets, 0).xor(key.and(inside[0]));
    let second = read::<Widest>(octets, Widest::LEN).xor(key.and(inside[1]));
    let is_ascii = first.and(inside[0]).or(second.and(inside[1])).is_ascii();
    if is_ascii || !only_ascii {
        write(first, octets, 0);
        write(second, octets, Widest::LEN);
    }
    is_ascii
}

/// Octets that fill two registers.
#[inline(always)]
pub fn unmask_many<L: Lanes>(octets: &mut [u8], key: [u8; KEY]) -> bool {
    if octets.len() > ROUND * L::LEN {
        return unmask_rounds::<L>(octets, key);
    }
    let places = both_halves::<L>(octets.len());
    let blocks = all_unmasked::<L, ROUND>(octets, places, key);
    write_all(blocks, octets, places);
    all(blocks).is_ascii()
}

/// Octets that fill more than a round.
#[inline(always)]
fn unmask_rounds<L: Lanes>(octets: &mut [u8], key: [u8; KEY]) -> bool {
    let end = octets.len() - ROUND * L::LEN;
    let first = unmasked::<L>(octets, 0, key);
    let last = all_unmasked::<L, ROUND>(octets, in_a_row::<L>(end), key);
    let ahead = ahead_of_alignment::<L>(octets);
    let here = turned(key, ahead);
    let mut seen = all(last).or(first);
    for round in octets[ahead..].chunks_exact_mut(ROUND * L::LEN) {
        let blocks = all_unmasked::<L, ROUND>(round, in_a_row::<L>(0), here);
        write_all(blocks, round, in_a_row::<L>(0));
        seen = seen.or(all(blocks));
    }
    write_all(last, octets, in_a_row::<L>(end));
    write(first, octets, 0);
    seen.is_ascii()
}

/// Where the registers of a round stand.
#[inline(always)]
fn in_a_row<L: Lanes>(start: usize) -> [usize; ROUND] {
    [start, start + L::LEN, start + 2 * L::LEN, start + 3 * L::LEN]
}

/// Where they stand if half of them begin at the start, and half of them end at the end.
#[inline(always)]
fn both_halves<L: Lanes>(len: usize) -> [usize; ROUND] {
    [0, L::LEN, len - 2 * L::LEN, len - L::LEN]
}

// Loops, not `map` or `reduce`: a closure that is called elsewhere does not know which registers it may use.

/// All bits that some register has.
#[inline(always)]
fn all<L: Lanes, const N: usize>(blocks: [L; N]) -> L {
    let mut seen = blocks[0];
    for block in blocks {
        seen = seen.or(block);
    }
    seen
}

/// What stands at a place of a payload, unmasked.
#[inline(always)]
pub fn unmasked<L: Lanes>(octets: &[u8], at: usize, key: [u8; KEY]) -> L {
    read::<L>(octets, at).xor(L::repeat(turned(key, at)))
}

/// The same at several places.
#[inline(always)]
fn all_unmasked<L: Lanes, const N: usize>(
    octets: &[u8],
    places: [usize; N],
    key: [u8; KEY],
) -> [L; N] {
    let mut blocks = [L::repeat(key); N];
    for (block, at) in blocks.iter_mut().zip(places) {
        *block = unmasked(octets, at, key);
    }
    blocks
}

#[inline(always)]
fn write_all<L: Lanes, const N: usize>(blocks: [L; N], octets: &mut [u8], places: [usize; N]) {
    for (block, at) in blocks.into_iter().zip(places) {
        write(block, octets, at);
    }
}

/// Octets before the first register that is aligned, where that pays.
#[inline(always)]
pub fn ahead_of_alignment<L: Lanes>(octets: &[u8]) -> usize {
    if octets.len() < LONG { 0 } else { octets.as_ptr().align_offset(L::LEN).min(L::LEN) }
}

/// See [`super::mask_copy`].
#[inline(always)]
pub fn mask_copy(target: &mut [u8], source: &[u8], key: [u8; KEY]) {
    match target.len() {
        0..4 => {
            for ((to, from), key) in target.iter_mut().zip(source).zip(key) {
                *to = from ^ key;
            }
        }
        4..8 => copy_ends::<u32>(target, source, key),
        8..16 => copy_ends::<u64>(target, source, key),
        16..33 => copy_ends::<Widest>(target, source, key),
        _ => copy_many::<Widest>(target, source, key),
    }
}

/// Octets that fit into two registers, and fill one.
#[inline(always)]
fn copy_ends<L: Lanes>(target: &mut [u8], source: &[u8], key: [u8; KEY]) {
    copy_at::<L, 2>(target, source, [0, source.len() - L::LEN], key);
}

/// Octets that fill two registers.
#[inline(always)]
pub fn copy_many<L: Lanes>(target: &mut [u8], source: &[u8], key: [u8; KEY]) {
    let len = source.len();
    let target = &mut target[..len];
    if len <= ROUND * L::LEN {
        return copy_at::<L, ROUND>(target, source, both_halves::<L>(len), key);
    }
    let ahead = ahead_of_alignment::<L>(target);
    let here = turned(key, ahead);
    let to = target[ahead..].chunks_exact_mut(ROUND * L::LEN);
    for (to, from) in to.zip(source[ahead..].chunks_exact(ROUND * L::LEN)) {
        copy_at::<L, ROUND>(to, from, in_a_row::<L>(0), here);
    }
    write(unmasked::<L>(source, 0, key), target, 0);
    copy_at::<L, ROUND>(target, source, in_a_row::<L>(len - ROUND * L::LEN), key);
}

#[inline(always)]
fn copy_at<L: Lanes, const N: usize>(
    target: &mut [u8],
    source: &[u8],
    places: [usize; N],
    key: [u8; KEY],
) {
    write_all(all_unmasked::<L, N>(source, places, key), target, places);
}
