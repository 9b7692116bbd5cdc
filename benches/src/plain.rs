//! A decoder of frames (RFC 6455 section 5.2) that is slow and simple: what others are held to.

#[derive(Debug)]
pub struct Message {
    pub opcode: u8,
    pub masked: bool,
    pub frames: usize,
    pub payload: Vec<u8>,
}

/// The messages that these octets are; None if there is anything but whole messages.
pub fn decode(mut octets: &[u8]) -> Option<Vec<Message>> {
    let mut messages: Vec<Message> = Vec::new();
    let mut open = false;
    while !octets.is_empty() {
        let (first, second) = (take(&mut octets, 1)?[0], take(&mut octets, 1)?[0]);
        let length = match second & 0x7f {
            126 => number(take(&mut octets, 2)?),
            127 => number(take(&mut octets, 8)?),
            length => usize::from(length),
        };
        let masked = second & 0x80 != 0;
        let key = if masked { take(&mut octets, 4)? } else { &[0; 4] };
        let payload = take(&mut octets, length)?;
        if open != (first & 0x7f == 0) {
            return None;
        }
        if !open {
            let opcode = first & 0x7f;
            messages.push(Message { opcode, masked, frames: 0, payload: Vec::new() });
        }
        open = first & 0x80 == 0;
        let message = messages.last_mut()?;
        message.frames += 1;
        message.payload.extend(payload.iter().zip(key.iter().cycle()).map(|(o, k)| o ^ k));
    }
    (!open).then_some(messages)
}

fn take<'o>(octets: &mut &'o [u8], count: usize) -> Option<&'o [u8]> {
    let (taken, rest) = octets.split_at_checked(count)?;
    *octets = rest;
    Some(taken)
}

fn number(octets: &[u8]) -> usize {
    octets.iter().fold(0, |number, &octet| number << 8 | usize::from(octet))
}
