//! The definition, octet by octet.

use crate::codec::KEY;

pub fn unmask(octets: &mut [u8], key: [u8; KEY]) -> bool {
    for (octet, key) in octets.iter_mut().zip(key.iter().cycle()) {
        *octet ^= key;
    }
    octets.is_ascii()
}

pub fn mask_copy(target: &mut [u8], source: &[u8], key: [u8; KEY]) {
    for ((to, from), key) in target.iter_mut().zip(source).zip(key.iter().cycle()) {
        *to = from ^ key;
    }
}
