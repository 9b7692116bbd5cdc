//! Frames written and read without the library (RFC 6455 §5.2).

pub const CONTINUATION: u8 = 0;
pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const OP_CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub fin: bool,
    pub rsv: u8,
    pub opcode: u8,
    pub key: Option<[u8; 4]>,
    pub payload: Vec<u8>,
}

impl Frame {
    /// A frame that is not masked.
    pub fn new(opcode: u8, fin: bool, payload: &[u8]) -> Frame {
        Frame { fin, rsv: 0, opcode, key: None, payload: payload.to_vec() }
    }

    pub fn masked(self, key: Option<[u8; 4]>) -> Frame {
        Frame { key, ..self }
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut wire = vec![u8::from(self.fin) << 7 | self.rsv << 4 | self.opcode];
        let mask = if self.key.is_some() { 0x80 } else { 0 };
        match self.payload.len() {
            len @ 0..126 => wire.push(mask | len as u8),
            len @ 126..0x1_0000 => {
                wire.push(mask | 126);
                wire.extend((len as u16).to_be_bytes());
            }
            len => {
                wire.push(mask | 127);
                wire.extend((len as u64).to_be_bytes());
            }
        }
        let key = self.key.unwrap_or_default();
        wire.extend(self.key.iter().flatten());
        wire.extend(self.payload.iter().enumerate().map(|(i, octet)| octet ^ key[i % 4]));
        wire
    }

    /// The frame at the start, and what stands behind it; `None`: it is not complete.
    pub fn decode(wire: &[u8]) -> Option<(Frame, &[u8])> {
        let (head, mut rest) = wire.split_first_chunk::<2>()?;
        let len = match head[1] & 0x7F {
            126 => {
                let (octets, behind) = rest.split_first_chunk::<2>()?;
                rest = behind;
                let len = usize::from(u16::from_be_bytes(*octets));
                assert!(len >= 126, "a length that is not in its shortest form");
                len
            }
            127 => {
                let (octets, behind) = rest.split_first_chunk::<8>()?;
                rest = behind;
                let len = u64::from_be_bytes(*octets) as usize;
                assert!(len >= 0x1_0000, "a length that is not in its shortest form");
                len
            }
            short => usize::from(short),
        };
        let mut key = None;
        if head[1] & 0x80 != 0 {
            let (octets, behind) = rest.split_first_chunk::<4>()?;
            rest = behind;
            key = Some(*octets);
        }
        let (masked, rest) = rest.split_at_checked(len)?;
        let keys = key.unwrap_or_default();
        let payload = masked.iter().enumerate().map(|(i, octet)| octet ^ keys[i % 4]).collect();
        let (fin, rsv, opcode) = (head[0] & 0x80 != 0, head[0] >> 4 & 7, head[0] & 0x0F);
        Some((Frame { fin, rsv, opcode, key, payload }, rest))
    }

    /// All frames; nothing may be left over.
    pub fn decode_all(mut wire: &[u8]) -> Vec<Frame> {
        let mut frames = Vec::new();
        while !wire.is_empty() {
            let (frame, rest) = Frame::decode(wire).expect("octets that are no whole frame");
            frames.push(frame);
            wire = rest;
        }
        frames
    }
}

/// A close payload.
pub fn close_payload(status: u16, reason: &[u8]) -> Vec<u8> {
    [&status.to_be_bytes(), reason].concat()
}
