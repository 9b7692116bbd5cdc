//! `Sec-WebSocket-Key` and `Sec-WebSocket-Accept` (RFC 6455 §4.1, §4.2.2).

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use sha1::{Digest, Sha1};

use crate::error::{Error, Result};
use crate::random;

/// Octets of the nonce behind a key.
const NONCE: usize = 16;
/// Characters of a key.
pub const KEY_LEN: usize = 24;
/// Characters of the answer to a key.
pub const ACCEPT_LEN: usize = 28;
/// Reads keys as they come: the last character of one has bits that say nothing, and not every
/// client leaves them 0.
const READER: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);
/// What is put behind a key before it is hashed.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A fresh key.
pub fn generate() -> Result<[u8; KEY_LEN]> {
    let mut nonce = [0u8; NONCE];
    random::fill(&mut nonce)?;
    let mut key = [0u8; KEY_LEN];
    encode(&nonce, &mut key);
    Ok(key)
}

/// Whether this is the base64 form of 16 octets.
pub fn is_valid(key: &[u8]) -> bool {
    // The decoder wants room for an estimate, which is the octets of 24 characters unpadded.
    let mut nonce = [0u8; KEY_LEN / 4 * 3];
    key.len() == KEY_LEN && READER.decode_slice(key, &mut nonce) == Ok(NONCE)
}

/// The `Sec-WebSocket-Accept` that answers a key.
pub fn accept(key: &[u8]) -> [u8; ACCEPT_LEN] {
    let mut hash = Sha1::new();
    hash.update(key);
    hash.update(GUID);
    let mut accept = [0u8; ACCEPT_LEN];
    encode(&hash.finalize(), &mut accept);
    accept
}

/// Encodes into an array of exactly the right length.
fn encode(octets: &[u8], text: &mut [u8]) {
    let written = STANDARD.encode_slice(octets, text);
    debug_assert_eq!(written, Ok(text.len()));
}

/// Refuses what an answer to `key` must not be.
pub fn check_accept(key: &[u8], answer: &[u8]) -> Result<()> {
    if answer == accept(key) { Ok(()) } else { Err(Error::InvalidFormat) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        assert_eq!(&accept(b"dGhlIHNhbXBsZSBub25jZQ=="), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn keys_are_valid_and_differ() {
        let (a, b) = (generate().unwrap(), generate().unwrap());
        assert!(is_valid(&a) && is_valid(&b));
        assert_ne!(a, b);
        assert!(!is_valid(b"dGhlIHNhbXBsZSBub25jZQ="));
        assert!(!is_valid(b"dGhlIHNhbXBsZSBub25jZXh4"));
        assert!(is_valid(b"dGhlIHNhbXBsZSBub25jZR=="));
    }
}
