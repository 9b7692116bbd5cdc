//! What comes over the network: masked frames of a client, cut into reads.

use std::sync::Arc;

use crate::placed::{Place, Placed};

/// No read is longer, whatever the cut: a socket's buffer has an end too.
pub const LONGEST_READ: usize = 64 * 1024;

/// A stream of small messages has about so many octets, so that it stays in the L2 cache of any
/// processor of today and the memory behind it is not what is measured.
const STREAM: usize = 256 * 1024;

/// What messages are made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Binary,
    Ascii,
    /// Text of characters of two to four octets.
    MultiOctet,
}

/// Where a read ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cut {
    /// With the message.
    Message,
    /// After so many octets, wherever messages begin and end.
    Octets(usize),
}

/// All that a wire is made from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    pub kind: Kind,
    pub payload: usize,
    /// Frames a message.
    pub fragments: usize,
    pub cut: Cut,
}

impl Shape {
    /// Whole messages.
    pub const fn new(kind: Kind, payload: usize, cut: Cut) -> Shape {
        Shape { kind, payload, fragments: 1, cut }
    }

    /// Whether hardly a message spans two reads.
    pub fn messages_lie_in_reads(&self) -> bool {
        match self.cut {
            Cut::Message => self.payload + 14 <= LONGEST_READ,
            Cut::Octets(octets) => self.payload * 8 <= octets,
        }
    }
}

/// Octets and where each read of them ends.
#[derive(Default)]
pub struct Source {
    pub octets: Placed,
    pub ends: Vec<usize>,
}

/// How far a source has been read.
#[derive(Default)]
pub struct Position {
    at: usize,
    read: usize,
}

impl Position {
    pub fn from_parts(at: usize, read: usize) -> Position {
        Position { at, read }
    }

    pub fn parts(&self) -> (usize, usize) {
        (self.at, self.read)
    }

    /// The next octets of the network: at most `room`, and never more than is left of a read. Empty
    /// when all is read.
    #[inline]
    pub fn next<'s>(&mut self, source: &'s Source, room: usize) -> &'s [u8] {
        let Some(&end) = source.ends.get(self.read) else { return &[] };
        let from = self.at;
        self.at = end.min(from + room);
        self.read += usize::from(self.at == end);
        &source.octets[from..self.at]
    }
}

impl Source {
    /// These octets, in one read.
    pub fn in_one_read(octets: &[u8]) -> Arc<Source> {
        let ends = vec![octets.len()];
        Arc::new(Source { octets: Placed::new(octets, Place::default()), ends })
    }

    /// The reads one by one.
    #[cfg(test)]
    pub fn reads(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = 0;
        self.ends.iter().map(move |&end| {
            let read = &self.octets[from..end];
            from = end;
            read
        })
    }
}

/// The masked payload of a frame.
pub struct Frame {
    pub from: usize,
    pub to: usize,
    pub key: [u8; 4],
}

/// A stream of whole messages of one shape, and what they say.
pub struct Wire {
    pub shape: Shape,
    pub source: Arc<Source>,
    pub frames: Vec<Frame>,
    pub messages: Vec<Vec<u8>>,
}

impl Wire {
    pub fn new(shape: Shape) -> Wire {
        Wire::of(shape, (STREAM / (shape.payload + 8)).max(1))
    }

    /// So many messages.
    pub fn of(shape: Shape, count: usize) -> Wire {
        let mut random = Random::new(shape.payload as u64 + 1);
        let messages: Vec<_> =
            (0..count).map(|_| payload(shape.kind, shape.payload, &mut random)).collect();
        let (mut octets, mut frames, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        for message in &messages {
            append_message(&mut octets, &mut frames, &shape, message, &mut random);
            ends.push(octets.len());
        }
        let ends = match shape.cut {
            Cut::Message => split(&ends),
            Cut::Octets(length) => every(length, octets.len()),
        };
        let octets = Placed::new(&octets, Place::default());
        Wire { shape, source: Arc::new(Source { octets, ends }), frames, messages }
    }

    /// The same, coming from elsewhere.
    pub fn at(self, place: Place) -> Wire {
        let Source { octets, ends } = &*self.source;
        let source = Source { octets: Placed::new(octets, place), ends: ends.clone() };
        Wire { source: Arc::new(source), ..self }
    }
}

fn every(length: usize, total: usize) -> Vec<usize> {
    (1..=total.div_ceil(length)).map(|read| (read * length).min(total)).collect()
}

/// Ends of messages as ends of reads that are not too long.
fn split(ends: &[usize]) -> Vec<usize> {
    let mut from = 0;
    let mut reads = Vec::new();
    for &end in ends {
        reads.extend(every(LONGEST_READ, end - from).iter().map(|read| from + read));
        from = end;
    }
    reads
}

fn append_message(
    octets: &mut Vec<u8>,
    frames: &mut Vec<Frame>,
    shape: &Shape,
    message: &[u8],
    random: &mut Random,
) {
    let part = message.len().div_ceil(shape.fragments).max(1);
    let opcode = if shape.kind == Kind::Binary { 2 } else { 1 };
    for index in 0..shape.fragments {
        let payload = &message[(index * part).min(message.len())..][..];
        let last = index + 1 == shape.fragments;
        let payload = if last { payload } else { &payload[..part.min(payload.len())] };
        let first_octet = if last { 0x80 } else { 0 } | if index == 0 { opcode } else { 0 };
        let key = (random.next() as u32).to_le_bytes();
        append_header(octets, first_octet, payload.len(), key);
        let from = octets.len();
        octets.extend(payload.iter().zip(key.iter().cycle()).map(|(octet, key)| octet ^ key));
        frames.push(Frame { from, to: octets.len(), key });
    }
}

/// A binary message as a client sends it, in one frame.
pub fn masked_frame(payload: &[u8], random: &mut Random) -> Vec<u8> {
    let shape = Shape::new(Kind::Binary, payload.len(), Cut::Message);
    let mut octets = Vec::new();
    append_message(&mut octets, &mut Vec::new(), &shape, payload, random);
    octets
}

fn append_header(octets: &mut Vec<u8>, first: u8, length: usize, key: [u8; 4]) {
    octets.push(first);
    match length {
        0..=125 => octets.push(0x80 | length as u8),
        126..=0xffff => {
            octets.push(0x80 | 126);
            octets.extend((length as u16).to_be_bytes());
        }
        _ => {
            octets.push(0x80 | 127);
            octets.extend((length as u64).to_be_bytes());
        }
    }
    octets.extend(key);
}

/// Numbers that are the same in every run (xorshift64*).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }
}

