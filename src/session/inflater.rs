//! A compressed message on its way in (RFC 7692 §6.2).

use super::memory::Memory;
use crate::codec::Violation;
use crate::codec::deflate::{Broken, Decompressor, Fault};
use crate::error::{Error, Result};
use crate::handshake::deflate::Direction;

/// Decompresses into [`super::memory::Part::Inflated`].
#[derive(Debug)]
pub struct Inflater {
    direction: Direction,
    max_message: u64,
    /// Made for the first message that needs it.
    decompressor: Option<Decompressor>,
    /// Where the octets begin that are there.
    start: usize,
    /// How many they are.
    len: usize,
    /// All of the message is there.
    whole: bool,
}

/// How far a call came.
#[derive(Clone, Copy, Debug)]
pub struct Inflated {
    /// Octets that were taken.
    pub taken: usize,
    /// Where in the part the octets begin that are new, and how many they are.
    pub fresh: (usize, usize),
    /// What is wrong behind them.
    pub fault: Option<Error>,
}

impl Inflater {
    pub fn new(direction: Direction, max_message: u64) -> Inflater {
        Inflater { direction, max_message, decompressor: None, start: 0, len: 0, whole: false }
    }

    /// Where the octets begin that are there.
    pub fn start(&self) -> usize {
        self.start
    }

    /// How many octets are there.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether all of the message is there.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The first octets are indicated, and stay where they are until the next call of
    /// [`Inflater::advance`]. Returns whether they end the message.
    pub fn indicate(&mut self, len: usize) -> bool {
        self.start += len;
        self.len -= len;
        let ends = self.whole && self.len == 0;
        self.whole &= !ends;
        ends
    }

    /// Decompresses `len` octets at `offset` of the receive part, until `enough` octets are there.
    /// `last`: they end the message.
    pub fn advance(
        &mut self,
        memory: &mut Memory,
        (offset, len): (usize, usize),
        last: bool,
        enough: usize,
    ) -> Result<Inflated> {
        if self.whole || self.len >= enough {
            return Ok(Inflated { taken: 0, fresh: (self.start + self.len, 0), fault: None });
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
        // What is moved is less than what is about to be indicated.
        output.copy_within(self.start..self.start + self.len, 0);
        self.start = 0;
        let output = &mut output[self.len..enough];
        let (taken, made, fault) = match decompressor.advance(input, output, last) {
            Ok(step) => {
                self.whole = step.done && last;
                (step.taken, step.made, None)
            }
            Err(Broken { made, fault }) => (0, made, Some(error(fault))),
        };
        let fresh = (self.len, made);
        self.len += made;
        Ok(Inflated { taken, fresh, fault })
    }
}

fn error(fault: Fault) -> Error {
    match fault {
        Fault::OutOfMemory => Error::OutOfMemory,
        Fault::Malformed => Violation::Compression.into(),
        Fault::TooLong => Violation::MessageTooLong.into(),
    }
}
