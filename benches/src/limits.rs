//! What nobody goes below who receives binary messages or ASCII: the payloads copied, unmasked and, if text, checked,
//! with no protocol around it. Copies go into one window of 16 KiB, which stays in the L1 cache and begins with a line
//! of it: stores that lie in two lines take up to twice the time.
//!
//! Who receives is given octets by the network, which copies them, and unmasks them then: two passes. ASCII is found
//! to be that in the second one; other text takes a third. Who sends copies and masks in one.

use std::hint::black_box;

use crate::participant::{Network, Participant, Producer, Receiver, Sink, Utf8};
use crate::placed::Placed;
use crate::wire::{Kind, Wire};

/// With AVX2 or AVX-512 where the library would take it too.
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
    client_send: Some(|_| Box::new(OneKi(Window::new(), Window::new()))),
    server_send: Some(|_| Box::new(OneKi(Window::new(), Window::new()))),
    ..Participant::named("memcpy-1k", Utf8::Unchecked)
};

const WINDOW: usize = 16 * 1024;

/// What is copied to, with room for the character that a piece cuts.
#[repr(align(64))]
struct Window([u8; WINDOW + 4]);

impl Window {
    fn new() -> Box<Window> {
        Box::new(Window([0; WINDOW + 4]))
    }
}

/// Returns whether what it wrote is ASCII.
type Copy = fn(&mut [u8], &[u8], [u8; 4]) -> bool;

/// Both ways, by one kind of registers.
struct Copies {
    one_pass: Copy,
    two_passes: Copy,
}

const BASELINE: Copies = Copies {
    one_pass: |to, from, key| xor(to, from, key, baseline::rounds),
    two_passes: |to, from, key| copy_and_xor(to, from, key, baseline::rounds),
};
#[cfg(target_arch = "x86_64")]
const AVX2: Copies = Copies {
    one_pass: |to, from, key| xor(to, from, key, avx2::rounds),
    two_passes: |to, from, key| copy_and_xor(to, from, key, avx2::rounds),
};
#[cfg(target_arch = "x86_64")]
const AVX512: Copies = Copies {
    one_pass: |to, from, key| xor(to, from, key, avx512::rounds),
    two_passes: |to, from, key| copy_and_xor(to, from, key, avx512::rounds),
};

fn fastest() -> Copies {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vbmi2")
        && is_x86_feature_detected!("gfni")
    {
        return AVX512;
    } else if is_x86_feature_detected!("avx2") {
        return AVX2;
    }
    BASELINE
}

/// It does not look whether that is ASCII.
fn memcpy(to: &mut [u8], from: &[u8], _key: [u8; 4]) -> bool {
    to.copy_from_slice(from);
    false
}

fn copy_and_xor(to: &mut [u8], from: &[u8], key: [u8; 4], rounds: Rounds) -> bool {
    to.copy_from_slice(from);
    let place = to.as_mut_ptr();
    // SAFETY: they are its own octets.
    unsafe { xor_octets(place, place, to.len(), key, rounds) }
}

fn xor(to: &mut [u8], from: &[u8], key: [u8; 4], rounds: Rounds) -> bool {
    assert_eq!(to.len(), from.len());
    // SAFETY: there are as many.
    unsafe { xor_octets(to.as_mut_ptr(), from.as_ptr(), to.len(), key, rounds) }
}

/// Rounds of several registers, then words, of which the last overlaps.
///
/// # Safety
///
/// So many octets can be read at `from` and written to `to`, which may be the same ones.
#[inline(always)]
unsafe fn xor_octets(
    to: *mut u8,
    from: *const u8,
    len: usize,
    key: [u8; 4],
    rounds: Rounds,
) -> bool {
    let twice = u64::from(u32::from_ne_bytes(key)) * 0x1_0000_0001;
    // SAFETY: no more than `len` octets of both, and the rounds are of registers that the processor has.
    unsafe {
        let word = |at: usize| from.add(at).cast::<u64>().read_unaligned();
        let put = |at: usize, word: u64| {
            to.add(at).cast::<u64>().write_unaligned(word);
            word & 0x8080_8080_8080_8080 == 0
        };
        if len < 8 {
            let mut is_ascii = true;
            for at in 0..len {
                let octet = from.add(at).read() ^ key[at % 4];
                to.add(at).write(octet);
                is_ascii &= octet.is_ascii();
            }
            return is_ascii;
        }
        let (last, last_at) = (word(len - 8), len - 8);
        let (mut at, mut is_ascii) = rounds(to, from, len, twice);
        while at + 8 <= len {
            is_ascii &= put(at, word(at) ^ twice);
            at += 8;
        }
        is_ascii & put(last_at, last ^ rotated(twice, last_at))
    }
}

/// As many whole registers as there are: how many octets that was, and whether they are ASCII.
type Rounds = unsafe fn(*mut u8, *const u8, usize, u64) -> (usize, bool);

