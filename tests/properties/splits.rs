//! However the network cuts the octets, and whatever the buffers are, the indications are those
//! that the frames call for.

use proptest::collection::vec;
use proptest::prelude::*;

use super::cases;
use super::conversation::{self, Len, Message};
use super::support::feed::{Driver, End, Feed, Seen};
use super::support::frames::*;
use super::support::handle::{Handle, Memory, Options, Role};
use super::support::types::*;

#[derive(Clone, Debug)]
struct Setting {
    role: Role,
    receive: usize,
    memory: Memory,
    /// The caller's own receive buffers.
    target: Option<Len>,
    queue: u32,
    slots: usize,
    depth: usize,
    /// Octets of the reads, over and over.
    reads: Vec<usize>,
}

fn setting() -> impl Strategy<Value = Setting> {
    let reads = prop_oneof![Just(vec![1]), vec(1..2000usize, 1..6), vec(1..20usize, 1..6)];
    let target = prop::option::of(conversation::len());
    let driving = (prop_oneof![Just(RECEIVE_QUEUE), Just(ALL_QUEUE)], 1..=4usize, 1..=3usize);
    (conversation::role(), 256..=1024usize, conversation::memory(), target, driving, reads)
        .prop_map(|(role, receive, memory, target, (queue, slots, depth), reads)| Setting {
            role,
            receive,
            memory,
            target,
            queue,
            slots,
            depth,
            reads,
        })
}

impl Setting {
    /// Octets of the caller's own receive buffers.
    fn target(&self) -> Option<usize> {
        self.target.map(|len| len.octets(self.receive).max(1))
    }

    fn run(&self, wire: &[u8]) -> (Vec<Seen>, End) {
        let options = Options::new(self.role, self.receive as u32, 16).memory(self.memory);
        let handle = Handle::connected(options);
        let driver = Driver {
            queue: self.queue,
            slots: self.slots,
            depth: self.depth,
            target: self.target(),
        };
        let mut reads = self.reads.iter().cycle();
        Feed::run(&handle, driver, wire, |from| from + reads.next().unwrap())
    }
}

/// Compares what was seen with the frames. `limit`: the longest frame that is indicated whole.
fn check(seen: Vec<Seen>, frames: &[Frame], limit: usize) {
    let mut seen = seen.into_iter();
    let mut is_text = false;
    for frame in frames {
        match frame.opcode {
            PING => assert_eq!(seen.next(), Some(Seen::Answer(frame.payload.clone()))),
            PONG => assert_eq!(seen.next(), Some(Seen::Pong(frame.payload.clone()))),
            OP_CLOSE => assert_eq!(seen.next(), Some(close(&frame.payload))),
            opcode => {
                is_text = if opcode == CONTINUATION { is_text } else { opcode == TEXT };
                check_data(&mut seen, frame, is_text, limit);
            }
        }
    }
    assert_eq!(seen.next(), None, "more than was sent");
}

fn close(payload: &[u8]) -> Seen {
    match payload.split_first_chunk::<2>() {
        None => Seen::Close { status: 1005, reason: None },
        Some((status, reason)) => {
            let status = u16::from_be_bytes(*status);
            Seen::Close { status, reason: Some(reason.to_vec()) }
        }
    }
}

/// A frame within the limit is one indication. A longer one is several, none of them empty and
/// none above the limit.
fn check_data(seen: &mut impl Iterator<Item = Seen>, frame: &Frame, is_text: bool, limit: usize) {
    let kinds = match is_text {
        true => [UTF8_FRAGMENT, UTF8_MESSAGE],
        false => [BINARY_FRAGMENT, BINARY_MESSAGE],
    };
    let mut rest = frame.payload.as_slice();
    loop {
        let Some(Seen::Data { kind, octets }) = seen.next() else { panic!("no data") };
        assert!(rest.starts_with(&octets), "other octets than were sent");
        assert!(octets.len() <= limit, "{} octets in one piece", octets.len());
        let whole = frame.payload.len() <= limit;
        assert!(!whole || octets.len() == frame.payload.len(), "a frame that fits came in pieces");
        assert!(whole || !octets.is_empty(), "an empty piece");
        rest = &rest[octets.len()..];
        let ends_message = rest.is_empty() && frame.fin;
        assert_eq!(kind, kinds[usize::from(ends_message)]);
        if rest.is_empty() {
            return;
        }
    }
}

fn run(setting: &Setting, messages: &[Message], close: Option<&Option<(u16, String)>>, seed: u32) {
    let sender = setting.role.peer();
    let frames = conversation::frames(messages, close, setting.receive, (sender, seed));
    let wire: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
    let (seen, end) = setting.run(&wire);
    let limit = setting.target().map_or(setting.receive, |target| target.min(setting.receive));
    check(seen, &frames, limit);
    assert_eq!(end, if close.is_some() { End::Closed } else { End::Dry });
}

proptest! {
    #![proptest_config(cases(1000))]
    #[test]
    fn any_split_gives_the_same_indications(
        setting in setting(),
        messages in conversation::messages(false),
        close in prop::option::of(conversation::close()),
        seed in any::<u32>(),
    ) {
        run(&setting, &messages, close.as_ref(), seed);
    }
}
