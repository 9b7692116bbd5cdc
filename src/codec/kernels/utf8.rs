//! Unmasking and the check for UTF-8 in one pass.
//!
//! What is ASCII at the beginning is unmasked from its first octet on. The rest is taken from its end on: so what
//! stands before a register is still masked when it is looked at, and can be read once more, one, two and three
//! octets further in front. That is cheaper than to shift it out of two registers.

use super::Before;
use super::blocks::{LONG, ahead_of_alignment, turned, unmasked};
use super::lanes::{Lanes, read, write};
use super::utf8_faults::{FIRST_LOWER, FIRST_UPPER, FLIPPED, SECOND_UPPER};
use super::utf8_lanes::TextLanes;
use crate::codec::KEY;

/// No code point is cut.
pub const NOTHING: Before = [0; size_of::<Before>()];

/// Registers of ASCII that are taken at once from the start. To ask whether they are takes as much as to unmask two of
/// them. With four, an Intel processor has to do as much as it can while it writes them (64 octets each); with eight,
/// less.
const MOST: usize = 8;
/// The same for what is left of them.
const MANY: usize = 4;
/// Octets before them, of which it is asked too whether they are ASCII.
const WORD: usize = size_of::<Before>();

/// See [`super::unmask_text`]. Of octets that fill two registers.
#[inline(always)]
pub fn unmask_text<L: TextLanes>(octets: &mut [u8], key: [u8; KEY], before: Before) -> bool {
    let end = octets.len() - L::LEN;
    let first = unmasked::<L>(octets, 0, key);
    let last = [end - L::LEN, end].map(|at| unmasked::<L>(octets, at, key));
    let ascii = if first.is_ascii() { unmask_ascii::<L>(octets, key) } else { 0 };
    let is_ascii = ascii > end && last[1].is_ascii();
    let is_valid = is_ascii || unmask_rest(octets, ascii, key, before, last);
    // What is ahead of the first that is aligned, and behind the last.
    write(first, octets, 0);
    write(last[1], octets, end);
    // ASCII does not continue a code point.
    is_valid && (ascii == 0 || before == NOTHING)
}

/// Unmasks registers for as long as they are ASCII, as the first is; returns where they end. What is ahead of
/// the first that is aligned is not written.
#[inline(always)]
fn unmask_ascii<L: Lanes>(octets: &mut [u8], key: [u8; KEY]) -> usize {
    let ahead = ahead_of_alignment::<L>(octets);
    let key = L::repeat(turned(key, ahead));
    let most = ahead + unmask_ascii_by::<L, MOST>(&mut octets[ahead..], key);
    let many = most + unmask_ascii_by::<L, MANY>(&mut octets[most..], key);
    many + unmask_ascii_by::<L, 1>(&mut octets[many..], key)
}

#[inline(always)]
fn unmask_ascii_by<L: Lanes, const N: usize>(octets: &mut [u8], key: L) -> usize {
    let mut done = 0;
    for round in octets.chunks_exact_mut(N * L::LEN) {
        let (mut blocks, mut seen) = ([key; N], key.xor(key));
        for (i, block) in blocks.iter_mut().enumerate() {
            *block = read::<L>(round, i * L::LEN).xor(key);
            seen = seen.or(*block);
        }
        if !seen.is_ascii() {
            break;
        }
        for (i, block) in blocks.into_iter().enumerate() {
            write(block, round, i * L::LEN);
        }
        done += round.len();
    }
    done
}

/// What comes after so many octets of ASCII, which are done. `last`: the last two registers, unmasked; the last
/// of them is only checked.
#[inline(always)]
fn unmask_rest<L: TextLanes>(
    octets: &mut [u8],
    ascii: usize,
    key: [u8; KEY],
    before: Before,
    last: [L; 2],
) -> bool {
    let len = octets.len();
    let start = ascii.min(len - 2 * L::LEN);
    let head = if start < ascii {
        last
    } else {
        [start, start + L::LEN].map(|at| unmasked::<L>(octets, at, key))
    };
    let mut check = Check::new();
    let end = len - behind_alignment::<L>(&octets[start..]);
    if end < len {
        check.follow(last[1], last[0]);
    }
    if end - start > 2 * L::LEN {
        unmask_from_end(&mut octets[start..end], turned(key, start), &mut check);
    }
    write(head[0], octets, start);
    write(head[1], octets, start + L::LEN);
    if !head[0].or(head[1]).is_ascii() {
        // Nothing was cut, or they begin the text, or it is known to be invalid.
        check.follow(head[0], L::repeat(before));
        check.follow(head[1], head[0]);
    }
    check.valid.is_full()
}

