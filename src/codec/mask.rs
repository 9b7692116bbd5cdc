//! Masking (RFC 6455 §5.3): octet *i* of a payload is combined with octet *i* mod 4 of the
//! key. The functions take the position in the payload at which the slice begins.

use super::KEY;
use super::kernels::{self, Before};

/// Octets of the longest payload for [`unmask_short`].
pub use super::kernels::SHORT;

/// The key, turned so that its first octet belongs to payload octet `position`.
fn turned(key: [u8; KEY], position: u64) -> [u8; KEY] {
    // Broken for the test that shows that the conformance cases notice: the key begins anew with
    // every piece of a payload.
    let position = if cfg!(feature = "broken-for-tests") { 0 } else { position };
    kernels::turned(key, (position % KEY as u64) as usize)
}

/// Masks or unmasks in place. `position`: octets of the payload before this slice. Returns whether all
/// octets are then ASCII.
pub fn unmask(octets: &mut [u8], key: [u8; KEY], position: u64) -> bool {
    #[cfg(test)]
    super::written::add(octets.len());
    kernels::unmask(octets, turned(key, position))
}

/// The same for a whole payload, the first `len` of these octets, in place of a call. `only_ascii`: it stays as it is
/// if it is not ASCII.
#[inline(always)]
pub fn unmask_short(
    octets: &mut [u8; SHORT],
    len: usize,
    key: [u8; KEY],
    only_ascii: bool,
) -> bool {
    let is_ascii = kernels::unmask_short(octets, len, key, only_ascii);
    #[cfg(test)]
    super::written::add(if is_ascii || !only_ascii { len } else { 0 });
    is_ascii
}

/// Unmasks in place text that follows `before`, and checks it: see [`kernels::unmask_text`].
pub(super) fn unmask_text(
    octets: &mut [u8],
    key: [u8; KEY],
    position: u64,
    before: Before,
) -> Option<bool> {
    let verdict = kernels::unmask_text(octets, turned(key, position), before);
    #[cfg(test)]
    super::written::add(if verdict.is_some() { octets.len() } else { 0 });
    verdict
}

/// Masks while copying; the slices are of one length.
pub fn mask_copy(target: &mut [u8], source: &[u8], key: [u8; KEY], position: u64) {
    debug_assert_eq!(target.len(), source.len());
    kernels::mask_copy(target, source, turned(key, position));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(octets: &[u8], key: [u8; KEY], position: u64) -> Vec<u8> {
        let at = |i: usize| key[((position + i as u64) % 4) as usize];
        octets.iter().enumerate().map(|(i, octet)| octet ^ at(i)).collect()
    }

    #[test]
    fn both_equal_the_definition_at_every_length_and_position() {
        let key = [0x37, 0xFA, 0x21, 0x3D];
        // Miri interprets.
        let source: Vec<u8> =
            (0..if cfg!(miri) { 40u32 } else { 300 }).map(|i| (i * 7 + 3) as u8).collect();
        for len in 0..=source.len() {
            for position in [0, 1, 2, 3, 4, u64::from(u32::MAX) + 2] {
                let expect = plain(&source[..len], key, position);
                let mut octets = source[..len].to_vec();
                unmask(&mut octets, key, position);
                assert_eq!(octets, expect, "{len} {position}");
                let mut copy = vec![0; len];
                mask_copy(&mut copy, &source[..len], key, position);
                assert_eq!(copy, expect, "{len} {position}");
            }
        }
    }

    /// Two passes have the same verdict, which no other test tells from one.
    #[cfg(target_arch = "x86_64")]
    #[test]
    fn text_takes_one_pass_where_the_processor_has_what_it_takes() {
        let others =
            cfg!(any(feature = "plain-kernels-for-tests", feature = "baseline-kernels-for-tests"));
        let is_able = std::arch::is_x86_feature_detected!("avx2") && !others;
        for (len, is_long) in [(63, false), (64, true), (1000, true)] {
            let verdict = unmask_text(&mut vec![b'a'; len], [0; KEY], 0, Before::default());
            assert_eq!(verdict, (is_long && is_able).then_some(true), "{len}");
        }
    }
}