/// [`Rounds`] of four registers, then of one.
#[cfg(target_arch = "x86_64")]
macro_rules! rounds {
    ($name:ident, $features:literal, $register:ident, $load:ident, $store:ident, $key:ident, $xor:ident, $or:ident,
        $highest:ident) => {
        mod $name {
            use std::arch::x86_64::*;

            #[target_feature(enable = $features)]
            pub unsafe fn rounds(
                to: *mut u8,
                from: *const u8,
                len: usize,
                key: u64,
            ) -> (usize, bool) {
                const LEN: usize = size_of::<$register>();
                let key = $key(key.cast_signed());
                let mut seen = $xor(key, key);
                let mut at = 0;
                // SAFETY: as the caller promises.
                unsafe {
                    while at + 4 * LEN <= len {
                        let load = |place: usize| $load(from.add(at + place * LEN).cast());
                        let octets = [load(0), load(1), load(2), load(3)];
                        for (place, octets) in octets.into_iter().enumerate() {
                            let octets = $xor(octets, key);
                            seen = $or(seen, octets);
                            $store(to.add(at + place * LEN).cast(), octets);
                        }
                        at += 4 * LEN;
                    }
                    while at + LEN <= len {
                        let octets = $xor($load(from.add(at).cast()), key);
                        seen = $or(seen, octets);
                        $store(to.add(at).cast(), octets);
                        at += LEN;
                    }
                }
                (at, $highest(seen) == 0)
            }
        }
    };
}
#[cfg(target_arch = "x86_64")]
rounds!(
    baseline,
    "sse2",
    __m128i,
    _mm_loadu_si128,
    _mm_storeu_si128,
    _mm_set1_epi64x,
    _mm_xor_si128,
    _mm_or_si128,
    _mm_movemask_epi8
);
#[cfg(target_arch = "x86_64")]
rounds!(
    avx2,
    "avx2",
    __m256i,
    _mm256_loadu_si256,
    _mm256_storeu_si256,
    _mm256_set1_epi64x,
    _mm256_xor_si256,
    _mm256_or_si256,
    _mm256_movemask_epi8
);
#[cfg(target_arch = "x86_64")]
rounds!(
    avx512,
    "avx512f,avx512bw",
    __m512i,
    _mm512_loadu_si512,
    _mm512_storeu_si512,
    _mm512_set1_epi64,
    _mm512_xor_si512,
    _mm512_or_si512,
    _mm512_movepi8_mask
);
/// Word by word, of which compilers make registers.
#[cfg(not(target_arch = "x86_64"))]
mod baseline {
    pub unsafe fn rounds(_: *mut u8, _: *const u8, _: usize, _: u64) -> (usize, bool) {
        (0, true)
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
    window: Box<Window>,
}

impl Unmask {
    fn new(copy: Copy, checks: bool) -> Unmask {
        Unmask { copy, checks, window: Window::new() }
    }

    /// In pieces of the window; a character that a piece cuts is carried to the next one.
    fn frame<S: Sink>(&mut self, payload: &[u8], key: [u8; 4], text: bool, sink: &mut S) {
        let (mut at, mut carried) = (0, 0);
        for piece in payload.chunks(WINDOW) {
            let end = carried + piece.len();
            let Window(octets) = &mut *self.window;
            let is_ascii = (self.copy)(&mut octets[carried..end], piece, key_from(key, at));
            at += piece.len();
            let is_checked = !text || (is_ascii && carried == 0);
            let whole = if is_checked { end } else { check(&octets[..end]) };
            sink.part(&octets[..whole], false);
            octets.copy_within(whole..end, 0);
            carried = end - whole;
        }
        assert_eq!(carried, 0);
    }
}

/// How many of these are whole characters.
fn check(octets: &[u8]) -> usize {
    let end = octets.len();
    let start = octets.iter().rposition(|octet| octet & 0xc0 != 0x80).unwrap_or(0);
    let needed = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 2, 2, 3, 4][usize::from(octets[start] >> 4)];
    let whole = if end - start == needed { end } else { start };
    assert!(simdutf8::basic::from_utf8(&octets[..whole]).is_ok(), "not UTF-8");
    whole
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
    window: Box<Window>,
}

impl Mask {
    fn new(copy: Copy, payload: &Placed) -> Mask {
        Mask { copy, payload: payload.clone(), window: Window::new() }
    }
}

impl Producer for Mask {
    #[inline]
    fn produce<N: Network>(&mut self, network: &mut N) {
        for piece in black_box(&self.payload).chunks(WINDOW) {
            let to = &mut self.window.0[..piece.len()];
            (self.copy)(to, piece, black_box([0x12, 0x34, 0x56, 0x78]));
            network.write([&*to]);
        }
    }
}

/// From a line of the cache to a line: elsewhere it takes up to a third more time, which would be chance.
struct OneKi(Box<Window>, Box<Window>);

impl Producer for OneKi {
    #[inline]
    fn produce<N: Network>(&mut self, network: &mut N) {
        let OneKi(from, to) = self;
        let (from, to) = (&black_box(from).0[..1024], &mut to.0[..1024]);
        memcpy(to, from, black_box([0; 4]));
        network.write([&*to]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Cut, Shape};
    use std::sync::Arc;

    /// Of this processor.
    fn all() -> Vec<Copies> {
        let mut all = vec![BASELINE, fastest()];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            all.push(AVX2);
        }
        all
    }

    #[test]
    fn every_copy_unmasks() {
        let any: Vec<u8> = (0..1000).map(|number| number as u8).collect();
        let ascii = any.iter().map(|octet| octet & 0x7f).collect();
        let key = [1, 2, 3, 4];
        for (from, length) in
            [any, ascii].iter().flat_map(|from| (0..1000).map(move |len| (from, len)))
        {
            let expected: Vec<u8> =
                from[..length].iter().zip(key.iter().cycle()).map(|(o, k)| o ^ k).collect();
            for copies in all() {
                for copy in [copies.one_pass, copies.two_passes] {
                    let mut to = vec![0; length];
                    let is_ascii = copy(&mut to, &from[..length], key);
                    assert_eq!(to, expected);
                    assert_eq!(is_ascii, to.is_ascii());
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
