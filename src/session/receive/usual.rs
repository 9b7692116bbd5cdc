//! The usual cases without detours: data frames, while no other track has anything to do with it. What
//! is done here is what [`ReceiveTrack::step`] and [`ReceiveTrack::hand_out`] do, in one go; a frame
//! that has arrived whole is not even remembered. `docs/performance.md` says what that is worth,
//! `session/usual_cases.rs` holds the one to the other.

use super::indicate::place;
use super::{Phase, ReceiveTrack, Step};
use crate::codec::{FrameHeader, KEY, Opcode, Utf8, unmask};
use crate::session::action::BufferType;
use crate::session::incoming::take_in_text;
use crate::session::memory::{Context, Memory, Part, Region};

/// What comes next for the operation at the front.
pub enum Usual {
    Read(Region),
    /// The operation is over.
    Indicate(BufferType, Region),
}

impl ReceiveTrack {
    /// What comes next, in a usual case. Where there is none, nothing has been handed out. No pong is
    /// pending or out.
    #[inline(always)]
    pub fn usual(&mut self, memory: &mut Memory) -> Option<(Usual, Context)> {
        let operation = self.queue.first()?;
        let (context, limit) = (operation.context, operation.limit.get());
        if self.phase != Phase::Receiving {
            return None;
        }
        if self.frame.is_none() {
            if self.window.restart_if_empty() {
                return Some((self.read(memory, usize::MAX), context));
            }
            if let Some((buffer_type, octets)) = self.whole_message(memory, limit) {
                return Some((self.indicate(memory, buffer_type, octets)?, context));
            }
        }
        Some((self.usual_part(memory, limit)?, context))
    }

    #[inline(always)]
    fn read(&mut self, memory: &mut Memory, max: usize) -> Usual {
        self.is_reading = true;
        Usual::Read(self.window.offer(memory, max))
    }

    #[inline(always)]
    fn indicate(
        &mut self,
        memory: &Memory,
        buffer_type: BufferType,
        octets: Region,
    ) -> Option<Usual> {
        let target = self.queue.first()?.target;
        self.queue.pop();
        Some(Usual::Indicate(buffer_type, place(octets, memory, target)))
    }

    /// Takes the message at the start of the window, if all of it is there in one frame and may be
    /// indicated in one piece.
    #[inline(always)]
    fn whole_message(&mut self, memory: &mut Memory, limit: usize) -> Option<(BufferType, Region)> {
        let header = self.whole_header(memory, limit)?;
        if self.message.is_some() || !header.fin {
            return None;
        }
        let (octets, place) = self.take_whole(memory, &header);
        let is_text = header.opcode == Opcode::Text;
        if is_text && self.rules.utf8 {
            self.take_in_whole_text(octets, header.key)?;
        } else if let Some(key) = header.key {
            unmask(octets, key, 0);
        }
        Some((BufferType::data(is_text, true), place))
    }

    /// Unmasks and checks all of a text.
    #[inline(never)]
    fn take_in_whole_text(&mut self, octets: &mut [u8], key: Option<[u8; KEY]>) -> Option<()> {
        let checked = take_in_text(&mut Utf8::new(), octets, key, 0, true);
        checked.map_err(|fault| self.fail(fault.into())).ok()
    }

    /// Takes a frame that is a part of a message, likewise.
    fn whole_fragment(
        &mut self,
        memory: &mut Memory,
        limit: usize,
    ) -> Option<(BufferType, Region)> {
        let header = self.whole_header(memory, limit)?;
        let mut message = self.message_of(&header);
        if message.is_extension || message.is_compressed {
            return None;
        }
        let (octets, place) = self.take_whole(memory, &header);
        let checked = message.take_in(octets, header.key, 0, header.fin);
        checked.map_err(|fault| self.fail(fault.into())).ok()?;
        self.message = if header.fin { None } else { Some(message) };
        Some((BufferType::data(message.is_text, header.fin), place))
    }

    /// The header of a data frame without reserved bits that has arrived whole and may be indicated
    /// in one piece.
    #[inline(always)]
    fn whole_header(&self, memory: &mut Memory, limit: usize) -> Option<FrameHeader> {
        let header = self.next_header(memory).ok()??;
        let room = self.window.len().min(header.header_len + limit) - header.header_len;
        let fits = header.payload_len <= room as u64;
        (fits && header.rsv == 0 && !header.opcode.is_control()).then_some(header)
    }

    /// Takes a frame off the window; returns its payload, still masked, and where that is.
    #[inline(always)]
    fn take_whole<'m>(
        &mut self,
        memory: &'m mut Memory,
        header: &FrameHeader,
    ) -> (&'m mut [u8], Region) {
        let (start, len) = (self.window.start() + header.header_len, header.payload_len as usize);
        self.window.consume(header.header_len + len);
        memory.octets_and_place(Part::Receive, start, len)
    }

    /// What comes next where no whole message is at the start of the window.
    fn usual_part(&mut self, memory: &mut Memory, limit: usize) -> Option<Usual> {
        if self.phase != Phase::Receiving {
            return None;
        }
        if self.frame.is_none() {
            if let Some((buffer_type, octets)) = self.whole_fragment(memory, limit) {
                return self.indicate(memory, buffer_type, octets);
            }
            if self.phase != Phase::Receiving || !self.begin_frame(memory).ok()? {
                return None;
            }
        }
        if !self.frame.as_ref()?.is_shown_as_it_comes() {
            return None;
        }
        match self.advance_data(memory, limit) {
            Step::Read(max) => Some(self.read(memory, max)),
            Step::Indicate(len) => {
                let (buffer_type, octets) = self.take(len, memory)?;
                self.indicate(memory, buffer_type, octets)
            }
            _ => None,
        }
    }
}
