//! What nobody can go below: the payloads copied, unmasked and, if text, checked, with no protocol
//! around it. Copies go into one window of 16 KiB, which stays in the L1 cache.
//!
//! Who receives is given octets by the network, which copies them, and unmasks them then: two passes.
//! Who sends copies and masks in one.

use std::hint::black_box;

use crate::participant::{Network, Participant, Producer, Receiver, Sink, Utf8};
use crate::placed::{Place, Placed};
use crate::wire::{Kind, Wire};

/// With AVX2 where the processor has it, as the library may do it too.
pub const LIMIT: Participant = Participant {
    receive: Some(|_| Box::new(Unmask::new(fastest().two_passes, true))),
    client_send: Some(|payload| Box::new(Mask::new(fastest().one_pass, payload))),
    ..Participant::named("limit", Utf8::Checked)
};

/// With what every processor of the kind has.
pub const LIMIT_BASELINE: Participant = Participant {
    receive: Some(|_| Box::new(Unmask::new(BASELINE.two_passes, true))),
    client_send: Some(|payload| Box::new(Mask::new(BASELINE.one_pass, payload))),
    ..Participant::named("limit-baseline", Utf8::Checked)
};

/// As if the network could unmask: below what a receiver can do.
pub const ONE_PASS: Participant = Participant {
    receive: Some(|_| Box::new(Unmask::new(fastest().one_pass, true))),
    ..Participant::named("one-pass", Utf8::Checked)
};

/// Only copied, neither unmasked nor checked.
pub const MEMCPY: Participant = Participant {
    receive: Some(|_| Box::new(Unmask::new(memcpy, false))),
    client_send: Some(|payload| Box::new(Mask::new(memcpy, payload))),
    ..Participant::named("memcpy", Utf8::Unchecked)
};

/// A memcpy of 1 KiB, whatever the row: what calls are weighed against.
pub const MEMCPY_1K: Participant = Participant {
    client_send: Some(|_| Box::new(Mask::new(memcpy, &Placed::new(&[1; 1024], Place::default())))),
    server_send: Some(|_| Box::new(Mask::new(memcpy, &Placed::new(&[1; 1024], Place::default())))),
    ..Participant::named("memcpy-1k", Utf8::Unchecked)
};

const WINDOW: usize = 16 * 1024;

type Copy = fn(&mut [u8], &[u8], [u8; 4]);

/// Both ways, by one kind of vectors.
struct Copies {
    one_pass: Copy,
    two_passes: Copy,
}

const BASELINE: Copies = Copies {
    one_pass: xor_copy,
    two_passes: |to, from, key| {
        to.copy_from_slice(from);
        xor_in_place(to, key);
    },
};

#[cfg(target_arch = "x86_64")]
const AVX2: Copies = Copies {
    one_pass: |to, from, key| {
        #[target_feature(enable = "avx2")]
        fn with_avx2(to: &mut [u8], from: &[u8], key: [u8; 4]) {
            xor_copy(to, from, key);
        }
        // SAFETY: taken only where the processor has AVX2.
        unsafe { with_avx2(to, from, key) }
    },
    two_passes: |to, from, key| {
        #[target_feature(enable = "avx2")]
        fn with_avx2(octets: &mut [u8], key: [u8; 4]) {
            xor_in_place(octets, key);
        }
        to.copy_from_slice(from);
        // SAFETY: taken only where the processor has AVX2.
        unsafe { with_avx2(to, key) }
    },
};

fn fastest() -> Copies {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        return AVX2;
    }
    BASELINE
}

fn memcpy(to: &mut [u8], from: &[u8], _key: [u8; 4]) {
    to.copy_from_slice(from);
}

/// Blocks of 128 octets, which the compiler makes vectors of, then of 8; the last 8 overlap.
#[inline(always)]
fn xor_copy(to: &mut [u8], from: &[u8], key: [u8; 4]) {
    assert_eq!(to.len(), from.len());
    let twice = u64::from(u32::from_ne_bytes(key)) * 0x1_0000_0001;
    let (blocks, _) = from.as_chunks::<128>();
    let (to_blocks, _) = to.as_chunks_mut::<128>();
    for (to, from) in to_blocks.iter_mut().zip(blocks) {
        xor_words(to, from, twice);
    }
    let done = from.len() & !127;
    xor_words(&mut to[done..], &from[done..], twice);
    if from.len() >= 8 {
        let last = from.len() - 8;
        xor_words(&mut to[last..], &from[last..], rotated(twice, last));
    } else {
        for ((to, from), key) in to.iter_mut().zip(from).zip(key.iter().cycle()) {
            *to = from ^ key;
        }
    }
}

/// The same where the octets are; the last 8 are kept for the overlap.
#[inline(always)]
fn xor_in_place(octets: &mut [u8], key: [u8; 4]) {
    let twice = u64::from(u32::from_ne_bytes(key)) * 0x1_0000_0001;
    let last = octets.last_chunk::<8>().copied();
    let length = octets.len();
    let (blocks, rest) = octets.as_chunks_mut::<128>();
    for block in blocks {
        xor_words_in_place(block, twice);
    }
    xor_words_in_place(rest, twice);
    match last {
        Some(last) => xor_words(&mut octets[length - 8..], &last, rotated(twice, length - 8)),
        None => {
            for (octet, key) in octets.iter_mut().zip(key) {
                *octet ^= key;
            }
            for (octet, key) in octets.iter_mut().skip(4).zip(key) {
                *octet ^= key;
            }
        }
    }
}

