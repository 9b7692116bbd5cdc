//! What GetAction hands out, and the ids by which CompleteAction finds it again.

use super::memory::{Context, Region};
use crate::codec::{FIN, Opcode};

/// What a buffer that is sent or indicated holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BufferType {
    Text {
        fin: bool,
    },
    Binary {
        fin: bool,
    },
    Close,
    PingPong,
    UnsolicitedPong,
    /// A data frame of an extension: the first octet of its header. The mask bit is the caller's
    /// and comes back to it; whether a frame is masked is for the role to say.
    Extension {
        first: u8,
        mask_bit: bool,
    },
}

impl BufferType {
    /// The type of data of that kind.
    pub fn data(text: bool, fin: bool) -> BufferType {
        if text { BufferType::Text { fin } } else { BufferType::Binary { fin } }
    }

    /// For data: whether it ends the message.
    pub fn fin(self) -> bool {
        match self {
            BufferType::Text { fin } | BufferType::Binary { fin } => fin,
            BufferType::Extension { first, .. } => first & FIN != 0,
            _ => true,
        }
    }

    /// The opcode of a frame that begins with this type.
    pub fn opcode(self) -> Option<Opcode> {
        Some(match self {
            BufferType::Text { .. } => Opcode::Text,
            BufferType::Binary { .. } => Opcode::Binary,
            BufferType::Close => Opcode::Close,
            BufferType::PingPong => Opcode::Ping,
            BufferType::UnsolicitedPong => Opcode::Pong,
            BufferType::Extension { first, .. } => return Opcode::from_bits(first),
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

/// The contents of an indication.
#[derive(Clone, Copy, Debug)]
pub enum Indication {
    /// Nothing: the operation was cancelled or aborted.
    Nothing,
    /// Octets of a message, or of a pong.
    Data(BufferType, Region),
    /// A close frame: status and reason.
    Close(u16, Region),
}

/// What the caller has to do.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    /// Send these octets, in order; the second region may be empty.
    SendToNetwork(BufferType, [Region; 2]),
    /// A send is over.
    IndicateSendComplete(BufferType),
    /// Read at least one octet into the region.
    ReceiveFromNetwork(Region),
    /// A receive is over.
    IndicateReceiveComplete(Indication),
}

/// Work with the context of the operation that it belongs to and the id to complete it by.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    pub work: Work,
    pub context: Context,
    pub id: ActionId,
}

/// Names one action; unique for its handle until the numbers wrap around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionId(pub usize);

/// Makes the ids of a handle.
#[derive(Debug)]
pub struct ActionIds {
    last: usize,
}

impl ActionIds {
    /// Ids that begin behind `start`.
    pub fn new(start: usize) -> ActionIds {
        ActionIds { last: start }
    }

    /// A new id, never 0.
    pub fn next(&mut self) -> ActionId {
        self.last = self.last.wrapping_add(1).max(1);
        ActionId(self.last)
    }
}
