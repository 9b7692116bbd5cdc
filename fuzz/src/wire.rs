//! Octets that a peer sends, from the octets of the input.

use arbitrary::{Result, Unstructured};

use super::support::frames::Frame;
use super::support::handle::Role;

/// The most octets that are made of one input.
const MOST: usize = 20_000;

/// What is left of the input, as it is or as frames with the lengths and masks that they need.
pub fn wire(u: &mut Unstructured, sender: Role) -> Result<Vec<u8>> {
    if u.arbitrary::<u8>()? & 1 == 0 {
        let len = u.len();
        return Ok(u.bytes(len)?.to_vec());
    }
    let mut wire = Vec::new();
    while !u.is_empty() && wire.len() < MOST {
        piece(u, sender, &mut wire)?;
    }
    Ok(wire)
}

/// A frame: first octet of its header, length, payload. Lengths from 250 on stand for something else.
fn piece(u: &mut Unstructured, sender: Role, wire: &mut Vec<u8>) -> Result<()> {
    let (first, len): (u8, u8) = u.arbitrary()?;
    match len {
        0..250 => wire.extend(frame(first, take(u, len.into())?, sender).encode()),
        // A long payload out of few octets.
        250..254 => {
            let len = usize::from(u.arbitrary::<u16>()? & 0x1FFF);
            let pattern = take(u, 5)?;
            let payload = pattern.iter().copied().cycle().take(len).collect();
            wire.extend(frame(first, payload, sender).encode());
        }
        // From the side that it does not come from.
        254 => {
            let len = u.arbitrary::<u8>()?.into();
            wire.extend(frame(first, take(u, len)?, sender.peer()).encode());
        }
        255 => wire.extend(take(u, first.into())?),
    }
    Ok(())
}

fn take(u: &mut Unstructured, len: usize) -> Result<Vec<u8>> {
    let len = len.min(u.len());
    Ok(u.bytes(len)?.to_vec())
}

/// A client masks with a key that is as good as any.
pub fn frame(first: u8, payload: Vec<u8>, sender: Role) -> Frame {
    let key = (sender == Role::Client).then_some([first, 0x5A, payload.len() as u8, 0xC3]);
    Frame { fin: first & 0x80 != 0, rsv: first >> 4 & 7, opcode: first & 0x0F, key, payload }
}

/// Octets of the frames that are whole, read without judging them.
pub fn whole_frames(wire: &[u8]) -> usize {
    let mut end = 0;
    while let Some(len) = frame_len(&wire[end..]).filter(|len| *len <= wire.len() - end) {
        end += len;
    }
    end
}

fn frame_len(wire: &[u8]) -> Option<usize> {
    let second = *wire.get(1)?;
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    let (header, len) = match second & 0x7F {
        126 => (4, u64::from(u16::from_be_bytes(wire.get(2..4)?.try_into().ok()?))),
        127 => (10, u64::from_be_bytes(wire.get(2..10)?.try_into().ok()?)),
        len => (2, len.into()),
    };
    usize::try_from(len).ok()?.checked_add(header + mask)
}

/// Whether a length stands there in a longer form than it needs, in the frames that are whole.
pub fn has_long_form(wire: &[u8]) -> bool {
    let (mut rest, mut found) = (&wire[..whole_frames(wire)], false);
    while let Some(len) = frame_len(rest) {
        found |= match rest[1] & 0x7F {
            126 => rest[2..4] < [0, 126][..],
            127 => rest[2..10] < [0, 0, 0, 0, 0, 1, 0, 0][..],
            _ => false,
        };
        rest = &rest[len..];
    }
    found
}
