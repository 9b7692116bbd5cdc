//! `Sec-WebSocket-Accept`, computed without the library (RFC 6455 §4.2.2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

pub const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// SHA-1 of the two parts.
pub fn hash(first: &[u8], second: &str) -> Vec<u8> {
    let mut hash = Sha1::new();
    hash.update(first);
    hash.update(second);
    hash.finalize().to_vec()
}

pub fn base64(octets: &[u8]) -> String {
    let mut text = [0; 64];
    let len = STANDARD.encode_slice(octets, &mut text).unwrap();
    String::from_utf8(text[..len].to_vec()).unwrap()
}

pub fn unbase64(text: &str) -> Vec<u8> {
    let mut octets = [0; 64];
    let len = STANDARD.decode_slice(text, &mut octets).unwrap();
    octets[..len].to_vec()
}

/// The answer to a key.
pub fn accept(key: &str) -> String {
    base64(&hash(key.as_bytes(), GUID))
}
