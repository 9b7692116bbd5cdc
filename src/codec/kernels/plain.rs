//! The definition, octet by octet.

use super::SHORT;
use crate::codec::KEY;

pub fn unmask(octets: &mut [u8], key: [u8; KEY]) -> bool {
    for (octet, key) in octets.iter_mut().zip(key.iter().cycle()) {
        *octet ^= key;
    }
    octets.is_ascii()
}

pub fn unmask_short(
    octets: &mut [u8; SHORT],
    len: usize,
    key: [u8; KEY],
    only_ascii: bool,
) -> bool {
    let octets = &mut octets[..len];
    let is_ascii = unmask(octets, key);
    if only_ascii && !is_ascii {
        unmask(octets, key);
    }
    is_ascii
}

pub fn mask_copy(target: &mut [u8], source: &[u8], key: [u8; KEY]) {
    for ((to, from), key) in target.iter_mut().zip(source).zip(key.iter().cycle()) {
        *to = from ^ key;
    }
}
