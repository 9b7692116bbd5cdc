//! Valid conversations: messages in fragments, with control frames between them.

use proptest::collection::vec;
use proptest::prelude::*;

use super::support::frames::*;
use super::support::handle::{Memory, Role};

/// The length of a payload. Some lie around a size that matters.
#[derive(Clone, Copy, Debug)]
pub enum Len {
    Small(usize),
    /// Around the size of a buffer.
    Near(usize),
    /// Up to three times that size, in thousandths.
    Part(usize),
}

impl Len {
    pub fn octets(self, buffer: usize) -> usize {
        match self {
            Len::Small(len) => len,
            Len::Near(offset) => buffer + offset - 3,
            Len::Part(thousandths) => 3 * buffer * thousandths / 1000,
        }
    }
}

pub fn len() -> impl Strategy<Value = Len> {
    prop_oneof![
        2 => (0..20usize).prop_map(Len::Small),
        1 => (120..131usize).prop_map(Len::Small),
        2 => (0..7usize).prop_map(Len::Near),
        2 => (0..=1000usize).prop_map(Len::Part),
    ]
}

#[derive(Clone, Debug)]
pub enum Control {
    Ping(Vec<u8>),
    Pong(Vec<u8>),
}

/// A control frame; with `empty`, its payload has no octets, as those that an application sends.
fn control(empty: bool) -> impl Strategy<Value = Control> {
    let longest = if empty { 0 } else { 125usize };
    let payload = prop_oneof![0..=longest, Just(longest)]
        .prop_flat_map(|len| (vec(any::<u8>(), 1..5), Just(len)))
        .prop_map(|(octets, len)| octets.iter().copied().cycle().take(len).collect::<Vec<u8>>());
    (any::<bool>(), payload).prop_map(|(is_ping, payload)| match is_ping {
        true => Control::Ping(payload),
        false => Control::Pong(payload),
    })
}

#[derive(Clone, Debug)]
pub struct Message {
    pub is_text: bool,
    /// Each fragment and the control frames behind it.
    fragments: Vec<(Len, Vec<Control>)>,
    seed: u32,
}

impl Message {
    /// The fragments and the control frames behind each. A text is cut anywhere.
    pub fn fragments(&self, buffer: usize) -> Vec<(Vec<u8>, &[Control])> {
        let lens = self.fragments.iter().map(|(len, _)| len.octets(buffer));
        let total = lens.clone().sum();
        let octets = if self.is_text { text(total, self.seed) } else { noise(total, self.seed) };
        let mut rest = octets.as_slice();
        let controls = self.fragments.iter().map(|(_, controls)| controls.as_slice());
        lens.zip(controls)
            .map(|(len, controls)| {
                let (fragment, behind) = rest.split_at(len);
                rest = behind;
                (fragment.to_vec(), controls)
            })
            .collect()
    }
}

/// Messages; `empty_controls`: their control frames have no payload.
pub fn messages(empty_controls: bool) -> impl Strategy<Value = Vec<Message>> {
    let fragment = (len(), vec(control(empty_controls), 0..3));
    let message = (any::<bool>(), vec(fragment, 1..4), any::<u32>())
        .prop_map(|(is_text, fragments, seed)| Message { is_text, fragments, seed });
    vec(message, 1..5)
}

/// Status and reason of a close frame, or none of both.
pub fn close() -> impl Strategy<Value = Option<(u16, String)>> {
    let status = prop_oneof![1000..=1003u16, 1007..=1014u16, 3000..=4999u16];
    let reason = (0..=123usize, any::<u32>())
        .prop_map(|(len, seed)| String::from_utf8(text(len, seed)).unwrap());
    prop::option::weighted(0.8, (status, reason))
}

pub fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Client), Just(Role::Server)]
}

pub fn memory() -> impl Strategy<Value = Memory> {
    prop_oneof![Just(Memory::Own), Just(Memory::Lent)]
}

fn next(seed: &mut u32) -> u32 {
    *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    *seed >> 16
}

/// UTF-8 of exactly that length, with code points of every size.
pub fn text(len: usize, mut seed: u32) -> Vec<u8> {
    const POINTS: [&str; 8] = ["a", "~", "é", "ß", "€", "\u{FFFD}", "𐍈", "\u{10FFFF}"];
    let mut octets = Vec::with_capacity(len);
    while octets.len() < len {
        let point = POINTS[next(&mut seed) as usize % POINTS.len()];
        octets.extend(if octets.len() + point.len() <= len { point } else { "x" }.bytes());
    }
    octets
}

fn noise(len: usize, mut seed: u32) -> Vec<u8> {
    (0..len).map(|_| next(&mut seed) as u8).collect()
}

/// The frames of a conversation. A client masks them with keys that come from `seed`.
pub fn frames(
    messages: &[Message],
    close: Option<&Option<(u16, String)>>,
    buffer: usize,
    (sender, mut seed): (Role, u32),
) -> Vec<Frame> {
    let mut frames = Vec::new();
    for message in messages {
        let fragments = message.fragments(buffer);
        let last = fragments.len() - 1;
        for (i, (payload, controls)) in fragments.iter().enumerate() {
            let first = if message.is_text { TEXT } else { BINARY };
            let opcode = if i == 0 { first } else { CONTINUATION };
            frames.push(Frame::new(opcode, i == last, payload));
            frames.extend(controls.iter().map(|control| match control {
                Control::Ping(payload) => Frame::new(PING, true, payload),
                Control::Pong(payload) => Frame::new(PONG, true, payload),
            }));
        }
    }
    frames.extend(close.map(|close| Frame::new(OP_CLOSE, true, &close_octets(close))));
    let mut key = || (sender == Role::Client).then(|| next(&mut seed).to_ne_bytes());
    frames.into_iter().map(|frame| frame.masked(key())).collect()
}

pub fn close_octets(close: &Option<(u16, String)>) -> Vec<u8> {
    let with_status = |(status, reason): &(u16, String)| close_payload(*status, reason.as_bytes());
    close.as_ref().map_or(Vec::new(), with_status)
}
