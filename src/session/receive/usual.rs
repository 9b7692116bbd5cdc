//! The usual cases without detours: an empty window, data frames that have arrived whole, and parts of
//! binary ones. What is done here is what [`ReceiveTrack::step`] and [`ReceiveTrack::hand_out`] do of
//! any frame, without remembering anything in between. `docs/performance.md` says what that is worth,
//! `session/usual_cases.rs` holds the one to the other.

use super::{Arrived, Phase, ReceiveTrack};
use crate::codec::unmask;
use crate::session::action::BufferType;
use crate::session::incoming::Frame;
use crate::session::memory::{Context, Memory, Part, Region};

/// What comes next for the operation at the front.
pub enum Usual {
    Read(Region),
    /// The operation is over.
    Indicate(BufferType, Region),
}

impl ReceiveTrack {
    /// What comes next, in a usual case. Nothing has happened where there is none. No pong is pending
    /// or out.
    #[inline(always)]
    pub fn usual(&mut self, memory: &mut Memory) -> Option<(Usual, Context)> {
        let operation = self.queue.first()?;
        let (context, limit) = (operation.context, operation.limit.get());
        if self.phase != Phase::Receiving || !operation.target.is_empty() {
            return None;
        }
        if let Some(frame) = &self.frame {
            let max = self.rest_of(frame, limit)?;
            return Some((self.read(memory, max), context));
        }
        if self.window.restart_if_empty() {
            return Some((self.read(memory, usize::MAX), context));
        }
        let (buffer_type, octets) = self.whole_frame(memory, limit)?;
        self.queue.pop();
        Some((Usual::Indicate(buffer_type, octets), context))
    }

    #[inline(always)]
    fn read(&mut self, memory: &mut Memory, max: usize) -> Usual {
        self.is_reading = true;
        Usual::Read(self.window.offer(memory, max))
    }

    /// How many octets to read of a data frame of which a part has come, where nothing has to be
    /// moved for that or checked before.
    #[inline(always)]
    fn rest_of(&self, frame: &Frame, limit: usize) -> Option<usize> {
        let is_checked = self.message.as_ref().is_none_or(|message| message.is_checked());
        let arrived = Arrived::of(frame, &self.window, limit);
        if is_checked || !frame.is_shown_as_it_comes() || arrived.is_enough || arrived.octets == 0 {
            return None;
        }
        match arrived.fits {
            true if arrived.rest <= self.window.free() as u64 => Some(usize::MAX),
            true => None,
            false => Some(self.receive_len - arrived.octets),
        }
    }

    /// Takes a data frame that is shown as it comes, if all of it is at the start of the window and
    /// may be indicated in one piece.
    #[inline(always)]
    fn whole_frame(&mut self, memory: &mut Memory, limit: usize) -> Option<(BufferType, Region)> {
        let header = self.next_header(memory).ok()??;
        let room = self.window.len().min(header.header_len + limit) - header.header_len;
        if header.opcode.is_control() || header.rsv != 0 || header.payload_len > room as u64 {
            return None;
        }
        let mut message = self.message_of(&header);
        if message.is_extension || message.is_compressed {
            return None;
        }
        let (start, len) = (self.window.start() + header.header_len, header.payload_len as usize);
        let (octets, place) = memory.octets_and_place(Part::Receive, start, len);
        let ascii = header.key.is_some_and(|key| unmask(octets, key, 0));
        self.window.consume(header.header_len + len);
        if let Err(fault) = message.check_fresh(octets, ascii, header.fin) {
            self.fail(fault.into());
            return None;
        }
        self.message = if header.fin { None } else { Some(message) };
        Some((BufferType::data(message.is_text, header.fin), place))
    }
}
