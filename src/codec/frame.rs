//! Frame headers (RFC 6455 §5.2).

use super::{KEY, Violation};

/// The bit that marks the last frame of a message.
pub const FIN: u8 = 0x80;
/// The three reserved bits.
pub const RSV: u8 = 0x70;
/// The first of them: the message is compressed (RFC 7692 §6).
pub const RSV1: u8 = 0x40;
/// The bit of the second octet that announces a masking key.
pub const MASK: u8 = 0x80;
/// Octets of the longest payload of a control frame (§5.5).
pub const MAX_CONTROL_PAYLOAD: usize = 125;
/// Octets of the longest header: two, a 64-bit length and a masking key.
pub const MAX_HEADER: usize = 14;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

impl Opcode {
    /// The opcode in the low four bits, if it is a defined one.
    pub fn from_bits(octet: u8) -> Option<Opcode> {
        Some(match octet & 0x0F {
            0 => Opcode::Continuation,
            1 => Opcode::Text,
            2 => Opcode::Binary,
            8 => Opcode::Close,
            9 => Opcode::Ping,
            10 => Opcode::Pong,
            _ => return None,
        })
    }

    /// The four bits of the opcode.
    pub fn bits(self) -> u8 {
        self as u8
    }

    /// Whether this is a control frame, which may stand inside a message.
    pub fn is_control(self) -> bool {
        self.bits() & 8 != 0
    }
}

/// Whether frames have to be masked: a pattern of the second octet, and the value that it has to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaskRule {
    pattern: u8,
    value: u8,
}

impl MaskRule {
    pub const MASKED: MaskRule = MaskRule { pattern: MASK, value: MASK };
    pub const PLAIN: MaskRule = MaskRule { pattern: MASK, value: 0 };
    pub const EITHER: MaskRule = MaskRule { pattern: 0, value: 0 };

    /// Whether the second octet of a header keeps to it.
    #[inline(always)]
    pub fn allows(self, second: u8) -> bool {
        second & self.pattern == self.value
    }
}

/// What a receiver expects of the next header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderRules {
    pub masked: MaskRule,
    /// The reserved bits of data frames to which an extension gives a meaning (mask [`RSV`]).
    pub reserved_bits: u8,
    /// A message has begun and not ended.
    pub in_message: bool,
}

/// A parsed header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    pub opcode: Opcode,
    pub fin: bool,
    /// The reserved bits, in place (mask [`RSV`]).
    pub rsv: u8,
    /// The masking key, if the frame is masked.
    pub key: Option<[u8; KEY]>,
    /// Octets of payload.
    pub payload_len: u64,
    /// Octets of this header.
    pub header_len: usize,
}

/// Reads the header at the start of `octets`. `Ok(None)`: it is not complete. A fault is
/// reported as soon as the field that shows it is there, not only when the header is complete.
#[inline(always)]
pub fn parse_header(octets: &[u8], rules: HeaderRules) -> Result<Option<FrameHeader>, Violation> {
    let Some(&first) = octets.first() else { return Ok(None) };
    parse_behind_first(octets, check_first(first, rules)?, rules)
}

/// The same where the first octet has been looked at: it is there, and allowed, and of that opcode.
#[inline(always)]
pub fn parse_behind_first(
    octets: &[u8],
    opcode: Opcode,
    rules: HeaderRules,
) -> Result<Option<FrameHeader>, Violation> {
    let Some(&first) = octets.first() else { return Ok(None) };
    let Some(&second) = octets.get(1) else { return Ok(None) };
    check_second(second, opcode, rules)?;
    let Some((payload_len, length_end)) = parse_length(second & !MASK, &octets[2..])? else {
        return Ok(None);
    };
    let length_end = length_end + 2;
    let (key, header_len) = if second & MASK == 0 {
        (None, length_end)
    } else {
        match octets.get(length_end..length_end + KEY) {
            Some(key) => (Some([key[0], key[1], key[2], key[3]]), length_end + KEY),
            None => return Ok(None),
        }
    };
    let (fin, rsv) = (first & FIN != 0, first & RSV);
    Ok(Some(FrameHeader { opcode, fin, rsv, key, payload_len, header_len }))
}

#[inline(always)]
fn check_first(first: u8, rules: HeaderRules) -> Result<Opcode, Violation> {
    // "MUST be 0 unless an extension is negotiated that defines meanings"
    if first & RSV & !rules.reserved_bits != 0 {
        return Err(Violation::ReservedBit);
    }
    let opcode = match first & 0x0F {
        0 => Opcode::Continuation,
        1 => Opcode::Text,
        2 => Opcode::Binary,
        _ => return check_first_of_control(first),
    };
    match (opcode == Opcode::Continuation, rules.in_message) {
        (true, false) => Err(Violation::UnexpectedContinuation),
        (false, true) => Err(Violation::UnexpectedMessage),
        _ => Ok(opcode),
    }
}

/// Of a control frame, or of none that there is.
#[cold]
fn check_first_of_control(first: u8) -> Result<Opcode, Violation> {
    let opcode = Opcode::from_bits(first).ok_or(Violation::ReservedOpcode)?;
    if first & RSV != 0 {
        return Err(Violation::ReservedBit);
    }
    // "MUST NOT be fragmented"
    if first & FIN == 0 {
        return Err(Violation::FragmentedControl);
    }
    Ok(opcode)
}

#[inline(always)]
fn check_second(second: u8, opcode: Opcode, rules: HeaderRules) -> Result<(), Violation> {
    if !rules.masked.allows(second) {
        return Err(Violation::Masking);
    }
    if !opcode.is_control() {
        return Ok(());
    }
    if usize::from(second & !MASK) > MAX_CONTROL_PAYLOAD {
        return Err(Violation::ControlTooLong);
    }
    // "the body MUST be a 2-byte unsigned integer" (§5.5.1), or nothing at all.
    if opcode == Opcode::Close && second & !MASK == 1 {
        return Err(Violation::ClosePayload);
    }
    Ok(())
}

