//! A compressed message on its way in (RFC 7692 §6.2).

use super::memory::Memory;
use crate::codec::Violation;
use crate::codec::deflate::{Decompressor, Fault};
use crate::error::{Error, Result};
use crate::handshake::deflate::Direction;

/// Decompresses into [`super::memory::Part::Inflated`].
#[derive(Debug)]
pub struct Inflater {
    direction: Direction,
    max_message: u64,
    /// Made for the first message that needs it.
    decompressor: Option<Decompressor>,
    /// Octets that are there.
    filled: usize,
    /// So many of them are indicated, and give room when they are asked for next.
    indicated: usize,
    /// All of the message is there.
    whole: bool,
}

impl Inflater {
    pub fn new(direction: Direction, max_message: u64) -> Inflater {
        Inflater {
            direction,
            max_message,
            decompressor: None,
            filled: 0,
            indicated: 0,
            whole: false,
        }
    }

    /// Octets that are there; after [`Inflater::advance`] none of them is indicated.
    pub fn filled(&self) -> usize {
        self.filled
    }

    /// Whether all of the message is there.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The first octets are indicated. Returns whether they end the message.
    pub fn indicate(&mut self, len: usize) -> bool {
        self.indicated = len;
        let ends = self.whole && len == self.filled;
        self.whole &= !ends;
        ends
    }

    /// Decompresses `len` octets at `offset` of the receive part, as far as there is room. `last`:
    /// they end the message. Returns how many were taken, and where in the part the new octets
    /// begin.
    pub fn advance(
        &mut self,
        memory: &mut Memory,
        offset: usize,
        len: usize,
        last: bool,
    ) -> Result<(usize, usize)> {
        self.make_room(memory);
        let before = self.filled;
        if self.whole {
            return Ok((0, before));
        }
        let Direction { window_bits, takeover } = self.direction;
        let decompressor = match &mut self.decompressor {
            Some(decompressor) => decompressor,
            none => {
                let new = Decompressor::new(window_bits, takeover, self.max_message);
                none.insert(new.map_err(error)?)
            }
        };
        let (input, output) = memory.inflating(offset, len);
        let step = decompressor.advance(input, &mut output[before..], last).map_err(error)?;
        self.filled += step.made;
        self.whole = step.done && last;
        Ok((step.taken, before))
    }

    /// What was indicated goes; what is left moves to the front.
    fn make_room(&mut self, memory: &mut Memory) {
        let (_, octets) = memory.inflating(0, 0);
        octets.copy_within(self.indicated..self.filled, 0);
        self.filled -= self.indicated;
        self.indicated = 0;
    }
}

fn error(fault: Fault) -> Error {
    match fault {
        Fault::OutOfMemory => Error::OutOfMemory,
        Fault::Malformed => Violation::Compression.into(),
        Fault::TooLong => Violation::MessageTooLong.into(),
    }
}
