//! A compressed message on its way out (RFC 7692 §6.1): frames of as many octets as there is room
//! for, since nobody knows how many there will be.

use super::memory::{Memory, Part, Region};
use crate::codec::deflate::{Compressor, Fault, TAIL};
use crate::codec::{FIN, KEY, MAX_HEADER, encode_header, unmask};
use crate::error::{Error, Result};
use crate::handshake::deflate::Direction;

/// Compresses into [`Part::Deflated`], behind the room for a header.
#[derive(Debug)]
pub struct Deflater {
    direction: Direction,
    level: u8,
    /// Made for the first message that needs it.
    compressor: Option<Compressor>,
    /// Where the last octets are that were not sent, since they may be the tail; none if 0.
    held_at: usize,
    is_broken: bool,
}

/// A frame that is ready.
#[derive(Clone, Copy, Debug)]
pub struct CompressedFrame {
    pub octets: Region,
    /// Octets of the payload that were taken.
    pub taken: usize,
    /// There is nothing left of the payload.
    pub done: bool,
}

impl Deflater {
    pub fn new(direction: Direction, level: u8) -> Deflater {
        Deflater { direction, level, compressor: None, held_at: 0, is_broken: false }
    }

    /// Makes sure that there is a compressor, which is the only thing that takes memory.
    pub fn prepare(&mut self) -> Result<()> {
        if self.compressor.is_none() {
            let Direction { window_bits, takeover } = self.direction;
            let new = Compressor::new(window_bits, takeover, self.level);
            self.compressor = Some(new.map_err(|_| Error::OutOfMemory)?);
        }
        Ok(())
    }

    /// A payload was given up, and nobody knows what the peer has got: nothing that follows refers to
    /// it. `begun`: some of its frames went out, so that the peer waits in the middle of a block, where
    /// nothing else may follow.
    pub fn give_up(&mut self, begun: bool) {
        self.held_at = 0;
        self.is_broken |= begun;
        self.compressor.iter_mut().for_each(Compressor::forget);
    }

    /// Whether no compressed message can be sent any more.
    pub fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// The next frame of a payload. `first`: the octet that the frame begins with, FIN being that
    /// of the payload.
    pub fn frame(
        &mut self,
        memory: &mut Memory,
        payload: Region,
        first: u8,
        key: Option<[u8; KEY]>,
    ) -> Result<CompressedFrame> {
        self.prepare()?;
        let Some(compressor) = &mut self.compressor else { return Err(Error::OutOfMemory) };
        let (input, output) = memory.deflating(payload);
        let output = &mut output[MAX_HEADER..];
        let held = if self.held_at > 0 { TAIL.len() } else { 0 };
        output.copy_within(self.held_at..self.held_at + held, 0);
        let step = compressor.advance(input, &mut output[held..]).map_err(error)?;
        let total = held + step.made;
        let ends_message = step.done && first & FIN != 0;
        let len = match (ends_message, step.done) {
            // A flush behind a flush gives nothing; this stands for the empty block.
            (true, _) if total < TAIL.len() => {
                output[0] = 0;
                1
            }
            (true, _) => total - TAIL.len(),
            (false, true) => total,
            (false, false) => total - TAIL.len(),
        };
        self.held_at = if step.done { 0 } else { len };
        if ends_message {
            compressor.end_message();
        }
        if let Some(key) = key {
            unmask(&mut output[..len], key, 0);
        }
        let first = if ends_message { first } else { first & !FIN };
        let (header, header_len) = encode_header(first, len as u64, key);
        let start = MAX_HEADER - header_len;
        memory.octets(Part::Deflated, start, header_len).copy_from_slice(&header[..header_len]);
        let octets = memory.region(Part::Deflated, start, header_len + len);
        Ok(CompressedFrame { octets, taken: step.taken, done: step.done })
    }
}

fn error(fault: Fault) -> Error {
    match fault {
        Fault::OutOfMemory => Error::OutOfMemory,
        Fault::Malformed | Fault::TooLong => Error::InvalidOperation,
    }
}
