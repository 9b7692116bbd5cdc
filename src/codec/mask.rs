//! Masking (RFC 6455 §5.3): octet *i* of a payload is combined with octet *i* mod 4 of the
//! key. Both functions take the position in the payload at which the slice begins.

use super::KEY;

/// Octets that are handled at once; compilers turn the loop over them into vector code.
const BLOCK: usize = 32;

/// The key, turned so that its first octet belongs to payload octet `position`, repeated to
/// the length of a block.
fn key_block(key: [u8; KEY], position: u64) -> [u8; BLOCK] {
    // Broken for the test that shows that the conformance cases notice: the key begins anew with
    // every piece of a payload.
    let position = if cfg!(feature = "broken-for-tests") { 0 } else { position };
    let mut turned = key;
    turned.rotate_left((position % KEY as u64) as usize);
    core::array::from_fn(|i| turned[i % KEY])
}

/// Masks or unmasks in place. `position`: octets of the payload before this slice.
pub fn unmask(octets: &mut [u8], key: [u8; KEY], position: u64) {
    #[cfg(test)]
    super::written::add(octets.len());
    let keys = key_block(key, position);
    let (blocks, tail) = octets.as_chunks_mut::<BLOCK>();
    for block in blocks {
        for (octet, key) in block.iter_mut().zip(&keys) {
            *octet ^= key;
        }
    }
    for (octet, key) in tail.iter_mut().zip(&keys) {
        *octet ^= key;
    }
}

/// Masks while copying; the slices are of one length.
pub fn mask_copy(target: &mut [u8], source: &[u8], key: [u8; KEY], position: u64) {
    debug_assert_eq!(target.len(), source.len());
    let keys = key_block(key, position);
    let (to, to_tail) = target.as_chunks_mut::<BLOCK>();
    let (from, from_tail) = source.as_chunks::<BLOCK>();
    for (to, from) in to.iter_mut().zip(from) {
        for ((to, from), key) in to.iter_mut().zip(from).zip(&keys) {
            *to = from ^ key;
        }
    }
    for ((to, from), key) in to_tail.iter_mut().zip(from_tail).zip(&keys) {
        *to = from ^ key;
    }
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
        let source: Vec<u8> = (0..300u32).map(|i| (i * 7 + 3) as u8).collect();
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
}