/// Octets behind the last register that is aligned, where that pays.
#[inline(always)]
fn behind_alignment<L: Lanes>(octets: &[u8]) -> usize {
    if octets.len() < LONG { 0 } else { (octets.len() - ahead_of_alignment::<L>(octets)) % L::LEN }
}

/// Octets that are taken at once from the end: two registers, and 64 at least.
const fn round<L: Lanes>() -> usize {
    if L::LEN < 32 { 64 } else { 2 * L::LEN }
}

/// Down to the first two registers, or into them.
#[inline(always)]
fn unmask_from_end<L: TextLanes>(octets: &mut [u8], key: [u8; KEY], check: &mut Check<L>) {
    let mut end = octets.len();
    let keys = Keys::<L>::new(turned(key, end));
    while end >= WORD + round::<L>() {
        end -= round::<L>();
        keys.unmask(&mut octets[end - WORD..end + round::<L>()], check);
    }
    while end > 2 * L::LEN {
        end -= L::LEN;
        let [earlier, block] = [end - L::LEN, end].map(|at| unmasked::<L>(octets, at, key));
        check.follow(block, earlier);
        write(block, octets, end);
    }
}

/// The key as it is for registers at some places of a payload.
struct Keys<L> {
    word: u32,
    here: L,
    /// For what is one, two and three octets in front, so that it comes out flipped.
    before: [L; 3],
}

impl<L: TextLanes> Keys<L> {
    #[inline(always)]
    fn new(key: [u8; KEY]) -> Self {
        let before = |octets| L::repeat(turned(key, KEY - octets).map(|octet| octet ^ FLIPPED));
        let before = [before(1), before(2), before(3)];
        Keys { word: u32::repeat(key), here: L::repeat(key), before }
    }

    /// Unmasks and checks a round that comes after a word.
    #[inline(always)]
    fn unmask(&self, octets: &mut [u8], check: &mut Check<L>) {
        let places = round::<L>() / L::LEN;
        let place = |i| WORD + i * L::LEN;
        let mut seen = self.here.xor(self.here);
        for i in 0..places {
            seen = seen.or(self.block(octets, place(i)));
        }
        // What is ASCII does not continue what is before it.
        if !seen.is_ascii() || !read::<u32>(octets, 0).xor(self.word).is_ascii() {
            for i in (0..places).rev() {
                self.look(octets, place(i), check);
            }
        }
        for i in 0..places {
            write(self.block(octets, place(i)), octets, place(i));
        }
    }

    #[inline(always)]
    fn block(&self, octets: &[u8], at: usize) -> L {
        read::<L>(octets, at).xor(self.here)
    }

    #[inline(always)]
    fn look(&self, octets: &[u8], at: usize, check: &mut Check<L>) {
        let [one, two, three] = self.before;
        let flipped = [
            read::<L>(octets, at - 1).xor(one),
            read::<L>(octets, at - 2).xor(two),
            read::<L>(octets, at - 3).xor(three),
        ];
        check.look(self.block(octets, at), flipped);
    }
}

/// The check of registers.
struct Check<L> {
    first_upper: L,
    first_lower: L,
    second_upper: L,
    /// Has all bits while no fault was seen.
    valid: L,
}

impl<L: TextLanes> Check<L> {
    #[inline(always)]
    fn new() -> Self {
        Check {
            first_upper: L::table(&FIRST_UPPER),
            first_lower: L::table(&FIRST_LOWER),
            second_upper: L::table(&SECOND_UPPER),
            valid: L::repeat([0xFF; KEY]),
        }
    }

    /// `octets` come after `earlier`.
    #[inline(always)]
    fn follow(&mut self, octets: L, earlier: L) {
        let flip = L::repeat([FLIPPED; KEY]);
        self.look(octets, octets.before(earlier).map(|before| before.xor(flip)));
    }

    /// `flipped`: what stands one, two and three octets in front, with the highest bit flipped.
    #[inline(always)]
    fn look(&mut self, octets: L, flipped: [L; 3]) {
        let [one, two, three] = flipped;
        let faults = self.first_upper.of_upper(one);
        let faults = faults.or(self.first_lower.of_lower(one));
        let faults = faults.or(self.second_upper.of_upper(octets));
        // Two octets behind the first of three or four, and three behind that of four, stands a
        // second continuation in a row.
        let faults = faults.raised([two, three], [0xDF ^ FLIPPED, 0xEF ^ FLIPPED]);
        self.valid = self.valid.and(faults);
    }
}