/// The payload length and how many octets follow the first two for it.
#[inline(always)]
fn parse_length(short: u8, rest: &[u8]) -> Result<Option<(u64, usize)>, Violation> {
    match short {
        126 => {
            let Some(&[high, low]) = rest.get(..2) else { return Ok(None) };
            let length = u16::from_be_bytes([high, low]);
            if length < 126 {
                return Err(Violation::LengthNotMinimal);
            }
            Ok(Some((u64::from(length), 2)))
        }
        127 => {
            let Some(&octets) = rest.first_chunk() else {
                return match rest.first() {
                    Some(high) if high & 0x80 != 0 => Err(Violation::LengthTooLarge),
                    _ => Ok(None),
                };
            };
            let length = u64::from_be_bytes(octets);
            // "the most significant bit MUST be 0"
            if length >> 63 != 0 {
                return Err(Violation::LengthTooLarge);
            }
            if length <= u64::from(u16::MAX) {
                return Err(Violation::LengthNotMinimal);
            }
            Ok(Some((length, 8)))
        }
        _ => Ok(Some((u64::from(short), 0))),
    }
}

/// Writes a header; returns its octets and their number. `first` is the first octet: FIN,
/// reserved bits and opcode.
#[inline(always)]
pub fn encode_header(
    first: u8,
    payload_len: u64,
    key: Option<[u8; KEY]>,
) -> ([u8; MAX_HEADER], usize) {
    let mut octets = [0u8; MAX_HEADER];
    let mask = if key.is_some() { MASK } else { 0 };
    octets[0] = first;
    let key_octets = key.unwrap_or_default();
    // In each case the key has a place that is known when this is compiled.
    let end = match payload_len {
        0..=125 => {
            octets[1] = mask | payload_len as u8;
            octets[2..6].copy_from_slice(&key_octets);
            2
        }
        126..=0xFFFF => {
            octets[1] = mask | 126;
            octets[2..4].copy_from_slice(&(payload_len as u16).to_be_bytes());
            octets[4..8].copy_from_slice(&key_octets);
            4
        }
        _ => {
            octets[1] = mask | 127;
            octets[2..10].copy_from_slice(&payload_len.to_be_bytes());
            octets[10..14].copy_from_slice(&key_octets);
            10
        }
    };
    (octets, if key.is_some() { end + KEY } else { end })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: HeaderRules =
        HeaderRules { masked: MaskRule::EITHER, reserved_bits: 0, in_message: false };

    #[test]
    fn what_is_encoded_is_parsed_and_every_prefix_is_incomplete() {
        for payload_len in [0, 1, 125, 126, 0xFFFF, 0x1_0000, (1 << 63) - 1] {
            for key in [None, Some([1, 2, 3, 4])] {
                let (octets, len) = encode_header(FIN | 2, payload_len, key);
                for cut in 0..len {
                    assert_eq!(parse_header(&octets[..cut], ANY), Ok(None), "{payload_len} {cut}");
                }
                let header = parse_header(&octets[..len], ANY).unwrap().unwrap();
                let opcode = Opcode::Binary;
                let expect =
                    FrameHeader { opcode, fin: true, rsv: 0, key, payload_len, header_len: len };
                assert_eq!(header, expect);
            }
        }
    }

    #[test]
    fn faults_are_seen_at_the_octet_that_shows_them() {
        let server = HeaderRules { masked: MaskRule::MASKED, ..ANY };
        let inside = HeaderRules { in_message: true, ..ANY };
        let cases: [(&[u8], HeaderRules, Violation); 14] = [
            (&[0xC1], ANY, Violation::ReservedBit),
            (&[0x83], ANY, Violation::ReservedOpcode),
            (&[0x8B], ANY, Violation::ReservedOpcode),
            (&[0x09], ANY, Violation::FragmentedControl),
            (&[0x89, 126], ANY, Violation::ControlTooLong),
            (&[0x88, 127], ANY, Violation::ControlTooLong),
            (&[0x88, 1], ANY, Violation::ClosePayload),
            (&[0x80], ANY, Violation::UnexpectedContinuation),
            (&[0x81], inside, Violation::UnexpectedMessage),
            (&[0x82], inside, Violation::UnexpectedMessage),
            (&[0x82, 0], server, Violation::Masking),
            (&[0x82, 126, 0, 125], ANY, Violation::LengthNotMinimal),
            (&[0x82, 127, 0x80], ANY, Violation::LengthTooLarge),
            (&[0x82, 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], ANY, Violation::LengthNotMinimal),
        ];
        for (octets, rules, violation) in cases {
            for cut in 0..octets.len() {
                assert_eq!(parse_header(&octets[..cut], rules), Ok(None), "{octets:?} {cut}");
            }
            assert_eq!(parse_header(octets, rules), Err(violation), "{octets:?}");
        }
        // It is told before, too.
        let whole = [0x82, 127, 0x80, 0, 0, 0, 0, 1, 0, 0];
        assert_eq!(parse_header(&whole, ANY), Err(Violation::LengthTooLarge));
    }

    #[test]
    fn reserved_bits_of_control_frames_are_never_allowed() {
        let rules = HeaderRules { reserved_bits: RSV, ..ANY };
        assert_eq!(parse_header(&[0xC9], rules), Err(Violation::ReservedBit));
        assert_eq!(parse_header(&[0xF1, 0], rules).unwrap().unwrap().rsv, RSV);
    }
}
