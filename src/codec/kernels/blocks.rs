//! Register by register. What is left over at the ends is no loop over octets: the first and the last
//! block are read before anything is written, and may overlap with their neighbours.

use core::ops::RangeInclusive;

use super::lanes::{Lanes, Widest, load, store};
use crate::codec::KEY;

/// Registers that a round of the loop takes.
const ROUND: usize = 4;
/// Octets from which on it pays to begin at an address that is a multiple of a register.
pub const LONG: usize = 512;

/// Octets that fill one of the registers that every processor has, and fit into two.
pub const SHORT: RangeInclusive<usize> = 16..=32;

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

/// The first and the last register, unmasked.
#[inline(always)]
fn ends<L: Lanes>(octets: &[u8], key: [u8; KEY]) -> (L, L) {
    let last = octets.len().checked_sub(L::LEN).expect("a register full");
    // SAFETY: there are that many octets.
    let (first, end) =
        unsafe { (load::<L>(octets.as_ptr()), load::<L>(octets.as_ptr().add(last))) };
    (first.xor(L::repeat(key)), end.xor(L::repeat(turned(key, last))))
}

/// Writes the last register, and the first if it is wanted.
#[inline(always)]
fn put_ends<L: Lanes>(octets: &mut [u8], first: Option<L>, last: L) {
    let start = octets.len().checked_sub(L::LEN).expect("a register full");
    // SAFETY: there are that many octets.
    unsafe {
        store(last, octets.as_mut_ptr().add(start));
        if let Some(first) = first {
            store(first, octets.as_mut_ptr());
        }
    }
}

/// Octets that fit into two registers, and fill one.
#[inline(always)]
fn unmask_ends<L: Lanes>(octets: &mut [u8], key: [u8; KEY]) -> bool {
    let (first, last) = ends::<L>(octets, key);
    put_ends(octets, Some(first), last);
    first.or(last).is_ascii()
}

/// See [`super::unmask_short`].
#[inline(always)]
pub fn unmask_short(octets: &mut [u8], key: [u8; KEY]) {
    unmask_ends::<Widest>(octets, key);
}

/// Octets that fill a register.
#[inline(always)]
pub fn unmask_many<L: Lanes>(octets: &mut [u8], key: [u8; KEY]) -> bool {
    let (first, last) = ends::<L>(octets, key);
    let ahead = ahead_of_alignment::<L>(octets);
    let seen = unmask_blocks::<L>(&mut octets[ahead..], turned(key, ahead));
    put_ends(octets, (ahead > 0).then_some(first), last);
    seen.or(first).or(last).is_ascii()
}

/// Octets before the first register that is aligned, where that pays.
#[inline(always)]
pub fn ahead_of_alignment<L: Lanes>(octets: &[u8]) -> usize {
    if octets.len() < LONG { 0 } else { octets.as_ptr().align_offset(L::LEN).min(L::LEN) }
}

/// Whole registers, from the start on; returns all bits that were seen in each of their places.
#[inline(always)]
fn unmask_blocks<L: Lanes>(octets: &mut [u8], key: [u8; KEY]) -> L {
    let key = L::repeat(key);
    let mut seen = key.xor(key);
    let mut one = |block: &mut [u8]| {
        // SAFETY: the chunks below are as long as a register.
        unsafe {
            let octets = load::<L>(block.as_ptr()).xor(key);
            store(octets, block.as_mut_ptr());
            seen = seen.or(octets);
        }
    };
    let mut rounds = octets.chunks_exact_mut(ROUND * L::LEN);
    for round in &mut rounds {
        round.chunks_exact_mut(L::LEN).for_each(&mut one);
    }
    rounds.into_remainder().chunks_exact_mut(L::LEN).for_each(one);
    seen
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

#[inline(always)]
fn copy_ends<L: Lanes>(target: &mut [u8], source: &[u8], key: [u8; KEY]) {
    let (first, last) = ends::<L>(source, key);
    put_ends(target, Some(first), last);
}

/// Octets that fill a register.
#[inline(always)]
pub fn copy_many<L: Lanes>(target: &mut [u8], source: &[u8], key: [u8; KEY]) {
    let ahead = ahead_of_alignment::<L>(target);
    let repeated = L::repeat(turned(key, ahead));
    let one = |(to, from): (&mut [u8], &[u8])| {
        // SAFETY: the chunks below are as long as a register.
        unsafe { store(load::<L>(from.as_ptr()).xor(repeated), to.as_mut_ptr()) }
    };
    let mut to = target[ahead..].chunks_exact_mut(ROUND * L::LEN);
    let mut from = source[ahead..].chunks_exact(ROUND * L::LEN);
    for (to, from) in (&mut to).zip(&mut from) {
        to.chunks_exact_mut(L::LEN).zip(from.chunks_exact(L::LEN)).for_each(one);
    }
    let (to, from) = (to.into_remainder(), from.remainder());
    to.chunks_exact_mut(L::LEN).zip(from.chunks_exact(L::LEN)).for_each(one);
    copy_ends::<L>(target, source, key);
}
