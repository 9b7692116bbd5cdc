//! The usual cases without detours: data frames, while no other track has anything to do with it. What
//! is done here is what [`ReceiveTrack::step`] and [`ReceiveTrack::hand_out`] do, in one go; a frame
//! that has arrived whole is not even remembered. `docs/performance.md` says what that is worth,
//! `session/usual_cases.rs` holds the one to the other.

use super::indicate::place as shown_at;
use super::{ReceiveOperation, ReceiveTrack, Step};
use crate::codec::{
    FIN, HeaderRules, KEY, Opcode, Utf8, Violation, parse_behind_first, parse_header, unmask_whole,
};
use crate::session::action::BufferType;
use crate::session::incoming::take_in_text;
use crate::session::memory::{Context, Memory, Region};

/// What comes next for the operation at the front.
pub enum Usual {
    Read(Region),
    /// The operation is over.
    Indicate(BufferType, Region),
}

/// Of a frame that has begun: how many octets of its payload have to be at the start of the window before
/// anything but a read can be due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Awaited {
    octets: usize,
    /// All ones where those that are there count to what one read may bring: of a frame that is indicated
    /// in pieces. Otherwise 0.
    counted: usize,
}

impl Awaited {
    /// Every octet has to be looked at.
    pub const NOTHING: Awaited = Awaited { octets: 0, counted: 0 };

    #[cfg(test)]
    pub fn of(octets: usize) -> Awaited {
        Awaited { octets, counted: 0 }
    }
}

impl ReceiveTrack {
    /// What comes next where messages come whole: no frame has begun, and no message. `None`: it is anything
    /// else than a read, or a message in one frame that may be indicated in one piece; nothing is changed,
    /// but for a fault that was found in a text.
    #[inline(always)]
    pub fn next_whole(&mut self, memory: &mut Memory) -> Option<(Usual, Context)> {
        let operation = self.queue.first()?;
        if self.window.restart_if_empty() {
            let context = operation.context;
            self.is_reading = true;
            return Some((Usual::Read(self.window.offer_whole(memory)), context));
        }
        let limit = operation.limit.get();
        let (octets, place) = self.window.all(memory);
        // FIN, no reserved bit, and one of the two.
        const TEXT: u8 = FIN | Opcode::Text as u8;
        let kind = octets.first()?.wrapping_sub(TEXT);
        if kind > Opcode::Binary as u8 - Opcode::Text as u8 {
            return None;
        }
        let is_text = kind == 0;
        let opcode = if is_text { Opcode::Text } else { Opcode::Binary };
        let rules = HeaderRules { masked: self.rules.masked, reserved_bits: 0, in_message: false };
        let header = parse_behind_first(octets, opcode, rules).ok()??;
        if header.payload_len > limit as u64 {
            return None;
        }
        let len = header.payload_len as usize;
        let rest = octets.get_mut(header.header_len..)?;
        let arrived = rest.len();
        let Some(payload) = rest.get_mut(..len) else {
            let is_checked = is_text && self.rules.utf8;
            if arrived == 0 || is_checked || !self.window.holds(header.header_len + len) {
                return None;
            }
            let context = operation.context;
            return Some((self.read(memory, usize::MAX), context));
        };
        let place = place.part(header.header_len, len);
        self.window.consume(header.header_len + len);
        if is_text && self.rules.utf8 {
            if let Err(fault) = take_in_whole_text(payload, header.key) {
                self.fail(fault.into());
                return None;
            }
        } else if let Some(key) = header.key {
            unmask_whole(payload, key);
        }
        let &ReceiveOperation { target, context, .. } = operation;
        Some((self.indicate(memory, target, BufferType::data(is_text, true), place), context))
    }

    /// The same where a frame has begun, and only a read can be due before so many octets are there.
    #[inline(always)]
    pub fn next_of_frame(
        &mut self,
        memory: &mut Memory,
        awaited: Awaited,
    ) -> Option<(Usual, Context)> {
        let context = self.queue.first()?.context;
        let arrived = self.window.len();
        if arrived >= awaited.octets {
            return None;
        }
        let max = self.receive_len - (arrived & awaited.counted);
        Some((self.read(memory, max), context))
    }

