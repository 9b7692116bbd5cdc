//! Settings of compression, and messages sent with them.

use arbitrary::{Result, Unstructured};

use super::events::Event;
use super::support::handle::Handle;
use super::support::types::*;

/// WSPC_UNCOMPRESSED.
const UNCOMPRESSED: u32 = 0x4000_0000;

pub fn settings(u: &mut Unstructured) -> Result<Deflate> {
    let max_message = match u.int_in_range(0..=3u8)? {
        0 => u.int_in_range(1..=5000)?,
        _ => 1 << 20,
    };
    Ok(Deflate {
        client_bits: u.int_in_range(9..=15)?,
        server_bits: u.int_in_range(9..=15)?,
        flags: u.int_in_range(0..=3)?,
        level: u.int_in_range(1..=9)?,
        max_message,
    })
}

/// Sends the messages that the input calls for; returns the wire and what the peer has to see.
pub fn send(u: &mut Unstructured, handle: &Handle) -> Result<(Vec<u8>, Vec<Event>)> {
    const MOST: usize = 12;
    let (mut wire, mut events, mut begun) = (Vec::new(), Vec::new(), None::<(u32, Vec<u8>)>);
    for i in 1..=MOST {
        let flags: u8 = u.arbitrary()?;
        let is_last = flags & 1 == 0 || i == MOST || u.is_empty();
        let (message, mut octets) = begun.take().unwrap_or_else(|| {
            let message = if flags & 2 == 0 { UTF8_MESSAGE } else { BINARY_MESSAGE };
            (message, Vec::new())
        });
        let plain = if flags & 4 == 0 { 0 } else { UNCOMPRESSED };
        let kind = message | plain | u32::from(!is_last);
        let payload = payload(u, flags & 8 != 0)?;
        carry_out(handle, kind, &payload, &mut wire);
        octets.extend(&payload);
        match is_last {
            true => events.push(Event::Message { kinds: vec![message], octets }),
            false => begun = Some((message, octets)),
        }
        if is_last && u.is_empty() {
            break;
        }
    }
    Ok((wire, events))
}

/// ASCII, which is good for text too.
fn payload(u: &mut Unstructured, is_long: bool) -> Result<Box<[u8]>> {
    let len = u.arbitrary::<u8>()?.into();
    let octets: Vec<u8> = u.bytes(u.len().min(len))?.iter().map(|octet| octet & 0x7F).collect();
    if !is_long || octets.is_empty() {
        return Ok(octets.into());
    }
    let len = u.int_in_range(0..=12_000)?;
    Ok(octets.iter().copied().cycle().take(len).collect())
}

fn carry_out(handle: &Handle, kind: u32, payload: &[u8], wire: &mut Vec<u8>) {
    assert_eq!(handle.send(kind, Some(Buffer::data(payload)), 1), S_OK);
    loop {
        let step = handle.action(SEND_QUEUE, 1);
        assert_eq!((step.hr, step.app), (S_OK, 1), "{step:?}");
        wire.extend(step.octets());
        handle.complete(step.id, step.len());
        match step.action {
            SEND_COMPLETE => return,
            action => assert_eq!(action, SEND_TO_NETWORK, "{step:?}"),
        }
    }
}
