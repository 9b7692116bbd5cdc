//! Masking at the speed of the memory (RFC 6455 §5.3), and with it the one thing about UTF-8 that costs
//! nothing on the way: whether all octets are ASCII.
//!
//! [`blocks`] takes a register at a time: of SSE2 or NEON, which every processor of their kinds has, or
//! of AVX2, or for many octets of AVX-512, where the processor says that it has it. [`plain`] is the
//! definition, which tests hold the others to.
//!
//! [`utf8`] checks all of UTF-8 on the way, with the same registers but for SSE2: that cannot look
//! octets up.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod blocks;
mod lanes;
#[cfg(any(test, feature = "plain-kernels-for-tests"))]
mod plain;
#[cfg(any(test, target_arch = "x86_64", target_arch = "aarch64"))]
mod utf8;
#[cfg(test)]
mod utf8_array;
#[cfg(any(test, target_arch = "x86_64", target_arch = "aarch64"))]
mod utf8_faults;
#[cfg(any(test, target_arch = "x86_64", target_arch = "aarch64"))]
mod utf8_lanes;
#[cfg(test)]
mod utf8_tests;

use super::KEY;

pub use blocks::{SHORT, turned};

#[cfg(not(feature = "plain-kernels-for-tests"))]
use blocks as baseline;
#[cfg(feature = "plain-kernels-for-tests")]
use plain as baseline;

pub use baseline::unmask_short;

/// The last octets of a text, as far as they are a code point that was cut; zero in front of these.
pub type Before = [u8; 4];

/// Whose code is taken.
enum Kernel {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Baseline,
}

impl Kernel {
    /// The one for so many octets. Who has it from here may call what its processor has to have.
    #[inline(always)]
    #[cfg_attr(not(target_arch = "x86_64"), expect(unused_variables, reason = "there is only one"))]
    fn of(len: usize) -> Kernel {
        #[cfg(target_arch = "x86_64")]
        if len >= avx512::WORTH_IT && avx512::is_chosen() {
            return Kernel::Avx512;
        }
        #[cfg(target_arch = "x86_64")]
        if len >= avx2::WORTH_IT && avx2::is_chosen() {
            return Kernel::Avx2;
        }
        Kernel::Baseline
    }
}

/// Masks or unmasks in place; `key` begins with the octet for the first of `octets`. Returns whether
/// all octets are then ASCII.
pub fn unmask(octets: &mut [u8], key: [u8; KEY]) -> bool {
    match Kernel::of(octets.len()) {
        // SAFETY: the processor has it; so below.
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx512 => unsafe { avx512::unmask(octets, key) },
        // SAFETY: see above.
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx2 => unsafe { avx2::unmask(octets, key) },
        Kernel::Baseline => baseline::unmask(octets, key),
    }
}

/// Unmasks in place text that follows `before`. Returns whether both are then valid UTF-8, up to the
/// code point at the end that is begun and not complete: of that it may say nothing. `None`, and nothing is
/// done, where it takes two passes, or so few octets are not worth it.
#[cfg(target_arch = "x86_64")]
pub fn unmask_text(octets: &mut [u8], key: [u8; KEY], before: Before) -> Option<bool> {
    match Kernel::of(octets.len()) {
        // SAFETY: see above.
        Kernel::Avx512 => Some(unsafe { avx512::unmask_text(octets, key, before) }),
        // SAFETY: see above.
        Kernel::Avx2 => Some(unsafe { avx2::unmask_text(octets, key, before) }),
        Kernel::Baseline => None,
    }
}

/// See above.
#[cfg(target_arch = "aarch64")]
pub fn unmask_text(octets: &mut [u8], key: [u8; KEY], before: Before) -> Option<bool> {
    const WORTH_IT: usize = 64;
    let is_worth_it = octets.len() >= WORTH_IT && !cfg!(feature = "plain-kernels-for-tests");
    is_worth_it.then(|| utf8::unmask_text::<lanes::Widest>(octets, key, before))
}