/// `length` octets of that kind.
pub fn payload(kind: Kind, length: usize, random: &mut Random) -> Vec<u8> {
    match kind {
        Kind::Binary => (0..length).map(|_| random.next() as u8).collect(),
        Kind::Ascii => (0..length).map(|_| b' ' + (random.next() % 95) as u8).collect(),
        Kind::MultiOctet => multi_octet(length, random),
    }
}

fn multi_octet(length: usize, random: &mut Random) -> Vec<u8> {
    const FIRST: [u32; 4] = ['а' as u32, 'α' as u32, '一' as u32, '😀' as u32];
    let mut text = String::with_capacity(length);
    while text.len() + 4 <= length {
        let number = random.next();
        let code = FIRST[(number % 4) as usize] + (number >> 8) as u32 % 16;
        text.extend(char::from_u32(code));
    }
    while text.len() < length {
        text.push('.');
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain;

    fn shapes() -> impl Iterator<Item = Shape> {
        let kinds = [Kind::Binary, Kind::Ascii, Kind::MultiOctet];
        let cuts = [Cut::Message, Cut::Octets(LONGEST_READ), Cut::Octets(1460), Cut::Octets(1)];
        let payloads = [0, 1, 16, 125, 126, 1024, 65535, 65536, 1 << 20];
        kinds.into_iter().flat_map(move |kind| {
            cuts.into_iter().flat_map(move |cut| {
                payloads.into_iter().flat_map(move |payload| {
                    [1, 4].map(|fragments| Shape { kind, payload, fragments, cut })
                })
            })
        })
    }

    #[test]
    fn a_plain_decoder_finds_the_messages() {
        for shape in shapes() {
            let wire = Wire::new(shape);
            let decoded = plain::decode(&wire.source.octets).expect("whole messages");
            let opcode = if shape.kind == Kind::Binary { 2 } else { 1 };
            assert!(decoded.iter().all(|message| message.opcode == opcode && message.masked));
            let frames = decoded.iter().map(|message| message.frames).sum::<usize>();
            assert_eq!(frames, wire.messages.len() * shape.fragments);
            assert!(decoded.iter().map(|message| &message.payload).eq(&wire.messages), "{shape:?}");
        }
    }

    #[test]
    fn reads_are_the_whole_stream() {
        for shape in shapes() {
            let wire = Wire::new(shape);
            assert!(wire.source.reads().all(|read| (1..=LONGEST_READ).contains(&read.len())));
            assert_eq!(wire.source.reads().collect::<Vec<_>>().concat(), *wire.source.octets);
            if let Cut::Octets(length) = shape.cut {
                assert!(wire.source.reads().all(|read| read.len() <= length));
            }
            let (mut position, mut all) = (Position::default(), Vec::new());
            while let piece @ [_, ..] = position.next(&wire.source, 1000) {
                assert!(piece.len() <= 1000);
                all.extend_from_slice(piece);
            }
            assert_eq!(all, *wire.source.octets);
        }
    }

    #[test]
    fn text_is_what_it_says() {
        let mut random = Random::new(1);
        let text = payload(Kind::MultiOctet, 4096, &mut random);
        assert_eq!(text.len(), 4096);
        let text = String::from_utf8(text).expect("UTF-8");
        assert!(text.chars().filter(char::is_ascii).count() < 4);
        for octets in 2..=4 {
            assert!(text.chars().any(|char| char.len_utf8() == octets));
        }
        assert!(payload(Kind::Ascii, 4096, &mut random).is_ascii());
    }
}
