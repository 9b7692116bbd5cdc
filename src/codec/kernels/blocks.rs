//! Blocks of octets that compilers put into registers. What is left over at the ends is no loop over
//! octets: a last block is read before anything is written, and overlaps with the one before.

use crate::codec::KEY;

/// Octets of a block.
const BLOCK: usize = 32;
/// Blocks that a round of the loop takes.
const ROUND: usize = 4 * BLOCK;
/// Octets from which on it pays to begin at an address that is a multiple of a block.
const LONG: usize = 512;

/// The key for octets that begin `offset` behind those for which it is.
fn turned(key: [u8; KEY], offset: usize) -> [u8; KEY] {
    let mut key = key;
    key.rotate_left(offset % KEY);
    key
}

/// `N` octets with the key.
#[inline(always)]
fn mix<const N: usize>(octets: [u8; N], key: [u8; KEY]) -> [u8; N] {
    let mut mixed = octets;
    for (i, octet) in mixed.iter_mut().enumerate() {
        *octet ^= key[i % KEY];
    }
    mixed
}

/// The octets of a block with a set bit in either.
#[inline(always)]
fn join<const N: usize>(a: [u8; N], b: [u8; N]) -> [u8; N] {
    let mut both = a;
    for (a, b) in both.iter_mut().zip(b) {
        *a |= b;
    }
    both
}

#[inline(always)]
fn is_ascii<const N: usize>(octets: [u8; N]) -> bool {
    octets.iter().fold(0, |all, octet| all | octet) < 0x80
}

/// See [`super::unmask`].
#[inline(always)]
pub fn unmask(octets: &mut [u8], key: [u8; KEY]) -> bool {
    match octets.len() {
        0..4 => unmask_few(octets, key),
        4..8 => unmask_ends::<4>(octets, key),
        8..16 => unmask_ends::<8>(octets, key),
        16..BLOCK => unmask_ends::<16>(octets, key),
        _ => unmask_many(octets, key),
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

/// The first `N` and the last `N` octets, which are all there are.
#[inline(always)]
fn unmask_ends<const N: usize>(octets: &mut [u8], key: [u8; KEY]) -> bool {
    let last_key = turned(key, octets.len() - N);
    let (Some(first), Some(last)) = (octets.first_chunk(), octets.last_chunk()) else {
        return true;
    };
    let (first, last) = (mix::<N>(*first, key), mix::<N>(*last, last_key));
    put(octets, Some(first), last);
    is_ascii(join(first, last))
}

/// Writes what was mixed to the ends.
#[inline(always)]
fn put<const N: usize>(octets: &mut [u8], first: Option<[u8; N]>, last: [u8; N]) {
    if let (Some(first), Some(place)) = (first, octets.first_chunk_mut()) {
        *place = first;
    }
    if let Some(place) = octets.last_chunk_mut() {
        *place = last;
    }
}

/// At least a block.
#[inline(always)]
fn unmask_many(octets: &mut [u8], key: [u8; KEY]) -> bool {
    let last_key = turned(key, octets.len() - BLOCK);
    let (Some(first), Some(last)) = (octets.first_chunk(), octets.last_chunk()) else {
        return true;
    };
    let (first, last) = (mix::<BLOCK>(*first, key), mix::<BLOCK>(*last, last_key));
    let ahead = ahead_of_alignment(octets);
    let seen = unmask_blocks(&mut octets[ahead..], turned(key, ahead));
    put(octets, (ahead > 0).then_some(first), last);
    is_ascii(join(seen, join(first, last)))
}

/// Octets before the first block that is aligned, where that pays.
#[inline(always)]
fn ahead_of_alignment(octets: &[u8]) -> usize {
    if octets.len() < LONG { 0 } else { octets.as_ptr().align_offset(BLOCK).min(BLOCK) }
}

/// Whole blocks, from the start on; returns all bits that were seen in each place of one.
#[inline(always)]
fn unmask_blocks(octets: &mut [u8], key: [u8; KEY]) -> [u8; BLOCK] {
    let mut seen = [0; BLOCK];
    let (rounds, rest) = octets.as_chunks_mut::<ROUND>();
    for round in rounds {
        for block in round.as_chunks_mut::<BLOCK>().0 {
            *block = mix(*block, key);
            seen = join(seen, *block);
        }
    }
    for block in rest.as_chunks_mut::<BLOCK>().0 {
        *block = mix(*block, key);
        seen = join(seen, *block);
    }
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
        4..8 => copy_ends::<4>(target, source, key),
        8..16 => copy_ends::<8>(target, source, key),
        16..BLOCK => copy_ends::<16>(target, source, key),
        _ => copy_many(target, source, key),
    }
}

#[inline(always)]
fn copy_ends<const N: usize>(target: &mut [u8], source: &[u8], key: [u8; KEY]) {
    let last_key = turned(key, target.len() - N);
    if let (Some(first), Some(last)) = (source.first_chunk(), source.last_chunk()) {
        put(target, Some(mix::<N>(*first, key)), mix::<N>(*last, last_key));
    }
}

#[inline(always)]
fn copy_many(target: &mut [u8], source: &[u8], key: [u8; KEY]) {
    let ahead = ahead_of_alignment(target);
    let (rounds, rest) = target[ahead..].as_chunks_mut::<ROUND>();
    let (from_rounds, from_rest) = source[ahead..].as_chunks::<ROUND>();
    let turned = turned(key, ahead);
    for (to, from) in rounds.iter_mut().zip(from_rounds) {
        copy_blocks(to, from, turned);
    }
    copy_blocks(rest, from_rest, turned);
    copy_ends::<BLOCK>(target, source, key);
}

#[inline(always)]
fn copy_blocks(target: &mut [u8], source: &[u8], key: [u8; KEY]) {
    let (to, from) = (target.as_chunks_mut::<BLOCK>().0, source.as_chunks::<BLOCK>().0);
    for (to, from) in to.iter_mut().zip(from) {
        *to = mix(*from, key);
    }
}
