//! What GetAction hands out, and the ids by which CompleteAction finds it again.

use core::num::NonZeroUsize;

use super::memory::{Context, Region};
use crate::codec::{FIN, Opcode};

/// What a buffer that is sent or indicated holds: the last or only part of a message, a part that
/// others follow, or a control frame. In the order of their numbers at the C border.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum BufferType {
    TextMessage,
    TextFragment,
    BinaryMessage,
    BinaryFragment,
    Close,
    PingPong,
    UnsolicitedPong,
    Extension(ExtensionFrame),
}

/// A data frame of an extension: the first octet of its header, and the mask bit, which is the
/// caller's and comes back to it; whether a frame is masked is for the role to say. One number, so
/// that a [`BufferType`] travels in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtensionFrame(u16);

impl ExtensionFrame {
    pub fn new(first: u8, mask_bit: bool) -> ExtensionFrame {
        ExtensionFrame(u16::from_be_bytes([u8::from(mask_bit), first]))
    }

    /// FIN, reserved bits and opcode.
    pub fn first(self) -> u8 {
        self.0.to_be_bytes()[1]
    }

    pub fn mask_bit(self) -> bool {
        self.0.to_be_bytes()[0] != 0
    }
}

impl BufferType {
    /// The type of data of that kind.
    pub fn data(text: bool, fin: bool) -> BufferType {
        match (text, fin) {
            (true, true) => BufferType::TextMessage,
            (true, false) => BufferType::TextFragment,
            (false, true) => BufferType::BinaryMessage,
            (false, false) => BufferType::BinaryFragment,
        }
    }

    /// For data: whether it ends the message.
    pub fn fin(self) -> bool {
        match self {
            BufferType::TextFragment | BufferType::BinaryFragment => false,
            BufferType::Extension(frame) => frame.first() & FIN != 0,
            _ => true,
        }
    }

    /// The opcode of a frame that begins with this type.
    pub fn opcode(self) -> Option<Opcode> {
        Some(match self {
            BufferType::TextMessage | BufferType::TextFragment => Opcode::Text,
            BufferType::BinaryMessage | BufferType::BinaryFragment => Opcode::Binary,
            BufferType::Close => Opcode::Close,
            BufferType::PingPong => Opcode::Ping,
            BufferType::UnsolicitedPong => Opcode::Pong,
            BufferType::Extension(frame) => return Opcode::from_bits(frame.first()),
        })
    }
}

/// The queue or queues that GetAction is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    Send,
    Receive,
    All,
}

/// What the caller has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Send the octets, in order.
    SendToNetwork,
    /// A send is over.
    IndicateSendComplete,
    /// Read at least one octet.
    ReceiveFromNetwork,
    /// A receive is over.
    IndicateReceiveComplete,
}

/// Work with the context of the operation that it belongs to and the id to complete it by. One flat
/// structure for all kinds, so that nothing has to be repacked on its way to the caller.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    pub work: Work,
    /// What is sent, was sent or has come. None for a read, and for a receive that was cancelled or
    /// aborted.
    pub buffer_type: Option<BufferType>,
    /// How many regions are shown.
    pub count: usize,
    /// What to send; where to read to, of which the first is used; or what has come: octets of a
    /// message or of a pong, or the reason of a close.
    pub octets: [Region; 2],
    /// The status of a close that is indicated.
    pub status: Option<u16>,
    pub context: Context,
    pub id: ActionId,
}

impl Action {
    /// Work that shows nothing.
    #[inline]
    pub fn new(work: Work, context: Context, id: ActionId) -> Action {
        let octets = [Region::NONE; 2];
        Action { work, buffer_type: None, count: 0, octets, status: None, context, id }
    }

    /// Shows the first region, and the second if it is not empty.
    #[inline]
    pub fn show(&mut self, octets: [Region; 2]) {
        self.octets = octets;
        self.count = if octets[1].is_empty() { 1 } else { 2 };
    }
}

/// Names one action; unique for its handle until the numbers wrap around. Never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct ActionId(NonZeroUsize);

impl ActionId {
    /// The id of that number, if there can be one.
    pub fn from_number(number: usize) -> Option<ActionId> {
        NonZeroUsize::new(number).map(ActionId)
    }

    pub fn number(self) -> usize {
        self.0.get()
    }
}

/// Makes the ids of a handle: odd numbers, so that none is 0 and nobody has to ask.
#[derive(Debug)]
pub struct ActionIds {
    last: usize,
}

impl ActionIds {
    /// Ids that begin behind `start`.
    pub fn new(start: usize) -> ActionIds {
        ActionIds { last: start }
    }

    /// A new id.
    #[inline(always)]
    pub fn next(&mut self) -> ActionId {
        self.last = self.last.wrapping_add(2);
        ActionId(NonZeroUsize::MIN | self.last)
    }
}