/// See above.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub fn unmask_text(_: &mut [u8], _: [u8; KEY], _: Before) -> Option<bool> {
    None
}

/// Masks while copying; the slices are of one length, and `key` is as for [`unmask`].
pub fn mask_copy(target: &mut [u8], source: &[u8], key: [u8; KEY]) {
    match Kernel::of(target.len()) {
        // SAFETY: see above.
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx512 => unsafe { avx512::mask_copy(target, source, key) },
        // SAFETY: see above.
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx2 => unsafe { avx2::mask_copy(target, source, key) },
        Kernel::Baseline => baseline::mask_copy(target, source, key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Unmask = fn(&mut [u8], [u8; KEY]) -> bool;
    type MaskCopy = fn(&mut [u8], &[u8], [u8; KEY]);

    pub const KEYS: [[u8; KEY]; 2] = [[0x37, 0xFA, 0x21, 0x3D], [0; KEY]];
    /// The longest that is tried at every length and alignment.
    ///
    /// Miri interprets, thousands of times as slow, and asks something else: that no octet outside is
    /// touched, by whatever path. Two rounds of 64 octets and both kinds of ends have all of these.
    pub const LONGEST: usize = if cfg!(miri) { 130 } else { 4096 };
    pub const ALIGNMENTS: usize = if cfg!(miri) { 2 } else { 64 };

    /// All of them; in Miri so many.
    pub fn most<T>(all: &[T], in_miri: usize) -> &[T] {
        if cfg!(miri) { &all[..in_miri] } else { all }
    }

    type Named = (&'static str, Unmask, MaskCopy);

    fn kernels() -> Vec<Named> {
        let kernels: [Named; 3] = [
            ("plain", plain::unmask, plain::mask_copy),
            ("blocks", blocks::unmask, blocks::mask_copy),
            ("chosen", unmask, mask_copy),
        ];
        kernels.into_iter().chain(kernel_without_avx512()).collect()
    }

    /// What would be chosen, where that is not what is.
    #[cfg(target_arch = "x86_64")]
    fn kernel_without_avx512() -> Option<Named> {
        let avx2: Named = ("avx2", unmask_with_avx2, mask_copy_with_avx2);
        avx512::is_chosen().then_some(avx2)
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn kernel_without_avx512() -> Option<Named> {
        None
    }

    #[cfg(target_arch = "x86_64")]
    fn unmask_with_avx2(octets: &mut [u8], key: [u8; KEY]) -> bool {
        if octets.len() < avx2::WORTH_IT {
            return unmask(octets, key);
        }
        // SAFETY: whoever has AVX-512 has it.
        unsafe { avx2::unmask(octets, key) }
    }

    #[cfg(target_arch = "x86_64")]
    fn mask_copy_with_avx2(target: &mut [u8], source: &[u8], key: [u8; KEY]) {
        if target.len() < avx2::WORTH_IT {
            return mask_copy(target, source, key);
        }
        // SAFETY: likewise.
        unsafe { avx2::mask_copy(target, source, key) }
    }

    /// By the system's own account, because with other registers everything would come to the same.
    #[cfg(all(target_os = "linux", target_arch = "x86_64", not(miri)))]
    #[test]
    fn the_widest_registers_of_the_processor_are_chosen() {
        let about = std::fs::read_to_string("/proc/cpuinfo").unwrap();
        let flags = about.lines().find_map(|line| line.strip_prefix("flags")).unwrap();
        let has = |flag| flags.split_whitespace().any(|one| one == flag);
        let (plain, baseline) = (
            cfg!(feature = "plain-kernels-for-tests"),
            cfg!(feature = "baseline-kernels-for-tests"),
        );
        let avx2 = has("avx2") && !plain && !baseline;
        assert_eq!(avx2::is_chosen(), avx2);
        let avx512 = ["avx512bw", "avx512_vbmi2", "gfni"].into_iter().all(has);
        let is_chosen = avx512 && avx2 && !cfg!(feature = "avx2-kernels-for-tests");
        assert_eq!(avx512::is_chosen(), is_chosen);
    }

    /// Every alignment with every length up to the longest, in a program that is optimized: `scripts/check-kernels`
    /// makes it. In one that is not, with the lengths that matter to code of blocks, and one with each of the others.
    pub fn cases() -> impl Iterator<Item = (usize, usize)> {
        let matters = |len| !cfg!(debug_assertions) || len <= 300 || len + 70 >= LONGEST;
        let every = (0..=LONGEST).flat_map(|len| (0..ALIGNMENTS).map(move |start| (start, len)));
        every
            .filter(move |&(start, len)| matters(len) || start == len % ALIGNMENTS)
            .step_by(if cfg!(miri) { 9 } else { 1 })
    }

    #[test]
    fn all_equal_the_definition_and_write_nothing_else() {
        let source: Vec<u8> =
            (0..LONGEST + 2 * ALIGNMENTS).map(|i| (i * 7 + i / 251) as u8).collect();
        let mut elsewhere = source.clone();
        for (name, unmask, mask_copy) in kernels() {
            for (start, len) in cases() {
                let key = KEYS[0];
                let end = start + len;
                let mut expected = source.clone();
                let ascii = plain::unmask(&mut expected[start..end], key);
                let mut octets = source.clone();
                assert_eq!(unmask(&mut octets[start..end], key), ascii, "{name} {start} {len}");
                assert!(octets == expected, "{name} {start} {len}");
                let mut copy = source.clone();
                // From places of all alignments.
                let from = (5 * start + len) % ALIGNMENTS;
                elsewhere[from..from + len].copy_from_slice(&source[start..end]);
                mask_copy(&mut copy[start..end], &elsewhere[from..from + len], key);
                assert!(copy == expected, "{name} {start} {len}");
            }
        }
    }

    #[test]
    fn short_ones_equal_the_definition_in_place_of_a_call() {
        type UnmaskShort = fn(&mut [u8; SHORT], usize, [u8; KEY], bool) -> bool;
        let short: [UnmaskShort; 2] = [blocks::unmask_short, plain::unmask_short];
        for (unmask_short, len) in
            short.into_iter().flat_map(|one| (0..=SHORT).map(move |len| (one, len)))
        {
            // None, or one octet that is not ASCII.
            for (at, only_ascii) in (0..=SHORT).flat_map(|at| [(at, false), (at, true)]) {
                let mut octets: [u8; SHORT] = core::array::from_fn(|i| i as u8);
                octets.iter_mut().skip(at).take(1).for_each(|octet| *octet |= 0x80);
                plain::unmask(&mut octets[..len], KEYS[0]);
                let (mut ours, mut expected) = (octets, octets);
                let ascii = plain::unmask(&mut expected[..len], KEYS[0]);
                assert_eq!(unmask_short(&mut ours, len, KEYS[0], only_ascii), ascii, "{len} {at}");
                assert_eq!(ascii, at >= len);
                assert_eq!(
                    ours,
                    if ascii || !only_ascii { expected } else { octets },
                    "{len} {at}"
                );
            }
        }
    }

    #[test]
    fn one_octet_that_is_not_ascii_is_seen_wherever_it_is() {
        for (name, unmask, _) in kernels() {
            let lens: Vec<usize> = (1..=200).chain([1000, LONGEST]).collect();
            for &len in most(&lens, 70).iter().step_by(if cfg!(miri) { 23 } else { 1 }) {
                for key in KEYS {
                    let mut octets = vec![0; len];
                    plain::unmask(&mut octets, key);
                    assert!(unmask(&mut octets.clone(), key), "{name} {len}");
                    for at in 0..len {
                        octets[at] ^= 0x80;
                        assert!(!unmask(&mut octets.clone(), key), "{name} {len} {at}");
                        octets[at] ^= 0x80;
                    }
                }
            }
        }
    }
}