#[inline(always)]
fn xor_words_in_place(octets: &mut [u8], key: u64) {
    let (words, _) = octets.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ key).to_ne_bytes();
    }
}

#[inline(always)]
fn xor_words(to: &mut [u8], from: &[u8], key: u64) {
    let (words, _) = from.as_chunks::<8>();
    let (to_words, _) = to.as_chunks_mut::<8>();
    for (to, from) in to_words.iter_mut().zip(words) {
        *to = (u64::from_ne_bytes(*from) ^ key).to_ne_bytes();
    }
}

#[inline(always)]
fn rotated(key: u64, octets: usize) -> u64 {
    let bits = (octets as u32 % 4) * 8;
    if cfg!(target_endian = "little") { key.rotate_right(bits) } else { key.rotate_left(bits) }
}

fn key_from(key: [u8; 4], octets: usize) -> [u8; 4] {
    std::array::from_fn(|index| key[(index + octets) % 4])
}

struct Unmask {
    copy: Copy,
    /// Whether text is checked.
    checks: bool,
    window: Vec<u8>,
}

impl Unmask {
    fn new(copy: Copy, checks: bool) -> Unmask {
        Unmask { copy, checks, window: vec![0; WINDOW + 4] }
    }

    /// In pieces of the window; a character that a piece cuts is carried to the next one.
    fn frame<S: Sink>(&mut self, payload: &[u8], key: [u8; 4], text: bool, sink: &mut S) {
        let (mut at, mut carried) = (0, 0);
        for piece in payload.chunks(WINDOW) {
            let end = carried + piece.len();
            (self.copy)(&mut self.window[carried..end], piece, key_from(key, at));
            at += piece.len();
            let whole = if text { self.check(end) } else { end };
            sink.part(&self.window[..whole], false);
            self.window.copy_within(whole..end, 0);
            carried = end - whole;
        }
        assert_eq!(carried, 0);
    }

    /// How many octets of the window are whole characters.
    fn check(&self, end: usize) -> usize {
        let octets = &self.window[..end];
        let start = octets.iter().rposition(|octet| octet & 0xc0 != 0x80).unwrap_or(0);
        let needed =
            [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 2, 2, 3, 4][usize::from(octets[start] >> 4)];
        let whole = if end - start == needed { end } else { start };
        assert!(simdutf8::basic::from_utf8(&octets[..whole]).is_ok(), "not UTF-8");
        whole
    }
}

impl Receiver for Unmask {
    fn receive<S: Sink>(&mut self, wire: &Wire, sink: &mut S) {
        let text = self.checks && wire.shape.kind != Kind::Binary;
        for message in wire.frames.chunks(wire.shape.fragments) {
            for frame in message {
                let payload = &wire.source.octets[frame.from..frame.to];
                self.frame(payload, frame.key, text, sink);
            }
            sink.part(&[], true);
        }
    }
}

struct Mask {
    copy: Copy,
    payload: Placed,
    window: Vec<u8>,
}

impl Mask {
    fn new(copy: Copy, payload: &Placed) -> Mask {
        Mask { copy, payload: payload.clone(), window: vec![0; WINDOW] }
    }
}

impl Producer for Mask {
    #[inline]
    fn produce<N: Network>(&mut self, network: &mut N) {
        for piece in black_box(&self.payload).chunks(WINDOW) {
            let to = &mut self.window[..piece.len()];
            (self.copy)(to, piece, black_box([0x12, 0x34, 0x56, 0x78]));
            network.write([&*to]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Cut, Shape};
    use std::sync::Arc;

    #[test]
    fn every_copy_unmasks() {
        let from: Vec<u8> = (0..1000).map(|number| number as u8).collect();
        let key = [1, 2, 3, 4];
        for length in 0..from.len() {
            let expected: Vec<u8> =
                from[..length].iter().zip(key.iter().cycle()).map(|(o, k)| o ^ k).collect();
            for copies in [BASELINE, fastest()] {
                for copy in [copies.one_pass, copies.two_passes] {
                    let mut to = vec![0; length];
                    copy(&mut to, &from[..length], key);
                    assert_eq!(to, expected);
                }
            }
        }
    }

    #[test]
    fn the_limit_delivers_the_messages() {
        for kind in [Kind::Binary, Kind::Ascii, Kind::MultiOctet] {
            for payload in [0, 1, 125, 1024, WINDOW + 1, 1 << 20] {
                let wire = Arc::new(Wire::new(Shape::new(kind, payload, Cut::Message)));
                for limit in [LIMIT, LIMIT_BASELINE, ONE_PASS] {
                    let mut receiver = limit.receive.expect("it receives")(&wire);
                    assert!(receiver.collect(&wire) == wire.messages, "{} {payload}", limit.name);
                }
            }
        }
    }
}
