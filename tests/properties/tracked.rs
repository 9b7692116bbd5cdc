//! A handle and what the caller must remember of it: the operations that were accepted and not
//! handed back, and the actions that are out.

use std::collections::{HashSet, VecDeque};

use super::support::frames::*;
use super::support::step::Step;
use super::support::types::*;

/// "Hello", compressed (RFC 7692 §7.2.3.1).
const HELLO: &[u8] = b"\xF2\x48\xCD\xC9\xC9\x07\0";

/// How far the handshake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Created,
    Begun,
    Open,
}

/// What is known of something that shows only in other calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    No,
    Maybe,
    Yes,
}

pub struct Tracked {
    pub raw: RawHandle,
    pub client: bool,
    pub stage: Stage,
    pub extension: bool,
    /// It was made with the property for compression.
    pub deflate: bool,
    pub key: String,
    /// Whether there is a connection to abort. On a server the first call of the session that gets
    /// so far makes it; whether a refused one did nobody outside can tell.
    exists: Known,
    pub aborted: Known,
    pub sends: VecDeque<usize>,
    pub receives: VecDeque<usize>,
    pub send_out: Option<Step>,
    pub receive_out: Option<Step>,
    ids: HashSet<usize>,
    /// What the network has for it.
    wire: VecDeque<u8>,
    /// A message has begun there and not ended.
    in_message: bool,
}

impl Tracked {
    pub fn new(raw: RawHandle, client: bool, deflate: bool) -> Tracked {
        Tracked {
            raw,
            client,
            stage: Stage::Created,
            extension: false,
            deflate,
            key: String::new(),
            exists: Known::No,
            aborted: Known::No,
            sends: VecDeque::new(),
            receives: VecDeque::new(),
            send_out: None,
            receive_out: None,
            ids: HashSet::new(),
            wire: VecDeque::new(),
            in_message: false,
        }
    }

    pub fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    /// Notes the result of ending the handshake or of a call of the session.
    pub fn used(&mut self, hr: Hresult) {
        if self.is_open() {
            self.exists = match (self.exists, hr) {
                (Known::Yes, _) => Known::Yes,
                (_, INVALIDARG) => Known::Maybe,
                _ => Known::Yes,
            };
        }
    }

    /// Notes an abort, which does nothing before there is a connection.
    pub fn aborted(&mut self) {
        self.aborted = match (self.aborted, self.exists) {
            (Known::Yes, _) | (_, Known::Yes) => Known::Yes,
            (aborted, Known::No) => aborted,
            (_, Known::Maybe) => Known::Maybe,
        };
    }

    /// Notes an action; returns the operation that it hands back. `knows_app`: the caller asked for
    /// the context of the operation.
    pub fn handed_out(&mut self, step: &Step, knows_app: bool) -> Option<usize> {
        if step.action == NO_ACTION {
            return None;
        }
        assert!(self.is_open(), "an action before the handshake: {step:?}");
        assert!(self.ids.insert(step.id), "a context that was used before: {step:?}");
        let is_pong = step.action == SEND_TO_NETWORK && step.kind == PING_PONG;
        let is_send = matches!(step.action, SEND_TO_NETWORK | SEND_COMPLETE);
        let (queue, out) = match is_send {
            true => (&mut self.sends, &mut self.send_out),
            false => (&mut self.receives, &mut self.receive_out),
        };
        assert!(out.is_none(), "a second action on one track: {step:?}");
        *out = Some(step.clone());
        let front = queue.front().copied();
        if knows_app && !(is_pong && step.app == 0) {
            assert_eq!(Some(step.app), front, "not the oldest operation: {step:?}");
        }
        if !matches!(step.action, SEND_COMPLETE | RECEIVE_COMPLETE) {
            return None;
        }
        assert!(front.is_some(), "handed back twice: {step:?}");
        queue.pop_front()
    }

    /// Whichever action has this context is not out any more.
    pub fn completed(&mut self, id: usize) {
        for out in [&mut self.send_out, &mut self.receive_out] {
            if out.as_ref().is_some_and(|step| step.id == id) {
                *out = None;
            }
        }
    }

    /// The next octets from the network: what is left of earlier frames, then frames of this kind.
    pub fn network(&mut self, kind: u8, len: usize) -> Vec<u8> {
        if self.wire.len() < len {
            let frame = self.frame(kind, len);
            self.wire.extend(frame.encode());
        }
        let len = len.min(self.wire.len());
        self.wire.drain(..len).collect()
    }

    /// Mostly a frame that may come now; few kinds break a rule.
    fn frame(&mut self, kind: u8, len: usize) -> Frame {
        let payload = vec![b'a'; len];
        let control = &payload[..len.min(usize::from(kind) % 126)];
        let opcode = match (self.in_message, kind.is_multiple_of(2)) {
            (true, _) => CONTINUATION,
            (false, true) => TEXT,
            (false, false) => BINARY,
        };
        let frame = match kind {
            100..130 if self.deflate && !self.in_message => {
                Frame { rsv: 4, ..Frame::new(opcode, true, HELLO) }
            }
            0..130 => {
                self.in_message = kind.is_multiple_of(3);
                Frame::new(opcode, !self.in_message, &payload)
            }
            130..190 => Frame::new(PING, true, control),
            190..236 => Frame::new(PONG, true, control),
            236..240 => Frame::new(OP_CLOSE, true, &close_payload(1000, control)),
            240..242 => Frame::new(OP_CLOSE, true, b""),
            242..248 => Frame { rsv: kind % 8, ..Frame::new(opcode, true, &payload) },
            _ => Frame::new(kind % 16, !kind.is_multiple_of(4), &payload),
        };
        // A server's peer masks; seldom a peer does what it must not.
        let masks = if kind == 255 { self.client } else { !self.client };
        frame.masked(masks.then_some([kind, 1, 2, 3]))
    }
}
