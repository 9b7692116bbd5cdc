//! What an application makes of indications, whatever the pieces were.

use super::support::feed::{End, Seen};
use super::support::types::*;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A whole message and the types of its pieces.
    Message {
        kinds: Vec<u32>,
        octets: Vec<u8>,
    },
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(u16, Option<Vec<u8>>),
}

/// Whole messages and control frames, in order; and what there is of a message that is unfinished.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Received {
    pub events: Vec<Event>,
    pub unfinished: Vec<u8>,
}

impl Received {
    pub fn new(seen: Vec<Seen>) -> Received {
        let (mut received, mut kinds) = (Received::default(), Vec::new());
        for seen in seen {
            match seen {
                Seen::Answer(octets) => received.events.push(Event::Ping(octets)),
                Seen::Pong(octets) => received.events.push(Event::Pong(octets)),
                Seen::Close { status, reason } => {
                    received.events.push(Event::Close(status, reason))
                }
                Seen::Data { kind, octets } => {
                    let (kind, is_last) = parts(kind);
                    received.unfinished.extend(octets);
                    if kinds.last() != Some(&kind) {
                        kinds.push(kind);
                    }
                    if is_last {
                        let octets = std::mem::take(&mut received.unfinished);
                        let kinds = std::mem::take(&mut kinds);
                        received.events.push(Event::Message { kinds, octets });
                    }
                }
            }
        }
        received
    }
}

/// The type without what differs between the pieces of a frame, and whether the piece is the last.
fn parts(kind: u32) -> (u32, bool) {
    /// FIN in the type of an extension's frame.
    const FIN: u32 = 0x80 << 2;
    match kind {
        UTF8_FRAGMENT => (UTF8_MESSAGE, false),
        BINARY_FRAGMENT => (BINARY_MESSAGE, false),
        UTF8_MESSAGE | BINARY_MESSAGE => (kind, true),
        _ => {
            assert!(kind < 0x400, "no type of data: {kind:#X}");
            (kind & !FIN, kind & FIN != 0)
        }
    }
}

/// Two ways of reading the same octets came to the same. How much of an unfinished message was shown
/// depends on the way.
pub fn assert_same(one: &(Received, End), other: &(Received, End)) {
    assert_eq!(one.0.events, other.0.events);
    let (short, long) = (&one.0.unfinished, &other.0.unfinished);
    assert!(short.starts_with(long) || long.starts_with(short), "{one:?}\n{other:?}");
    match (&one.1, &other.1) {
        (End::Failed { hr, status, .. }, End::Failed { hr: hr_too, status: status_too, .. }) => {
            assert_eq!((hr, status), (hr_too, status_too));
        }
        (one, other) => assert_eq!(one, other),
    }
}
