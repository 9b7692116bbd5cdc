//! `Sec-WebSocket-Key` and `Sec-WebSocket-Accept` (RFC 6455 §4.1, §4.2.2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::Result;
use crate::random;

/// Octets of the nonce behind a key.
const NONCE: usize = 16;
/// Characters of a key.
const KEY_LEN: usize = 24;
/// Characters of the answer to a key.
const ACCEPT_LEN: usize = 28;

/// A key as it stands in a header.
pub type Key = [u8; KEY_LEN];

/// What is put behind a key before it is hashed.
const GUID: &[u8; 36] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// Where a hash begins (FIPS 180-4 §5.3.1).
const START: [u32; 5] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0];
/// What is hashed, padded (FIPS 180-4 §5.1.1), all but the key at the front: since every key is of the
/// same length, so is the rest.
const BLOCKS: [[u8; 64]; 2] = {
    let mut blocks = [[0; 64]; 2];
    let (_, behind_key) = blocks[0].split_at_mut(KEY_LEN);
    let (guid, padding) = behind_key.split_at_mut(GUID.len());
    guid.copy_from_slice(GUID);
    padding[0] = 0x80;
    let bits = (KEY_LEN + GUID.len()) as u16 * 8;
    let (_, len) = blocks[1].split_at_mut(62);
    len.copy_from_slice(&bits.to_be_bytes());
    blocks
};

/// A fresh key.
pub fn generate() -> Result<Key> {
    let mut nonce = [0u8; NONCE];
    random::fill(&mut nonce)?;
    let mut key = [0u8; KEY_LEN];
    encode(&nonce, &mut key);
    Ok(key)
}

/// The key, if this is the base64 form of 16 octets. The last character before the padding has bits
/// that say nothing, and not every client leaves them 0.
pub fn parse(text: &[u8]) -> Option<&Key> {
    let key: &Key = text.try_into().ok()?;
    let (characters, padding) = key.split_at(KEY_LEN - 2);
    let is_base64 = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/');
    // All are looked at, which vector instructions do at once.
    let are_base64 = characters.iter().fold(true, |all, octet| all & is_base64(octet));
    (are_base64 && padding == b"==").then_some(key)
}

/// The `Sec-WebSocket-Accept` that answers a key.
pub fn accept(key: &Key) -> [u8; ACCEPT_LEN] {
    let mut blocks = BLOCKS;
    blocks[0][..KEY_LEN].copy_from_slice(key);
    let mut state = START;
    sha1::block_api::compress(&mut state, &blocks);
    let mut accept = [0u8; ACCEPT_LEN];
    encode(state.map(u32::to_be_bytes).as_flattened(), &mut accept);
    accept
}

/// Encodes into an array of exactly the right length.
fn encode(octets: &[u8], text: &mut [u8]) {
    let written = STANDARD.encode_slice(octets, text);
    debug_assert_eq!(written, Ok(text.len()));
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
        assert!(parse(&a).is_some() && parse(&b).is_some());
        assert_ne!(a, b);
        assert!(parse(b"dGhlIHNhbXBsZSBub25jZQ=").is_none());
        assert!(parse(b"dGhlIHNhbXBsZSBub25jZXh4").is_none());
        assert!(parse(b"dGhlIHNhbXBsZSBub25jZR==").is_some());
    }

    #[test]
    fn a_key_is_what_base64_decodes_to_sixteen_octets() {
        use base64::alphabet;
        use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
        let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
        let reader = GeneralPurpose::new(&alphabet::STANDARD, config);
        let mut key = *b"dGhlIHNhbXBsZSBub25jZQ==";
        for place in 0..KEY_LEN {
            let before = key[place];
            // Miri interprets: every seventeenth has letters of both cases, digits and others.
            for octet in (0..=u8::MAX).step_by(if cfg!(miri) { 17 } else { 1 }) {
                key[place] = octet;
                let mut decoded = [0; KEY_LEN];
                let is_good = reader.decode_slice(key, &mut decoded) == Ok(NONCE);
                assert_eq!(parse(&key).is_some(), is_good, "{octet:#x} at {place}");
            }
            key[place] = before;
        }
    }
}