    /// What is awaited of the frame that has begun.
    #[inline(always)]
    pub fn awaited(&self) -> Awaited {
        let (Some(operation), Some(frame), Some(message)) =
            (self.queue.first(), &self.frame, &self.message)
        else {
            return Awaited::NOTHING;
        };
        let limit = operation.limit.get();
        let octets = frame.remaining().min(limit as u64) as usize;
        let is_plain = frame.is_shown_as_it_comes() && !message.is_checked();
        // An empty window is moved first, and so are octets behind which there is no room for the rest.
        let is_in_place = self.window.is_at_front_if_empty() && self.window.holds(octets);
        if !(is_plain && is_in_place) {
            return Awaited::NOTHING;
        }
        Awaited { octets, counted: if frame.fits(limit) { 0 } else { usize::MAX } }
    }

    /// The same as [`ReceiveTrack::next_whole`] for fragments and for frames that come in parts, and where
    /// nothing has begun. No pong is pending or out. `None`: as of [`ReceiveTrack::step`], a frame may have begun.
    #[inline(always)]
    pub fn next_part(&mut self, memory: &mut Memory) -> Option<(Usual, Context)> {
        let &ReceiveOperation { target, limit, context } = self.queue.first()?;
        let limit = limit.get();
        if !self.is_receiving() {
            return None;
        }
        let Some(frame) = &mut self.frame else {
            if self.window.restart_if_empty() {
                return Some((self.read(memory, usize::MAX), context));
            }
            if let Some((buffer_type, octets)) = self.next_fragment(memory, limit) {
                return Some((self.indicate(memory, target, buffer_type, octets), context));
            }
            return Some((self.begin_part(memory, limit, target)?, context));
        };
        let message = self.message.as_mut()?;
        if !frame.is_shown_as_it_comes() {
            return None;
        }
        // As in `read_on`, for a piece that is there; a fifth of the instructions less.
        let piece = frame.remaining().min(limit as u64) as usize;
        if self.window.len() < piece {
            return Some((self.read_on(memory, limit, target)?, context));
        }
        if let Err(fault) = frame.check(&self.window, message, memory) {
            self.fail(fault.into());
            return None;
        }
        let (buffer_type, octets) = self.take(piece, memory)?;
        Some((self.indicate(memory, target, buffer_type, octets), context))
    }

    /// A read, where the frame that has begun goes on; or an indication, where there is no more room.
    #[inline(always)]
    fn read_on(&mut self, memory: &mut Memory, limit: usize, target: Region) -> Option<Usual> {
        match self.advance_data(memory, limit) {
            Step::Read(max) => Some(self.read(memory, max)),
            Step::Indicate(len) => {
                let (buffer_type, octets) = self.take(len, memory)?;
                Some(self.indicate(memory, target, buffer_type, octets))
            }
            _ => None,
        }
    }

    /// Where no frame has begun, but for fragments that are there.
    #[inline(never)]
    fn begin_part(&mut self, memory: &mut Memory, limit: usize, target: Region) -> Option<Usual> {
        if !self.is_receiving() || !self.begin_frame(memory).ok()? {
            return None;
        }
        if !self.frame.as_ref()?.is_shown_as_it_comes() {
            return None;
        }
        self.read_on(memory, limit, target)
    }

    /// Takes the frame at the start of the window, if all of it is there and may be indicated in one
    /// piece.
    #[inline(always)]
    fn next_fragment(&mut self, memory: &mut Memory, limit: usize) -> Option<(BufferType, Region)> {
        let (octets, place) = self.window.all(memory);
        let header = parse_header(octets, self.header_rules()).ok()??;
        if header.payload_len > limit as u64 || header.rsv != 0 || header.opcode.is_control() {
            return None;
        }
        let len = header.payload_len as usize;
        let payload = octets.get_mut(header.header_len..)?.get_mut(..len)?;
        let mut message = self.message_of(&header);
        if message.is_extension || message.is_compressed {
            return None;
        }
        self.window.consume(header.header_len + len);
        if let Err(fault) = message.take_in(payload, header.key, 0, header.fin) {
            self.fail(fault.into());
            return None;
        }
        self.message = if header.fin { None } else { Some(message) };
        Some((BufferType::data(message.is_text, header.fin), place.part(header.header_len, len)))
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
        target: Region,
        buffer_type: BufferType,
        octets: Region,
    ) -> Usual {
        self.queue.pop();
        Usual::Indicate(buffer_type, shown_at(octets, memory, target))
    }
}

/// Unmasks and checks all of a text.
#[inline(never)]
fn take_in_whole_text(octets: &mut [u8], key: Option<[u8; KEY]>) -> Result<(), Violation> {
    take_in_text(&mut Utf8::new(), octets, key, 0, true)
}
